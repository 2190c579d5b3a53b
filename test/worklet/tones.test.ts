// Tones and held sounds through the kernel: pitch, purity, courses of pitch, noise that must not ring, crossings.
import { describe, expect, test } from 'vitest';
import {
  clipSamples,
  defaultTracks,
  f0OfTrack,
  frameValues,
  magnitudeOfFeature,
  trackOfF0,
} from '../../src/contract/spectrogram.ts';
import type { Playing } from '../../src/contract/playing.ts';
import { melFeatures } from '../../src/dsp/analysis.ts';
import { JsFft } from '../../src/dsp/fft.ts';
import { JavascriptLoops } from '../../src/dsp/javascriptLoops.ts';
import { MelFilterbank } from '../../src/dsp/mel.ts';
import { MelInverter } from '../../src/dsp/melInverter.ts';
import { interleave, trackFeatures } from '../../src/dsp/tracks.ts';
import { Random } from '../../src/dsp/random.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';
import {
  clipMessage,
  makeKernel,
  noteMessage,
  runKernel,
  trackedFormat,
  type TimedMessage,
} from '../helpers/kernelRun.ts';
import { fluctuation, largestCorrelation } from '../helpers/ringing.ts';
import { noise, rms } from '../helpers/signals.ts';
import { beatingDb, courseFitDb, fitTone, followTone } from '../helpers/toneFit.ts';
import { tone, vowel } from '../helpers/tones.ts';

const { frames, melBands, sampleRate: modelRate } = trackedFormat;
const values = frameValues(trackedFormat);
/** Pitch of the clips that are played at others. */
const OWN: number = 130;
/** A piece of a hop, in which a new pitch is reached. */
const PIECE_SECONDS = 0.004;

/** The bands of a steady vowel, as they are in the middle of a clip. */
function vowelBands(f0: number): Float32Array {
  const clip = tone({
    sampleRate: modelRate,
    samples: clipSamples(trackedFormat),
    f0: () => f0,
    spectrum: vowel,
  });
  return melFeatures(clip, trackedFormat).slice(24 * melBands, 25 * melBands);
}

/** A clip all of whose frames have these bands; pitch and voicing by frame. */
function clipOfBands(
  bands: (m: number) => Float32Array,
  f0: number,
  voicing: (m: number) => number,
): Float32Array {
  const clip = new Float32Array(frames * values);
  for (let m = 0; m < frames; m++) {
    clip.fill(voicing(m), m * values, (m + 1) * values);
    clip.set(bands(m), m * values);
    clip[m * values + melBands] = trackOfF0(f0, defaultTracks);
  }
  return clip;
}

const vowelClip = (f0: number): Float32Array => {
  const bands = vowelBands(f0);
  return clipOfBands(
    () => bands,
    f0,
    () => 1,
  );
};

/** Power below an edge in bins of the magnitudes that features of bands come back as; bin k ends at k + 1/2. */
function powerOf(features: Float32Array): (bin: number) => number {
  const bank = new MelFilterbank(trackedFormat);
  const magnitudes = new Float32Array(bank.bins);
  new MelInverter(bank, new JavascriptLoops(new JsFft(trackedFormat.fftSamples))).invert(
    features.map((feature) => magnitudeOfFeature(feature, trackedFormat)),
    magnitudes,
  );
  const sums = [0];
  for (const magnitude of magnitudes) sums.push(sums[sums.length - 1] + magnitude * magnitude);
  return (bin) => {
    const at = Math.min(bank.bins, Math.max(0, bin + 0.5));
    const whole = Math.min(bank.bins - 1, Math.floor(at));
    return sums[whole] + (at - whole) * (sums[whole + 1] - sums[whole]);
  };
}

/** A note and its controls, rendered; the note begins at frame 0. */
function play(
  clip: Float32Array,
  contextRate: number,
  seconds: number,
  note: { speed?: number; pitchHz?: number; from?: 'start' } = {},
  controls: readonly TimedMessage[] = [],
  playing: Playing = 'harmonic',
): Float32Array {
  const kernel = makeKernel({ contextRate, format: trackedFormat, playing, outputGain: 1 });
  const noteOn = { ...noteMessage(3), ...note } as ToKernel;
  return runKernel(kernel, Math.round(seconds * contextRate), [
    { at: 0, message: clipMessage(3, clip) },
    { at: 0, message: noteOn },
    ...controls,
  ]);
}

const control = (
  at: number,
  change: { pitchHz?: number; pitchRatio?: number; speed?: number },
): TimedMessage => ({
  at,
  message: { type: 'control', noteId: 3, ...change },
});

