// Gradients for training: those of every operation come with @tensorflow/tfjs (core's entry for Node leaves them out), and the leaky
// rectifier's is ours.
import {
  engine,
  getBackend,
  getKernel,
  greater,
  LeakyRelu,
  mul,
  registerGradient,
  unregisterGradient,
  where,
  type GradConfig,
  type KernelConfig,
  type LeakyReluAttrs,
  type Tensor,
} from '@tensorflow/tfjs';
import { leakyReluGradient } from './elementwiseKernels.ts';

/** The leaky rectifier's gradient in one pass where the backend has our kernel, else as TensorFlow.js composes it. */
const leakyRelu: GradConfig = {
  kernelName: LeakyRelu,
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attrs) => {
    const x = saved[0];
    const { alpha } = attrs as unknown as LeakyReluAttrs;
    const kernel = getKernel(leakyReluGradient, getBackend()) as KernelConfig | undefined;
    const slope = dy as Tensor;
    return {
      x: () =>
        kernel
          ? engine().runKernel(leakyReluGradient, { x, dy: slope }, { alpha })
          : where(greater(x, 0), slope, mul(slope, alpha)),
    };
  },
};

unregisterGradient(LeakyRelu);
registerGradient(leakyRelu);
