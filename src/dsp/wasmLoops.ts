// The hot loops in WebAssembly: loads them and pffft into one memory, synchronously, as an AudioWorklet needs it.
// Long, since every loop spells out the addresses of its arrays.
import { requireNumber } from '../contract/errors.ts';
import type { Samples } from '../contract/units.ts';
import type { Loops, MelTables, StartFrame, StartTables, VoicingTables } from './loops.ts';

/**
 * Compiled generated/pffft.wasm with generated/engine.wasm, or pffft-scalar.wasm with engine-scalar.wasm.
 * @example
 * const compile = async (file) => WebAssembly.compile(await (await fetch(`/numvox/${file}`)).arrayBuffer());
 * const modules: EngineModules = { fft: await compile('pffft.wasm'), loops: await compile('engine.wasm') };
 * const inverter = new StreamingInverter({ sampleRate: 16000, modules });
 */
export interface EngineModules {
  readonly fft: WebAssembly.Module;
  readonly loops: WebAssembly.Module;
}

/** Exports of pffft that are called; the package's own (asynchronous) glue gives their short names. */
interface FftExports {
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
  /** pffft_transform_ordered, which the loops call. */
  readonly p: () => void;
}

/** Exports of assembly/engine.ts. Every argument is a number: a byte address, a count, or a value. */
type Loop = (...values: number[]) => number;

const LOOP_NAMES = [
  'configure',
  'emit',
  'gather',
  'harmonics',
  'interpolate',
  'invertMel',
  'invertMelColumns',
  'logarithms',
  'project',
  'split',
  'startPhases',
  'synthesise',
] as const;
type LoopExports = Readonly<Record<(typeof LOOP_NAMES)[number], Loop>>;

const REAL = 0;
const PAGE_BYTES = 65536;
const ALIGNMENT = 16;
const MAX_RESERVE_BYTES = 1 << 30;

function hasFftExports(exports: WebAssembly.Exports): exports is WebAssembly.Exports & FftExports {
  return (
    exports.d instanceof WebAssembly.Memory &&
    ['e', 'f', 'j', 'k', 'p'].every((name) => typeof exports[name] === 'function')
  );
}

function hasLoopExports(exports: WebAssembly.Exports): exports is WebAssembly.Exports & LoopExports {
  return LOOP_NAMES.every((name) => typeof exports[name] === 'function');
}

/** @throws RangeError unless pffft has a real transform of `samples` samples. */
function requireWasmFftSize(samples: Samples): Samples {
  let rest = samples;
  for (const factor of [2, 3, 5]) while (rest >= factor && rest % factor === 0) rest /= factor;
  // No other number of at least one 32 is left with a rest of 1.
  if (samples > 65536 || samples % 32 !== 0 || rest !== 1) {
    throw new RangeError(
      `fftSamples must be a multiple of 32 with no prime factor but 2, 3 and 5, from 32 to 65536, got ${samples}`,
    );
  }
  return samples;
}

/**
 * Loops over `@echogarden/pffft-wasm` (Pommier's pffft, BSD) and assembly/engine.ts, in single precision. An
 * object owns an instance of both, which share a memory: it grows once, in the constructor, and everything that
 * `floats`, `doubles` and `integers` return lies in what was added.
 */
export class WasmLoops implements Loops {
  readonly kind: 'simd' | 'scalar';
  readonly fftSamples: Samples;
  readonly #memory: WebAssembly.Memory;
  readonly #loops: LoopExports;
  readonly #end: number;
  #free: number;

