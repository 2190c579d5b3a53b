// The timbre of the harmonic part, frame by frame and against its definitions: breath, formants, tilt, and what is measured for the air.
import { describe, expect, test } from 'vitest';
import { defaultTracks, trackOfF0 } from '../../src/contract/spectrogram.ts';
import { createLoops } from '../../src/dsp/createLoops.ts';
import { HarmonicPart, plainTimbre, type Timbre } from '../../src/dsp/harmonics.ts';
import { HarmonicTables, PIECES } from '../../src/dsp/harmonicTables.ts';
import { LOBE_ENERGY } from '../../src/dsp/loops.ts';
import { rms } from '../helpers/signals.ts';

const sampleRate = 8000;
const hopSamples = 128;
const fftSamples = 512;
const bins = 257;
const binHertz = sampleRate / fftSamples;
const pieceSamples = hopSamples / PIECES;
const tables = new HarmonicTables(createLoops(fftSamples, undefined, 0), {
  sampleRate,
  fftSamples,
  hopSamples,
  maxLookAheadFrames: 3,
  tracks: defaultTracks,
});
/** Two hops before the middle of the first frame the engine emits its first. */
const LEAD_HOPS = fftSamples / (2 * hopSamples) + 1;
const timbre = (change: Partial<Timbre>): Timbre => ({ ...plainTimbre, ...change });
const spectrum = (level: (k: number) => number): Float32Array =>
  Float32Array.from({ length: bins }, (_, k) => level(k));

/** A frame that a part takes: what it is and how it is heard. */
interface Taken {
  readonly level?: (k: number) => number;
  readonly f0?: number;
  readonly voicing?: number;
  readonly timbre?: Partial<Timbre>;
  readonly referenceHz?: number;
}

/** Takes frames, the first hop that is played begins in the middle of the first; returns their noise. */
function taken(frames: readonly Taken[]): { part: HarmonicPart; noise: Float32Array[] } {
  const part = new HarmonicPart(tables);
  const noise = frames.map(({ level = () => 0.1, f0 = 200, voicing = 1, ...sound }) => {
    const magnitudes = spectrum(level);
    const channels = Float32Array.of(trackOfF0(f0, defaultTracks), voicing, voicing, voicing, voicing);
    part.take(magnitudes, channels, timbre(sound.timbre ?? {}), sound.referenceHz ?? 0);
    return magnitudes;
  });
  for (let hop = 0; hop < LEAD_HOPS; hop++) part.nextHop();
  return { part, noise };
}

/** The pieces of a hop, one after the other; the samples of each, and how many harmonics it has. */
function pieces(
  part: HarmonicPart,
  change: Partial<Timbre> = {},
  pitchHz = 0,
  ratio = 1,
): { samples: Float32Array; counts: number[] } {
  const samples = new Float32Array(hopSamples);
  const counts = Array.from({ length: PIECES }, (_, i) =>
    part.piece(i, pitchHz, ratio, samples, i * pieceSamples, timbre(change)),
  );
  return { samples, counts };
}

const topAt = (part: HarmonicPart, index: number) => {
  const top = { f0Hz: 0, atHz: 0, harmonic: 0, noise: 0, slope: 0 };
  part.topOf(index, top);
  return top;
};

