// The front door of the dsp room: the pipeline that it stands for to the sample, its latency, its manners as a stateful unit.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultFormat } from '../../src/contract/spectrogram.ts';
import { createLoops } from '../../src/dsp/createLoops.ts';
import { invertRecording } from '../../src/dsp/invert.ts';
import { MelFilterbank } from '../../src/dsp/mel.ts';
import { MelInverter } from '../../src/dsp/melInverter.ts';
import { PhaseEngine, liveSetting, studioSetting } from '../../src/dsp/phaseEngine.ts';
import { padded as paddedBins, PhaseTables } from '../../src/dsp/phaseTables.ts';
import { resample } from '../../src/dsp/resampler.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { spectralConvergenceDb } from '../helpers/spectralConvergence.ts';
import {
  StreamingInverter,
  inverterPresets,
  type StreamingInverterOptions,
} from '../../src/dsp/streamingInverter.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { allocationsFrom } from '../helpers/allocations.ts';
import { padded } from '../helpers/convergence.ts';
import { energyCentre, noise, rms, syntheticWord, testWords } from '../helpers/signals.ts';

const modules = loadEngineModules();
const kinds = [
  ['simd', modules],
  ['javascript', undefined],
] as const;
const sizes = { fftSamples: 512, hopSamples: 128 };
const bins = 257;
const signal = padded(syntheticWord(5));
const { frames: frameTotal, magnitudes } = stftMagnitudes(signal, sizes);
const bank = new MelFilterbank(defaultFormat);
const mels = new Float32Array(frameTotal * bank.bands);
for (let m = 0; m < frameTotal; m++) bank.forward(magnitudes, mels, m * bins, m * bank.bands);
const { melBands, melLowHz, melHighHz } = defaultFormat;
const asMel = { melBands, melLowHz, melHighHz };

/** Place of the first sample that differs, or the shorter length; -1 for none. */
function firstDifference(a: Float32Array, b: Float32Array): number {
  const at = a.findIndex((x, n) => x !== b[n]);
  return at < 0 && a.length < b.length ? a.length : at;
}

/** All frames at once into an array that has room for all sound, then what is left. */
function whole(inverter: StreamingInverter, frames: Float32Array): Float32Array {
  const { hopSamples, fftSamples, outputRate, sampleRate, frameValues } = inverter;
  const samples = (frames.length / frameValues) * hopSamples + fftSamples;
  const out = new Float32Array(Math.ceil((samples * outputRate) / sampleRate));
  const { consumed, produced } = inverter.process(frames, out);
  expect(consumed * frameValues).toBe(frames.length);
  const rest = inverter.flush(out.subarray(produced)).produced;
  return out.slice(0, produced + rest);
}

/** The same in pieces: frames and room for samples by turns, as long as `pieces` says. */
function inPieces(
  inverter: StreamingInverter,
  frames: Float32Array,
  pieces: readonly (readonly [number, number])[],
): Float32Array {
  const values = inverter.frameValues;
  const parts: number[] = [];
  let at = 0;
  for (let turn = 0; at < frames.length; turn++) {
    const [count, room] = pieces[turn % pieces.length];
    const out = new Float32Array(room).fill(NaN);
    const { consumed, produced } = inverter.process(frames.slice(at, at + count * values), out);
    parts.push(...out.subarray(0, produced));
    expect(out.subarray(produced).every(Number.isNaN)).toBe(true);
    at += consumed * values;
  }
  for (let turn = 0; ; turn++) {
    const out = new Float32Array(pieces[turn % pieces.length][1] + 1).fill(NaN);
    const { consumed, produced } = inverter.flush(out);
    expect(consumed).toBe(0);
    parts.push(...out.subarray(0, produced));
    expect(out.subarray(produced).every(Number.isNaN)).toBe(true);
    if (produced < out.length) return Float32Array.from(parts);
  }
}

