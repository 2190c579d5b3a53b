// The timbre of the harmonic part, frame by frame and against its definitions: breath, formants, tilt, and what is measured for the air.
import { describe, expect, test } from 'vitest';
import { defaultTracks, trackOfF0 } from '../../src/contract/spectrogram.ts';
import { createLoops } from '../../src/dsp/createLoops.ts';
import { JsFft } from '../../src/dsp/fft.ts';
import { HarmonicPart, plainTimbre, type Timbre } from '../../src/dsp/harmonics.ts';
import { HarmonicTables, PIECES } from '../../src/dsp/harmonicTables.ts';
import { JavascriptLoops } from '../../src/dsp/javascriptLoops.ts';
import { LOBE_ENERGY } from '../../src/dsp/loops.ts';
import { rms } from '../helpers/signals.ts';

const sampleRate = 8000;
const hopSamples = 128;
const fftSamples = 512;
const bins = 257;
const binHertz = sampleRate / fftSamples;
const pieceSamples = hopSamples / PIECES;
const options = { sampleRate, fftSamples, hopSamples, maxLookAheadFrames: 3, tracks: defaultTracks };
const tables = new HarmonicTables(createLoops(fftSamples, undefined, 0), options);
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

  test('is forgotten with its frame, and before any frame there is none', () => {
    const frame = { level: fall, voicing: 0.5, timbre: air };
    const { part } = taken([frame, frame]);
    part.piece(0, 0, 1, new Float32Array(hopSamples), 0);
    expect(topAt(part, 0).harmonic).toBeGreaterThan(0);
    const channels = Float32Array.of(trackOfF0(200, defaultTracks), 0.5, 0.5, 0.5, 0.5);
    for (const again of [part.aim - 1, part.aim]) part.takeAgain(again, spectrum(fall), channels);
    expect(topAt(part, 0)).toMatchObject({ harmonic: 0, noise: 0 });
    const fresh = new HarmonicPart(tables);
    const nothing = { f0Hz: 0, harmonic: 0, noise: 0, slope: 0 };
    expect(topAt(fresh, 0)).toMatchObject(nothing);
    part.reset();
    expect(topAt(part, 0)).toMatchObject(nothing);
  });

  test('of silence is silent', () => {
    const frame = { level: () => 0, timbre: air };
    const { part } = taken([frame, frame]);
    expect(topAt(part, 0)).toMatchObject({ f0Hz: 0, harmonic: 0, noise: 0, slope: 0 });
  });
});

test('frames that are read ahead, as many as an engine has in flight, leave the present ones', () => {
  const frames = Array.from(
    { length: options.maxLookAheadFrames + fftSamples / (2 * hopSamples) + 4 },
    (_, m) => ({
      level: (k: number) => (m + 1) / (k + 10),
      f0: 150 + 10 * m,
    }),
  );
  expect(pieces(taken(frames).part)).toEqual(pieces(taken(frames.slice(0, 2)).part));
});

test('a frame of no known timbre and reference is plain', () => {
  const channels = Float32Array.of(trackOfF0(180, defaultTracks), 0.7, 0.7, 0.7, 0.7);
  const [part, again, wanted] = [tables, tables, tables].map((shared) => new HarmonicPart(shared));
  for (let m = 0; m < 2; m++) {
    part.take(
      spectrum(() => 0.1),
      channels,
    );
    again.takeAgain(
      m,
      spectrum(() => 0.1),
      channels,
    );
    wanted.take(
      spectrum(() => 0.1),
      channels,
      plainTimbre,
      0,
    );
  }
  const heard = [part, again, wanted].map((each) => {
    for (let hop = 0; hop < LEAD_HOPS; hop++) each.nextHop();
    return pieces(each, { intonation: 1 }, 150);
  });
  expect(heard[0]).toEqual(heard[2]);
  expect(heard[1]).toEqual(heard[2]);
});

