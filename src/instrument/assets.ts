// The one table of what an instrument loads: worklet and worker scripts, WebAssembly, the model. A host may put any of it elsewhere.
import type { DecoderUrls } from '../model/inferenceProtocol.ts';
import type { OutputUrls } from '../output/outputChain.ts';
import type { KernelUrls } from '../worklet/kernelNode.ts';

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

/**
 * The files that lie beside a module.
 * @param base address of the module; by default that of numvox itself
 * @example
 * // Everything from another server:
 * const instrument = await createInstrument({ assets: defaultAssets('https://cdn.example/numvox/') });
 */
export function defaultAssets(base: string | URL = here): AssetUrls {
  return tableOf((name) => new URL(assetFiles[name], base).href);
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
    const address = addressOf(name, overrides[name] ?? new URL(assetFiles[name], here));
    return name === 'model' && !address.endsWith('/') ? `${address}/` : address;
  });
}

function addressOf(name: keyof AssetUrls, value: unknown): string {
  const said = `assets.${name} must be the address of ${assetFiles[name]}, a string or a URL`;
  if (typeof value !== 'string' && !(value instanceof URL)) {
    throw new TypeError(`${said}, got ${typeof value}; leave it out for the default`);
  }
  try {
    return new URL(value, pageAddress()).href;
  } catch {
    throw new TypeError(`${said}, got '${String(value)}', which no browser can resolve; correct it`);
  }
}
