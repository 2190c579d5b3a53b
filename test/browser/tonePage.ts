// The page of a program of Tone.js: the host's Tone, with the ponyfill that it stands on by default, and numvox/tone over the same copy.
import * as Tone from 'tone';
import { Numvox } from '../../src/indexTone.ts';

/** What tests find as `window.program`. */
export interface Program {
  readonly Tone: typeof Tone;
  readonly Numvox: typeof Numvox;
  /** Makes a live context of Tone's in the given form the default one, and lets it run. */
  readonly useContext: (kind: 'ponyfill' | 'native') => Promise<Tone.Context>;
  readonly wait: (seconds: number) => Promise<void>;
  /** Loudest sample within some seconds. */
  readonly peakOf: (meter: Tone.Waveform, seconds: number) => Promise<number>;
  /** Records for some seconds, and gives the frames at which sound begins. */
  readonly record: (voice: Numvox, seconds: number) => Promise<number[]>;
  /** Frames at which sound begins after silence. */
  readonly onsetsOf: (samples: Float32Array) => number[];
  /** Effective values of so many equal parts. */
  readonly levelsOf: (samples: Float32Array, parts: number) => number[];
}

/** Below it is silence; between two sounds it lasts so long. */
const silent = 1e-7;
const shortestSilence = 500;

async function useContext(kind: 'ponyfill' | 'native'): Promise<Tone.Context> {
  const context = kind === 'native' ? new Tone.Context({ context: new AudioContext() }) : new Tone.Context();
  Tone.setContext(context);
  await context.resume();
  return context;
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
}

async function peakOf(meter: Tone.Waveform, seconds: number): Promise<number> {
  let peak = 0;
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    await wait(0.02);
    for (const sample of meter.getValue()) peak = Math.max(peak, Math.abs(sample));
  }
  return peak;
}

function onsetsOf(samples: Float32Array): number[] {
  const onsets: number[] = [];
  let last = -Infinity;
  samples.forEach((sample, n) => {
    if (Math.abs(sample) <= silent) return;
    if (n - last > shortestSilence) onsets.push(n);
    last = n;
  });
  return onsets;
}

async function record(voice: Numvox, seconds: number): Promise<number[]> {
  voice.instrument.startRecording();
  await wait(seconds);
  const { blob, frames } = await voice.instrument.stopRecording();
  const bytes = await blob.arrayBuffer();
  // 32-bit float stereo behind the header.
  const samples = new Float32Array(bytes.slice(bytes.byteLength - 8 * frames));
  return onsetsOf(samples.filter((_, n) => n % 2 === 0));
}

function levelsOf(samples: Float32Array, parts: number): number[] {
  const length = Math.floor(samples.length / parts);
  return Array.from({ length: parts }, (_, k) => {
    const part = samples.subarray(k * length, (k + 1) * length);
    return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / length);
  });
}

const program: Program = { Tone, Numvox, useContext, wait, peakOf, record, onsetsOf, levelsOf };
Object.assign(window, { program });
