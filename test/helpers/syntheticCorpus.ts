// A small synthesised corpus in either layout: ten clearly different "digits" by a few "speakers", for tests without recordings.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWav } from '../../src/node/wav.ts';
import { requireInteger } from '../../src/contract/errors.ts';
import type { Hertz, Seconds } from '../../src/contract/units.ts';
import { Random } from '../../src/dsp/random.ts';

/** What to synthesise. */
export interface SyntheticCorpusOptions {
  /** FSDD: 8 kHz, flat. AudioMNIST: 48 kHz, folders NN, metadata. */
  readonly layout: 'fsdd' | 'audiomnist';
  /** 1-60. */
  readonly speakers: number;
  /** Takes of each digit by each speaker, 1-50; FSDD's layout needs at least 6 for a training side. */
  readonly takes: number;
  readonly seed: number;
}

/** One stretch of a word: formants glide from `from` to `to` (Hz), or noise round a centre frequency. */
interface Segment {
  readonly kind: 'voice' | 'noise' | 'pause';
  readonly seconds: Seconds;
  readonly from: readonly [Hertz, Hertz];
  readonly to: readonly [Hertz, Hertz];
}

const voice = (seconds: Seconds, from: [Hertz, Hertz], to: [Hertz, Hertz]): Segment => ({
  kind: 'voice',
  seconds,
  from,
  to,
});
const noise = (seconds: Seconds, centre: Hertz): Segment => ({
  kind: 'noise',
  seconds,
  from: [centre, centre],
  to: [centre, centre],
});
const pause = (seconds: Seconds): Segment => ({ kind: 'pause', seconds, from: [0, 0], to: [0, 0] });

/** Ten words told apart by their formant paths (after the vowels of the English digits) and by their noises. */
const words: readonly (readonly Segment[])[] = [
  [noise(0.06, 3000), voice(0.14, [300, 2200], [450, 1500]), voice(0.14, [450, 1500], [450, 900])],
  [voice(0.12, [320, 800], [620, 1200]), voice(0.14, [620, 1200], [280, 1500])],
  [noise(0.04, 3400), voice(0.22, [330, 1700], [300, 900])],
  [noise(0.05, 2600), voice(0.24, [420, 1300], [280, 2400])],
  [noise(0.08, 1500), voice(0.24, [560, 850], [450, 1200])],
  [noise(0.06, 1200), voice(0.22, [750, 1250], [380, 2100]), noise(0.06, 1500)],
  [noise(0.1, 3500), voice(0.09, [400, 1950], [400, 1950]), pause(0.05), noise(0.11, 3500)],
  [noise(0.09, 3500), voice(0.1, [580, 1800], [550, 1700]), voice(0.12, [480, 1100], [300, 1500])],
  [voice(0.2, [480, 1800], [310, 2350]), pause(0.06), noise(0.04, 3200)],
  [
    voice(0.07, [250, 1500], [300, 1600]),
    voice(0.22, [760, 1250], [350, 2200]),
    voice(0.06, [260, 1500], [250, 1500]),
  ],
];

/**
 * Writes a corpus into `folder` (made when missing), 20 ms of near-silence round every word.
 * @returns the folder
 * @throws RangeError for options out of range
 */
export function writeSyntheticCorpus(folder: string, options: SyntheticCorpusOptions): string {
  const { layout, seed } = options;
  const speakers = requireInteger('speakers', options.speakers, 1, 60);
  const takes = requireInteger('takes', options.takes, 1, 50);
  const rate = layout === 'fsdd' ? 8000 : 48000;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'corpus.json'),
    JSON.stringify({
      name: 'synthetic digits',
      licence: 'MIT',
      attribution: 'synthesised by numvox',
      url: '',
    }),
  );
  const meta: Record<string, Record<string, string>> = {};
  for (let speaker = 0; speaker < speakers; speaker++) {
    const number = String(speaker + 1).padStart(2, '0');
    const name = layout === 'fsdd' ? `voice${number}` : number;
    const place = layout === 'fsdd' ? folder : join(folder, number);
    mkdirSync(place, { recursive: true });
    meta[number] = {
      accent: 'none',
      age: String(ages[speaker % ages.length] + (speaker % 7)),
      gender: isFemale(speaker) ? 'female' : 'male',
    };
    for (let digit = 0; digit < words.length; digit++) {
      for (let take = 0; take < takes; take++) {
        const random = new Random(seed + 1000003 * speaker + 10007 * digit + take);
        writeWav(
          join(place, `${digit}_${name}_${take}.wav`),
          syntheticTake(digit, speaker, rate, random),
          rate,
        );
      }
    }
  }
  if (layout === 'audiomnist') writeFileSync(join(folder, 'audioMNIST_meta.txt'), JSON.stringify(meta));
  return folder;
}

