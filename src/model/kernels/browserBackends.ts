// The tfjs backends of the inference worker with the kernels that `decode` runs, and no others: with all that the backends have,
// their kernels were two thirds of the worker's program.
import { registerKernel, type KernelConfig } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu/dist/base';
import { addConfig as addCpu } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Add';
import { batchMatMulConfig as batchMatMulCpu } from '@tensorflow/tfjs-backend-cpu/dist/kernels/BatchMatMul';
import { castConfig as castCpu } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Cast';
import { concatConfig as concatCpu } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Concat';
import { conv2DConfig as conv2DCpu } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Conv2D';
import { conv2DBackpropInputConfig as conv2DBackpropInputCpu } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Conv2DBackpropInput';
import { identityConfig as identityCpu } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Identity';
import { leakyReluConfig as leakyReluCpu } from '@tensorflow/tfjs-backend-cpu/dist/kernels/LeakyRelu';
import { reshapeConfig as reshapeCpu } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Reshape';
import '@tensorflow/tfjs-backend-wasm/dist/base';
import { addConfig as addWasm } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Add';
import { batchMatMulConfig as batchMatMulWasm } from '@tensorflow/tfjs-backend-wasm/dist/kernels/BatchMatMul';
import { castConfig as castWasm } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Cast';
import { concatConfig as concatWasm } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Concat';
import { conv2DConfig as conv2DWasm } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Conv2D';
import { conv2DBackpropInputConfig as conv2DBackpropInputWasm } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Conv2DBackpropInput';
import { identityConfig as identityWasm } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Identity';
import { leakyReluConfig as leakyReluWasm } from '@tensorflow/tfjs-backend-wasm/dist/kernels/LeakyRelu';
import { reshapeConfig as reshapeWasm } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Reshape';
import '@tensorflow/tfjs-backend-webgl/dist/base';
import { addConfig as addWebgl } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Add';
import { batchMatMulConfig as batchMatMulWebgl } from '@tensorflow/tfjs-backend-webgl/dist/kernels/BatchMatMul';
import { castConfig as castWebgl } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Cast';
import { concatConfig as concatWebgl } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Concat';
import { conv2DConfig as conv2DWebgl } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Conv2D';
import { conv2DBackpropInputConfig as conv2DBackpropInputWebgl } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Conv2DBackpropInput';
import { identityConfig as identityWebgl } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Identity';
import { leakyReluConfig as leakyReluWebgl } from '@tensorflow/tfjs-backend-webgl/dist/kernels/LeakyRelu';
import { reshapeConfig as reshapeWebgl } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Reshape';

const kernels: readonly KernelConfig[] = [
  ...[addCpu, batchMatMulCpu, castCpu, concatCpu],
  ...[conv2DCpu, conv2DBackpropInputCpu, identityCpu, leakyReluCpu, reshapeCpu],
  ...[addWasm, batchMatMulWasm, castWasm, concatWasm],
  ...[conv2DWasm, conv2DBackpropInputWasm, identityWasm, leakyReluWasm, reshapeWasm],
  ...[addWebgl, batchMatMulWebgl, castWebgl, concatWebgl],
  ...[conv2DWebgl, conv2DBackpropInputWebgl, identityWebgl, leakyReluWebgl, reshapeWebgl],
];
for (const kernel of kernels) registerKernel(kernel);
