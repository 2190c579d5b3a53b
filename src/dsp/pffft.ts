// The SIMD real FFT: a synchronous loader for the WebAssembly build of pffft, usable inside an AudioWorklet.
import type { Samples } from '../contract/units.ts';
import { requireFftSize, type RealFft } from './fft.ts';

/** The exports that are called; the package's own (asynchronous) glue gives their short names. */
interface PffftExports {
  /** Linear memory. */
  readonly d: WebAssembly.Memory;
  /** Static constructors. */
  readonly e: () => void;
  /** pffft_aligned_malloc(bytes). */
  readonly f: (bytes: number) => number;
  /** pffft_simd_size(): 4 in the SIMD build. */
  readonly j: () => number;
  /** pffft_new_setup(size, 0 = real). */
  readonly k: (size: number, transform: number) => number;
  /** pffft_transform_ordered(setup, input, output, work, 0 = forward | 1 = backward). */
  readonly p: (setup: number, input: number, output: number, work: number, direction: number) => void;
}

const FORWARD = 0;
const BACKWARD = 1;
const REAL = 0;

function hasExports(exports: WebAssembly.Exports): exports is WebAssembly.Exports & PffftExports {
  return (
    exports.d instanceof WebAssembly.Memory &&
    ['e', 'f', 'j', 'k', 'p'].every((name) => typeof exports[name] === 'function')
  );
}

/**
 * Real FFT over `@echogarden/pffft-wasm` (Pommier's pffft, BSD), single precision, several times faster than JsFft.
 * Each object owns an instance of the module, whose memory is filled in the constructor and never grows afterwards.
 */
export class PffftFft implements RealFft {
  readonly size: Samples;
  readonly #exports: PffftExports;
  readonly #setup: number;
  readonly #buffer: number;
  readonly #work: number;
  /** Time samples, or re/im pairs with re[size/2] in the place of im[0], as pffft packs them. */
  readonly #view: Float32Array;

  /**
   * @param module the compiled generated/pffft.wasm
   * @param size power of two, 32 to 65536
   * @throws RangeError on other sizes; TypeError when the module is not pffft
   */
  constructor(module: WebAssembly.Module, size: Samples) {
    this.size = requireFftSize(size, 32);
    const heap: { bytes?: Uint8Array } = {};
    const instance = new WebAssembly.Instance(module, {
      a: {
        a: () => {
          throw new TypeError('pffft: assertion failed');
        },
        // Refusing to grow keeps the views valid for good; the initial memory holds the largest size many times over.
        b: () => 0,
        c: (to: number, from: number, bytes: number) => heap.bytes?.copyWithin(to, from, from + bytes),
      },
    });
    const { exports } = instance;
    if (!hasExports(exports)) throw new TypeError('fftModule must be the compiled generated/pffft.wasm');
    heap.bytes = new Uint8Array(exports.d.buffer);
    exports.e();
    this.#exports = exports;
    this.#setup = exports.k(size, REAL);
    this.#buffer = exports.f(size * 4);
    this.#work = exports.f(size * 4);
    if (this.#setup === 0 || this.#buffer === 0 || this.#work === 0) {
      throw new RangeError(`pffft has no transform of ${size} samples`);
    }
    this.#view = new Float32Array(exports.d.buffer, this.#buffer, size);
  }

  forward(time: Float32Array, re: Float32Array, im: Float32Array): void {
    const view = this.#view;
    const half = this.size / 2;
    for (let n = 0; n < this.size; n++) view[n] = time[n];
    this.#exports.p(this.#setup, this.#buffer, this.#buffer, this.#work, FORWARD);
    re[0] = view[0];
    im[0] = 0;
    re[half] = view[1];
    im[half] = 0;
    for (let k = 1; k < half; k++) {
      re[k] = view[2 * k];
      im[k] = view[2 * k + 1];
    }
  }

  inverse(re: Float32Array, im: Float32Array, time: Float32Array): void {
    const view = this.#view;
    const half = this.size / 2;
    const scale = 1 / this.size;
    view[0] = re[0] * scale;
    view[1] = re[half] * scale;
    for (let k = 1; k < half; k++) {
      view[2 * k] = re[k] * scale;
      view[2 * k + 1] = im[k] * scale;
    }
    this.#exports.p(this.#setup, this.#buffer, this.#buffer, this.#work, BACKWARD);
    for (let n = 0; n < this.size; n++) time[n] = view[n];
  }
}
