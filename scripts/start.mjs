// `npm start`: builds the page and the plugin, and serves the production build on localhost as a static host does.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, preview } from 'vite';
import { buildPlugin } from './plugin.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const usage = 'usage: npm start -- [--port NUMBER] [--host NAME] [--no-build]';

/** Builds the page into dist/ (or `outDir`). */
export async function buildPage({ outDir, logLevel = 'warn' } = {}) {
  // A test runner's own value would bring in the larger, warning builds of libraries.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    await build({ root, logLevel, build: outDir ? { outDir, emptyOutDir: true } : {} });
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  }
}

/**
 * Serves a production build; a taken port gives way to the next one.
 * @returns the address ending in '/', and a function that stops the server, and the server itself
 */
export async function servePage({ port = 4173, host = 'localhost', outDir } = {}) {
  const server = await preview({
    root,
    logLevel: 'silent',
    preview: { port, host, strictPort: false },
    ...(outDir ? { build: { outDir } } : {}),
  });
  const address = server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0];
  if (!address) throw new Error(`the server on ${host}:${port} gave no address; try another --port`);
  return { address, close: () => server.close(), httpServer: server.httpServer };
}

async function main() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4173' },
      host: { type: 'string', default: 'localhost' },
      'no-build': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`--port must be a whole number from 1 to 65535, got ${values.port}`);
  }
  if (!values['no-build']) {
    await buildPage();
    await buildPlugin({ pageDir: resolve(root, 'dist') });
  }
  if (!existsSync(resolve(root, 'dist', 'index.html'))) {
    throw new Error('there is no build in dist/; leave --no-build out');
  }
  const { address } = await servePage({ port, host: values.host });
  process.stdout.write(`numvox is at ${address}\n`);
  if (existsSync(resolve(root, 'dist', 'plugin', 'index.js'))) {
    process.stdout.write(`the plugin for WAM hosts is at ${address}plugin/index.js\n`);
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error.message}\n${usage}\n`);
    process.exit(1);
  }
}