test('noise that counts as none is taken off what is left, the less the more there is', () => {
  const pure = 0.007 ** 2;
  for (const noise of [0.008, 0.01, 0.02, 0.1, 0.5, 1]) {
    const left = taken([{ voicing: 1 - noise }]).noise[0][100] ** 2 / 0.01;
    expect(left / ((noise - pure / noise) / (1 - pure))).toBeCloseTo(1, 3);
  }
  expect(taken([{ voicing: 0.994 }]).noise[0][100]).toBe(0);
  // Beyond its ends a channel says no more.
  expect(taken([{ voicing: 1.5 }]).noise[0]).toEqual(taken([{ voicing: 1 }]).noise[0]);
  expect(taken([{ voicing: -1 }]).noise[0]).toEqual(taken([{ voicing: 0 }]).noise[0]);
});

describe('from piece to piece', () => {
  /** What a piece is made of. */
  interface Piece {
    readonly from: number[];
    readonly to: number[];
    readonly turn: number;
    readonly step: number;
    readonly growth: number;
    readonly length: number;
  }
  class Spy extends JavascriptLoops {
    readonly pieces: Piece[] = [];

    override harmonics(...all: Parameters<JavascriptLoops['harmonics']>): void {
      const [from, to, count, turn, step, growth, , , length] = all;
      const [a, b] = [from, to].map((values) => Array.from(values.subarray(0, 2 * count)));
      this.pieces.push({ from: a, to: b, turn, step, growth, length });
      super.harmonics(...all);
    }
  }
  const loud = (k: number): number => 0.1 / (1 + k / 20);

  function played(pitches: readonly number[], f0: (m: number) => number = () => 150): Piece[] {
    const spy = new Spy(new JsFft(fftSamples));
    const part = new HarmonicPart(new HarmonicTables(spy, options));
    const channels = (m: number): Float32Array =>
      Float32Array.of(trackOfF0(f0(m), defaultTracks), 1, 1, 1, 1);
    for (let hop = 0; hop < LEAD_HOPS; hop++) part.nextHop();
    part.take(spectrum(loud), channels(0));
    pitches.forEach((pitchHz, i) => {
      if (i % PIECES === 0) {
        if (i > 0) part.nextHop();
        part.take(spectrum(loud), channels(i / PIECES + 1));
      }
      part.piece(i % PIECES, pitchHz, 1, new Float32Array(hopSamples), (i % PIECES) * pieceSamples);
    });
    return spy.pieces;
  }
  const courses: readonly (readonly [string, number[], (m: number) => number])[] = [
    ['a pitch that leaps', [150, 150, 300, 300, 90, 90, 200, 110, 110, 400, 27.5, 150], () => 150],
    ["the clip's own pitch", Array.from({ length: 12 }, () => 0), (m) => 100 + 60 * m],
  ];

  test.each(courses)(
    'at %s amplitudes go on where they ended; what comes or goes does so at 0',
    (_, pitches, f0) => {
      const all = played(pitches, f0);
      expect(all).toHaveLength(12);
      for (let i = 1; i < all.length; i++) {
        const { to } = all[i - 1];
        const { from } = all[i];
        for (let k = 0; k < Math.max(to.length, from.length); k++) expect(from[k] ?? 0).toBe(to[k] ?? 0);
      }
      for (const { to } of all) expect(to.some((value) => value !== 0)).toBe(true);
    },
  );

  test.each(courses)(
    'at %s the phase goes on where it ended, and the pitch by its logarithm',
    (_, pitches, f0) => {
      const all = played(pitches, f0);
      expect(all[0].turn).toBe(0);
      all.forEach(({ turn, step, growth, length }, i) => {
        expect(length).toBe(pieceSamples);
        // A step lies in the middle between two samples.
        const begin = (step * sampleRate) / Math.sqrt(growth);
        const end = begin * growth ** length;
        if (pitches[i] > 0) expect(end).toBeCloseTo(pitches[i], 6);
        if (i === 0) expect(begin).toBeCloseTo(pitches[0] > 0 ? pitches[0] : f0(0), 2);
        if (i + 1 === all.length) return;
        const next = all[i + 1];
        expect((next.step * sampleRate) / Math.sqrt(next.growth)).toBeCloseTo(end, 6);
        let phase = turn;
        for (let n = 0; n < length; n++) phase += step * growth ** n;
        const off = phase - next.turn;
        expect(Math.abs(off - Math.round(off))).toBeLessThan(1e-6);
        expect(next.turn).toBeLessThan(1);
      });
    },
  );

  test('harmonics fade out from 0.46 to 0.48 of the rate, by their own place', () => {
    // At 150 Hz the 25th lies at 3750, in the middle; at 152 Hz it lies 40 Hz below the end.
    const level = (pitch: number, k: number): number => {
      const [{ to }] = played([pitch]);
      return Math.hypot(to[2 * k - 2], to[2 * k - 1]);
    };
    const [from, end] = [0.46 * sampleRate, 0.48 * sampleRate];
    const flat = (pitch: number, k: number): number => level(pitch, k) / level(pitch, k - 1);
    for (const pitch of [150, 152]) {
      const fade = (end - 25 * pitch) / (end - from);
      expect(flat(pitch, 25) / fade).toBeGreaterThan(0.9);
      expect(flat(pitch, 25) / fade).toBeLessThan(1.1);
      expect(level(pitch, 26)).toBe(0);
    }
  });

  test.each([
    [150, 0, 1],
    [150, 300, 1],
    [150, 75, 1],
    [300, 150, 1.5],
    [150, 200, 0.8],
  ])(
    'at %i Hz of its own and %i Hz asked for, formants by %d, the envelope is read with the wider spacing',
    (own, asked, formantRatio) => {
      const read: number[][] = [];
      class Reader extends JavascriptLoops {
        override gather(...all: Parameters<JavascriptLoops['gather']>): void {
          const [, , x, , spacing, width, count] = all;
          read.push([x, spacing, width, count]);
          super.gather(...all);
        }
      }
      const part = new HarmonicPart(new HarmonicTables(new Reader(new JsFft(fftSamples)), options));
      for (let m = 0; m < 2; m++) {
        part.take(spectrum(loud), Float32Array.of(trackOfF0(own, defaultTracks), 1, 1, 1, 1));
      }
      for (let hop = 0; hop < LEAD_HOPS; hop++) part.nextHop();
      pieces(part, { formantRatio }, asked);
      const pitch = asked > 0 ? asked : own;
      const spacing = pitch / binHertz / formantRatio;
      expect(read.map(([x]) => x)).toEqual([0, 0.25, 0.5, 0.75, 1]);
      for (const [, at, width, count] of read) {
        expect(at).toBeCloseTo(spacing, 3);
        expect(width).toBeCloseTo(Math.max(spacing, own / binHertz), 3);
        expect(count).toBe(Math.floor((0.48 * sampleRate) / pitch) + 1);
      }
    },
  );
});

