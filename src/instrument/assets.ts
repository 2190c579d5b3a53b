// The one table of what an instrument loads: worklet and worker scripts, WebAssembly, the model. A host may put any of it elsewhere.
import type { DecoderUrls, ModelFiles } from '../model/inferenceProtocol.ts';
import type { OutputUrls } from '../output/outputChain.ts';
import type { KernelUrls } from '../worklet/kernelNode.ts';
import { packagedFiles } from './packagedFiles.ts';

/**
 * Addresses of everything that an instrument loads, absolute. Scripts are ES modules that need nothing beside themselves.
 * @example
 * const { kernelProcessor }: AssetUrls = defaultAssets();
 */
export interface AssetUrls extends KernelUrls, OutputUrls, DecoderUrls {
  /** Module of a worker: `inference.worker.ts`, bundled. */
  readonly inferenceWorker: string;
  /** Folder of the model bundle. */
  readonly model: string;
}

/**
 * Addresses to use instead of the defaults; relative ones are taken from the page's address. A model's address without a slash
 * at its end means the same folder.
 * @example
 * const assets: AssetOverrides = { model: '/voices/mine/', engine: new URL('engine.wasm', 'https://cdn.example/numvox/') };
 */
export type AssetOverrides = { readonly [Name in keyof AssetUrls]?: string | URL };

/** Where each lies beside the module; the library's build writes these names. */
export const assetFiles: Readonly<AssetUrls> = {
  kernelProcessor: 'kernelProcessor.js',
  outputProcessor: 'outputProcessor.js',
  inferenceWorker: 'inferenceWorker.js',
  engine: 'engine.wasm',
  engineScalar: 'engine-scalar.wasm',
  fft: 'pffft.wasm',
  fftScalar: 'pffft-scalar.wasm',
  gemm: 'gemm.wasm',
  gemmRelaxed: 'gemm-relaxed.wasm',
  tfjs: 'tfjs-backend-wasm.wasm',
  tfjsSimd: 'tfjs-backend-wasm-simd.wasm',
  model: 'models/fsdd/',
};

const names = Object.keys(assetFiles) as readonly (keyof AssetUrls)[];

/** In a variable: bundlers rewrite `new URL` of a literal and `import.meta.url`, and would look for the files while they build. */
const here = import.meta.url;

function tableOf(addressOf: (name: keyof AssetUrls) => string): AssetUrls {
  return Object.fromEntries(names.map((name) => [name, addressOf(name)])) as unknown as AssetUrls;
}

/** Where a file of the package is, or the folder that its files are in. */
function packaged(file: string): string {
  const address = packagedFiles[file.endsWith('/') ? `${file}manifest.json` : file]?.();
  if (address === undefined) return new URL(file, here).href;
  return file.endsWith('/') ? new URL('.', address).href : address;
}

/**
 * The table of everything that is loaded, for a folder that it was copied to, or for where the package has it.
 * @param base address of the copied folder, ending in '/', or of a module in it; a relative one is taken from the page's address.
 * Default: where the package, or the bundler that read it, has each
 * @throws TypeError for a base that is no address
 * @example
 * // The package's folder dist-library/assets was copied to the site as /numvox/:
 * const instrument = await createInstrument({ assets: defaultAssets('/numvox/') });
 */
export function defaultAssets(base?: string | URL): AssetUrls {
  if (base === undefined) return tableOf((name) => packaged(assetFiles[name]));
  const folder = addressOf('base', base, 'the address of the folder of assets');
  return tableOf((name) => new URL(assetFiles[name], folder).href);
}

/** Addresses that are given are taken from here when they are relative. */
function pageAddress(): string {
  return typeof document === 'undefined' ? here : document.baseURI;
}

/**
 * The whole table: what is overridden, and the defaults for the rest.
 * @throws RangeError for a name that is no asset's; TypeError for a value that is no address, naming what was given
 */
export function resolveAssets(overrides: AssetOverrides = {}): AssetUrls {
  for (const name of Object.keys(overrides)) {
    if (!names.some((known) => known === name)) {
      throw new RangeError(`assets.${name} is no asset; the names are ${names.join(', ')}`);
    }
  }
  return tableOf((name) => {
    const given = overrides[name];
    if (given === undefined) return packaged(assetFiles[name]);
    const address = addressOf(`assets.${name}`, given, `the address of ${assetFiles[name]}`);
    return name === 'model' && !address.endsWith('/') ? `${address}/` : address;
  });
}

/** Addresses of the shipped model's files where a bundler has the say; undefined for a model from elsewhere. */
export function packagedModelFiles({ model }: AssetOverrides = {}): ModelFiles | undefined {
  const inModel = Object.entries(packagedFiles).filter(([file]) => file.startsWith(assetFiles.model));
  if (model !== undefined || inModel.length === 0) return undefined;
  return Object.fromEntries(
    inModel.map(([file, address]) => [file.slice(assetFiles.model.length), address()]),
  );
}

function addressOf(name: string, value: unknown, what: string): string {
  const said = `${name} must be ${what}, a string or a URL`;
  if (typeof value !== 'string' && !(value instanceof URL)) {
    throw new TypeError(`${said}, got ${typeof value}; leave it out for the default`);
  }
  try {
    return new URL(value, pageAddress()).href;
  } catch {
    throw new TypeError(`${said}, got '${String(value)}', which no browser can resolve; correct it`);
  }
}
