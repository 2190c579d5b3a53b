// The wasm backend's own heap: where its tensors lie, scratch in it, and our kernels instantiated on its memory.
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** What `assembly/kernels.ts` exports; pointers are byte addresses in the backend's heap. */
export interface KernelExports {
  readonly packedFloats: (depth: number, columns: number) => number;
  readonly productScratchFloats: (rows: number, depth: number, transposedA: number) => number;
  readonly packB: (
    depth: number,
    columns: number,
    b: number,
    ld: number,
    transposed: number,
    out: number,
  ) => void;
  readonly product: (
    rows: number,
    columns: number,
    depth: number,
    a: number,
    lda: number,
    transposedA: number,
    b: number,
    c: number,
    ldc: number,
    accumulate: number,
    scratch: number,
  ) => void;
  readonly convolutionScratchFloats: (
    direction: number,
    k: number,
    outChannels: number,
    block: number,
  ) => number;
  readonly convolution: (
    direction: number,
    x: number,
    f: number,
    y: number,
    ...shapeAndScratch: readonly number[]
  ) => void;
  readonly narrowConvolution: KernelExports['convolution'];
  readonly leakyRelu: (x: number, out: number, floats: number, slope: number) => void;
  readonly leakyReluGradient: (x: number, dy: number, out: number, floats: number, slope: number) => void;
  readonly sumColumns: (x: number, rows: number, columns: number, factor: number, out: number) => void;
  readonly sumRows: (x: number, rows: number, columns: number, factor: number, out: number) => void;
}

/** The Emscripten module inside the backend, as far as we use it: its allocator and its exported memory. */
interface EmscriptenModule {
  readonly _malloc: (bytes: number) => number;
  readonly _free: (pointer: number) => void;
  readonly asm: { readonly memory: WebAssembly.Memory };
}

/** Our kernels on one backend's heap. */
export interface KernelHeap {
  readonly exports: KernelExports;
  /** Address of the first element of a tensor. */
  addressOf(tensor: TensorInfo): number;
  /** A new float32 tensor; its contents are undefined. */
  makeOutput(shape: number[]): TensorInfo;
  /** Another tensor on the same data, counted as one more reference to it. */
  share(tensor: TensorInfo): TensorInfo;
  /**
   * Address of at least `floats` floats of scratch, the same for every call: valid until the next call. It grows and is
   * never given back, so that a training step settles after the first one and allocates nothing more.
   */
  scratch(floats: number): number;
}

const heaps = new WeakMap<BackendWasm, KernelHeap>();

/** The heap of a wasm backend, with `module` instantiated on its memory; one per backend. */
export function heapOf(backend: BackendWasm, module: WebAssembly.Module): KernelHeap {
  const known = heaps.get(backend);
  if (known) return known;
  const emscripten = backend.wasm as unknown as EmscriptenModule;
  const instance = new WebAssembly.Instance(module, { env: { memory: emscripten.asm.memory } });
  let scratchAddress = 0;
  let scratchFloats = 0;
  const heap: KernelHeap = {
    exports: instance.exports as unknown as KernelExports,
    addressOf: (tensor) => backend.dataIdMap.get(tensor.dataId).memoryOffset,
    makeOutput: (shape) => backend.makeOutput(shape, 'float32'),
    share: ({ dataId, shape, dtype }) => {
      backend.incRef(dataId);
      return { dataId, shape, dtype };
    },
    scratch: (floats) => {
      if (floats > scratchFloats) {
        if (scratchAddress !== 0) emscripten._free(scratchAddress);
        scratchFloats = Math.ceil(floats * 1.25);
        scratchAddress = emscripten._malloc(scratchFloats * 4) >>> 0;
        if (scratchAddress === 0) {
          scratchFloats = 0;
          throw new RangeError(
            `the wasm heap has no room for ${floats * 4} bytes of scratch; use a smaller batch`,
          );
        }
      }
      return scratchAddress;
    },
  };
  heaps.set(backend, heap);
  return heap;
}
