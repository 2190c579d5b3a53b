// The hot loops in WebAssembly against the ones in TypeScript, with and without SIMD.
import { describe, expect, test } from 'vitest';
import { JsFft, type RealFft } from '../../src/dsp/fft.ts';
import { JavascriptLoops } from '../../src/dsp/javascriptLoops.ts';
import { START_BUCKETS, type Loops, type StartTables } from '../../src/dsp/loops.ts';
import { MelFilterbank } from '../../src/dsp/mel.ts';
import { createMelTables } from '../../src/dsp/melTables.ts';
import { Random } from '../../src/dsp/random.ts';
import { ResamplerFilter } from '../../src/dsp/resampler.ts';
import { WasmLoops, type EngineModules } from '../../src/dsp/wasmLoops.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';

const KINDS = ['simd', 'scalar'] as const;
const SIZES = [512, 1024, 1536, 2048];
const RESERVE_BYTES = 1 << 20;
const GUARD = 4;
const CANARY = 12345.5;

function modulesOf(kind: 'simd' | 'scalar'): EngineModules {
  const modules = loadEngineModules(kind);
  if (modules === undefined) throw new Error(`${kind} modules are missing: run node scripts/build-wasm.mjs`);
  return modules;
}

/** The transform by its definition, for sizes that are no power of two. */
class PlainDft implements RealFft {
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  constructor(readonly size: number) {
    this.#cos = Float64Array.from({ length: size }, (_, n) => Math.cos((2 * Math.PI * n) / size));
    this.#sin = Float64Array.from({ length: size }, (_, n) => Math.sin((2 * Math.PI * n) / size));
  }

  forward(time: Float32Array, re: Float32Array, im: Float32Array): void {
    for (let k = 0; k <= this.size / 2; k++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let n = 0, turn = 0; n < this.size; n++, turn = (turn + k) % this.size) {
        sumRe += time[n] * this.#cos[turn];
        sumIm -= time[n] * this.#sin[turn];
      }
      re[k] = sumRe;
      im[k] = sumIm;
    }
  }

  inverse(re: Float32Array, im: Float32Array, time: Float32Array): void {
    const half = this.size / 2;
    for (let n = 0; n < this.size; n++) {
      let sum = re[0] + ((n & 1) === 1 ? -re[half] : re[half]);
      for (let k = 1, turn = n; k < half; k++, turn = (turn + n) % this.size) {
        sum += 2 * (re[k] * this.#cos[turn] - im[k] * this.#sin[turn]);
      }
      time[n] = sum / this.size;
    }
  }
}

/** An array for the reference and one with the same values for the loops under test. */
type Twin<A> = readonly [A, A];

/** The reference beside the loops under test; each array lies between canaries. */
class Pair {
  readonly loops: readonly [Loops, Loops];
  readonly #canaries: (readonly [Float32Array | Float64Array | Int32Array, number])[] = [];

  constructor(kind: 'simd' | 'scalar', size: number) {
    const fft = (size & (size - 1)) === 0 ? new JsFft(size) : new PlainDft(size);
    this.loops = [new JavascriptLoops(fft), new WasmLoops(modulesOf(kind), size, RESERVE_BYTES)];
  }

  floats(values: ArrayLike<number>): Twin<Float32Array> {
    return this.#make((loops, length) => loops.floats(length), values);
  }

  doubles(values: ArrayLike<number>): Twin<Float64Array> {
    return this.#make((loops, length) => loops.doubles(length), values);
  }

  integers(values: ArrayLike<number>): Twin<Int32Array> {
    return this.#make((loops, length) => loops.integers(length), values);
  }

  /** Runs the same call on both. */
  run(call: (loops: Loops, side: 0 | 1) => void): void {
    call(this.loops[0], 0);
    call(this.loops[1], 1);
    for (const [array, end] of this.#canaries) {
      const guards = [...array.subarray(0, GUARD), ...array.subarray(end, end + GUARD)];
      expect(guards).toEqual(guards.map(() => Math.trunc(CANARY) + (array instanceof Int32Array ? 0 : 0.5)));
    }
  }

