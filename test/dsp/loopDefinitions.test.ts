// The hot loops by their definitions, in a small transform: what each writes, index by index, in TypeScript and compiled.
import { describe, expect, test } from 'vitest';
import { JsFft } from '../../src/dsp/fft.ts';
import { JavascriptLoops } from '../../src/dsp/javascriptLoops.ts';
import {
  LOBE_ENERGY,
  LOG_FLOOR,
  START_BUCKETS,
  type Loops,
  type MelTables,
  type StartTables,
} from '../../src/dsp/loops.ts';
import { Random } from '../../src/dsp/random.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { WasmLoops } from '../../src/dsp/wasmLoops.ts';

const size = 32;
const half = size / 2;
const bins = half + 1;
const TURN = 2 * Math.PI;
const random = new Random(5);
const floats = (length: number, value: (n: number) => number): Float32Array =>
  Float32Array.from({ length }, (_, n) => value(n));
const drawn = (length: number, low = -1, high = 1): Float32Array =>
  floats(length, () => random.uniform(low, high));
/** Fails with the index at which two arrays differ by more than `most`. */
function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, most = 1e-5): void {
  const off = Array.from(expected, (value, n) => (Math.abs(actual[n] - value) <= most ? -1 : n));
  expect(
    off.filter((n) => n >= 0).map((n) => [n, actual[n], expected[n]]),
    'index, value, wanted',
  ).toEqual([]);
  expect(actual.length).toBe(expected.length);
}

/** Packed spectrum of samples, by the definition. */
function packed(time: ArrayLike<number>): number[] {
  const at = (k: number): [number, number] => {
    let re = 0;
    let im = 0;
    for (let n = 0; n < size; n++) {
      re += time[n] * Math.cos((TURN * k * n) / size);
      im -= time[n] * Math.sin((TURN * k * n) / size);
    }
    return [re, im];
  };
  const spectrum = [at(0)[0], at(half)[0]];
  for (let k = 1; k < half; k++) spectrum.push(...at(k));
  return spectrum;
}

/** Samples of a packed spectrum. */
function unpacked(spectrum: ArrayLike<number>): number[] {
  return Array.from({ length: size }, (_, n) => {
    let sum = spectrum[0] + (n % 2 === 1 ? -spectrum[1] : spectrum[1]);
    for (let k = 1; k < half; k++) {
      const turn = (TURN * k * n) / size;
      sum += 2 * (spectrum[2 * k] * Math.cos(turn) - spectrum[2 * k + 1] * Math.sin(turn));
    }
    return sum / size;
  });
}

/** Loops whose arrays are copied into their memory for each call, and back. */
function compiled(kind: 'simd' | 'scalar'): Loops {
  const modules = loadEngineModules(kind);
  if (modules === undefined) throw new Error(`${kind} modules are missing: run node scripts/build-wasm.mjs`);
  const loops = new WasmLoops(modules, size, 1 << 22);
  type Numbers = Float32Array | Float64Array | Int32Array;
  const isNumbers = (value: unknown): value is Numbers =>
    value instanceof Float32Array || value instanceof Float64Array || value instanceof Int32Array;
  const call = (method: (...all: unknown[]) => unknown, all: readonly unknown[]): unknown => {
    const copies: [Numbers, Numbers][] = [];
    const moved = (value: unknown): unknown => {
      if (isNumbers(value)) {
        // Loops may run on to the next multiple of four.
        const length = value.length + 4;
        const copy =
          value instanceof Float64Array
            ? loops.doubles(length)
            : value instanceof Int32Array
              ? loops.integers(length)
              : loops.floats(length);
        copy.set(value);
        copies.push([value, copy]);
        return copy;
      }
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, moved(field)]));
    };
    const result = method.apply(loops, all.map(moved));
    for (const [own, copy] of copies) own.set(copy.subarray(0, own.length));
    return result;
  };
  return new Proxy<Loops>(loops, {
    get: (_target, name) => {
      const member: unknown = Reflect.get(loops, name, loops);
      if (typeof member !== 'function') return member;
      return (...all: unknown[]) => call(member as (...all: unknown[]) => unknown, all);
    },
  });
}

