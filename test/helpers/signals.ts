// Test signals: recordings of the spoken-digit corpus when it lies beside the repository, synthesised words otherwise.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { Random } from '../../src/dsp/random.ts';

const corpusFolder = new URL('../../../shared/fsdd/recordings/', import.meta.url);

/** A word to test with: mono, 8 kHz, peak 0.9. */
export interface Word {
  readonly name: string;
  readonly samples: Float32Array;
}

function scaledToPeak(samples: Float32Array, peak: number): Float32Array {
  let largest = 0;
  for (const sample of samples) largest = Math.max(largest, Math.abs(sample));
  return largest > 0 ? samples.map((sample) => (sample * peak) / largest) : samples;
}

function readPcm16(url: URL): Float32Array {
  const bytes = readFileSync(url);
  let at = 12;
  while (bytes.toString('latin1', at, at + 4) !== 'data') at += 8 + bytes.readUInt32LE(at + 4);
  const count = bytes.readUInt32LE(at + 4) >> 1;
  return Float32Array.from({ length: count }, (_, i) => bytes.readInt16LE(at + 8 + 2 * i) / 32768);
}

/** A word-like signal: gliding harmonics under two moving formants, then a noise burst. */
export function syntheticWord(seed: number, samples = 4000, sampleRate = 8000): Float32Array {
  const random = new Random(seed);
  const f0 = random.uniform(90, 230);
  const formants = [random.uniform(300, 800), random.uniform(900, 2500)];
  const glides = [random.uniform(-200, 200), random.uniform(-500, 500)];
  const word = new Float32Array(samples);
  let phase = 0;
  for (let n = 0; n < samples; n++) {
    const position = n / samples;
    const pitch = f0 * (1 - 0.2 * position);
    phase += (2 * Math.PI * pitch) / sampleRate;
    let value = 0;
    for (let h = 1; h * pitch < sampleRate / 2; h++) {
      let level = 0;
      for (let f = 0; f < 2; f++) {
        const distance = (h * pitch - formants[f] - glides[f] * position) / 150;
        level += 1 / (1 + distance * distance);
      }
      value += level * Math.sin(h * phase);
    }
    const voiced = Math.min(1, position * 20, Math.max(0, (0.8 - position) * 10));
    const hiss = position > 0.75 ? Math.sin(((position - 0.75) / 0.25) * Math.PI) : 0;
    word[n] = voiced * value + 0.7 * hiss * random.normal();
  }
  return scaledToPeak(word, 0.9);
}

/** True when the corpus lies beside the repository. */
export const hasCorpus = existsSync(corpusFolder);

/**
 * Take 3 of every digit and speaker (60 words), or 60 synthesised ones when the corpus is absent (the caller's test says
 * so through `hasCorpus`). `every` keeps one word in that many; one that shares no divisor with 6 keeps
 * all six speakers, whose recordings differ by several decibels of convergence.
 */
export function testWords(every = 1): Word[] {
  if (!hasCorpus) {
    return Array.from({ length: Math.ceil(60 / every) }, (_, i) => ({
      name: `synthetic-${i}`,
      samples: syntheticWord(i + 1),
    }));
  }
  return readdirSync(corpusFolder)
    .filter((name) => name.endsWith('_3.wav'))
    .sort()
    .filter((_, i) => i % every === 0)
    .map((name) => ({ name, samples: scaledToPeak(readPcm16(new URL(name, corpusFolder)), 0.9) }));
}

/** White noise in [-1, 1]. */
export function noise(samples: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: samples }, () => random.uniform(-1, 1));
}

/** Root of the mean square of `samples` from `begin` to `end`. */
export function rms(samples: Float32Array, begin = 0, end = samples.length): number {
  let sum = 0;
  for (let n = begin; n < end; n++) sum += samples[n] * samples[n];
  return Math.sqrt(sum / Math.max(1, end - begin));
}

/** Centre of gravity of a signal's energy, in samples. */
export function energyCentre(samples: Float32Array): number {
  let weighted = 0;
  let total = 0;
  samples.forEach((value, n) => {
    weighted += n * value * value;
    total += value * value;
  });
  return weighted / total;
}
