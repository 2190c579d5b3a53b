// Timbre: formants that move, breath, brightness, and air above the model's highest frequency.
import { describe, expect, test } from 'vitest';
import type { VoiceParameters } from '../../src/contract/voiceParameters.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';
import {
  clipMessage,
  makeKernel,
  noteMessage,
  runKernel,
  trackedFormat,
  type TimedMessage,
} from '../helpers/kernelRun.ts';
import { bandDb, parametersMessage, playVoice, vowelClip, wordClip } from '../helpers/voiceRun.ts';
import { fluctuation } from '../helpers/ringing.ts';
import { rms } from '../helpers/signals.ts';
import { fitTone } from '../helpers/toneFit.ts';

const modelRate = 8000;
/** A vowel of one formant, so that its peak is plain. */
const peaked = vowelClip(110, (hertz) => 1 / (1 + ((hertz - 1000) / 100) ** 2) + 0.002);
const play = (
  change: Partial<VoiceParameters>,
  clip = peaked,
  rate = modelRate,
  messages: readonly TimedMessage[] = [],
): Float32Array =>
  playVoice(clip, { hold: 'hold', ...change }, 0.9, { pitchHz: 110 }, messages, { contextRate: rate }).slice(
    0.3 * rate,
  );
const fit = (out: Float32Array): ReturnType<typeof fitTone> => fitTone(out.slice(0, 3000), modelRate, 110);

describe('formants', () => {
  const peakHz = (out: Float32Array): number => {
    const { amplitudes } = fit(out);
    const top = amplitudes.indexOf(Math.max(...amplitudes));
    // A parabola through the levels of the three loudest harmonics.
    const [a, b, c] = [top - 1, top, top + 1].map((k) => Math.log(amplitudes[k]));
    return 110 * (top + 1 + (0.5 * (a - c)) / (a - 2 * b + c));
  };

  test.each([0.5, 0.75, 1.25, 1.5, 2])('move by their ratio of %d while the pitch stays', (formantRatio) => {
    const out = play({ formantRatio });
    expect(Math.abs(peakHz(out) / (1000 * formantRatio) - 1)).toBeLessThan(0.05);
    expect(Math.abs(1200 * Math.log2(fit(out).hertz / 110))).toBeLessThan(0.1);
    expect(Math.abs(20 * Math.log10(rms(out) / rms(play({}))))).toBeLessThan(2);
  });

  test('of noise move, too', () => {
    const out = (formantRatio: number): Float32Array => play({ formantRatio, breath: 1 });
    const at = (sound: Float32Array, hertz: number): number =>
      bandDb(sound, modelRate, hertz - 150, hertz + 150);
    expect(at(out(1), 1000) - at(out(1), 2000)).toBeGreaterThan(15);
    expect(at(out(2), 2000) - at(out(2), 1000)).toBeGreaterThan(10);
  });

  test('moved while a note sounds they do not click', () => {
    const moves = Array.from({ length: 20 }, (_, i) => ({
      at: 2400 + 160 * i,
      message: parametersMessage({ hold: 'hold', formantRatio: 0.8 + 0.04 * i }),
    }));
    const out = play({ formantRatio: 0.8 }, peaked, modelRate, moves);
    expect(clickiness(out, modelRate, 400, 4400)).toBeLessThan(CLICK / 2);
    expect(peakHz(out.slice(-3000))).toBeGreaterThan(1480);
  });
});

describe('breath', () => {
  test('turns harmonics into noise of about the same power; at its end nothing of the pitch is left', () => {
    const ratios = [0, 0.1, 0.3, 0.6].map((breath) => fit(play({ breath })).harmonicToNoiseDb);
    expect(ratios[0]).toBeGreaterThan(60);
    expect(ratios[1]).toBeGreaterThan(5);
    expect(ratios[1]).toBeLessThan(15);
    expect(ratios[2]).toBeLessThan(ratios[1] - 3);
    expect(ratios[3]).toBeLessThan(ratios[2] - 3);
    const whisper = play({ breath: 1 });
    // Noise in a narrow formant trembles slowly; a flat envelope tells noise from lines (tones: 0.06 and less).
    expect(
      fluctuation(
        play(
          { breath: 1 },
          vowelClip(110, () => 1),
        ),
      ),
    ).toBeGreaterThan(0.25);
    expect(fit(whisper).harmonicToNoiseDb).toBeLessThan(-5);
    for (const breath of [0.3, 0.6, 1]) {
      expect(Math.abs(20 * Math.log10(rms(play({ breath })) / rms(play({}))))).toBeLessThan(3);
    }
  });
});

test.each([-12, -6, 6, 12])(
  'brightness of %d dB an octave tilts harmonics and noise about 1 kHz',
  (decibels) => {
    const flat = vowelClip(110, () => 1);
    for (const breath of [0, 1]) {
      const plain = play({ breath }, flat);
      const bright = play({ breath, brightnessDbPerOctave: decibels }, flat);
      const change = (hertz: number): number =>
        bandDb(bright, modelRate, hertz / 1.1, hertz * 1.1) -
        bandDb(plain, modelRate, hertz / 1.1, hertz * 1.1);
      for (const [hertz, octaves] of [
        [500, -1],
        [1000, 0],
        [2000, 1],
        [3000, Math.log2(3)],
      ]) {
        expect(Math.abs(change(hertz) - decibels * octaves)).toBeLessThan(2);
      }
    }
  },
);

