// Replaces the wasm backend's slow kernels by ours and adds those it lacks.
import {
  BatchMatMul,
  Cast,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  Identity,
  LeakyRelu,
  Mean,
  Sum,
  getKernel,
  registerKernel,
  unregisterKernel,
  type BatchMatMulAttrs,
  type CastAttrs,
  type Conv2DAttrs,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type KernelConfig,
  type LeakyReluAttrs,
  type MeanAttrs,
  type NamedAttrMap,
  type SumAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  conv2d,
  conv2dBackpropFilter,
  conv2dBackpropInput,
  coversConvolution,
} from './convolutionKernels.ts';
import { cast, identity, leakyRelu, leakyReluGrad, leakyReluGradient, reduce } from './elementwiseKernels.ts';
import { heapOf, type KernelHeap } from './heap.ts';
import { batchMatMul, coversMatMul } from './matMul.ts';

const backendName = 'wasm';

/** A kernel of ours: returns undefined for a case that it leaves to the stock kernel. */
type FastKernel = (
  heap: KernelHeap,
  inputs: Readonly<Record<string, TensorInfo>>,
  attrs: NamedAttrMap,
) => TensorInfo | undefined;

const fastKernels: Readonly<Record<string, FastKernel>> = {
  [Conv2D]: (heap, { x, filter }, raw) => {
    const attrs = raw as unknown as Conv2DAttrs;
    return x && filter && coversConvolution(attrs, x, filter) ? conv2d(heap, x, filter, attrs) : undefined;
  },
  [Conv2DBackpropInput]: (heap, { dy, filter }, raw) => {
    const attrs = raw as unknown as Conv2DBackpropInputAttrs;
    return dy && filter && coversConvolution(attrs, dy, filter)
      ? conv2dBackpropInput(heap, dy, filter, attrs)
      : undefined;
  },
  [Conv2DBackpropFilter]: (heap, { x, dy }, raw) => {
    const attrs = raw as unknown as Conv2DBackpropFilterAttrs;
    return x && dy && coversConvolution(attrs, x, dy) ? conv2dBackpropFilter(heap, x, dy, attrs) : undefined;
  },
  [BatchMatMul]: (heap, { a, b }, raw) =>
    a && b && coversMatMul(a, b) ? batchMatMul(heap, a, b, raw as unknown as BatchMatMulAttrs) : undefined,
  [LeakyRelu]: (heap, { x }, raw) => x && leakyRelu(heap, x, raw as unknown as LeakyReluAttrs),
  [leakyReluGradient]: (heap, { x, dy }, raw) =>
    x && dy && leakyReluGrad(heap, x, dy, raw as unknown as LeakyReluAttrs),
  [Sum]: (heap, { x }, raw) => x && reduce(heap, x, raw as unknown as SumAttrs, false),
  [Mean]: (heap, { x }, raw) => x && reduce(heap, x, raw as unknown as MeanAttrs, true),
  [Identity]: (heap, { x }) => x && identity(heap, x),
  [Cast]: (heap, { x }, raw) => x && cast(heap, x, raw as unknown as CastAttrs),
};

/** The stock kernels that ours replaced, by name; undefined where the backend had none. */
const replaced = new Map<string, KernelConfig | undefined>();

/**
 * Registers our kernels for the 'wasm' backend, in place of its own. `module` is `generated/gemm.wasm` or its relaxed SIMD
 * variant, compiled. Before or after the backend starts; calling it again changes nothing.
 */
export function registerFastKernels(module: WebAssembly.Module): () => void {
  if (replaced.size > 0) return putBack;
  for (const [kernelName, kernel] of Object.entries(fastKernels)) {
    // getKernel is typed as if every kernel existed.
    const stock = getKernel(kernelName, backendName) as KernelConfig | undefined;
    if (stock) unregisterKernel(kernelName, backendName);
    replaced.set(kernelName, stock);
    registerKernel({
      // The stock kernel's set-up and disposal stay, as it still serves the cases that ours leaves to it.
      ...stock,
      kernelName,
      backendName,
      kernelFunc: (params) => {
        const inputs = params.inputs as Readonly<Record<string, TensorInfo>>;
        const out = kernel(heapOf(params.backend as BackendWasm, module), inputs, params.attrs ?? {});
        if (out) return out;
        if (stock) return stock.kernelFunc(params);
        throw new RangeError(
          `${kernelName} on the wasm backend covers float32 in NHWC without dilation only; use another backend`,
        );
      },
    });
  }
  return putBack;
}

function putBack(): void {
  for (const [kernelName, stock] of replaced) {
    unregisterKernel(kernelName, backendName);
    if (stock) registerKernel(stock);
  }
  replaced.clear();
}
