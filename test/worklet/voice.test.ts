// A voice by itself: which places of a clip it reads and when, how clips and words cross over, what it costs and how loud it counts.
import { describe, expect, test } from 'vitest';
import type { Playing } from '../../src/contract/playing.ts';
import {
  defaultFormat,
  defaultTracks,
  frameValues,
  trackOfF0,
  type SpectrogramFormat,
} from '../../src/contract/spectrogram.ts';
import { plainVoiceParameters, type VoiceParameters } from '../../src/contract/voiceParameters.ts';
import { createLoops } from '../../src/dsp/createLoops.ts';
import { JsFft } from '../../src/dsp/fft.ts';
import { JavascriptLoops } from '../../src/dsp/javascriptLoops.ts';
import { MelFilterbank } from '../../src/dsp/mel.ts';
import { MelInverter } from '../../src/dsp/melInverter.ts';
import { stepCosts } from '../../src/dsp/phaseEngine.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { ClipShape } from '../../src/worklet/clipShape.ts';
import {
  makeVoiceParts,
  Voice,
  voiceBytes,
  type VoicePlan,
  type VoiceStart,
} from '../../src/worklet/voice.ts';
import { OFFSETS } from '../../src/worklet/voiceModulation.ts';
import { trackedFormat } from '../helpers/kernelRun.ts';

const modules = loadEngineModules();
const { hopSamples, melBands, frames, onsetSamples } = defaultFormat;
const onset = onsetSamples / hopSamples;
const logCeiling = Math.log1p(defaultFormat.ceiling / defaultFormat.floor);

/** Notes down the features of the lowest and the highest band of each frame that is read. */
class Probe extends MelInverter {
  readonly features: number[] = [];
  readonly highest: number[] = [];

  override invert(mel: Float32Array, magnitudes: Float32Array): void {
    const featureOf = (band: number): number => Math.log(mel[band] / defaultFormat.floor + 1) / logCeiling;
    this.features.push(featureOf(0));
    this.highest.push(featureOf(melBands - 1));
    super.invert(mel, magnitudes);
  }
}

/** A clip whose bands all have a feature that tells the frame: a hundredth of its number and one. */
const feature = (m: number): number => (m + 1) / 100;
/** Place at which a frame of that clip was read. */
const placeOf = (value: number): number => Math.round((100 * value - 1) * 1e3) / 1e3;

function clipOf(format: SpectrogramFormat, value: (m: number) => number, voicing = 0): Float32Array {
  const values = frameValues(format);
  return Float32Array.from({ length: frames * values }, (_, i) => {
    const channel = (i % values) - melBands;
    if (channel < 0) return value(Math.floor(i / values));
    return channel === 0 ? trackOfF0(200, defaultTracks) : voicing;
  });
}

const plainNote: VoiceStart = {
  isStruck: false,
  gain: 1,
  expression: 1,
  velocity: 1,
  pan: 0,
  fromStart: false,
  speed: 1,
  pitchHz: 0,
  pitchRatio: 1,
  position: -1,
  offsets: new Float32Array(OFFSETS),
};

interface Setting {
  readonly format?: SpectrogramFormat;
  readonly contextRate?: number;
  readonly playing?: Playing;
  readonly parameters?: Partial<VoiceParameters>;
  readonly index?: number;
  readonly lookAheadFrames?: number;
}

/** A voice and what it reads. */
class Bench {
  readonly probe: Probe;
  readonly voice: Voice;
  readonly format: SpectrogramFormat;
  readonly #left = new Float32Array(128);
  readonly effort;

  constructor({
    format = defaultFormat,
    contextRate = 8000,
    playing = 'harmonic',
    parameters = {},
    index = 0,
    lookAheadFrames = 0,
  }: Setting = {}) {
    const plan: VoicePlan = {
      format,
      contextRate,
      playing,
      maxLookAheadFrames: lookAheadFrames,
      seed: 1,
      voices: 1,
    };
    const loops = createLoops(format.fftSamples, modules, voiceBytes(plan) + 65536);
    const parts = makeVoiceParts(plan, loops);
    this.probe = new Probe(new MelFilterbank(format), loops);
    parts.state.set({ ...plainVoiceParameters, ...parameters }, 0);
    this.voice = new Voice({ ...parts, inverter: this.probe }, index, 128);
    this.format = format;
    this.effort = { lookAheadFrames, sweeps: 0 };
  }