describe('breath', () => {
  test('moves its share of the voiced power into the noise, spread over the spacing of the harmonics', () => {
    for (const breath of [0.25, 1]) {
      const { noise } = taken([{ timbre: { breath } }]);
      for (const k of [20, 100, 200]) expect(noise[0][k]).toBeCloseTo(0.1 * Math.sqrt(breath), 6);
    }
    // What is one line only lies anywhere between its neighbours.
    const spacing = 200 / binHertz;
    const { noise } = taken([{ level: (k) => (k === 100 ? 1 : 0), timbre: { breath: 1 } }]);
    expect(noise[0][100]).toBeCloseTo(Math.sqrt(1 / spacing), 6);
    expect(noise[0][100 + Math.floor(spacing / 2 - 0.5)]).toBeCloseTo(Math.sqrt(1 / spacing), 6);
    expect(noise[0][100 + Math.ceil(spacing / 2 + 0.5)]).toBe(0);
  });

  test('adds to the noise that is there, and at the ends of the spectrum to no more than there is', () => {
    const { noise } = taken([{ voicing: 0.5, timbre: { breath: 0.5 } }]);
    const plain = taken([{ voicing: 0.5 }]).noise[0][100];
    const voiced = 0.01 - plain ** 2;
    expect(noise[0][100] ** 2).toBeCloseTo(plain ** 2 + 0.5 * voiced, 4);
    const whole = taken([{ timbre: { breath: 1 } }]).noise[0];
    for (const k of [0, 1, bins - 2, bins - 1]) expect(whole[k]).toBeCloseTo(0.1, 6);
  });

  test('is taken off the harmonics by its power, half way between two frames by the mean', () => {
    const level = (from: number, to: number): number => {
      const { part } = taken([{ timbre: { breath: from } }, { timbre: { breath: to } }, {}]);
      return rms(pieces(part).samples);
    };
    const whole = level(0, 0);
    expect(level(0.5, 0.5) / whole).toBeCloseTo(Math.sqrt(0.5), 5);
    expect(level(1, 1)).toBe(0);
    expect(level(0, 0.5)).toBeLessThan(whole);
    expect(level(0, 0.5)).toBeGreaterThan(level(0.5, 0.5));
    expect(level(0.5, 0)).toBeLessThan(whole);
  });
});

describe('formants', () => {
  test('of noise move along the frequencies and keep their power', () => {
    const hill = (k: number): number => Math.exp(-(((k - 80) / 12) ** 2));
    const power = (values: Float32Array): number => values.reduce((sum, v) => sum + v * v, 0);
    const centre = (values: Float32Array): number =>
      values.reduce((sum, v, k) => sum + k * v * v, 0) / power(values);
    const plain = taken([{ level: hill, voicing: 0 }]).noise[0];
    for (const formantRatio of [0.8, 1.25, 2]) {
      const moved = taken([{ level: hill, voicing: 0, timbre: { formantRatio } }]).noise[0];
      expect(power(moved) / power(plain)).toBeCloseTo(1, 5);
      expect(centre(moved)).toBeCloseTo(80 * formantRatio, 1);
      expect(moved[Math.round(80 * formantRatio)] ** 2).toBeCloseTo(1 / formantRatio, 2);
    }
  });
});

describe('tilt', () => {
  test('of noise is a power of the frequency over 1 kHz, from 100 Hz on, and follows when it changes', () => {
    const part = new HarmonicPart(tables);
    for (const tilt of [1, 1, -0.5, 2]) {
      const magnitudes = spectrum(() => 0.1);
      part.take(magnitudes, new Float32Array(5), timbre({ tilt }));
      for (const k of [0, 1, 6, 7, 64, 128, 256]) {
        const ratio = Math.max(100, k * binHertz) / 1000;
        expect(magnitudes[k] / (0.1 * ratio ** tilt)).toBeCloseTo(1, 5);
      }
    }
  });

  test('of harmonics is that of the noise at their frequencies', () => {
    // One line of the spectrum: all that sounds is the fifth harmonic.
    const line = (tilt: number): number => {
      const frame = { level: (k: number) => (k === 128 ? 1 : 0), f0: 400 };
      const { part } = taken([frame, frame, frame]);
      return rms(pieces(part, { tilt }).samples);
    };
    expect(line(1) / line(0)).toBeCloseTo(2, 4);
    expect(line(-2) / line(0)).toBeCloseTo(0.25, 4);
    const low = (tilt: number): number => {
      const frame = { level: (k: number) => (k === 4 ? 1 : 0), f0: 62.5 };
      const { part } = taken([frame, frame, frame]);
      return rms(pieces(part, { tilt }).samples);
    };
    expect(low(1) / low(0)).toBeCloseTo(0.1, 4);
  });
});