  /**
   * @param fftSamples multiple of 32 with the factors 2, 3 and 5, 32 to 65536
   * @param reserveBytes for all arrays together, each rounded up to 16 bytes; the whole to pages of 64 KB; up to 1
   * GB
   * @throws RangeError on other sizes, or when there is no memory; TypeError when the modules are not these two
   */
  constructor(modules: EngineModules, fftSamples: Samples, reserveBytes: number) {
    this.fftSamples = requireWasmFftSize(fftSamples);
    requireNumber('reserveBytes', reserveBytes, 0, MAX_RESERVE_BYTES);
    const heap: { bytes?: Uint8Array } = {};
    const { exports: fft } = new WebAssembly.Instance(modules.fft, {
      a: {
        a: () => {
          throw new TypeError('pffft: assertion failed');
        },
        // pffft must not grow the memory: what is added to it belongs to the loops.
        b: () => 0,
        c: (to: number, from: number, bytes: number) => heap.bytes?.copyWithin(to, from, from + bytes),
      },
    });
    if (!hasFftExports(fft))
      throw new TypeError('modules.fft must be a compiled pffft.wasm or pffft-scalar.wasm');
    this.#memory = fft.d;
    heap.bytes = new Uint8Array(this.#memory.buffer);
    fft.e();
    const setup = fft.k(fftSamples, REAL);
    const work = fft.f(4 * fftSamples);
    const scratch = fft.f(4 * fftSamples);
    if (setup === 0 || work === 0 || scratch === 0) {
      throw new RangeError(`pffft has no transform of ${fftSamples} samples`);
    }
    this.kind = fft.j() === 4 ? 'simd' : 'scalar';

    this.#free = this.#memory.buffer.byteLength;
    // Views made before are of no use afterwards, and pffft has all that it needs.
    this.#memory.grow(Math.ceil(reserveBytes / PAGE_BYTES));
    this.#end = this.#memory.buffer.byteLength;
    heap.bytes = new Uint8Array(this.#memory.buffer);

    const { exports: loops } = new WebAssembly.Instance(modules.loops, {
      env: { memory: this.#memory },
      pffftImports: { transform: fft.p },
    });
    if (!hasLoopExports(loops)) {
      throw new TypeError('modules.loops must be a compiled engine.wasm or engine-scalar.wasm');
    }
    this.#loops = loops;
    loops.configure(fftSamples, setup, work, scratch);
  }

  floats(length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, this.#take(4 * length), length);
  }

  doubles(length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, this.#take(8 * length), length);
  }

  integers(length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, this.#take(4 * length), length);
  }

  /** Address of the next `bytes` bytes. */
  #take(bytes: number): number {
    const at = this.#free;
    const next = at + ALIGNMENT * Math.ceil(bytes / ALIGNMENT);
    // The opposite would let NaN pass.
    if (!(bytes >= 0 && next <= this.#end)) {
      throw new RangeError(`reserveBytes is used up: ${bytes} bytes wanted, ${this.#end - at} left`);
    }
    this.#free = next;
    return at;
  }

  invertMel(tables: MelTables, updates: number, mel: Float32Array, magnitudes: Float32Array): void {
    const { columns } = tables;
    if (columns !== undefined) {
      this.#loops.invertMelColumns(
        tables.bins,
        tables.bands,
        tables.lobe,
        tables.share.byteOffset,
        tables.lines.byteOffset,
        columns.groups,
        columns.rows.byteOffset,
        columns.cellOfLine.byteOffset,
        columns.below.byteOffset,
        columns.within.byteOffset,
        columns.above.byteOffset,
        columns.start.byteOffset,
        columns.startSums.byteOffset,
        columns.cells.byteOffset,
        columns.bandValues.byteOffset,
        updates,
        mel.byteOffset,
        magnitudes.byteOffset,
      );
      return;
    }
    this.#loops.invertMel(
      tables.bins,
      tables.bands,
      tables.starts.byteOffset,
      tables.offsets.byteOffset,
      tables.weights.byteOffset,
      tables.lobe,
      tables.share.byteOffset,
      tables.start.byteOffset,
      tables.lines.byteOffset,
      tables.correction.byteOffset,
      updates,
      mel.byteOffset,
      magnitudes.byteOffset,
    );
  }

  logarithms(magnitudes: Float32Array, logs: Float32Array, bins: number): number {
    return this.#loops.logarithms(magnitudes.byteOffset, logs.byteOffset, bins);
  }

  startPhases(
    tables: StartTables,
    previous: StartFrame,
    current: StartFrame,
    next: StartFrame,
    smooth: number,
    random: Int32Array,
  ): void {
    this.#loops.startPhases(
      tables.bins,
      tables.hopTurns.byteOffset,
      tables.timeFactor,
      tables.frequencyFactor,
      tables.tolerance,
      tables.alongTime.byteOffset,
      tables.alongFrequency.byteOffset,
      tables.heads.byteOffset,
      tables.links.byteOffset,
      previous.magnitudes.byteOffset,
      previous.logs.byteOffset,
      previous.spectrum.byteOffset,
      current.magnitudes.byteOffset,
      current.logs.byteOffset,
      current.spectrum.byteOffset,
      next.logs.byteOffset,
      smooth,
      random.byteOffset,
    );
  }