describe.each<[Loops['kind'], () => Loops]>([
  ['javascript', () => new JavascriptLoops(new JsFft(size))],
  ['simd', () => compiled('simd')],
  ['scalar', () => compiled('scalar')],
])('%s', (kind, make) => {
  const loops = make();
  /** What lies behind the end stays as it is in TypeScript; compiled loops may run over it. */
  const isExact = kind === 'javascript';
  test('arrays are as long as asked for', () => {
    expect(loops.fftSamples).toBe(size);
    expect(loops.kind).toBe(kind);
    expect([loops.floats(3), loops.doubles(5), loops.integers(7)]).toEqual([
      new Float32Array(3),
      new Float64Array(5),
      new Int32Array(7),
    ]);
  });

  test('logarithms are of magnitudes over a floor; the largest magnitude comes back', () => {
    const magnitudes = floats(8, (k) => (k === 3 ? 7 : k === 5 ? 0 : 0.5));
    const logs = new Float32Array(8).fill(9);
    expect(loops.logarithms(magnitudes, logs, 6)).toBe(7);
    expectNear(
      logs.subarray(0, 6),
      Array.from(magnitudes.subarray(0, 6), (m) => Math.log(m + LOG_FLOOR)),
    );
    if (isExact) expect([logs[6], logs[7]]).toEqual([9, 9]);
  });

  test('a projection moves on by the momentum and takes the magnitudes, overshot', () => {
    const at = 3;
    const sum = drawn(size + 2 * at);
    const analysis = drawn(size, 0.2, 1);
    const magnitudes = drawn(bins, 0.1, 2);
    const before = drawn(size);
    const now = packed(floats(size, (n) => sum[at + n] * analysis[n]));
    const [momentum, relaxation] = [0.6, 0.25];
    const rebuilt = before.slice();
    const spectrum = new Float32Array(size).fill(9);
    loops.project(sum, at, analysis, magnitudes, momentum, relaxation, rebuilt, spectrum);
    expectNear(rebuilt, now);
    const moved = now.map((value, i) => value + momentum * (value - before[i]));
    const wanted = moved.map((value, i) => {
      const k = i === 1 ? half : i >> 1;
      const length = i < 2 ? Math.abs(moved[i]) : Math.hypot(moved[2 * k], moved[2 * k + 1]);
      return ((1 + relaxation) * magnitudes[k] * value) / length - relaxation * value;
    });
    expectNear(spectrum, wanted, 3e-5);
    // Bins that vanish take phase 0.
    rebuilt.fill(0);
    loops.project(new Float32Array(size), 0, analysis, magnitudes, momentum, relaxation, rebuilt, spectrum);
    expectNear(
      spectrum,
      floats(size, (i) => (i > 1 && i % 2 === 1 ? 0 : 1.25 * magnitudes[i === 1 ? half : i >> 1])),
    );
    // Negative ends of the spectrum stay negative.
    const negative = floats(size, (n) => (n % 2 === 1 ? 0 : -1));
    loops.project(
      negative,
      0,
      floats(size, () => 1),
      magnitudes,
      0,
      0,
      rebuilt.fill(0),
      spectrum,
    );
    expectNear(spectrum.subarray(0, 2), [-magnitudes[0], -magnitudes[half]]);
  });

  test('synthesis replaces the frame in the sum by its new samples, windowed', () => {
    const at = 2;
    const spectrum = drawn(size);
    const window = drawn(size, 0, 1);
    const [share, sum] = [drawn(size), drawn(size + 4)];
    const [shareBefore, sumBefore] = [share.slice(), sum.slice()];
    // What an earlier transform has left in the scratch is of no concern.
    loops.project(drawn(size), 0, window, drawn(bins), 0.5, 0, drawn(size), new Float32Array(size));
    loops.synthesise(spectrum, window, share, sum, at);
    const frame = unpacked(spectrum).map((value, n) => value * window[n]);
    expectNear(share, frame);
    expectNear(
      sum,
      Array.from(sumBefore, (value, n) => {
        const i = n - at;
        return i >= 0 && i < size ? value + frame[i] - shareBefore[i] : value;
      }),
    );
  });

  test('emission gives a hop times its gain, and moves the sum on by it', () => {
    const [length, hop] = [20, 6];
    const sum = drawn(24);
    const before = sum.slice();
    const gain = drawn(hop, 0.5, 2);
    const output = new Float32Array(hop + 2).fill(9);
    loops.emit(sum, length, gain, hop, output);
    expect(output).toEqual(floats(hop + 2, (n) => (n < hop ? before[n] * gain[n] : 9)));
    expect(sum).toEqual(floats(24, (n) => (n < length - hop ? before[n + hop] : n < length ? 0 : before[n])));
  });

  /** Sum of a bin's values up to an edge, each spread from half a bin below it to half a bin above. */
  function below(values: ArrayLike<number>, edge: number): number {
    let sum = 0;
    for (let k = 0; k < values.length; k++) sum += values[k] * Math.min(1, Math.max(0, edge - (k - 0.5)));
    return sum;
  }
  const sumsOf = (values: ArrayLike<number>): Float64Array => {
    const sums = new Float64Array(values.length + 1);
    for (let k = 0; k < values.length; k++) sums[k + 1] = sums[k] + values[k];
    return sums;
  };

  test.each([0.7, 3, 5.5, 40])(
    'a split at a spacing of %d bins leaves the noise, and sums up the voiced',
    (spacing) => {
      const bandOfBin = Int32Array.from({ length: bins }, (_, k) => Math.min(2, k >> 2));
      const shareOfBin = drawn(bins, 0, 1);
      const voicing = Float32Array.of(1, 0.75, 0.5, 0.125);
      const before = drawn(bins, 0.1, 2);
      const magnitudes = before.slice();
      const power = new Float64Array(bins + 1);
      const voiced = new Float64Array(bins + 1);
      loops.split({ bins, bandOfBin, shareOfBin }, voicing, spacing, magnitudes, power, voiced);
      const squares = Array.from(before, (value) => value * value);
      const shares = squares.map((_, k) => {
        const band = bandOfBin[k];
        return voicing[band] + shareOfBin[k] * (voicing[band + 1] - voicing[band]);
      });
      expectNear(power, sumsOf(squares));
      expectNear(voiced, sumsOf(squares.map((square, k) => square * shares[k])));
      const wanted = squares.map((square, k) => {
        const [low, high] = [Math.max(-0.5, k - spacing / 2), Math.min(bins - 0.5, k + spacing / 2)];
        const mean = (below(squares, high) - below(squares, low)) / (high - low);
        const share = shares[k];
        return Math.sqrt((1 - share) ** 2 * square + share * Math.min(square, (1 - share) * mean));
      });
      expectNear(magnitudes, wanted);
    },
  );

  test.each([
    [3, 2, 5],
    [3, 3, 5],
    [4.7, 4.7, 2],
    [9, 6, 1],
  ])(
    'amplitudes at a spacing of %d, %d wide, are of the power round each of %i harmonics',
    (spacing, width, count) => {
      const [from, to] = [drawn(bins, 0, 2), drawn(bins, 0, 2)];
      const phasors = drawn(2 * count);
      const amplitudes = new Float32Array(2 * count + 2).fill(9);
      const x = 0.3;
      loops.gather(sumsOf(from), sumsOf(to), x, bins, spacing, width, count, phasors, amplitudes);
      const wanted = floats(2 * count + 2, (i) => {
        const k = (i >> 1) + 1;
        if (k > count) return 9;
        const low = k === 1 ? -0.5 : k * spacing - width / 2;
        const high = k === count ? bins - 0.5 : k * spacing + width / 2;
        const [a, b] = [from, to].map((values) => below(values, high) - below(values, low));
        return phasors[i] * Math.sqrt((spacing * (a + x * (b - a))) / (width * LOBE_ENERGY));
      });
      expectNear(amplitudes, wanted);
    },
  );

  test('harmonics are multiples of a phase that grows by its step, with amplitudes on straight lines', () => {
    const [count, length, at] = [3, 9, 2];
    const [from, to] = [drawn(2 * count + 2), drawn(2 * count + 2)];
    const output = drawn(length + 4);
    const before = output.slice();
    const [turn, step, growth] = [0.9, 0.06, 1.02];
    loops.harmonics(from, to, count, turn, step, growth, output, at, length);
    const wanted = Array.from(before);
    let phase = turn;
    for (let n = 0; n < length; n++) {
      for (let k = 1; k <= count; k++) {
        const [re, im] = [2 * k - 2, 2 * k - 1].map((i) => from[i] + (n / length) * (to[i] - from[i]));
        wanted[at + n] += re * Math.cos(TURN * k * phase) - im * Math.sin(TURN * k * phase);
      }
      phase += step * growth ** n;
    }
    expectNear(output, wanted);
  });

  test.each([
    [1, 4, 4, 1],
    [8, 4, 4, 3],
    [8, 6, 6, 13],
    [8, 5, 7, 4],
    [12, 5, 7, 16],
  ])(
    'interpolation by %i taps, %i rows for %i phases, in steps of %i',
    (taps, rows, outputStep, inputStep) => {
      const table = drawn(taps * (rows + 1));
      const input = drawn(80);
      const count = 9;
      const at = 2;
      const output = new Float32Array(count + 4).fill(9);
      loops.interpolate(table, taps, rows, outputStep, inputStep, input, 3, 2, output, at, count);
      const row = (index: number, base: number): number => {
        let sum = 0;
        for (let tap = 0; tap < taps; tap++) sum += table[index * taps + tap] * input[base + tap];
        return sum;
      };
      const wanted = floats(count + 4, (i) => {
        const n = i - at;
        if (n < 0 || n >= count) return 9;
        const place = 2 + n * inputStep;
        const base = 3 + Math.floor(place / outputStep);
        if (taps === 1) return input[base];
        const position = ((place % outputStep) / outputStep) * rows;
        const whole = Math.floor(position + 1e-9);
        const share = position - whole;
        return row(whole, base) + (share < 1e-9 ? 0 : share * (row(whole + 1, base) - row(whole, base)));
      });
      expectNear(output, wanted);
    },
  );

  describe('mel inversion', () => {
    // Two bands over five of seven bins, the second over both last ones; the middle bin in both.
    const melTables = (): MelTables => ({
      bands: 2,
      bins: 7,
      starts: Int32Array.of(1, 3),
      offsets: Int32Array.of(0, 5, 10),
      weights: Float32Array.of(0.2, 0.6, 1, 0.6, 0.2, 0.1, 0.5, 1, 0.5, 0.1),
      lobe: 0.25,
      share: Float32Array.from({ length: 9 }, (_, k) => 0.5 + 0.05 * k),
      start: Float32Array.from({ length: 9 }, (_, k) => 1 + 0.1 * k),
      lines: new Float32Array(11),
      correction: new Float32Array(9).fill(3),
    });

    /** The rule by its definition, in double precision. */
    function inverted(tables: MelTables, updates: number, mel: readonly number[]): number[] {
      const { starts, offsets, weights, lobe } = tables;
      const lines = [0, ...tables.start.subarray(0, 7), 0];
      for (let update = 0; update <= updates; update++) {
        const correction = new Float64Array(7);
        mel.forEach((wanted, band) => {
          if (!(wanted > 0 && wanted < Infinity)) return;
          const own = Array.from(weights.subarray(offsets[band], offsets[band + 1]));
          const sum = own.reduce((all, weight, i) => all + weight * lines[starts[band] + i + 1], 0);
          if (sum > 0)
            own.forEach((weight, i) => (correction[starts[band] + i] += weight * Math.sqrt(wanted / sum)));
        });
        const power = update === 0 || update === updates ? 2 : 4;
        correction.forEach((value, k) => (lines[k + 1] *= (value * tables.share[k]) ** power));
      }
      return Array.from({ length: 7 }, (_, k) => lines[k + 1] + lobe * (lines[k] + lines[k + 2]));
    }

    const inBounds = (): MelTables => ({ ...melTables(), starts: Int32Array.of(0, 2) });

    test.each([
      [0, [2, 3]],
      [1, [2, 3]],
      [4, [0.5, 3]],
      [3, [0, 2]],
      [3, [Infinity, 2]],
      [3, [2, NaN]],
      [3, [-1, -1]],
    ] as const)('in %i updates of %j', (updates, mel) => {
      const tables = inBounds();
      const magnitudes = new Float32Array(8).fill(9);
      const wanted = inverted(tables, updates, mel);
      loops.invertMel(tables, updates, Float32Array.from(mel), magnitudes);
      if (isExact) expect(magnitudes[7]).toBe(9);
      wanted.forEach((value, k) =>
        expect(Math.abs(magnitudes[k] - value)).toBeLessThanOrEqual(1e-5 * (1 + value)),
      );
      // Once more it starts anew.
      const again = new Float32Array(8).fill(9);
      loops.invertMel(tables, updates, Float32Array.from(mel), again);
      expect(again).toEqual(magnitudes);
    });
  });

  describe('the start of phases', () => {
    const hop = 8;
    const hopTurns = floats(bins, (k) => ((k * hop) / size) % 1);
    const [timeFactor, frequencyFactor] = [0.11, 0.07];
    const tables = (): StartTables => ({
      bins,
      hopTurns,
      timeFactor,
      frequencyFactor,
      tolerance: 0.05,
      alongTime: new Float32Array(2 * bins),
      alongFrequency: new Float32Array(2 * bins),
      heads: new Int32Array(START_BUCKETS),
      links: new Int32Array(2 * bins),
      settled: new Int32Array(bins),
    });
    const frameOf = (magnitude: (k: number) => number, phase: (k: number) => number = () => 0) => {
      const magnitudes = floats(bins, magnitude);
      const spectrum = new Float32Array(size);
      for (let k = 1; k < half; k++) {
        spectrum[2 * k] = magnitudes[k] * Math.cos(phase(k));
        spectrum[2 * k + 1] = magnitudes[k] * Math.sin(phase(k));
      }
      spectrum[0] = magnitudes[0];
      spectrum[1] = -magnitudes[half];
      return { magnitudes, logs: floats(bins, (k) => Math.log(magnitudes[k] + LOG_FLOOR)), spectrum };
    };
    type Frame = ReturnType<typeof frameOf>;

    /** Phase of bin k along time, from the middle of the frame before to that of this one. */
    function alongTime(previous: Frame, current: Frame, k: number): number {
      const [low, high] = [Math.max(0, k - 1), Math.min(half, k + 1)];
      const slope =
        (previous.logs[high] - previous.logs[low] + current.logs[high] - current.logs[low]) / (high - low);
      const [re, im] =
        k === 0
          ? [previous.spectrum[0], 0]
          : k === half
            ? [previous.spectrum[1], 0]
            : [previous.spectrum[2 * k], previous.spectrum[2 * k + 1]];
      // Phases count from the window's middle: odd bins turn by half a turn.
      const before = re === 0 && im === 0 ? 0 : Math.atan2(im, re) + (k % 2 === 1 ? Math.PI : 0);
      return before + TURN * (0.5 * timeFactor * slope + hopTurns[k]);
    }
    function step(previous: Frame, next: Frame, k: number): number {
      const rise = (j: number): number => next.logs[j] - previous.logs[j];
      return TURN * 0.25 * frequencyFactor * (rise(k) + rise(k + 1));
    }
    function expectPhases(current: Frame, phases: readonly number[], most = 1e-5): void {
      const wanted = new Float32Array(size);
      phases.forEach((phase, k) => {
        const magnitude = (k % 2 === 1 ? -1 : 1) * current.magnitudes[k];
        if (k === 0) wanted[0] = current.magnitudes[0] * Math.cos(phase);
        else if (k === half) wanted[1] = current.magnitudes[half] * Math.cos(phase);
        else {
          wanted[2 * k] = magnitude * Math.cos(phase);
          wanted[2 * k + 1] = magnitude * Math.sin(phase);
        }
      });
      expectNear(current.spectrum, wanted, most);
    }

    test('goes on from the frame before in time where that is the louder way', () => {
      // Each bin is louder before than any now: all phases come along time.
      const previous = frameOf(
        (k) => 10 + k,
        (k) => 0.3 * k,
      );
      const current = frameOf((k) => 2 + 0.3 * Math.sin(k));
      const next = frameOf(() => 2);
      loops.startPhases(tables(), previous, current, next, 0, Int32Array.of(1));
      expectPhases(
        current,
        Array.from({ length: bins }, (_, k) => alongTime(previous, current, k)),
      );
    });

    test.each([0, 5, half])(
      'spreads along the frequencies from bin %i, the only one that sounded',
      (seed) => {
        const previous = frameOf(
          (k) => (k === seed ? 0.01 : 0),
          () => 0.7,
        );
        const current = frameOf((k) => 1 + 0.05 * k);
        const next = frameOf((k) => 3 - 0.1 * k);
        loops.startPhases(tables(), previous, current, next, 0, Int32Array.of(1));
        const phases = Array.from({ length: bins }, () => 0);
        phases[seed] = alongTime(previous, current, seed);
        for (let k = seed; k + 1 < bins; k++) phases[k + 1] = phases[k] + step(previous, next, k);
        for (let k = seed; k > 0; k--) phases[k - 1] = phases[k] - step(previous, next, k - 1);
        expectPhases(current, phases, 1e-4);
      },
    );

    test('begins at 0 in the loudest bin of what nothing touches, each island by itself', () => {
      const previous = frameOf(() => 0);
      const island = (k: number): number =>
        k >= 2 && k <= 5 ? 1 + 0.2 * k : k >= 9 && k <= 12 ? 3 - 0.2 * k + 1 : 0;
      const current = frameOf(island);
      const next = frameOf((k) => 1.5 * island(k));
      const start = tables();
      loops.startPhases(start, previous, current, next, 0, Int32Array.of(1));
      const phases = Array.from({ length: bins }, () => 0);
      for (let k = 5; k > 2; k--) phases[k - 1] = phases[k] - step(previous, next, k - 1);
      for (let k = 9; k < 12; k++) phases[k + 1] = phases[k] + step(previous, next, k);
      expectPhases(current, phases, 1e-4);
    });

    test('takes the louder of two ways to a bin first', () => {
      // Two bins sounded before; what lies between is reached from the louder one now, bin 12.
      const previous = frameOf(
        (k) => (k === 3 || k === 12 ? 5 : 0),
        (k) => 0.4 * k,
      );
      const current = frameOf((k) => 0.4 + 0.2 * k);
      const next = frameOf((k) => 1 + 0.1 * k);
      loops.startPhases(tables(), previous, current, next, 0, Int32Array.of(1));
      const phases = Array.from({ length: bins }, () => 0);
      phases[3] = alongTime(previous, current, 3);
      phases[12] = alongTime(previous, current, 12);
      for (let k = 3; k > 0; k--) phases[k - 1] = phases[k] - step(previous, next, k - 1);
      for (let k = 12; k < half; k++) phases[k + 1] = phases[k] + step(previous, next, k);
      for (let k = 12; k > 4; k--) phases[k - 1] = phases[k] - step(previous, next, k - 1);
      expectPhases(current, phases, 1e-4);
    });

    test('gives faint and steady bins phases by chance, of the generator that Marsaglia describes', () => {
      const previous = frameOf((k) => (k < 4 ? 1 : 2));
      // Bins 0 to 3 hardly change; bin 10 is fainter than the tolerance of the loudest.
      const current = frameOf((k) => (k === 10 ? 0.09 : k < 4 ? 1 : 1.5));
      const next = frameOf((k) => (k < 4 ? 1.01 : 6));
      const state = Int32Array.of(123456789);
      loops.startPhases(tables(), previous, current, next, 0.1, state);
      let x = 123456789;
      const draw = (): number => {
        x ^= x << 13;
        x ^= x >>> 17;
        x ^= x << 5;
        return ((x >>> 8) / 16777216) * TURN;
      };
      const phases = Array.from({ length: bins }, (_, k) =>
        k < 4 || k === 10 ? draw() : alongTime(previous, current, k),
      );
      expectPhases(current, phases);
      expect(state[0]).toBe(x);
    });
  });
});