describe('air', () => {
  test('of a note knows nothing of the note that its voice played before', () => {
    const second = (secondsBefore: number): Float32Array => {
      const rate = 48000;
      const out = runKernel(makeKernel({ contextRate: rate, format: trackedFormat }), 1.5 * rate, [
        { at: 0, message: clipMessage(3, peaked) },
        { at: 0, message: parametersMessage({ hold: 'hold', air: 1 }) },
        { at: 0, message: noteMessage(3) },
        { at: Math.round(secondsBefore * rate), message: { type: 'silence' } },
        { at: rate, message: noteMessage(3) },
      ]);
      expect(rms(out.subarray(0, 0.1 * rate))).toBeGreaterThan(1e-3);
      expect(rms(out.subarray(0.9 * rate, rate))).toBe(0);
      return out.slice(rate);
    };
    expect(rms(second(0.8))).toBeGreaterThan(1e-3);
    const [long, short] = [0.8, 0.2].map(second);
    expect(long.findIndex((x, n) => x !== short[n])).toBe(-1);
  });

  /** Formants up to 3.5 kHz, as a voice has them. */
  const open = vowelClip(110, (hertz) =>
    [600, 1400, 2500, 3500].reduce((sum, f, i) => sum + 0.6 ** i / (1 + ((hertz - f) / 150) ** 2), 0.02),
  );
  const tail = { hold: 'one-shot', speed: 0.1 } as const;

  test.each([22050, 44100, 48000, 96000])(
    'at %i Hz goes on above 4 kHz, and at 0 there is nothing',
    (rate) => {
      const without = play({}, open, rate);
      const withAir = play({ air: 1 }, open, rate);
      const top = Math.min(0.45 * rate, 20000);
      expect(bandDb(withAir, rate, 4400, 6000) - bandDb(without, rate, 4400, 6000)).toBeGreaterThan(40);
      const steps = [4200, 5200, 6200, 7200].filter((hertz) => hertz + 1000 < top);
      const levels = steps.map((hertz) => bandDb(withAir, rate, hertz, hertz + 1000));
      // It follows the slope: falling, and no step where it begins.
      levels.forEach((level, i) => expect(level).toBeLessThan(i > 0 ? levels[i - 1] : Infinity));
      expect(bandDb(withAir, rate, 3000, 4000) - levels[0]).toBeLessThan(20);
      expect(bandDb(withAir, rate, 3000, 4000) - levels[0]).toBeGreaterThan(0);
      // Below 3.5 kHz nothing changes.
      expect(Math.abs(bandDb(withAir, rate, 100, 3400) - bandDb(without, rate, 100, 3400))).toBeLessThan(0.1);
    },
  );

  test.each([22050, 44100, 48000])(
    'at %i Hz has no aliases: all of a vowel lies on its harmonics, up to 0.45',
    (rate) => {
      for (const pitchHz of [110, 523]) {
        const [withAir, without] = [1, 0].map((air) =>
          playVoice(open, { hold: 'hold', air }, 1.2, { pitchHz }, [], { contextRate: rate }),
        );
        const begin = Math.round(0.3 * rate);
        // Air is added to what there is, so the difference is air alone.
        const part = withAir.slice(begin, begin + 16384).map((value, n) => value - without[begin + n]);
        const size = part.length;
        let on = 0;
        let off = 0;
        for (let k = Math.ceil((500 * size) / rate); k < size / 2; k += 7) {
          const hertz = (k * rate) / size;
          let re = 0;
          let im = 0;
          for (let n = 0; n < size; n++) {
            const x = (2 * Math.PI * n) / size;
            // Blackman & Harris: side lobes 92 dB down.
            const w = 0.35875 - 0.48829 * Math.cos(x) + 0.14128 * Math.cos(2 * x) - 0.01168 * Math.cos(3 * x);
            re += part[n] * w * Math.cos(k * x);
            im += part[n] * w * Math.sin(k * x);
          }
          // The main lobe reaches four bins to each side.
          const distance = Math.abs(hertz / pitchHz - Math.round(hertz / pitchHz)) * pitchHz;
          if (distance < (6 * rate) / size && hertz < 0.45 * rate) on += re * re + im * im;
          else off += re * re + im * im;
        }
        expect(10 * Math.log10(on / off)).toBeGreaterThan(80);
      }
    },
  );

  test('of an s goes on far up, and its top is free of everything', () => {
    const rate = 48000;
    const s = playVoice(wordClip(), { ...tail, air: 1 }, 0.8, {}, [], { contextRate: rate }).slice(
      0.2 * rate,
      0.6 * rate,
    );
    expect(bandDb(s, rate, 3000, 4000) - bandDb(s, rate, 4500, 5500)).toBeLessThan(6);
    expect(bandDb(s, rate, 8000, 10000) - bandDb(s, rate, 3000, 4000)).toBeGreaterThan(-20);
    expect(bandDb(s, rate, 0.455 * rate, 0.5 * rate) - bandDb(s, rate, 3000, 4000)).toBeLessThan(-80);
  });

  test('a glide through it is without clicks', () => {
    const rate = 48000;
    const out = playVoice(
      open,
      { hold: 'hold', air: 1 },
      1.2,
      { pitchHz: 150 },
      [{ at: 0.3 * rate, message: { type: 'control', noteId: 3, pitchHz: 600, glideSeconds: 0.6 } }],
      { contextRate: rate },
    );
    const plain = playVoice(open, { hold: 'hold', air: 1 }, 1.2, { pitchHz: 150 }, [], { contextRate: rate });
    // Its pulses stand out of a prediction as they do without a glide.
    expect(clickiness(out, rate, 0.1 * rate, 1.1 * rate)).toBeLessThan(
      1.2 * clickiness(plain, rate, 0.1 * rate, 1.1 * rate) + 5,
    );
  });

  test('where the rate leaves no room it does nothing', () => {
    expect(play({ air: 1 }, open, 8000)).toEqual(play({}, open, 8000));
  });
});