describe.each(kinds)('with the %s loops', (_, given) => {
  const make = (options: Partial<StreamingInverterOptions> = {}): StreamingInverter =>
    new StreamingInverter({ sampleRate: 8000, modules: given, ...options });

  /** What the class stands for, put together by hand. */
  function byHand(preset: 'live' | 'studio', isMel: boolean): Float32Array {
    const { lookAheadFrames, sweeps } = preset === 'live' ? liveSetting : studioSetting;
    const loops = createLoops(512, given, 4 << 20);
    const inverter = new MelInverter(bank, loops);
    const mel = loops.floats(bank.bands);
    let next = 0;
    const source = {
      read: (into: Float32Array): void => {
        const m = next++;
        if (m >= frameTotal) into.fill(0);
        else if (!isMel) for (let k = 0; k < bins; k++) into[k] = magnitudes[m * bins + k];
        else {
          mel.set(mels.subarray(m * bank.bands, (m + 1) * bank.bands));
          inverter.invert(mel, into);
        }
      },
    };
    const engine = new PhaseEngine(loops, new PhaseTables(loops, 128), source, {
      maxLookAheadFrames: lookAheadFrames,
    });
    const out = new Float32Array((frameTotal - 1) * 128 + 256);
    for (let at = -256; at < out.length; at += 128) {
      engine.plan(lookAheadFrames, sweeps);
      engine.emit();
      if (at >= 0) out.set(engine.output, at);
    }
    return out;
  }

  test.each([
    ['live', false],
    ['live', true],
    ['studio', false],
    ['studio', true],
  ] as const)('%s, mel frames %s: the parts put together by hand, to the sample', (preset, isMel) => {
    const out = whole(make(isMel ? { preset, ...asMel } : { preset }), isMel ? mels : magnitudes);
    expect(firstDifference(out, byHand(preset, isMel))).toBe(-1);
  });

  test('any split into frames and room gives the same samples', () => {
    const options = { ...asMel, outputRate: 44100, seed: 7 };
    const inverter = make(options);
    const wanted = whole(inverter, mels);
    expect(rms(wanted)).toBeGreaterThan(0.01);
    const piece = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 3001 }));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), (pieces) => {
        inverter.reset();
        expect(firstDifference(inPieces(inverter, mels, pieces), wanted)).toBe(-1);
      }),
      { numRuns: 15 },
    );
  });

  test('any reset, even in the middle of a hop, leads back to the first state', () => {
    const inverter = make({ outputRate: 11025, seed: 3 });
    const wanted = whole(inverter, magnitudes);
    for (const frames of [1, 4, 5, 12]) {
      inverter.reset();
      inverter.process(magnitudes.slice(0, frames * bins), new Float32Array(13 * frames));
      inverter.reset();
      expect(firstDifference(whole(inverter, magnitudes), wanted)).toBe(-1);
    }
    inverter.reset();
    inverter.flush(new Float32Array(9));
    inverter.reset();
    expect(firstDifference(whole(inverter, magnitudes), wanted)).toBe(-1);
    // Only what lies far below the frame's loudest bin has phases by chance.
    const steep = magnitudes.map((x, i) => (i % bins < 100 ? x : 3e-7 * x));
    const seeded = (seed: number): Float32Array => whole(make({ seed }), steep);
    expect(firstDifference(seeded(4), seeded(4))).toBe(-1);
    expect(firstDifference(seeded(4), seeded(3))).not.toBe(-1);
  });

  test('nothing is written round the samples, and frames stay as they are', () => {
    const inverter = make({ outputRate: 22050 });
    const memory = new Float32Array(1000).fill(7);
    const frames = magnitudes.slice();
    for (let at = 0, turn = 0; at < frames.length; turn++) {
      const room = [0, 1, 333, 998][turn % 4];
      const { consumed, produced } = inverter.process(
        frames.subarray(at, at + 3 * bins),
        memory.subarray(1, 1 + room),
      );
      at += consumed * bins;
      expect(produced).toBeLessThanOrEqual(room);
      expect(memory[0]).toBe(7);
      expect(memory.subarray(1 + produced).every((x) => x === 7)).toBe(true);
      memory.fill(7);
    }
    expect(firstDifference(frames, magnitudes)).toBe(-1);
  });

  test('of nonsense it makes finite sound', () => {
    const odd = [NaN, Infinity, -Infinity, -1, 3e38, 1e-40, 0, 0.1];
    for (const frameKind of [{}, asMel]) {
      const inverter = make({ ...frameKind, outputRate: 48000 });
      const values = inverter.frameValues;
      const frames = Float32Array.from({ length: 20 * values }, (_, i) => odd[(i * i + 3 * i) % odd.length]);
      const out = whole(inverter, frames);
      expect(out.every(Number.isFinite)).toBe(true);
      expect(rms(out)).toBeGreaterThan(0);
    }
  });

  test('of every size that is allowed there is room in the memory', () => {
    for (const [fftSamples, hopSamples, bands, outputRate, lookAheadFrames] of [
      [32, 16, 16, 8000, 0],
      [64, 1, 32, 768000, 32],
      [512, 2, 256, 44100, 7],
      [1024, 512, 1, 1000, 0],
      [4096, 1024, 2048, 47999, 3],
      [512, 128, undefined, 11025, 32],
    ] as const) {
      const options = { fftSamples, hopSamples, outputRate, lookAheadFrames };
      const inverter = make(bands === undefined ? options : { ...options, melBands: bands });
      const frames = new Float32Array((lookAheadFrames + 40) * inverter.frameValues).fill(0.01);
      expect(whole(inverter, frames).every(Number.isFinite)).toBe(true);
    }
  });
});

