// Benchmark of the hot loops at the sizes of 8 kHz: microseconds a call in TypeScript and in WebAssembly.
import { createLoops } from '../../src/dsp/createLoops.ts';
import type { Loops, StartFrame } from '../../src/dsp/loops.ts';
import { MelFilterbank } from '../../src/dsp/mel.ts';
import { createMelTables } from '../../src/dsp/melTables.ts';
import { padded, PhaseTables } from '../../src/dsp/phaseTables.ts';
import { Random } from '../../src/dsp/random.ts';
import { ResamplerFilter } from '../../src/dsp/resampler.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { syntheticWord } from '../helpers/signals.ts';
import { row, type Row } from './row.ts';
import { transformPair } from './transformPair.ts';

const SIZE = 512;
const HOP = 128;
const BINS = SIZE / 2 + 1;
const BANDS = 80;
/** As MelInverter. */
const UPDATES = 8;
const HARMONICS = 40;
const PIECE = 32;
const RATE = 8000;
const OUTPUTS = 768;
const RESERVE_BYTES = 1 << 20;
const ROUNDS = 31;
const ROUND_SECONDS = 0.0015;
const WARM_SECONDS = 0.1;

/**
 * How often a hop of a voice calls each loop: live setting, harmonics over noise, 8 kHz in a context of 48 kHz.
 */
const CALLS_PER_HOP: Readonly<Record<string, number>> = {
  invertMel: 1,
  logarithms: 1,
  split: 1,
  startPhases: 1,
  synthesise: 9,
  project: 8,
  emit: 1,
  gather: 4,
  harmonics: 4,
  interpolate: 1,
};

/**
 * One call of each loop on magnitudes of a word, frame after frame, so that branches are as hard to predict as in
 * play.
 */
function callsOf(loops: Loops): Readonly<Record<string, () => void>> {
  const random = new Random(1);
  const noise = (length: number): Float32Array => {
    const values = loops.floats(length);
    for (let n = 0; n < length; n++) values[n] = random.uniform(-1, 1);
    return values;
  };
  const tables = new PhaseTables(loops, HOP);
  const bank = new MelFilterbank({
    sampleRate: RATE,
    fftSamples: SIZE,
    melBands: BANDS,
    melLowHz: 0,
    melHighHz: RATE / 2,
  });
  const melTables = createMelTables(loops, bank);
  const word = stftMagnitudes(syntheticWord(1, 40 * HOP, RATE), { fftSamples: SIZE, hopSamples: HOP });
  const mels: Float32Array[] = [];
  const frames: StartFrame[] = [];
  for (let frame = 0; frame < word.frames; frame++) {
    const made = {
      magnitudes: loops.floats(padded(BINS)),
      logs: loops.floats(padded(BINS)),
      spectrum: loops.floats(SIZE),
    };
    made.magnitudes.set(word.magnitudes.subarray(frame * BINS, (frame + 1) * BINS));
    const mel = loops.floats(BANDS);
    bank.forward(made.magnitudes, mel);
    loops.logarithms(made.magnitudes, made.logs, BINS);
    mels.push(mel);
    frames.push(made);
  }
  let frame = 0;
  const next = (): StartFrame => frames[(frame = (frame + 1) % frames.length)];

  const magnitudes = loops.floats(padded(BINS));
  const logs = loops.floats(padded(BINS));
  const state = loops.integers(1).fill(12345);
  const sum = noise(SIZE + 4 * HOP);
  const rebuilt = noise(SIZE);
  const spectrum = noise(SIZE);
  const share = noise(SIZE);
  const output = loops.floats(OUTPUTS);
  const voicing = {
    bins: BINS,
    bandOfBin: loops.integers(padded(BINS)),
    shareOfBin: loops.floats(padded(BINS)),
  };
  for (let k = 0; k < BINS; k++) {
    voicing.bandOfBin[k] = Math.floor((k * 8) / BINS);
    voicing.shareOfBin[k] = ((k * 8) / BINS) % 1;
  }
  const shares = loops.floats(9);
  for (let band = 0; band < 9; band++) shares[band] = 0.9 - 0.1 * band;
  const power = loops.doubles(BINS + 1);
  const voiced = loops.doubles(BINS + 1);
  const before = loops.doubles(BINS + 1);
  magnitudes.set(frames[10].magnitudes);
  loops.split(voicing, shares, 6.4, magnitudes, power, before);
  const amplitudes = [noise(2 * HARMONICS), noise(2 * HARMONICS)];
  const phasors = noise(2 * HARMONICS);
  const filter = new ResamplerFilter(RATE, 48000);
  const table = loops.floats(filter.table.length);
  table.set(filter.table);
  const input = noise(HOP + filter.taps + 4);

  return {
    invertMel: () =>
      loops.invertMel(melTables, UPDATES, mels[(frame = (frame + 1) % frames.length)], magnitudes),
    logarithms: () => loops.logarithms(next().magnitudes, logs, BINS),
    split: () => {
      magnitudes.set(next().magnitudes);
      loops.split(voicing, shares, 6.4, magnitudes, power, voiced);
    },
    startPhases: () => {
      frame = (frame + 1) % (frames.length - 2);
      loops.startPhases(tables.start, frames[frame], frames[frame + 1], frames[frame + 2], 0.1, state);
    },
    synthesise: () => loops.synthesise(spectrum, tables.window, share, sum, HOP),
    project: () =>
      loops.project(sum, HOP, tables.analysis[1], next().magnitudes, 0.7, 0.4, rebuilt, spectrum),
    emit: () => loops.emit(sum, SIZE + 3 * HOP, tables.outputGain, HOP, output),
    gather: () => loops.gather(before, voiced, 0.3, BINS, 6.4, 6.4, HARMONICS, phasors, amplitudes[0]),
    harmonics: () => {
      output.fill(0, 0, PIECE);
      loops.harmonics(amplitudes[0], amplitudes[1], HARMONICS, 0.3, 0.0125, 1.0001, output, 0, PIECE);
    },
    interpolate: () =>
      loops.interpolate(
        ...([table, filter.taps, filter.phases, filter.outputStep, filter.inputStep, input, 1, 0] as const),
        ...([output, 0, OUTPUTS] as const),
      ),
  };
}

