// Drives a kernel in Node: clips from words, and messages at frames under any split into blocks.
import {
  clipSamples,
  defaultFormat,
  defaultTracks,
  type SpectrogramFormat,
} from '../../src/contract/spectrogram.ts';
import { melFeatures } from '../../src/dsp/analysis.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { Random } from '../../src/dsp/random.ts';
import { interleave, trackFeatures } from '../../src/dsp/tracks.ts';
import { Kernel, type KernelOptions } from '../../src/worklet/kernel.ts';
import type { FromKernel, ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { testWords } from './signals.ts';

const modules = loadEngineModules();

/** A word placed with its first sample on the format's onset. */
export function clipOf(word: Float32Array): Float32Array {
  const clip = new Float32Array(clipSamples(defaultFormat));
  clip.set(word.subarray(0, clip.length - defaultFormat.onsetSamples), defaultFormat.onsetSamples);
  return clip;
}

/** Features of some test words. */
export function wordFeatures(count: number): Float32Array[] {
  return testWords(Math.floor(60 / count))
    .slice(0, count)
    .map(({ samples }) => melFeatures(clipOf(samples), defaultFormat));
}

/** The default format with pitch and voicing. */
export const trackedFormat: SpectrogramFormat = { ...defaultFormat, tracks: defaultTracks };

/** Features and tracks of some test words. */
export function trackedFeatures(count: number): Float32Array[] {
  return testWords(Math.floor(60 / count))
    .slice(0, count)
    .map(({ samples }) => {
      const clip = clipOf(samples);
      return interleave(melFeatures(clip, trackedFormat), trackFeatures(clip, trackedFormat), trackedFormat);
    });
}

/** A kernel of twenty slots and two style dimensions at 48 kHz, with the SIMD FFT where it is built. */
export function makeKernel(
  options: Partial<KernelOptions> = {},
  reply?: (message: FromKernel) => void,
): Kernel {
  return new Kernel(
    {
      format: defaultFormat,
      contextRate: 48000,
      slots: 20,
      styleDimensions: 2,
      modules,
      ...options,
    },
    reply,
  );
}

/** A clip message; the style is (style, 0). */
export function clipMessage(slot: number, features: Float32Array, revision = 0, style = 0): ToKernel {
  return { type: 'clip', slot, revision, style: Float32Array.of(style, 0), features };
}

/** A noteOn message; the wanted style is (style, 0). */
export function noteMessage(
  slot: number,
  extra: { revision?: number; style?: number; gain?: number; frame?: number } = {},
): ToKernel {
  const { revision = 0, style = 0, gain = 1, ...rest } = extra;
  return { type: 'noteOn', noteId: slot, slot, revision, style: Float32Array.of(style, 0), gain, ...rest };
}

/** A message and the frame at which the kernel receives it. */
export interface TimedMessage {
  readonly at: number;
  readonly message: ToKernel;
}

/** Runs `frames` frames in blocks drawn from `blocks` by `seed`, delivering messages at their frames. */
export function runKernel(
  kernel: Kernel,
  frames: number,
  messages: readonly TimedMessage[],
  blocks: readonly number[] = [128],
  seed = 1,
): Float32Array {
  const random = new Random(seed);
  const out = new Float32Array(frames);
  const waiting = [...messages].sort((a, b) => a.at - b.at);
  let frame = 0;
  while (frame < frames) {
    while (waiting.length > 0 && waiting[0].at <= frame) kernel.receive(waiting.shift()!.message);
    const next = waiting.length > 0 ? waiting[0].at : frames;
    const length = Math.min(blocks[random.integer(blocks.length)], next - frame, frames - frame);
    const block = new Float32Array(length);
    kernel.process([block], frame);
    out.set(block, frame);
    frame += length;
  }
  return out;
}

/** Largest difference between neighbouring samples. */
export function largestJump(samples: Float32Array, begin = 1, end = samples.length): number {
  let largest = 0;
  for (let n = Math.max(1, begin); n < end; n++)
    largest = Math.max(largest, Math.abs(samples[n] - samples[n - 1]));
  return largest;
}