describe.each([8000, 48000])('a held vowel at %i Hz', (rate) => {
  const shifted = vowelClip(OWN);

  test.each([82, 110, 165, 220, 330, 440, 659, 880])(
    'at a pitch of %i Hz is pure, in tune and steady, in its own clip and in that of another pitch',
    (pitchHz) => {
      for (const clip of pitchHz <= 420 ? [shifted, vowelClip(pitchHz)] : [shifted]) {
        const out = play(clip, rate, 0.8, { speed: 0, pitchHz });
        // What lies before has the note's onset.
        const fit = fitTone(out.slice(0.25 * rate, 0.4 * rate), rate, pitchHz);
        expect(fit.harmonicToNoiseDb).toBeGreaterThan(rate === modelRate ? 100 : 70);
        expect(Math.abs(1200 * Math.log2(fit.hertz / pitchHz))).toBeLessThan(0.01);
        expect(beatingDb(out.slice(0.2 * rate), rate, pitchHz)).toBeLessThan(0.005);
        expect(clickiness(out, rate, 0.1 * rate, 0.7 * rate)).toBeLessThan(CLICK / 2);
      }
    },
  );
});

test.each([82, 110, 165, 220, 330, 415])(
  'a held vowel of %i Hz whose pitch and voicing are measured is as pure: no hiss of what the measure misses',
  (f0) => {
    const samples = clipSamples(trackedFormat);
    const sound = tone({ sampleRate: modelRate, samples, f0: () => f0, spectrum: vowel });
    const bands = melFeatures(sound, trackedFormat);
    const clip = interleave(bands, trackFeatures(sound, trackedFormat), trackedFormat);
    for (let m = 0; m < frames; m++) clip.copyWithin(m * values, 24 * values, 25 * values);
    const out = play(clip, modelRate, 0.8, { speed: 0 });
    const fit = fitTone(out.slice(2000, 4000), modelRate, f0);
    expect(fit.harmonicToNoiseDb).toBeGreaterThan(60);
    // The pitch tracker's own error: at 415 Hz it reads 2.04 cents too high.
    expect(Math.abs(1200 * Math.log2(fit.hertz / f0))).toBeLessThan(2.1);
    const clipHertz = f0OfTrack(clip[24 * values + melBands], defaultTracks);
    expect(Math.abs(1200 * Math.log2(fit.hertz / clipHertz))).toBeLessThan(0.01);
    expect(beatingDb(out.slice(1600), modelRate, f0)).toBeLessThan(0.05);
  },
);