function round(call: () => void, calls: number): number {
  const start = performance.now();
  for (let i = 0; i < calls; i++) call();
  return ((performance.now() - start) * 1000) / calls;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/** Median microseconds a call of several functions that take turns, so that a disturbance meets them all. */
function medianMicroseconds(calls: readonly (() => void)[]): number[] {
  const counts = calls.map((call) => {
    // Long enough for the optimising compiler, which works on another thread, to be done with it.
    const start = performance.now();
    let micros = 0;
    while (performance.now() - start < WARM_SECONDS * 1000) micros = round(call, 100);
    return Math.max(1, Math.round((ROUND_SECONDS * 1e6) / Math.max(micros, 0.01)));
  });
  const times = calls.map((): number[] => []);
  for (let turn = 0; turn < ROUNDS; turn++) {
    calls.forEach((call, i) => times[i].push(round(call, counts[i])));
  }
  return times.map(median);
}

/** Microseconds of each loop with SIMD, beside the other implementations and a transform pair of the same run. */
export function benchLoops(): Promise<Row[]> {
  const simd = loadEngineModules('simd');
  const scalar = loadEngineModules('scalar');
  if (simd === undefined || scalar === undefined) {
    return Promise.resolve([{ name: 'hot loops', value: '-', unit: '', note: 'no WebAssembly modules' }]);
  }
  const pair = transformPair(simd.fft, SIZE);
  const kinds = [simd, scalar, undefined].map((modules) =>
    callsOf(createLoops(SIZE, modules, RESERVE_BYTES)),
  );
  const timed = Object.keys(CALLS_PER_HOP).map((name) => ({
    name,
    times: medianMicroseconds([pair, ...kinds.map((calls) => calls[name])]),
  }));
  const pairMicros = median(timed.map(({ times }) => times[0]));
  const hop = [0, 0, 0];
  const rows = timed.map(({ name, times: [, ...micros] }) => {
    const perHop = CALLS_PER_HOP[name];
    micros.forEach((value, i) => (hop[i] += perHop * value));
    return row(name, micros[0], 2, 'us', describe(micros, pairMicros, `${perHop} a hop`));
  });
  rows.push(row('all of a hop', hop[0], 1, 'us', describe(hop, pairMicros, 'one voice')));
  rows.push(row('transform pair', pairMicros, 2, 'us', `${SIZE} samples, SIMD, ordered, in place`));
  return Promise.resolve(rows);
}

function describe([simd, scalar, javascript]: readonly number[], pair: number, calls: string): string {
  const others = `scalar ${scalar.toFixed(2)}, JavaScript ${javascript.toFixed(2)}`;
  return `${calls}; ${(simd / pair).toFixed(2)} SIMD transform pairs; ${others}`;
}
