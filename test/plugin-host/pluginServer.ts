// Builds the plugin and the tests' host, and serves both: at one address the host with the plugin, at another the plugin alone.
import { createReadStream, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { buildPlugin } from '../../scripts/plugin.mjs';
import { servePage } from '../../scripts/start.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Git ignores it. */
const outDir = `${root}runs/plugin/`;

const kinds: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Where the host is, and where the plugin is for it, on the same origin and on another. */
export interface PluginSite {
  readonly address: string;
  readonly plugin: string;
  readonly foreignPlugin: string;
  /** The same from a server that sends no headers: there is no SharedArrayBuffer. */
  readonly bareAddress: string;
  readonly barePlugin: string;
  /** Folder of the built plugin. */
  readonly folder: string;
  close(): Promise<void>;
}

/** @param pageDir a built page, of which the plugin takes what it shares with it */
export async function servePlugin(pageDir: string): Promise<PluginSite> {
  await build({
    root,
    configFile: false,
    base: './',
    publicDir: false,
    logLevel: 'error',
    worker: { format: 'es' },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: false,
      rolldownOptions: {
        input: { host: `${root}test/plugin-host/host.ts` },
        output: { entryFileNames: '[name].js' },
      },
    },
  });
  // Not the index, whose policy is that of our own page.
  writeFileSync(
    `${outDir}host.html`,
    '<!doctype html><meta name="viewport" content="width=device-width" /><link rel="icon" href="data:," />' +
      '<style>body { margin: 0; background: #444 }</style><script type="module" src="./host.js"></script>',
  );
  const folder = `${outDir}plugin`;
  await buildPlugin({ pageDir, outDir: folder });
  const here = await servePage({ port: 4330, outDir });
  const elsewhere = await servePage({ port: 4340, outDir });
  const bare = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const type = kinds[path.slice(path.lastIndexOf('.'))] ?? 'application/octet-stream';
    const file = createReadStream(`${outDir}${path}`);
    file.on('error', () => response.writeHead(404).end());
    file.on('open', () => file.pipe(response.writeHead(200, { 'Content-Type': type })));
  });
  await new Promise<void>((resolve) => bare.listen(0, 'localhost', resolve));
  const bareOrigin = `http://localhost:${(bare.address() as AddressInfo).port}`;
  return {
    bareAddress: `${bareOrigin}/host.html`,
    barePlugin: `${bareOrigin}/plugin/index.js`,
    address: `${here.address}host.html`,
    plugin: `${here.address}plugin/index.js`,
    foreignPlugin: `${elsewhere.address}plugin/index.js`,
    folder,
    close: async () => {
      await here.close();
      await elsewhere.close();
      bare.closeAllConnections();
      bare.close();
    },
  };
}