  shapeOf(clip: Float32Array): ClipShape {
    const shape = new ClipShape();
    shape.measure(this.format, clip, 0, new Float64Array(frames));
    return shape;
  }

  start(clip: Float32Array, extra: Partial<VoiceStart> = {}, shape?: ClipShape): this {
    this.voice.start(clip, 0, shape ?? this.shapeOf(clip), { ...plainNote, ...extra }, 0, 0, this.effort);
    return this;
  }

  /** Plays on, sample by sample in blocks, and gives what was heard. */
  play(count: number, block = 32): Float32Array {
    const out = new Float32Array(count);
    for (let n = 0; n < count; n += block) {
      const length = Math.min(block, count - n);
      this.#left.fill(0);
      if (this.voice.active) this.voice.mix(this.#left, undefined, length, this.effort);
      out.set(this.#left.subarray(0, length), n);
    }
    return out;
  }

  places(): number[] {
    return this.probe.features.map(placeOf);
  }

  crossTo(clip: Float32Array): void {
    this.voice.crossTo(clip, 0, this.shapeOf(clip));
  }
}

const counting = clipOf(defaultFormat, feature);
const flat = (format: SpectrogramFormat, value: number): Float32Array => clipOf(format, () => value, 1);
/** Samples after which the first hop begins, but one; the steps of the one before are all done then. */
const BEFORE_HOP = hopSamples / 2 - 1;
const ways: readonly [string, Setting][] = [
  ['noise', {}],
  ['noise with look-ahead', { lookAheadFrames: 3 }],
  ['harmonics', { format: trackedFormat }],
  ['harmonics with look-ahead', { format: trackedFormat, lookAheadFrames: 3 }],
];
const expectNear = (actual: readonly number[], wanted: readonly number[], most = 2e-3): void => {
  expect(actual.length).toBe(wanted.length);
  actual.forEach((value, i) => expect(Math.abs(value - wanted[i]), `${i}: ${value}`).toBeLessThan(most));
};

describe('places', () => {
  test.each<[string, Partial<VoiceStart>, Partial<VoiceParameters>, number, number]>([
    ['from the first whose window reaches what is heard', {}, {}, 0, 1],
    ['from the beginning', { fromStart: true }, {}, 0, 1],
    ['slowly, the onset as soon as ever', { speed: 0.5 }, {}, 1, 0.5],
    ['backwards from the end', { speed: -1 }, {}, 47, -1],
    ['from where it is told', { position: 10 }, {}, 10, 1],
    ['from the very beginning when it is told so', { position: 0, speed: 2 }, {}, 0, 2],
    ['backwards from where it is told', { position: 20, speed: -0.5 }, {}, 20, -0.5],
    ['from half the word on', {}, { startOffset: 0.5 }, 22.5, 1],
    ['backwards from half the word', { speed: -1 }, { startOffset: 0.5 }, 24.5, -1],
  ])('%s', (_, note, parameters, first, step) => {
    const bench = new Bench({ parameters }).start(counting, note);
    const { length } = bench.places();
    // No more than has to be known before the first sample.
    expect(length).toBeGreaterThanOrEqual(2);
    expect(length).toBeLessThanOrEqual(5);
    bench.play(512);
    const places = bench.places();
    expect(places.length).toBeGreaterThanOrEqual(length + 3);
    expectNear(
      places,
      places.map((_place, i) => first + i * step),
    );
  });

  test.each([
    [8000, false, frames * hopSamples + 64 - onsetSamples],
    [8000, true, frames * hopSamples],
    [48000, false, 6 * (frames * hopSamples + 64 - onsetSamples)],
    [48000, true, 6 * frames * hopSamples],
  ])(
    'at %i Hz, from the start %s, end in the middle of the first frame beyond the clip',
    (contextRate, fromStart, end) => {
      const bench = new Bench({ contextRate }).start(counting, { fromStart });
      bench.play(end - 1);
      expect(bench.voice.active).toBe(true);
      bench.play(1);
      expect(bench.voice.active).toBe(false);
      expectNear(
        bench.places(),
        Array.from({ length: frames }, (_, m) => m),
      );
    },
  );

  test.each([0, 3])(
    'move at the speed of the time at which they sound, with a look-ahead of %i',
    (lookAheadFrames) => {
      // A square wave of a second: the speed changes after half of it.
      const parameters = { lfoTarget: 'speed', lfoShape: 'square', lfoHz: 1, lfoAmount: 0.5 } as const;
      const bench = new Bench({ parameters, lookAheadFrames }).start(counting, { speed: 0.5, position: 1 });
      bench.play(6000);
      const places = bench.places();
      const steps = places.slice(1).map((place, i) => place - places[i]);
      const change = steps.findIndex((step) => Math.abs(step - steps[0]) > 0.05);
      const middle = (change * hopSamples - onsetSamples + 64) / 8000;
      expect(Math.abs(middle - 0.5)).toBeLessThan(1.5 * (hopSamples / 8000));
    },
  );

  test('end before the clip where it is read backwards', () => {
    const bench = new Bench().start(counting, { speed: -1, position: 5 });
    bench.play(2000);
    expect(bench.voice.active).toBe(false);
    expectNear(bench.places(), [5, 4, 3, 2, 1, 0]);
  });

  test.each(ways)('of %s that are not heard yet are read anew when the speed changes', (_, setting) => {
    const bench = new Bench(setting).start(clipOf(setting.format ?? defaultFormat, feature, 1));
    bench.play(BEFORE_HOP + 7 * hopSamples);
    const { length } = bench.probe.features;
    bench.voice.setSpeed(0.5);
    bench.play(640);
    // The hop that begins now, at sample 1152 of the clip, is made of frames up to 11.
    const after = bench.places().slice(length);
    expect(after.length).toBeGreaterThan(4);
    expectNear(
      after,
      after.map((_place, i) => 12 + 0.5 * i),
    );
  });

  test('go on from a jump', () => {
    const bench = new Bench().start(counting);
    bench.play(BEFORE_HOP + 7 * hopSamples);
    const { length } = bench.probe.features;
    bench.voice.jumpTo(30);
    // Something else in the same hop does not undo it.
    bench.voice.changeReading();
    bench.play(640);
    const after = bench.places().slice(length);
    expect(after.length).toBeGreaterThan(4);
    expectNear(
      after,
      after.map((_place, i) => 30 + i),
    );
  });

  test('leave a held vowel for a jump, and come to it again', () => {
    const bench = new Bench({ parameters: { hold: 'hold' } });
    bench.start(counting, {}, Object.assign(new ClipShape(), { steady: 10, end: 40 }));
    bench.play(BEFORE_HOP + 30 * hopSamples);
    const { length } = bench.probe.features;
    for (const place of bench.places().slice(-5)) expect(Math.abs(place - 10)).toBeLessThan(1);
    bench.voice.jumpTo(4);
    bench.play(12 * hopSamples);
    const after = bench.places().slice(length);
    expectNear(after.slice(0, 7), [4, 5, 6, 7, 8, 9, 10]);
    for (const place of after.slice(7)) expect(Math.abs(place - 10)).toBeLessThan(1);
  });

  test('sound where they lie, from the start or from shortly before the onset', () => {
    const burst = clipOf(defaultFormat, (m) => (m === 20 ? 0.8 : 0));
    const centre = (fromStart: boolean, contextRate: number): number => {
      const out = new Bench({ contextRate }).start(burst, { fromStart }).play((contextRate / 8000) * 5000);
      let [power, moment] = [0, 0];
      out.forEach((value, n) => {
        power += value * value;
        moment += n * value * value;
      });
      return (moment / power / contextRate) * 8000;
    };
    for (const rate of [8000, 48000]) {
      expect(Math.abs(centre(true, rate) - 20 * hopSamples)).toBeLessThan(24);
      expect(Math.abs(centre(false, rate) - (20 * hopSamples - onsetSamples + 64))).toBeLessThan(24);
    }
  });
});

describe('what is read', () => {
  test('lies on straight lines between frames, each band by itself, and outside of the clip is silence', () => {
    const zigzag = Float32Array.from({ length: frames * melBands }, (_, i) => {
      const m = Math.floor(i / melBands);
      return (m % 2 ? 0.5 : 0.3) + (0.1 * (i % melBands)) / (melBands - 1);
    });
    const bench = new Bench().start(zigzag, { speed: 0.25, position: 0 });
    bench.play(1200);
    const line = bench.probe.features.map((_value, i) => 0.5 - (0.2 * Math.abs((i % 8) - 4)) / 4);
    expect(line.length).toBeGreaterThan(10);
    expectNear(bench.probe.features, line);
    expectNear(
      bench.probe.highest,
      line.map((value) => value + 0.1),
    );
    // Half a frame before the first and behind the last half of it is silence.
    const before = new Bench().start(counting, { speed: 0.5, position: 46 });
    before.play(1200);
    expectNear(before.probe.features.slice(0, 4), [0.47, 0.475, 0.48, 0.24]);
    const backwards = new Bench().start(flat(defaultFormat, 0.4), { speed: -0.5, position: 1 });
    backwards.play(1200);
    expectNear(backwards.probe.features, [0.4, 0.4, 0.4, 0.2]);
  });
});

describe('level', () => {
  const level = (out: Float32Array): number => Math.sqrt(out.reduce((sum, v) => sum + v * v, 0) / out.length);
  const heard = (parameters: Partial<VoiceParameters>, note: Partial<VoiceStart> = {}): Float32Array =>
    new Bench({ parameters }).start(flat(defaultFormat, 0.5), note).play(3200);

  test('follows velocity by its square, and the oscillator from piece to piece', () => {
    const plain = heard({});
    const soft = heard({ velocityAmount: 1 }, { velocity: 0.5 });
    expect(soft).toEqual(plain.map((value) => 0.25 * value));
    const wave = heard({ lfoTarget: 'level', lfoShape: 'sine', lfoHz: 5, lfoAmount: 1 });
    const ratios = [800, 1200, 1600, 2000, 2400].map(
      (n) => level(wave.subarray(n, n + 200)) / level(plain.subarray(n, n + 200)),
    );
    expect(Math.max(...ratios) / Math.min(...ratios)).toBeGreaterThan(2);
  });

  test('of what does not end by itself falls from the very sample at which the key goes up', () => {
    const play = (isReleased: boolean): Float32Array => {
      const bench = new Bench({ parameters: { hold: 'loop', releaseSeconds: 0.05 } });
      bench.start(flat(defaultFormat, 0.5)).play(1005, 5);
      if (isReleased) bench.voice.release();
      return bench.play(600, 5);
    };
    const [held, released] = [play(false), play(true)];
    const differs = released.findIndex((value, n) => value !== held[n]);
    expect(differs).toBeLessThanOrEqual(1);
    expect(level(released.subarray(420))).toBe(0);
    expect(level(held.subarray(420))).toBeGreaterThan(1e-4);
  });
});

describe('a newer clip', () => {
  test.each(ways)('of %s is reached in five steps, each a frame', (_, setting) => {
    const format = setting.format ?? defaultFormat;
    const bench = new Bench(setting).start(flat(format, 0.2));
    bench.play(1000);
    bench.probe.features.length = 0;
    bench.crossTo(flat(format, 0.7));
    bench.play(1000);
    const { features } = bench.probe;
    expectNear(features.slice(0, 5), [0.3, 0.4, 0.5, 0.6, 0.7]);
    expectNear(
      features.slice(5),
      features.slice(5).map(() => 0.7),
    );
  });

  test.each(ways)('of %s in the middle of a crossing goes on from where that has come to', (_, setting) => {
    const format = setting.format ?? defaultFormat;
    for (const between of [64, 200, 300, 400]) {
      const bench = new Bench(setting).start(flat(format, 0.2));
      bench.play(1000);
      bench.crossTo(flat(format, 0.7));
      bench.play(between);
      const { length } = bench.probe.features;
      bench.crossTo(flat(format, 0.2));
      bench.play(1500);
      const { features } = bench.probe;
      const way = features.slice(length - 1);
      // No step is larger than a fifth of the whole way, and all of it leads to the newest clip.
      for (let i = 1; i < way.length; i++) expect(Math.abs(way[i] - way[i - 1])).toBeLessThan(0.101);
      expect(Math.max(...way)).toBeLessThan(0.7);
      expectNear(way.slice(-4), [0.2, 0.2, 0.2, 0.2]);
    }
  });

  test('of the harmonics sets out in the present hop, though a newer one comes at once', () => {
    const bench = new Bench({ format: trackedFormat }).start(flat(trackedFormat, 0.2));
    bench.play(1000);
    bench.probe.features.length = 0;
    bench.crossTo(flat(trackedFormat, 0.1));
    bench.crossTo(flat(trackedFormat, 0.7));
    bench.play(600);
    expectNear(bench.probe.features.slice(0, 6), [0.3, 0.4, 0.5, 0.6, 0.7, 0.7]);
  });
});

describe('a note that begins', () => {
  const clip = clipOf(trackedFormat, (m) => (m % 2 ? 0.5 : 0.4), 0.8);
  const other = flat(trackedFormat, 0.7);
  const histories: readonly (readonly [string, (bench: Bench) => void])[] = [
    ['has sounded', (bench) => bench.play(500)],
    [
      'crossed over late in its word',
      (bench) => {
        bench.play(4000);
        bench.crossTo(clip);
        bench.play(40);
      },
    ],
    ['crosses over', (bench) => (bench.play(600), bench.crossTo(other), bench.play(100))],
    ['has just been told of a newer clip', (bench) => (bench.play(600), bench.crossTo(other))],
    [
      'changes its word',
      (bench) => {
        bench.play(600);
        bench.voice.changeWord(other, 0, bench.shapeOf(other), true);
        bench.play(70);
      },
    ],
    ['leaps', (bench) => (bench.play(600), bench.voice.jumpTo(30))],
    [
      'was released and fades',
      (bench) => (bench.play(600), bench.voice.release(), bench.voice.fadeOut(), bench.play(9)),
    ],
    ['has ended', (bench) => bench.play(9000)],
    [
      'was told all sorts of things',
      (bench) => {
        bench.play(600);
        bench.voice.setExpression(0.3);
        bench.voice.setPitch(300, 0.5);
        bench.voice.setPitchRatio(1.5);
        bench.voice.setSpeed(0.3);
        bench.voice.setPan(0.5);
        bench.voice.setOffsets(new Float32Array(OFFSETS).fill(0.2));
        bench.play(200);
      },
    ],
  ];

  test.each(histories)('in a voice that %s sounds as in a new one', (_, live) => {
    for (const setting of [
      { format: trackedFormat },
      { format: trackedFormat, contextRate: 16000, parameters: { air: 1, hold: 'hold' }, lookAheadFrames: 2 },
    ] as const) {
      const used = new Bench(setting).start(other);
      live(used);
      used.start(clip);
      const fresh = new Bench(setting).start(clip);
      expect(used.voice.loudness).toBe(fresh.voice.loudness);
      expect([used.voice.released, used.voice.fading, used.voice.active]).toEqual([false, false, true]);
      for (let i = 0; i < 4; i++) {
        expect(used.play(700)).toEqual(fresh.play(700));
        expect(used.voice.loudness).toBe(fresh.voice.loudness);
        if (i === 0) for (const bench of [used, fresh]) bench.crossTo(other);
      }
    }
  });

  test('takes its gain, expression and pitch along; what is told later comes within 5 ms or a piece', () => {
    const hertz = (out: Float32Array): number => {
      // Upward crossings of the line in the middle, of a tone that is all fundamental.
      let crossings = 0;
      for (let n = 1; n < out.length; n++) if (out[n - 1] < 0 && out[n] >= 0) crossings++;
      return (crossings * 8000) / out.length;
    };
    const low = Float32Array.from(clipOf(trackedFormat, () => 0, 1));
    const values = frameValues(trackedFormat);
    for (let m = 0; m < frames; m++) low.fill(0.6, m * values, m * values + 5);
    const level = (out: Float32Array): number =>
      Math.sqrt(out.reduce((sum, v) => sum + v * v, 0) / out.length);
    const plain = new Bench({ format: trackedFormat }).start(low);
    plain.play(1600);
    const full = level(plain.play(1600));
    const bench = new Bench({ format: trackedFormat }).start(low, { gain: 0.5, expression: 0.5 });
    bench.play(1600);
    expect(level(bench.play(1600)) / full).toBeCloseTo(0.25, 2);
    bench.voice.setExpression(1);
    bench.play(80);
    expect(level(bench.play(1600)) / full).toBeCloseTo(0.5, 1);
    const pitched = new Bench({ format: trackedFormat }).start(low, { pitchHz: 150 });
    pitched.play(800);
    expect(hertz(pitched.play(1600))).toBeCloseTo(150, -1);
    pitched.voice.setPitch(240, 0);
    pitched.play(64);
    expect(hertz(pitched.play(1600))).toBeCloseTo(240, -1);
    pitched.voice.setPitchRatio(0.5);
    pitched.play(64);
    expect(hertz(pitched.play(1600))).toBeCloseTo(120, -1);
  });
});

describe('noise that stands still', () => {
  /** How alike a sound is to itself some hops later, at most; 1 for what repeats. */
  const ringing = (setting: Setting): number => {
    const format = setting.format ?? defaultFormat;
    const bench = new Bench(setting).start(clipOf(format, (m) => (m < 47 ? 0.6 : 0), 0));
    bench.play(1200);
    const out = bench.play(4000);
    let most = 0;
    for (let lag = 256; lag < 1400; lag++) {
      let [own, shared] = [0, 0];
      for (let n = 0; n + lag < out.length; n++) {
        own += out[n] * out[n];
        shared += out[n] * out[n + lag];
      }
      most = Math.max(most, shared / own);
    }
    return most;
  };

  test('does not ring where harmonics have a part of their own', () => {
    expect(ringing({ format: trackedFormat })).toBeLessThan(0.2);
    // As a spectrogram alone its phases go on, frame by frame, and it does.
    expect(ringing({ format: trackedFormat, playing: 'spectrogram' })).toBeGreaterThan(0.9);
  });
});

describe('another word', () => {
  const silence = clipOf(defaultFormat, () => 0);
  const shape = (steady: number, end: number): ClipShape => Object.assign(new ClipShape(), { steady, end });

  /** Place of the other word's first frame, and the place of the old one that it takes over from. */
  function change(
    after: number,
    atPlace: boolean,
    from: ClipShape,
    to: ClipShape,
  ): [number, number, number[]] {
    // A twin that reads anew tells what is heard next: a frame later, since a hop begins in between.
    const twin = new Bench().start(counting);
    twin.play(BEFORE_HOP + after * hopSamples);
    const read = twin.probe.features.length;
    twin.voice.changeReading();
    twin.play(300);
    const places = twin.places();
    const heardNext = places[read] - 1;

    const bench = new Bench().start(silence, {}, from);
    bench.play(BEFORE_HOP + after * hopSamples);
    bench.probe.features.length = 0;
    bench.voice.changeWord(counting, 0, to, atPlace);
    bench.play(1200);
    const values = bench.probe.features;
    // On its way from silence.
    const reached = values.map((value, i) => placeOf((value * 5) / Math.min(5, i + 1)));
    return [heardNext, reached[0], reached];
  }

  test.each([
    [4, 30, 40, 10, 20],
    [11, 30, 40, 10, 20],
    [11, 8, 40, 30, 47],
    [20, 10, 30, 8, 45],
    [25, 10, 30, 20, 22],
  ])('after %i hops takes over at its place: of vowel %i, end %i to vowel %i, end %i', (after, ...places) => {
    const [steady, end, newSteady, newEnd] = places;
    const [from, to, reached] = change(after, true, shape(steady, end), shape(newSteady, newEnd));
    const wanted =
      from < onset
        ? from
        : from < steady
          ? onset + ((from - onset) / (steady - onset)) * (newSteady - onset)
          : newSteady + ((from - steady) / (end - steady)) * (newEnd - newSteady);
    expect(Math.abs(to - wanted)).toBeLessThan(0.01);
    expectNear(
      reached,
      reached.map((_, i) => to + i),
      0.02,
    );
  });

  test('is spoken from just before its onset otherwise', () => {
    const [, to, reached] = change(11, false, shape(30, 40), shape(10, 20));
    expect(Math.abs(to - (onset - 1))).toBeLessThan(0.01);
    expectNear(
      reached,
      reached.map((_, i) => onset - 1 + i),
      0.02,
    );
  });

  test('is taken where a vowel has no length at its vowel', () => {
    const [, to] = change(11, true, shape(3, 3), shape(25, 30));
    expect(Math.abs(to - 25)).toBeLessThan(0.01);
  });

  test('leaves the old one where it stood', () => {
    // The old one tells its place, the new one says nothing: what is read falls by a fifth of the same a frame.
    const bench = new Bench().start(counting);
    bench.play(BEFORE_HOP + 11 * hopSamples);
    bench.probe.features.length = 0;
    bench.voice.changeWord(silence, 0, shape(10, 20), false);
    bench.play(1200);
    const { features } = bench.probe;
    expect(features).toHaveLength(4);
    const stood = features[0] / 0.8;
    expectNear(features, [0.8 * stood, 0.6 * stood, 0.4 * stood, 0.2 * stood]);
  });
});

describe('work', () => {
  const harmonics = Math.floor((0.48 * 8000) / 200) + 1;

  test.each<[string, Setting, number]>([
    ['noise', {}, 0.8],
    ['noise at 48 kHz', { contextRate: 48000 }, 0.8],
    ['harmonics', { format: trackedFormat }, 0.8 + 0.05 * harmonics],
    ['a clip with tracks as a spectrogram', { format: trackedFormat, playing: 'spectrogram' }, 0.8],
    ['harmonics at 48 kHz', { format: trackedFormat, contextRate: 48000 }, 0.8 + 0.05 * harmonics],
    [
      'harmonics and air at 48 kHz',
      { format: trackedFormat, contextRate: 48000, parameters: { air: 1 } },
      0.8 + 0.05 * harmonics,
    ],
  ])('of a hop of %s is that of its steps, its pieces and its output', (_, setting, piece) => {
    const { format = defaultFormat, contextRate = 8000 } = setting;
    const output = (hopSamples * contextRate) / 8000;
    const air = 7 * (setting.parameters?.air ?? 0);
    const bench = new Bench(setting).start(flat(format, 0.3));
    bench.play(8 * output);
    const before = bench.voice.work;
    bench.play(10 * output);
    const wanted = stepCosts.read + stepCosts.start + 4 * piece + (output / 64) * (0.8 + air);
    expect((bench.voice.work - before) / 10).toBeCloseTo(wanted, 6);
    // What is counted goes on over notes.
    const all = bench.voice.work;
    bench.start(flat(format, 0.3));
    expect(bench.voice.work).toBeGreaterThan(all + stepCosts.read + stepCosts.start);
  });

  test('of a newer clip is a read for each frame that is taken again, and for each that is read anew', () => {
    const more = (setting: Setting): number => {
      const { format = defaultFormat } = setting;
      const [told, untold] = [setting, setting].map((each) => new Bench(each).start(flat(format, 0.3)));
      for (const bench of [told, untold]) bench.play(BEFORE_HOP + 9 * hopSamples);
      told.crossTo(flat(format, 0.3));
      const reads = told.probe.features.length - untold.probe.features.length;
      for (const bench of [told, untold]) bench.play(8 * hopSamples + 1);
      const extra = told.probe.features.length - untold.probe.features.length - reads;
      return told.voice.work - untold.voice.work - extra * stepCosts.read;
    };
    expect(more({})).toBeCloseTo(0, 6);
    expect(more({ format: trackedFormat })).toBeCloseTo(0, 6);
  });

  test.each([0, 1, 2, 3, 7])('of voice %i is done when its share of a step is due', (index) => {
    const bench = new Bench({ index }).start(flat(defaultFormat, 0.3));
    // Hops begin 64 samples behind the onset.
    bench.play(64 + 4 * hopSamples);
    const steps: number[] = [];
    for (let n = 1; n <= hopSamples; n++) {
      const before = bench.voice.work;
      bench.play(1);
      if (bench.voice.work - before > stepCosts.read) steps.push(n);
    }
    const stagger = 0.25 + 0.75 * (((index + 1) * 0.6180339887498949) % 1);
    const total = stepCosts.read + stepCosts.start;
    const due = [stagger * stepCosts.read, stepCosts.read + stagger * stepCosts.start];
    expect(steps).toEqual(due.map((cost) => Math.floor((cost / total) * hopSamples) + 1));
  });

  test('grows the look-ahead by a frame a hop, by one more from the second hop on', () => {
    const bench = new Bench({ lookAheadFrames: 3 }).start(counting);
    const reads = Array.from({ length: 6 }, (_, hop) => {
      const { length } = bench.probe.features;
      bench.play(hop === 0 ? 64 : hopSamples);
      return bench.probe.features.length - length;
    });
    expect(reads).toEqual([1, 2, 2, 2, 1, 1]);
  });
});

describe('loudness', () => {
  test('is the gain in the first tenth of a second, then what was heard, falling by a twenty-fifth a piece', () => {
    const gain = 0.5;
    const clip = clipOf(trackedFormat, (m) => (m < 24 ? 0.6 : 0), 1);
    const bench = new Bench({ format: trackedFormat }).start(clip, { gain });
    const piece = hopSamples / 4;
    let wanted = 0;
    for (let n = 0; n < 5600; n += piece) {
      const heard = bench.play(piece);
      const power = heard.reduce((sum, value) => sum + value * value, 0) / piece;
      wanted = Math.max(Math.sqrt(power), 0.96 * wanted);
      // The piece that comes next is made with the block's last sample or the next one's first.
      if (n + piece < 800) expect(bench.voice.loudness).toBe(gain);
      else if (n > 1600) expect(bench.voice.loudness / wanted).toBeCloseTo(1, 4);
    }
    expect(wanted).toBeGreaterThan(1e-4);
  });

  test('of a voice that fades out ends within 5 ms', () => {
    const bench = new Bench().start(flat(defaultFormat, 0.6));
    bench.play(800);
    expect(bench.voice.fading).toBe(false);
    bench.voice.fadeOut();
    expect(bench.voice.fading).toBe(true);
    bench.play(40);
    expect(bench.voice.active).toBe(true);
    bench.play(1);
    expect(bench.voice.active).toBe(false);
  });
});

/** Counts what is taken of its memory, as the compiled loops do. */
class CountingLoops extends JavascriptLoops {
  bytes = 0;

  #count(bytes: number): void {
    this.bytes += 16 * Math.ceil(bytes / 16);
  }

  override floats(length: number): Float32Array {
    this.#count(4 * length);
    return super.floats(length);
  }

  override doubles(length: number): Float64Array {
    this.#count(8 * length);
    return super.doubles(length);
  }

  override integers(length: number): Int32Array {
    this.#count(4 * length);
    return super.integers(length);
  }
}

test.each<[string, SpectrogramFormat, number, number, number, number]>([
  ['noise', defaultFormat, 8000, 0, 4, 0.7],
  ['noise', defaultFormat, 48000, 3, 68, 0.8],
  ['harmonics', trackedFormat, 48000, 3, 68, 0.84],
  ['harmonics', trackedFormat, 44100, 7, 8, 0.84],
  ['harmonics', trackedFormat, 11025, 0, 1, 0.8],
  ['noise of many phases', defaultFormat, 47999, 0, 1, 0.54],
  ['noise at a low rate', defaultFormat, 1000, 0, 1, 0.63],
  ['harmonics at a low rate', trackedFormat, 1000, 2, 3, 0.78],
  ['noise of long windows', { ...defaultFormat, fftSamples: 1024, hopSamples: 256 }, 7919, 2, 6, 0.75],
])(
  'memory of %s holds what is taken, and not much more',
  (_, format, contextRate, maxLookAheadFrames, voices, least) => {
    const plan: VoicePlan = { format, contextRate, playing: 'harmonic', maxLookAheadFrames, seed: 1, voices };
    const loops = new CountingLoops(new JsFft(format.fftSamples));
    const parts = makeVoiceParts(plan, loops);
    for (let i = 0; i < voices; i++) new Voice(parts, i, 128);
    expect(loops.bytes).toBeLessThanOrEqual(voiceBytes(plan));
    expect(loops.bytes).toBeGreaterThan(least * voiceBytes(plan));
  },
);

test('memory is for context rates in whole hertz alone', () => {
  const plan: VoicePlan = {
    format: defaultFormat,
    contextRate: 999,
    playing: 'harmonic',
    maxLookAheadFrames: 1,
    seed: 1,
    voices: 1,
  };
  for (const contextRate of [999, 768001, 44100.5]) {
    expect(() => voiceBytes({ ...plan, contextRate })).toThrow(/contextRate/);
  }
  for (const contextRate of [1000, 768000]) expect(voiceBytes({ ...plan, contextRate })).toBeGreaterThan(0);
});
