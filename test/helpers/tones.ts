// Tones with a known fundamental: harmonics up to half the rate under a chosen spectrum, at any course of pitch.
import { Random } from '../../src/dsp/random.ts';

/** What a tone is made of. */
export interface ToneOptions {
  readonly sampleRate: number;
  readonly samples: number;
  /** Fundamental in hertz at a time in seconds. */
  readonly f0: (seconds: number) => number;
  /** Amplitude of a harmonic by its frequency in hertz; 1 for a pulse train. */
  readonly spectrum?: (hertz: number) => number;
  /** Level of white noise against the tone; none when absent. */
  readonly noiseDb?: number;
}

/** Formants of a neutral vowel. */
export function vowel(hertz: number): number {
  const formants = [500, 1500, 2500];
  return formants.reduce((sum, f, i) => sum + 0.5 ** i / (1 + ((hertz - f) / (80 + 30 * i)) ** 2), 0.01);
}

/** A tone with a root mean square of 0.2, and its noise. */
export function tone(options: ToneOptions): Float32Array {
  const { sampleRate, samples, f0, spectrum = () => 1, noiseDb } = options;
  const out = new Float32Array(samples);
  let phase = 0.3;
  for (let n = 0; n < samples; n++) {
    const hertz = f0(n / sampleRate);
    for (let k = 1; k * hertz < 0.4875 * sampleRate; k++) {
      // The phases keep a vowel's crest factor: neither one sharp pulse nor a chirp.
      out[n] += spectrum(k * hertz) * Math.cos(2 * Math.PI * k * phase + 0.1 * k * k);
    }
    phase += hertz / sampleRate;
  }
  const level = Math.sqrt(out.reduce((sum, v) => sum + v * v, 0) / samples);
  const random = new Random(3);
  const noise = noiseDb === undefined ? 0 : 0.2 * 10 ** (noiseDb / 20);
  return out.map((v) => (0.2 / level) * v + (noise > 0 ? noise * random.normal() : 0));
}