describe('pitch', () => {
  test('goes from one frame to the next by its logarithm, and a frame that never came has that of the other', () => {
    const { part } = taken([{ f0: 200 }, { f0: 300 }, {}]);
    const reached = Array.from({ length: PIECES }, (_, i) => {
      part.piece(i, 0, 1, new Float32Array(hopSamples), 0);
      return topAt(part, i).f0Hz;
    });
    reached.forEach((hertz, i) => expect(hertz).toBeCloseTo(200 * 1.5 ** ((i + 1) / PIECES), 2));
    const { part: first } = taken([{ f0: 240 }]);
    for (let i = 0; i < PIECES; i++) {
      first.piece(i, 0, 1, new Float32Array(hopSamples), 0);
      expect(topAt(first, i).f0Hz).toBeCloseTo(240, 2);
    }
  });

  test('that is asked for carries the contour by the intonation, between frames by the mean of its logarithm', () => {
    const at = (pitchHz: number, ratio: number, intonation: number): number[] => {
      const { part } = taken([
        { f0: 220, referenceHz: 200 },
        { f0: 180, referenceHz: 200 },
      ]);
      return Array.from({ length: PIECES }, (_, i) => {
        part.piece(i, pitchHz, ratio, new Float32Array(hopSamples), 0, timbre({ intonation }));
        return topAt(part, i).f0Hz;
      });
    };
    const contour = (x: number): number => (1 - x) * Math.log(1.1) + x * Math.log(0.9);
    const wanted = (intonation: number, ratio = 1): number[] =>
      [0.25, 0.5, 0.75, 1].map((x) => 150 * ratio * Math.exp(intonation * contour(x)));
    for (const [intonation, ratio] of [
      [0, 1],
      [1, 1],
      [0.5, 1.5],
      [2, 0.75],
    ]) {
      at(150, ratio, intonation).forEach((hertz, i) =>
        expect(hertz).toBeCloseTo(wanted(intonation, ratio)[i], 2),
      );
    }
    // The clip's own pitch has its contour in it.
    expect(at(0, 1, 2)).toEqual(at(0, 1, 0));
    expect(at(0, 2, 0)[3]).toBeCloseTo(360, 2);
    expect(at(1e5, 1, 0)).toEqual(Array(PIECES).fill(0.4 * sampleRate));
  });

  test('of a clip without a reference has no contour', () => {
    const { part } = taken([{ f0: 220 }, { f0: 180 }]);
    part.piece(0, 150, 1, new Float32Array(hopSamples), 0, timbre({ intonation: 1 }));
    expect(topAt(part, 0).f0Hz).toBeCloseTo(150, 5);
  });

  test('counts the harmonics up to the top of the spectrum and the silent one above', () => {
    for (const f0 of [100, 200, 333]) {
      const { part } = taken([{ f0 }, { f0 }]);
      expect(pieces(part).counts).toEqual(Array(PIECES).fill(Math.floor((0.48 * sampleRate) / f0) + 1));
    }
  });
});

