/**
 * Reads model bundles and decodes points of their latent space with the host's TensorFlow.js.
 * @module numvox/model
 */
export { loadBundle, loadTensors } from './model/bundle.ts';
export type {
  Bundle,
  BundleIdentity,
  BundleTensor,
  ReadBundleFile,
  ReadFileOptions,
} from './model/bundle.ts';
export { readFrom } from './model/bundleFetch.ts';
export type { BundleProgress } from './model/bundleFetch.ts';
export { Decoder } from './model/decoder.ts';
export { bundleParts } from './model/shapes.ts';
export type { BundlePart } from './model/shapes.ts';
export type { Manifest } from './model/manifest.ts';