test('channels are found by their names, in any order', () => {
  const channels = ['voicing1', 'voicing2', 'f0', 'voicing3'] as const;
  const turned = new HarmonicPart(
    new HarmonicTables(createLoops(fftSamples, undefined, 0), {
      ...options,
      tracks: { ...defaultTracks, channels },
    }),
  );
  const f0 = trackOfF0(200, defaultTracks);
  const [magnitudes, wanted] = [spectrum(() => 0.1), spectrum(() => 0.1)];
  turned.take(magnitudes, Float32Array.of(0.9, 0.6, f0, 0.3));
  // A channel that is not there says that nothing is voiced.
  new HarmonicPart(tables).take(wanted, Float32Array.of(f0, 0.9, 0.6, 0.3, 0));
  expect(magnitudes).toEqual(wanted);
});

test('a part takes the memory that it says, and hardly less', () => {
  let bytes = 0;
  const rounded = (size: number): number => 16 * Math.ceil(size / 16);
  class Counter extends JavascriptLoops {
    override floats(length: number): Float32Array {
      bytes += rounded(4 * length);
      return super.floats(length);
    }

    override doubles(length: number): Float64Array {
      bytes += rounded(8 * length);
      return super.doubles(length);
    }
  }
  const shared = new HarmonicTables(new Counter(new JsFft(fftSamples)), options);
  bytes = 0;
  new HarmonicPart(shared);
  expect(bytes).toBeLessThanOrEqual(HarmonicPart.bytes(options));
  expect(bytes).toBeGreaterThan(0.95 * HarmonicPart.bytes(options));
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