describe('the top of the spectrum, which the air goes on from', () => {
  const [low0, low1, high0, high1] = [128, 179, 189, 236];
  const mean = (from: number, to: number, level: (k: number) => number): number => {
    let sum = 0;
    for (let k = from; k < to; k++) sum += level(k) ** 2;
    return sum / (to - from);
  };
  const fall = (k: number): number => 0.3 * Math.exp(-k / 60);
  const air = { air: 1 };

  test('is measured of noise: its level as white noise, its fall in nepers a hertz', () => {
    const frame = { level: fall, voicing: 0, timbre: air };
    const { part } = taken([frame, frame]);
    const top = topAt(part, 0);
    const high = mean(high0, high1, fall);
    const distance = (binHertz * (high0 + high1 - low0 - low1)) / 2;
    expect(top.noise).toBeCloseTo(Math.sqrt((high * fftSamples) / 6), 6);
    expect(top.slope * 1e3).toBeCloseTo((1e3 * 0.5 * Math.log(mean(low0, low1, fall) / high)) / distance, 5);
    expect(top.atHz).toBeCloseTo(((0.37 + 0.46) / 2) * sampleRate, 9);
    expect(top.harmonic).toBe(0);
  });

  test('is measured of the voiced part: a harmonic there, at the pitch that is played, less what is breathed', () => {
    const level = (breath: number, pitchHz = 0): { harmonic: number; slope: number; noise: number } => {
      const frame = { level: fall, timbre: { ...air, breath } };
      const { part } = taken([frame, frame]);
      expect(topAt(part, 0).harmonic).toBe(0);
      part.piece(0, pitchHz, 1, new Float32Array(hopSamples), 0);
      return topAt(part, 0);
    };
    const high = mean(high0, high1, fall);
    const harmonic = Math.sqrt((high * (200 / binHertz)) / LOBE_ENERGY);
    const distance = (binHertz * (high0 + high1 - low0 - low1)) / 2;
    expect(level(0).harmonic / harmonic).toBeCloseTo(1, 3);
    expect(level(0).noise).toBe(0);
    expect(level(0).slope * 1e3).toBeCloseTo(
      (1e3 * 0.5 * Math.log(mean(low0, low1, fall) / high)) / distance,
      4,
    );
    expect(level(0, 400).harmonic / level(0).harmonic).toBeCloseTo(Math.SQRT2, 4);
    expect(level(0.75).harmonic / level(0).harmonic).toBeCloseTo(0.5, 4);
    expect(level(0.75).noise).toBeGreaterThan(0.5 * Math.sqrt((high * fftSamples) / 6));
  });

  test('lies between two frames by how far the hop has come, and is not measured where none asks', () => {
    const frames = [1, 2].map((scale) => ({
      level: (k: number) => scale * fall(k),
      voicing: 0,
      timbre: air,
    }));
    const { part } = taken(frames);
    const first = (mean(high0, high1, fall) * fftSamples) / 6;
    for (let i = 0; i < PIECES; i++) {
      expect(topAt(part, i).noise ** 2 / first).toBeCloseTo(1 + (3 * (i + 1)) / PIECES, 4);
    }
    const { part: unasked } = taken([frames[0], { ...frames[1], timbre: {} }]);
    expect(topAt(unasked, 3).noise).toBe(0);
    expect(topAt(unasked, 1).noise ** 2 / first).toBeCloseTo(0.5, 4);
  });

  test('of silence is silent', () => {
    const frame = { level: () => 0, timbre: air };
    const { part } = taken([frame, frame]);
    expect(topAt(part, 0)).toMatchObject({ f0Hz: 0, harmonic: 0, noise: 0, slope: 0 });
  });
});

test('a frame that is taken again replaces the one of its number, one that is untaken the last', () => {
  const loud = (k: number): number => (k < 60 ? 0.2 : 0.01);
  const heard = (change: (part: HarmonicPart) => void): Float32Array => {
    const { part } = taken([{}, {}, {}]);
    change(part);
    return pieces(part).samples;
  };
  const channels = Float32Array.of(trackOfF0(200, defaultTracks), 1, 1, 1, 1);
  const again = heard((part) => part.takeAgain(part.aim, spectrum(loud), channels));
  const untaken = heard((part) => {
    part.untake(2);
    part.take(spectrum(loud), channels);
  });
  const { part } = taken([{}, { level: loud }, {}]);
  const wanted = pieces(part).samples;
  expect(again).toEqual(wanted);
  expect(untaken).toEqual(wanted);
  expect(wanted).not.toEqual(heard(() => undefined));
});