  project(
    sum: Float32Array,
    at: number,
    analysis: Float32Array,
    magnitudes: Float32Array,
    momentum: number,
    relaxation: number,
    rebuilt: Float32Array,
    spectrum: Float32Array,
  ): void {
    this.#loops.project(
      sum.byteOffset + 4 * at,
      analysis.byteOffset,
      magnitudes.byteOffset,
      momentum,
      relaxation,
      rebuilt.byteOffset,
      spectrum.byteOffset,
    );
  }

  synthesise(
    spectrum: Float32Array,
    window: Float32Array,
    share: Float32Array,
    sum: Float32Array,
    at: number,
  ): void {
    this.#loops.synthesise(spectrum.byteOffset, window.byteOffset, share.byteOffset, sum.byteOffset + 4 * at);
  }

  emit(sum: Float32Array, length: number, gain: Float32Array, hop: number, output: Float32Array): void {
    this.#loops.emit(sum.byteOffset, length, gain.byteOffset, hop, output.byteOffset);
  }

  split(
    tables: VoicingTables,
    voicing: Float32Array,
    spacing: number,
    magnitudes: Float32Array,
    power: Float64Array,
    voiced: Float64Array,
  ): void {
    this.#loops.split(
      tables.bins,
      tables.bandOfBin.byteOffset,
      tables.shareOfBin.byteOffset,
      voicing.byteOffset,
      spacing,
      magnitudes.byteOffset,
      power.byteOffset,
      voiced.byteOffset,
    );
  }

  gather(
    from: Float64Array,
    to: Float64Array,
    x: number,
    bins: number,
    spacing: number,
    width: number,
    count: number,
    phasors: Float32Array,
    amplitudes: Float32Array,
  ): void {
    this.#loops.gather(
      from.byteOffset,
      to.byteOffset,
      x,
      bins,
      spacing,
      width,
      count,
      phasors.byteOffset,
      amplitudes.byteOffset,
    );
  }

  harmonics(
    from: Float32Array,
    to: Float32Array,
    count: number,
    turn: number,
    step: number,
    growth: number,
    output: Float32Array,
    at: number,
    length: number,
  ): void {
    this.#loops.harmonics(
      from.byteOffset,
      to.byteOffset,
      count,
      turn,
      step,
      growth,
      output.byteOffset + 4 * at,
      length,
    );
  }

  interpolate(
    table: Float32Array,
    taps: number,
    phases: number,
    outputStep: number,
    inputStep: number,
    input: Float32Array,
    base: number,
    phase: number,
    output: Float32Array,
    at: number,
    count: number,
  ): void {
    this.#loops.interpolate(
      table.byteOffset,
      taps,
      phases,
      outputStep,
      inputStep,
      input.byteOffset + 4 * base,
      phase,
      output.byteOffset + 4 * at,
      count,
    );
  }
}