/** Years that a speaker's tempo stands for, the slowest first. */
const ages = [61, 41, 21] as const;

function isFemale(speaker: number): boolean {
  return speaker % 2 === 1;
}

/**
 * One take of one digit. Women speak higher and with a shorter vocal tract than men, the young faster than the old; beyond
 * that speakers differ in pitch and tract, and takes by a few percent of each.
 */
export function syntheticTake(digit: number, speaker: number, rate: Hertz, random: Random): Float32Array {
  const octaves = ((speaker * 5) % 12) / 24 + (isFemale(speaker) ? 0.8 : 0);
  const f0 = 95 * 2 ** octaves * (1 + 0.03 * random.normal());
  const tract = (isFemale(speaker) ? 1.02 : 0.88) + 0.03 * ((speaker * 3) % 5) + 0.01 * random.normal();
  const tempo = (0.9 + 0.1 * (speaker % ages.length)) * (1 + 0.04 * random.normal());
  const gain = 0.5 * (1 + 0.2 * random.uniform(-1, 1));
  const edge = Math.round(0.02 * rate);
  const pieces = words[digit].map((segment) => renderSegment(segment, f0, tract, tempo, rate, random));
  const samples = new Float32Array(2 * edge + pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = edge;
  for (const piece of pieces) {
    samples.set(piece, at);
    at += piece.length;
  }
  for (let i = 0; i < samples.length; i++) samples[i] = samples[i] * gain + 1e-4 * random.normal();
  return samples;
}

function renderSegment(
  segment: Segment,
  f0: Hertz,
  tract: number,
  tempo: number,
  rate: Hertz,
  random: Random,
): Float32Array {
  const samples = new Float32Array(Math.round((segment.seconds / tempo) * rate));
  if (segment.kind === 'pause') return samples;
  const isVoice = segment.kind === 'voice';
  const low = new Resonator();
  const high = new Resonator();
  let phase = 0;
  for (let i = 0; i < samples.length; i++) {
    const x = i / samples.length;
    const formant = (k: 0 | 1): Hertz => tract * (segment.from[k] + (segment.to[k] - segment.from[k]) * x);
    phase += (f0 * (1.05 - 0.15 * x)) / rate;
    let pulse = 0;
    if (phase >= 1) {
      phase -= 1;
      pulse = 1;
    }
    const source = isVoice ? pulse * Math.sqrt(rate / f0) : 0.25 * random.normal();
    const shape = Math.min(1, Math.sin(Math.PI * Math.min(1, Math.max(0, x))) * 3);
    const sound = isVoice
      ? low.process(source, formant(0), 90, rate) + 0.5 * high.process(source, formant(1), 130, rate)
      : 0.6 * high.process(source, formant(1), 700, rate);
    samples[i] = shape * sound;
  }
  return samples;
}

/** Two-pole resonator with its zeros at 0 Hz and the Nyquist frequency: unit gain at its centre, at any rate. */
class Resonator {
  #y1 = 0;
  #y2 = 0;
  #x1 = 0;
  #x2 = 0;

  process(x: number, centre: Hertz, bandwidth: Hertz, rate: Hertz): number {
    const radius = Math.exp((-Math.PI * bandwidth) / rate);
    const angle = (2 * Math.PI * Math.min(centre, 0.45 * rate)) / rate;
    const y =
      (0.5 - 0.5 * radius * radius) * (x - this.#x2) +
      2 * radius * Math.cos(angle) * this.#y1 -
      radius * radius * this.#y2;
    this.#y2 = this.#y1;
    this.#y1 = y;
    this.#x2 = this.#x1;
    this.#x1 = x;
    return y;
  }
}