  #make<A extends Float32Array | Float64Array | Int32Array>(
    allocate: (loops: Loops, length: number) => A,
    values: ArrayLike<number>,
  ): Twin<A> {
    // Loops may run on to the next multiple of four.
    const end = GUARD + 4 * Math.ceil(values.length / 4);
    const made = this.loops.map((loops) => {
      const array = allocate(loops, end + GUARD);
      expect([array.byteOffset % 16, Math.max(...array)]).toEqual([0, 0]);
      array.fill(CANARY);
      array.fill(0, GUARD, end);
      array.set(values, GUARD);
      this.#canaries.push([array, end]);
      return array.subarray(GUARD, GUARD + values.length) as A;
    });
    return [made[0], made[1]];
  }
}

function filled(length: number, value: (n: number) => number): Float32Array {
  return Float32Array.from({ length }, (_, n) => value(n));
}

/** Fails with the place of the largest excess when |a - b| passes the bound of its index anywhere. */
function expectClose(
  [expected, actual]: Twin<Float32Array | Float64Array>,
  bound: (n: number) => number,
  length = expected.length,
): void {
  let worst = 0;
  let at = 0;
  for (let n = 0; n < length; n++) {
    const excess = Math.abs(actual[n] - expected[n]) / bound(n);
    // Not a number is an excess as well.
    if (!(excess <= worst)) [worst, at] = [excess, n];
  }
  expect(worst, `index ${at}: ${actual[at]} for ${expected[at]}`).toBeLessThanOrEqual(1);
}

function maximum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Spectra of magnitudes that try the loops: name and the magnitude of bin k of `bins`. */
const MAGNITUDES: readonly (readonly [string, (random: Random, k: number, bins: number) => number])[] = [
  ['noise', (random) => random.uniform(0.001, 30)],
  ['a smooth envelope', (_, k, bins) => 20 * Math.exp((-6 * k) / bins) * (1.2 + Math.sin(k / 7))],
  ['a wide range', (random) => 10 ** random.uniform(-12, 3)],
  ['silence', () => 0],
  ['one bin', (_, k) => (k === 37 ? 40 : 0)],
  ['two islands', (_, k, bins) => (k % (bins >> 1) < 20 ? 3 + k : 0)],
  ['the ends alone', (_, k, bins) => (k === 0 || k === bins - 1 ? 5 : 0)],
  ['one loudness', () => 1],
];

