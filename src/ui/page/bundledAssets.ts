// Where Vite puts what the instrument loads, in the dev server and in the build: the only imports that only Vite understands.
import tfjs from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import tfjsSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import engine from '../../../generated/engine.wasm?url';
import engineScalar from '../../../generated/engine-scalar.wasm?url';
import gemm from '../../../generated/gemm.wasm?url';
import gemmRelaxed from '../../../generated/gemm-relaxed.wasm?url';
import fft from '../../../generated/pffft.wasm?url';
import fftScalar from '../../../generated/pffft-scalar.wasm?url';
import type { AssetOverrides } from '../../instrument/assets.ts';
import inferenceWorker from '../../model/inference.worker.ts?worker&url';
import outputProcessor from '../../output/outputProcessor.ts?worker&url';
import kernelProcessor from '../../worklet/kernelProcessor.ts?worker&url';

const urls = {
  kernelProcessor,
  outputProcessor,
  inferenceWorker,
  engine,
  engineScalar,
  fft,
  fftScalar,
  gemm,
  gemmRelaxed,
  tfjs,
  tfjsSimd,
};

/** Everything but the model, which the address of the page chooses. Built, the addresses are relative to this module. */
export const bundledAssets: AssetOverrides = Object.fromEntries(
  Object.entries(urls).map(([name, url]) => [name, new URL(url, import.meta.url)]),
);
