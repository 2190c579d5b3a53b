// `npm run examples`: builds the package and the pages of examples/ on it, and serves them on localhost.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { buildLibrary, libraryEntries } from './library.mjs';
import { servePage } from './start.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'examples');

/** Names of the examples: their folders. */
export const examples = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/**
 * Builds the pages.
 * @param modules folder of the package's modules: dist-library, here or where the package was installed
 */
export async function buildExamples({ outDir, modules, logLevel = 'warn' }) {
  const alias = Object.keys(libraryEntries()).map((name) => ({
    find: new RegExp(`^numvox${name === 'index' ? '' : `/${name}`}$`),
    replacement: join(modules, `${name}.js`),
  }));
  const pages = ['index.html', ...examples.map((name) => `${name}/index.html`)];
  await build({
    root: folder,
    base: './',
    configFile: false,
    logLevel,
    resolve: { alias },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      rolldownOptions: { input: pages.map((page) => join(folder, page)) },
    },
  });
}

async function main() {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '4176' } } });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`--port must be a whole number from 1 to 65535, got ${values.port}`);
  }
  const [modules, outDir] = [join(root, 'dist-library'), join(root, 'dist-examples')];
  await buildLibrary({ outDir: modules, withTypes: false });
  await buildExamples({ outDir, modules });
  const { address } = await servePage({ port, outDir });
  process.stdout.write(`the examples are at ${address}\n`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