describe.each(KINDS)('%s', (kind) => {
  describe.each(SIZES)('%i samples', (size) => {
    const half = size / 2;
    const bins = half + 1;

    test.each(MAGNITUDES)('logarithms of %s', (_, magnitudeOf) => {
      const pair = new Pair(kind, size);
      const random = new Random(size);
      const magnitudes = pair.floats(filled(bins, (k) => magnitudeOf(random, k, bins)));
      const logs = pair.floats(filled(bins, () => 0));
      const most = [0, 0];
      pair.run((loops, side) => {
        most[side] = loops.logarithms(magnitudes[side], logs[side], bins);
      });
      expect(most[1]).toBe(most[0]);
      // Half a unit in the last place at -23 is 1e-6, on both sides.
      expectClose(logs, () => 2.5e-6);
    });

    test.each(['noise', 'huge', 'tiny', 'one sinusoid', 'silence'])('projection of %s', (name) => {
      const pair = new Pair(kind, size);
      const random = new Random(size + 1);
      const at = 7;
      const level = name === 'huge' ? 1e3 : name === 'tiny' ? 1e-12 : 1;
      const sum = pair.floats(
        filled(size + 2 * at, (n) => {
          if (name === 'silence') return 0;
          if (name === 'one sinusoid') return Math.cos((2 * Math.PI * 20 * (n - at)) / size);
          return level * random.uniform(-1, 1);
        }),
      );
      const analysis = pair.floats(filled(size, (n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size)));
      const magnitudes = pair.floats(filled(bins, () => 10 ** random.uniform(-3, 2)));
      const start = filled(size, () => (name === 'silence' ? 0 : level * random.uniform(-1, 1)));
      const rebuilt = pair.floats(start);
      const spectrum = pair.floats(filled(size, () => 7));
      const momentum = 0.7;
      const project = (relaxation: number): void => {
        for (const side of [0, 1]) rebuilt[side].set(start);
        pair.run((loops, side) =>
          loops.project(
            sum[side],
            at,
            analysis[side],
            magnitudes[side],
            momentum,
            relaxation,
            rebuilt[side],
            spectrum[side],
          ),
        );
      };
      project(0);
      const moved = filled(size, (n) => rebuilt[0][n] + momentum * (rebuilt[0][n] - start[n]));
      const largest = maximum(moved);
      // Rounding of a transform in single precision, relative to its largest value.
      const rounding = 2e-6 * largest;
      expectClose(rebuilt, () => rounding + 1e-30);
      // The same rounding turns the phasor of a bin the more, the weaker the bin is; where it is lost in it the
      // phase is free.
      const lengths = filled(size, (n) => {
        const k = n >> 1;
        if (k === 0) return Math.abs(moved[n]);
        return Math.hypot(moved[2 * k], moved[2 * k + 1]);
      });
      expectClose(spectrum, (n) => {
        const magnitude = magnitudes[0][n === 1 ? half : n >> 1];
        return magnitude * Math.min(2.01, 2e-6 + (largest > 0 ? (2 * rounding) / lengths[n] : 0));
      });
      for (let k = 1; k < half; k++) {
        const length = Math.hypot(spectrum[1][2 * k], spectrum[1][2 * k + 1]);
        expect(Math.abs(length / magnitudes[0][k] - 1)).toBeLessThan(1e-6);
      }
      expect([Math.abs(spectrum[1][0]), Math.abs(spectrum[1][1])]).toEqual([
        magnitudes[0][0],
        magnitudes[0][half],
      ]);
      if (name === 'silence') {
        expect(spectrum[1]).toEqual(
          filled(size, (n) => (n === 1 ? magnitudes[0][half] : n % 2 === 1 ? 0 : magnitudes[0][n / 2])),
        );
      }
      // Relaxed, it goes on by a share of the way that it came.
      const exact = spectrum.map((values) => Float32Array.from(values));
      const reached = rebuilt.map((values) =>
        filled(size, (n) => values[n] + momentum * (values[n] - start[n])),
      );
      const relaxation = 0.4;
      project(relaxation);
      for (const side of [0, 1]) {
        const further = filled(
          size,
          (n) => exact[side][n] + relaxation * (exact[side][n] - reached[side][n]),
        );
        expectClose(
          [further, spectrum[side]],
          (n) => 2e-6 * (magnitudes[0][n === 1 ? half : n >> 1] + Math.abs(reached[side][n])) + 1e-30,
        );
      }
    });

    test.each([1, 1e3, 1e-12, 0])('synthesis at level %f', (level) => {
      const pair = new Pair(kind, size);
      const random = new Random(size + 2);
      const at = 5;
      const spectrum = pair.floats(filled(size, () => level * random.uniform(-1, 1)));
      const window = pair.floats(filled(size, (n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size)));
      const share = pair.floats(filled(size, () => (level / size) * random.uniform(-1, 1)));
      const sum = pair.floats(filled(size + 2 * at, () => (level / size) * random.uniform(-1, 1)));
      const kept = Float32Array.from(spectrum[1]);
      pair.run((loops, side) => loops.synthesise(spectrum[side], window[side], share[side], sum[side], at));
      const rounding = 2e-6 * (maximum(share[0]) + maximum(sum[0])) + 1e-30;
      expectClose(share, () => rounding);
      expectClose(sum, () => rounding);
      expect(spectrum[1]).toEqual(kept);
    });

    test.each([size / 4, size / 2, 31])('output of hops of %i samples', (hop) => {
      const pair = new Pair(kind, size);
      const random = new Random(size + 3);
      const length = size + 3 * hop;
      const sum = pair.floats(filled(length, () => random.uniform(-1, 1)));
      const gain = pair.floats(filled(hop, () => random.uniform(0.5, 2)));
      const output = pair.floats(filled(hop, () => 0));
      for (let turn = 0; turn < 3; turn++) {
        pair.run((loops, side) => loops.emit(sum[side], length, gain[side], hop, output[side]));
        expect(output[1]).toEqual(output[0]);
        expect(sum[1]).toEqual(sum[0]);
      }
    });

    describe.each([0, 0.3])('phase start, smooth below %f', (smooth) => {
      test.each(MAGNITUDES)('into %s', (_, magnitudeOf) => {
        const hop = size / 4;
        const pair = new Pair(kind, size);
        const random = new Random(size + 4);
        const tables = startTables(pair, size, hop);
        const state = pair.integers([123456789]);
        const frames = [0, 1, 2, 3, 4].map((frame) => {
          const scale = 1 + 0.1 * frame;
          const magnitudes = pair.floats(
            filled(bins, (k) => (frame === 0 ? 0 : scale * magnitudeOf(random, k, bins))),
          );
          const logs = pair.floats(filled(bins, (k) => Math.log(magnitudes[0][k] + 1e-10)));
          const spectrum = pair.floats(filled(size, () => 0));
          return [0, 1].map((side) => ({
            magnitudes: magnitudes[side],
            logs: logs[side],
            spectrum: spectrum[side],
          }));
        });
        for (let frame = 1; frame + 1 < frames.length; frame++) {
          pair.run((loops, side) =>
            loops.startPhases(
              tables[side],
              frames[frame - 1][side],
              frames[frame][side],
              frames[frame + 1][side],
              smooth,
              state[side],
            ),
          );
          expect(state[1][0]).toBe(state[0][0]);
          const { magnitudes, spectrum } = frames[frame][0];
          // Up to `bins` rotations in a row, each off by the rounding of a step of some turns and of a product in
          // single precision, 1e-6 together; and the frames before hand theirs on.
          expectClose([spectrum, frames[frame][1].spectrum], (n) => {
            return 1e-3 * magnitudes[n === 1 ? half : n >> 1] + 1e-30;
          });
          frames[frame][1].spectrum.set(spectrum);
        }
      });
    });

    describe.each([80, 33, 256])('mel inversion of %i bands', (bands) => {
      test.each(['speech', 'a wide range', 'silence', 'one band', 'nothing finite'])('of %s', (name) => {
        // The filterbank knows powers of two only; any other number of bins is one more shape of the same loops.
        const bank = new MelFilterbank({
          sampleRate: 8000,
          fftSamples: size === 1536 ? 2048 : size,
          melBands: bands,
          melLowHz: bands === 80 ? 0 : 100,
          melHighHz: bands === 80 ? 4000 : 700,
        });
        const pair = new Pair(kind, size);
        const random = new Random(size + 5);
        const tables = pair.loops.map((loops) => createMelTables(loops, bank));
        // Bands that are hardly wider than a bin leave lines in more than three.
        expect(tables[1].columns === undefined).toBe(bands === 256 || (bands === 33 && size === 512));
        const mel = pair.floats(
          filled(bands, (band) => {
            if (name === 'speech') return Math.exp(3 * Math.sin(band / 5) + random.uniform(-1, 1));
            if (name === 'a wide range') return 10 ** random.uniform(-12, 3);
            if (name === 'one band') return band === 30 ? 2 : 0;
            return name === 'silence' ? 0 : [NaN, -1, Infinity, 1][band % 4];
          }),
        );
        const magnitudes = pair.floats(filled(bank.bins, () => 9));
        for (let turn = 0; turn < 2; turn++) {
          pair.run((loops, side) => loops.invertMel(tables[side], 8, mel[side], magnitudes[side]));
          // Nine products in single precision of ratios of sums, each of which is as close as the lines it adds;
          // the over-relaxed ones double what is off.
          // What lies below the quietest band wanted is no concern of any.
          expectClose(magnitudes, (k) => 3e-5 * Math.max(1e-12, magnitudes[0][k]));
          expect(maximum(magnitudes[1]) > 0).toBe(name !== 'silence');
        }
      });
    });

    test.each(MAGNITUDES)('voicing of %s', (_, magnitudeOf) => {
      for (const spacing of [1.5, 7, 7.3, 0.8 * bins, 3 * bins]) {
        const pair = new Pair(kind, size);
        const random = new Random(size + 6);
        const bands = 8;
        const bandOfBin = pair.integers(filled(bins, (k) => Math.floor((k * bands) / bins)));
        const shareOfBin = pair.floats(filled(bins, (k) => ((k * bands) / bins) % 1));
        const voicing = pair.floats(filled(bands + 1, (band) => (band < 2 ? 1 : random.uniform(0, 1))));
        const start = filled(bins, (k) => magnitudeOf(random, k, bins));
        const magnitudes = pair.floats(start);
        const power = pair.doubles(filled(bins + 1, () => 0));
        const voiced = pair.doubles(filled(bins + 1, () => 0));
        pair.run((loops, side) =>
          loops.split(
            {
              bins,
              bandOfBin: bandOfBin[side],
              shareOfBin: shareOfBin[side],
            },
            voicing[side],
            spacing,
            magnitudes[side],
            power[side],
            voiced[side],
          ),
        );
        const all = power[0][bins];
        expectClose(power, () => 1e-12 * all + 1e-300);
        // Shares in single precision.
        expectClose(voiced, () => 1e-6 * all + 1e-300);
        // Differences of sums keep 1e-15 of the whole power; where shares are near 1 theirs count, 1e-7.
        expectClose(magnitudes, (k) => 1e-5 * start[k] + Math.sqrt(1e-14 * all) + 1e-30);

        const before = pair.doubles(voiced[0].map((value) => 0.3 * value));
        const count = Math.max(1, Math.min(40, Math.floor(bins / spacing)));
        const phasors = pair.floats(filled(2 * count, () => random.uniform(-1, 1)));
        const amplitudes = pair.floats(filled(2 * count, () => 5));
        for (const width of [spacing, Math.min(spacing, 4)]) {
          pair.run((loops, side) =>
            loops.gather(
              before[side],
              voiced[side],
              0.4,
              bins,
              spacing,
              width,
              count,
              phasors[side],
              amplitudes[side],
            ),
          );
          const scale = maximum(amplitudes[0]);
          // Voiced power itself differs by 1e-6 of the whole, its root by less than 1e-3 of the whole's root.
          expectClose(amplitudes, () => 2e-3 * scale + 1e-30);
        }
      }
    });
  });

  test('gathering the same power gives the same amplitudes', () => {
    const pair = new Pair(kind, 512);
    const random = new Random(9);
    let sum = 0;
    const sums = pair.doubles(
      Array.from({ length: 258 }, (_, k) => (sum += k === 0 ? 0 : 10 ** random.uniform(-12, 6))),
    );
    const later = pair.doubles(Array.from(sums[0], (value) => 2 * value));
    const phasors = pair.floats(filled(200, () => random.uniform(-1, 1)));
    const amplitudes = pair.floats(filled(200, () => 0));
    for (const [spacing, count] of [
      [6.4, 40],
      [128.3, 2],
      [200, 1],
      [5.1, 50],
    ]) {
      for (const x of [0, 0.35, 1]) {
        pair.run((loops, side) =>
          loops.gather(
            ...([sums[side], later[side], x, 257, spacing, 0.9 * spacing, count] as const),
            phasors[side],
            amplitudes[side],
          ),
        );
        // Differences of sums in double precision keep 1e-15 of the whole, its root 1e-7; the result is rounded to
        // 6e-8.
        expectClose(amplitudes, (n) => 1e-6 * Math.abs(amplitudes[0][n]) + 1e-7 * Math.sqrt(sum), 2 * count);
      }
    }
  });

  test.each([
    [40, 32],
    [40, 31],
    [1, 128],
    [3, 2],
    [120, 33],
    [0, 16],
  ])('%i harmonics over %i samples', (count, length) => {
    const pair = new Pair(kind, 512);
    const random = new Random(10);
    const from = pair.floats(filled(2 * count, () => random.uniform(-1, 1)));
    const to = pair.floats(filled(2 * count, () => random.uniform(-1, 1)));
    const total = maximum(from[0]) * Math.max(1, count);
    for (const [turn, step, growth] of [
      [0, 0.0125, 1],
      [0.9999, 0.01, 1.0001],
      [0.3, 0.49, 0.999],
      [0.5, 1e-5, 1],
    ]) {
      const output = pair.floats(filled(length + 3, () => random.uniform(-1, 1)));
      pair.run((loops, side) =>
        loops.harmonics(from[side], to[side], count, turn, step, growth, output[side], 3, length),
      );
      // A turn in single precision is off by 2e-7 radians, and a phasor by as much again at each harmonic. Few of
      // these errors have the same sign, so their sum stays a tenth of the worst case.
      expectClose(output, () => 4e-7 * Math.max(1, total) * Math.max(1, count / 10));
    }
  });

  test.each([
    [8000, 48000],
    [8000, 44100],
    [24000, 44100],
    [16000, 8000],
    [24000, 22050],
    [8000, 192000],
    [8000, 8000],
    [48000, 11025],
  ])('interpolation from %i to %i Hz', (inputRate, outputRate) => {
    const filter = new ResamplerFilter(inputRate, outputRate);
    const pair = new Pair(kind, 512);
    const random = new Random(11);
    const { taps, phases, inputStep, outputStep } = filter;
    const table = pair.floats(filter.table);
    const counts = [0, 1, 5, 128, 100];
    const input = pair.floats(
      filled(taps + 4 + Math.ceil((250 * inputRate) / outputRate), () => random.uniform(-1, 1)),
    );
    let base = 1;
    let phase = 0;
    for (const count of counts) {
      const output = pair.floats(filled(count + 2, () => 7));
      pair.run((loops, side) =>
        loops.interpolate(
          ...([table[side], taps, phases, outputStep, inputStep, input[side], base, phase] as const),
          output[side],
          1,
          count,
        ),
      );
      // Sums of `taps` products in single precision.
      expectClose(output, () => 2e-6);
      expect([output[1][0], output[1][count + 1]]).toEqual([7, 7]);
      phase += count * inputStep;
      base += Math.floor(phase / outputStep);
      phase %= outputStep;
    }
  });
});

/** Tables of a phase start for a Hann window, after Prusa & Sondergaard (2016). */
function startTables(pair: Pair, size: number, hop: number): Twin<StartTables> {
  const bins = size / 2 + 1;
  const gamma = 0.25645 * size * size;
  const hopTurns = pair.floats(filled(bins, (k) => ((k * hop) / size) % 1));
  const alongTime = pair.floats(filled(2 * bins, () => 0));
  const alongFrequency = pair.floats(filled(2 * bins, () => 0));
  const heads = pair.integers(filled(START_BUCKETS, () => 0));
  const links = pair.integers(filled(2 * bins, () => 0));
  const settled = pair.integers(filled(bins, () => 0));
  const make = (side: 0 | 1): StartTables => ({
    bins,
    hopTurns: hopTurns[side],
    timeFactor: (hop * size) / gamma / (2 * Math.PI),
    frequencyFactor: -gamma / (hop * size) / (2 * Math.PI),
    tolerance: 1e-6,
    alongTime: alongTime[side],
    alongFrequency: alongFrequency[side],
    heads: heads[side],
    links: links[side],
    settled: settled[side],
  });
  return [make(0), make(1)];
}
