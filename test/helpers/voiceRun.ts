// Words whose parts are known, played by voice parameters: what the tests of the kernel's voices are made of.
import { defaultTracks, clipSamples, frameValues, trackOfF0 } from '../../src/contract/spectrogram.ts';
import { plainVoiceParameters, type VoiceParameters } from '../../src/contract/voiceParameters.ts';
import { melFeatures } from '../../src/dsp/analysis.ts';
import type { KernelOptions } from '../../src/worklet/kernel.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import {
  clipMessage,
  makeKernel,
  noteMessage,
  runKernel,
  trackedFormat,
  type TimedMessage,
} from './kernelRun.ts';
import { tone, vowel } from './tones.ts';

const { frames, melBands, sampleRate, hopSamples, onsetSamples } = trackedFormat;
const values = frameValues(trackedFormat);
/** Frame of the onset. */
const ONSET = onsetSamples / hopSamples;
/** Frames of the parts of `word`: an s, a vowel and an s again. */
export const VOWEL_FROM = 8;
export const VOWEL_TO = 24;
const WORD_END = 30;

/** The bands of a steady tone. */
export function bandsOf(f0: number, spectrum: (hertz: number) => number = vowel): Float32Array {
  const clip = tone({ sampleRate, samples: clipSamples(trackedFormat), f0: () => f0, spectrum });
  return melFeatures(clip, trackedFormat).slice(24 * melBands, 25 * melBands);
}

/** Bands like those of an s: nothing below 2 kHz. */
export const hissBands = Float32Array.from({ length: melBands }, (_, band) => (band < 50 ? 0 : 0.5));

/** A clip by frames: bands, pitch in hertz and voicing. */
export function clipOfFrames(
  frame: (m: number) => { bands: Float32Array; f0: number; voicing: number },
): Float32Array {
  const clip = new Float32Array(frames * values);
  for (let m = 0; m < frames; m++) {
    const { bands, f0, voicing } = frame(m);
    clip.fill(voicing, m * values, (m + 1) * values);
    clip.set(bands, m * values);
    clip[m * values + melBands] = trackOfF0(f0, defaultTracks);
  }
  return clip;
}

/** A clip that is one vowel from end to end. */
export function vowelClip(f0: number, spectrum: (hertz: number) => number = vowel): Float32Array {
  const bands = bandsOf(f0, spectrum);
  return clipOfFrames(() => ({ bands, f0, voicing: 1 }));
}

/** A word: silence, an s, a vowel whose pitch falls from 1.06 to 0.94 of f0, an s, silence. */
export function wordClip(f0 = 130, spectrum: (hertz: number) => number = vowel): Float32Array {
  const bands = bandsOf(f0, spectrum);
  const silence = new Float32Array(melBands);
  return clipOfFrames((m) => {
    const x = Math.min(1, Math.max(0, (m - VOWEL_FROM) / (VOWEL_TO - VOWEL_FROM)));
    const pitch = f0 * (1.06 - 0.12 * x);
    if (m < ONSET || m >= WORD_END) return { bands: silence, f0: pitch, voicing: 0 };
    const isVowel = m >= VOWEL_FROM && m < VOWEL_TO;
    return { bands: isVowel ? bands : hissBands, f0: pitch, voicing: isVowel ? 1 : 0 };
  });
}

/** Parameters that are plain but for some values. */
export function parametersMessage(change: Partial<VoiceParameters>, frame?: number): ToKernel {
  return {
    type: 'parameters',
    parameters: { ...plainVoiceParameters, ...change },
    ...(frame === undefined ? {} : { frame }),
  };
}

/** Changes of a note message. */
export type NoteExtra = Partial<Omit<Extract<ToKernel, { type: 'noteOn' }>, 'type'>>;

/** A note of slot 3 and id 3 unless told otherwise. */
export function note(extra: NoteExtra = {}): ToKernel {
  return { ...noteMessage(3), ...extra };
}

/** Plays messages at their frames by voice parameters: slot 3 holds the clip, a note begins at frame 0. */
export function playVoice(
  clip: Float32Array,
  change: Partial<VoiceParameters>,
  seconds: number,
  extra: NoteExtra = {},
  messages: readonly TimedMessage[] = [],
  options: Partial<KernelOptions> = {},
): Float32Array {
  const rate = options.contextRate ?? 8000;
  const kernel = makeKernel({
    contextRate: rate,
    format: trackedFormat,
    outputGain: 1,
    playing: 'harmonic',
    ...options,
  });
  return runKernel(kernel, Math.round(seconds * rate), [
    { at: 0, message: clipMessage(3, clip) },
    { at: 0, message: parametersMessage(change) },
    { at: 0, message: note(extra) },
    ...messages,
  ]);
}

/** A kernel's left and right channel. */
export function playStereo(
  messages: readonly ToKernel[],
  frames: number,
  options: Partial<KernelOptions> = {},
): readonly [Float32Array, Float32Array] {
  const kernel = makeKernel({
    contextRate: 8000,
    format: trackedFormat,
    outputGain: 1,
    playing: 'harmonic',
    ...options,
  });
  for (const message of messages) kernel.receive(message);
  const left = new Float32Array(frames);
  const right = new Float32Array(frames);
  kernel.process([left, right]);
  return [left, right];
}

/**
 * Mean level in dB of the power between two frequencies, over a stretch of samples (Hann windows of 1024 samples,
 * of a short stretch 512).
 */
export function bandDb(samples: Float32Array, rate: number, low: number, high: number): number {
  const size = samples.length < 1024 ? 512 : 1024;
  let power = 0;
  let count = 0;
  for (let at = 0; at + size <= samples.length; at += size / 2) {
    for (let k = Math.ceil((low * size) / rate); k <= (high * size) / rate; k++) {
      let re = 0;
      let im = 0;
      for (let n = 0; n < size; n++) {
        const x = samples[at + n] * (0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / size));
        re += x * Math.cos((2 * Math.PI * k * n) / size);
        im += x * Math.sin((2 * Math.PI * k * n) / size);
      }
      power += re * re + im * im;
    }
    count++;
  }
  return 10 * Math.log10(power / Math.max(1, count) / (size * size) + 1e-20);
}