describe('latency', () => {
  const cases = [
    [8000, 8000, 512, 128, 'live'],
    [8000, 48000, 512, 128, 'studio'],
    [8000, 44100, 512, 64, 'live'],
    [16000, 11025, 1024, 512, 'live'],
    [44100, 48000, 2048, 512, 'live'],
  ] as const;

  test.each(cases)(
    '%i to %i Hz, FFT %i, hop %i, %s: samples come exactly when the two halves say',
    (sampleRate, outputRate, fftSamples, hopSamples, preset) => {
      const inverter = new StreamingInverter({
        sampleRate,
        outputRate,
        fftSamples,
        hopSamples,
        preset,
        modules,
      });
      expect(inverter.inputLatencyFrames).toBe(inverterPresets[preset].lookAheadFrames + 1);
      expect(inverter.inputLatencySeconds).toBeCloseTo(
        (inverter.inputLatencyFrames * hopSamples) / sampleRate,
        12,
      );
      const frame = new Float32Array(inverter.frameValues);
      const out = new Float32Array(100000);
      let given = 0;
      for (let taken = 1; taken <= 40; taken++) {
        given += inverter.process(frame, out).produced;
        const seconds = (taken * hopSamples) / sampleRate - inverter.inputLatencySeconds;
        const due = Math.max(0, seconds * outputRate - inverter.outputLatencySamples);
        // The halves are whole samples, and so is what is given.
        expect(Math.abs(given - due)).toBeLessThanOrEqual(1 + outputRate / sampleRate);
      }
    },
  );

  test.each(cases)(
    '%i to %i Hz, FFT %i, hop %i, %s: an impulse comes out in its place',
    (sampleRate, outputRate, fftSamples, hopSamples, preset) => {
      const impulse = new Float32Array(8 * fftSamples);
      const position = 3 * fftSamples + 5;
      impulse[position] = 1;
      const target = stftMagnitudes(impulse, { fftSamples, hopSamples });
      const inverter = new StreamingInverter({
        sampleRate,
        outputRate,
        fftSamples,
        hopSamples,
        preset,
        modules,
      });
      const out = whole(inverter, target.magnitudes);
      // Sound ends with the last frame's window.
      const end = (target.frames - 1) * hopSamples + fftSamples / 2;
      expect(out.length).toBe(Math.ceil((end * outputRate) / sampleRate));
      const loudest = out.reduce((best, x, n) => (Math.abs(x) > Math.abs(out[best]) ? n : best), 0);
      const distance = (loudest * sampleRate) / outputRate - position;
      expect(Math.abs(distance)).toBeLessThanOrEqual(hopSamples / 8 + sampleRate / outputRate);
    },
  );

  test('few frames, one or none end as they should', () => {
    const inverter = new StreamingInverter({ sampleRate: 8000, preset: 'studio', modules });
    for (const frames of [0, 1, 2, 9]) {
      inverter.reset();
      const out = whole(inverter, magnitudes.slice(0, frames * bins));
      expect(out.length).toBe(frames === 0 ? 0 : (frames - 1) * 128 + 256);
      expect(inverter.flush(new Float32Array(9)).produced).toBe(0);
    }
  });
});

