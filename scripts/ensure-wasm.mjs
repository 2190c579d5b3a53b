// Before every command that needs it: builds generated/ where it is missing, as after `npm ci --ignore-scripts`.
import { existsSync } from 'node:fs';

const built = [
  'gemm.wasm',
  'gemm-relaxed.wasm',
  'engine.wasm',
  'engine-scalar.wasm',
  'pffft.wasm',
  'pffft-scalar.wasm',
];
const isThere = (file) => existsSync(new URL(`../generated/${file}`, import.meta.url));
if (!built.every(isThere)) await import('./build-wasm.mjs');