describe('courses of pitch', () => {
  /**
   * Phase of the fundamental by sample, which may lie half-way between samples, from a course of pitch in
   * seconds.
   */
  const phaseOf = (
    f0: (t: number) => number,
    rate: number,
    samples: number,
    begin = 0,
  ): ((n: number) => number) => {
    const phase = new Float64Array(2 * samples + 3);
    for (let i = 1; i < phase.length; i++)
      phase[i] = phase[i - 1] + f0(begin + (i - 1.5) / 2 / rate) / (2 * rate);
    return (n) => phase[Math.round(2 * n) + 1];
  };
  /** Messages that follow a course. */
  const following = (
    f0: (t: number) => number,
    rate: number,
    seconds: number,
    every: number,
  ): TimedMessage[] =>
    Array.from({ length: Math.floor(seconds / every) }, (_, j) =>
      control(Math.round(j * every * rate), { pitchHz: f0(j * every) }),
    );
  const courses: [string, (t: number) => number][] = [
    ['an octave up in a second', (t) => 110 * 2 ** Math.min(1, Math.max(0, t - 0.1))],
    ['an octave down in a second', (t) => 440 * 2 ** -Math.min(1, Math.max(0, t - 0.1))],
    ['vibrato at 110 Hz', (t) => 110 * 2 ** (Math.sin(12 * Math.PI * t) / 24)],
    ['vibrato at 220 Hz', (t) => 220 * 2 ** (Math.sin(12 * Math.PI * t) / 24)],
    ['vibrato at 660 Hz', (t) => 660 * 2 ** (Math.sin(12 * Math.PI * t) / 24)],
  ];
  const fast: [string, (t: number) => number] = [
    'an octave up in a fifth of a second',
    (t) => 220 * 2 ** Math.min(1, Math.max(0, 5 * (t - 0.3))),
  ];

  describe('a flat spectrum keeps its phases to the end of the course, a piece late', () => {
    // Equal bands are all but equal magnitudes, so that what each harmonic's level must be is known.
    const level = new Float32Array(melBands).fill(0.6);
    const powerBelow = powerOf(level);
    const flat = clipOfBands(
      () => level,
      OWN,
      () => 1,
    );
    const binHertz = modelRate / trackedFormat.fftSamples;
    const law = (k: number, hertz: number): number => {
      const spacing = hertz / binHertz;
      const width = Math.max(spacing, OWN / binHertz);
      const low = k === 1 ? 0 : powerBelow(k * spacing - width / 2);
      const fade = Math.min(1, Math.max(0, (0.48 - (k * hertz) / modelRate) / 0.02));
      return fade * Math.sqrt(((powerBelow(k * spacing + width / 2) - low) * spacing) / width);
    };

    const courseDb = (f0: (t: number) => number, byPieces: boolean): number => {
      const out = play(
        flat,
        modelRate,
        1.15,
        { speed: 0, pitchHz: f0(0) },
        following(f0, modelRate, 1.15, PIECE_SECONDS),
      );
      // Pieces go from one message's pitch to the next in equal ratios.
      const knot = (t: number, value: (t: number) => number, isRatio: boolean): number => {
        const j = Math.floor(Math.max(0, t) / PIECE_SECONDS);
        const x = Math.max(0, t) / PIECE_SECONDS - j;
        const [a, b] = [value(j * PIECE_SECONDS), value((j + 1) * PIECE_SECONDS)];
        return isRatio ? a * (b / a) ** x : a + x * (b - a);
      };
      const begin = 0.1 - PIECE_SECONDS;
      const course = phaseOf((t) => knot(t, f0, true), modelRate, 8000, begin);
      return courseFitDb(out.slice(800, 8800), modelRate, course, (k, hertz, n) =>
        byPieces ? knot(begin + n / modelRate, (t) => law(k, f0(t)), false) : law(k, hertz),
      );
    };

    test.each([...courses, fast])('%s: exactly, by the levels and pitches of its pieces', (_, f0) => {
      expect(courseDb(f0, true)).toBeGreaterThan(70);
    });

    test.each(courses)('%s: 60 dB above noise, by the levels that it should have', (_, f0) => {
      expect(courseDb(f0, false)).toBeGreaterThan(60);
    });
  });

  describe.each([8000, 48000])('a vowel at %i Hz', (rate) => {
    const clip = vowelClip(OWN);
    // The resampler needs 4 ms of what comes.
    const delay = rate === modelRate ? PIECE_SECONDS : 2 * PIECE_SECONDS;

    test.each([...courses, fast])('%s: within 2 cents and without clicks', (_, f0) => {
      const out = play(
        clip,
        rate,
        1.2,
        { speed: 0, pitchHz: f0(0) },
        following(f0, rate, 1.2, PIECE_SECONDS),
      );
      if (rate === modelRate) {
        const course = phaseOf((t) => f0(Math.max(0, t - delay)), rate, out.length);
        for (const { at, cents } of followTone(out, rate, course, Math.max(0.04, 6 / f0(0)))) {
          if (at > 0.1 * rate) expect(Math.abs(cents)).toBeLessThan(2);
        }
      }
      expect(clickiness(out, rate, 0.1 * rate, 1.1 * rate)).toBeLessThan(CLICK / 2);
    });

    test('messages that come as they please: within 8 cents', () => {
      const [, f0] = courses[3];
      const random = new Random(2);
      const controls: TimedMessage[] = [];
      for (let t = 0; t < 1.2; t += random.uniform(0.001, 0.008)) {
        controls.push(control(Math.round(t * rate), { pitchHz: f0(t) }));
      }
      const out = play(clip, rate, 1.2, { speed: 0, pitchHz: f0(0) }, controls);
      expect(clickiness(out, rate, 0.1 * rate, 1.1 * rate)).toBeLessThan(CLICK / 2);
      const course = phaseOf((t) => f0(Math.max(0, t - delay - 0.004)), rate, out.length);
      if (rate !== modelRate) return;
      for (const { at, cents } of followTone(out, rate, course, 0.04)) {
        if (at > 0.1 * rate) expect(Math.abs(cents)).toBeLessThan(8);
      }
    });

    test('a bend of a fifth at once: reached within a piece, as clean as the same course of a true tone', () => {
      const at = 0.5 * rate;
      const out = play(clip, rate, 1, { speed: 0, pitchHz: 220 }, [control(at, { pitchRatio: 1.5 })]);
      const before = fitTone(out.slice(0.3 * rate, 0.5 * rate), rate, 220);
      const after = fitTone(out.slice(0.5 * rate + 2 * delay * rate, 0.75 * rate), rate, 330);
      for (const fit of [before, after]) expect(fit.harmonicToNoiseDb).toBeGreaterThan(70);
      expect(Math.abs(1200 * Math.log2(before.hertz / 220))).toBeLessThan(0.01);
      expect(Math.abs(1200 * Math.log2(after.hertz / 330))).toBeLessThan(0.01);
      const wanted = tone({
        sampleRate: modelRate,
        samples: 8000,
        f0: (t) => 220 * 1.5 ** Math.min(1, Math.max(0, (t - 0.5) / PIECE_SECONDS)),
        spectrum: vowel,
      });
      // Such a step is one for the ear, too, and stands out of any prediction; no more than it must.
      expect(clickiness(out, rate, 0.1 * rate, 0.9 * rate)).toBeLessThan(
        1.1 * clickiness(wanted, modelRate, 800, 7200),
      );
    });
  });
});