describe('sound', () => {
  test('comes as close to the magnitudes as invertRecording, at the time and level of the recording', () => {
    for (const { samples } of testWords(15)) {
      const recording = padded(samples);
      const target = stftMagnitudes(recording, sizes);
      for (const preset of ['live', 'studio'] as const) {
        const out = whole(new StreamingInverter({ sampleRate: 8000, preset, modules }), target.magnitudes);
        const sound = out.subarray(0, recording.length);
        const actual = stftMagnitudes(sound, sizes);
        const ours = spectralConvergenceDb(actual.magnitudes, target.magnitudes);
        const theirs = invertRecording(samples, 8000, { preset, modules }).spectralConvergenceDb;
        expect(ours).toBeLessThan(theirs + 0.01);
        expect(Math.abs(energyCentre(sound) - energyCentre(recording))).toBeLessThan(8);
        expect(rms(sound) / rms(recording)).toBeCloseTo(1, 1);
      }
    }
  });

  test('at another rate is that of the model rate, resampled', () => {
    for (const outputRate of [11025, 44100, 48000]) {
      const own = whole(new StreamingInverter({ sampleRate: 8000, modules }), magnitudes);
      const other = whole(new StreamingInverter({ sampleRate: 8000, outputRate, modules }), magnitudes);
      const wanted = resample(own, 8000, outputRate);
      expect(other.length).toBe(wanted.length);
      const difference = other.map((x, n) => x - wanted[n]);
      expect(20 * Math.log10(rms(difference) / rms(wanted))).toBeLessThan(-100);
    }
  });

  test('linearOf tells what the engine is given', () => {
    const frame = mels.subarray(20 * bank.bands, 21 * bank.bands);
    const inverter = new StreamingInverter({ sampleRate: 8000, ...asMel, modules });
    const linear = new Float32Array(paddedBins(bins)).fill(7);
    inverter.linearOf(frame, linear);
    const again = new Float32Array(bank.bands);
    bank.forward(linear, again);
    expect(spectralConvergenceDb(again, frame)).toBeLessThan(-25);
    expect([...linear.subarray(bins)]).toEqual([7, 7, 7]);
    // It asks in passing: the stream goes on as if it had not.
    const wanted = whole(inverter, mels);
    inverter.reset();
    const out = new Float32Array(wanted.length);
    let { produced } = inverter.process(mels.slice(0, 10 * bank.bands), out);
    inverter.linearOf(frame, linear);
    ({ produced } = inverter.process(mels.slice(10 * bank.bands), out.subarray(produced)));
    expect(produced).toBeGreaterThan(0);
    expect(firstDifference(out.subarray(0, 3840), wanted.subarray(0, 3840))).toBe(-1);
    const plain = new StreamingInverter({ sampleRate: 8000, modules });
    plain.linearOf(noise(bins, 1).map(Math.abs), linear);
    expect(linear.subarray(0, bins)).toEqual(noise(bins, 1).map(Math.abs));
  });
});

test('neither process, flush, reset nor what they reach allocates', () => {
  for (const method of ['process', 'flush', 'reset', 'linearOf']) {
    const { reached, allocations } = allocationsFrom(
      'src/dsp/streamingInverter.ts',
      'StreamingInverter',
      method,
    );
    expect(allocations).toEqual([]);
    if (method === 'linearOf') expect(reached).toContain('MelInverter.invert');
    else expect(reached).toContain(method === 'reset' ? 'FlyingFrame.reset' : 'PhaseEngine.step');
    if (method === 'process') {
      for (const name of ['FrameFeed.read', 'MelInverter.invert', 'Resampler.pull', 'WasmLoops.project']) {
        expect(reached).toContain(name);
      }
    }
  }
});

test('what is out of range is refused by name, range and value', () => {
  const make = (options: Partial<StreamingInverterOptions>): StreamingInverter =>
    new StreamingInverter({ sampleRate: 8000, ...options });
  expect(() => make({ sampleRate: 10 })).toThrow(/sampleRate must be .*1000 to 768000, got 10/);
  expect(() => make({ outputRate: 10 })).toThrow(/outputRate must be .*1000 to 768000, got 10/);
  expect(() => make({ fftSamples: 500 })).toThrow(/power of two.*500|500.*power of two/);
  expect(() => make({ fftSamples: 4 })).toThrow(/fftSamples must be .*got 4/);
  expect(() => make({ hopSamples: 100 })).toThrow(/hopSamples/);
  expect(() => make({ hopSamples: 0 })).toThrow(/hopSamples must be .*1 to 256, got 0/);
  expect(() => make({ melBands: 300 })).toThrow(/melBands must be .*1 to 256, got 300/);
  expect(() => make({ melBands: 80, melHighHz: 5000 })).toThrow(/melHighHz/);
  expect(() => make({ lookAheadFrames: 33 })).toThrow(/lookAheadFrames must be .*0 to 32, got 33/);
  expect(() => make({ sweeps: 17 })).toThrow(/sweeps must be .*0 to 16, got 17/);
  expect(() => make({ seed: -1 })).toThrow(/seed/);
  expect(() => make({ preset: 'toString' as 'live' })).toThrow(
    new TypeError('preset must be live or studio, got toString'),
  );
  const inverter = make({});
  const out = new Float32Array(9);
  expect(() => inverter.process(new Float32Array(300), out)).toThrow(
    /frames must hold a multiple of 257 .*300/,
  );
  expect(() => inverter.linearOf(new Float32Array(300), new Float32Array(257))).toThrow(
    /frame.length.*257.*300/,
  );
  expect(() => inverter.linearOf(new Float32Array(257), out)).toThrow(/magnitudes.length.*257.*got 9/);
  inverter.flush(out);
  expect(() => inverter.process(new Float32Array(257), out)).toThrow(/reset/);
});