describe('held noise', () => {
  const flat = new Float32Array(melBands).fill(0.6);
  const hiss = flat.map((value, band) => (band < 50 ? 0.1 : value));
  const ofBreath = melFeatures(
    noise(clipSamples(trackedFormat), 5).map((v) => 0.2 * v),
    trackedFormat,
  );
  const held = (bands: Float32Array, playing: Playing): Float32Array =>
    play(
      clipOfBands(
        () => bands,
        OWN,
        () => 0,
      ),
      modelRate,
      4.25,
      { speed: 0 },
      [],
      playing,
    ).slice(2000);

  test.each([
    ['of equal bands', flat],
    ['like an s', hiss],
    ['of one frame of a noise', ofBreath.slice(24 * melBands, 25 * melBands)],
  ])('%s does not ring, while the spectrogram alone does', (_, bands) => {
    const out = held(bands, 'harmonic');
    // White noise of this length: 0.020 and 0.93.
    expect(largestCorrelation(out)).toBeLessThan(0.04);
    expect(fluctuation(out)).toBeGreaterThan(0.65);
    const bare = held(bands, 'spectrogram');
    expect(largestCorrelation(bare)).toBeGreaterThan(0.08);
    expect(Math.abs(20 * Math.log10(rms(out) / rms(bare)))).toBeLessThan(0.5);
  });

  test('measures tell a tone from noise', () => {
    const white = noise(32000, 9);
    expect(largestCorrelation(white)).toBeLessThan(0.03);
    expect(fluctuation(white)).toBeGreaterThan(0.85);
    const tones = tone({ sampleRate: modelRate, samples: 32000, f0: () => 123, noiseDb: -10 });
    expect(largestCorrelation(tones)).toBeGreaterThan(0.2);
    expect(fluctuation(tones)).toBeLessThan(0.6);
  });
});

describe('crossings', () => {
  /** A vowel, noise of a level, and the vowel again, with cuts between them. */
  const cut = (level: number): Float32Array => {
    const samples = clipSamples(trackedFormat);
    const breath = noise(samples, 4);
    return tone({ sampleRate: modelRate, samples, f0: () => OWN, spectrum: vowel }).map((value, n) =>
      n < 1500 || n >= 4500 ? value : level * breath[n],
    );
  };

  test.each([0.02, 0.005, 0.002])(
    'a vowel cut to noise of %d and back is played without a click',
    (level) => {
      const sound = cut(level);
      const features = interleave(
        melFeatures(sound, trackedFormat),
        trackFeatures(sound, trackedFormat),
        trackedFormat,
      );
      for (const rate of [8000, 48000]) {
        const out = play(features, rate, 0.76, { from: 'start' });
        expect(clickiness(out, rate, 0.05 * rate, 0.71 * rate)).toBeLessThan(10);
        expect(rms(out)).toBeGreaterThan(0.1);
      }
      // In louder noise the cuts themselves do not stand out so far.
      if (level < 0.01) expect(clickiness(sound, modelRate, 400, 5700)).toBeGreaterThan(20);
    },
  );

  test.each([
    ['that switch', (m: number) => (m < 16 || m >= 32 ? 1 : 0), 14],
    ['that switch every 64 ms', (m: number) => (m % 8 < 4 ? 1 : 0), 14],
    ['that are mixed', (m: number) => 0.5 + 0.5 * Math.cos(m / 3), 8],
  ])('frames of a vowel and of noise %s cross in a hop', (_, voicing, most) => {
    const vowelFrame = vowelBands(OWN);
    const clip = clipOfBands(
      (m) => vowelFrame.map((value) => voicing(m) * value + (1 - voicing(m)) * 0.45),
      OWN,
      voicing,
    );
    for (const rate of [8000, 48000]) {
      const out = play(clip, rate, 0.75);
      expect(rms(out)).toBeGreaterThan(0.05);
      expect(clickiness(out, rate, 0.02 * rate, 0.7 * rate)).toBeLessThan(most);
    }
  });
});
