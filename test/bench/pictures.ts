// Pictures of the sound path: spectrograms of a word stretched, frozen, bent, reversed and jumped in, and how smooth each is.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PNG } from 'pngjs';
import { frameValues, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import type { Decibels, Frames, Hertz, Samples, Seconds } from '../../src/contract/units.ts';
import { Random } from '../../src/dsp/random.ts';
import { resample } from '../../src/dsp/resampler.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { digitAnchor } from '../../src/model/latent.ts';
import { openModel } from '../../src/model/nodeModel.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { CLICK, worstClick } from '../helpers/clicks.ts';
import { clipMessage, makeKernel, runKernel, type TimedMessage } from '../helpers/kernelRun.ts';
import { fluctuation } from '../helpers/ringing.ts';
import { row, type Row } from './row.ts';

const modelFolder = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));
const pictureFolder = fileURLToPath(new URL('../../docs/phase-engine', import.meta.url));

/** What the shipped model's voices say: "six" has two s, a vowel and the closure of a k, "seven" a vowel that is voiced high up. */
const SIX = { speaker: 'theo', digit: 6 };
const SEVEN = { speaker: 'george', digit: 7 };
const RATE: Hertz = 48000;
const NOTE = 1;
/** Features are read this long before they are heard: look-ahead and two frames. */
const READ_AHEAD: Frames = 5;
/** Controls of a glide come once a quantum, as from a page. */
const CONTROL_FRAMES = 128;

/** A spectrogram and what it is called. */
interface Panel {
  readonly name: string;
  readonly samples: Float32Array;
}

/** How a picture is drawn. */
interface Drawing {
  readonly topHz: Hertz;
  readonly floorDb: Decibels;
  /** Distance of the marks at the left. */
  readonly markHz: Hertz;
}

const voiceBand: Drawing = { topHz: 4000, floorDb: -54, markHz: 1000 };
const wholeBand: Drawing = { topHz: 24000, floorDb: -110, markHz: 4000 };

/** 43 ms, which tells harmonics from 70 Hz on apart; a column of the picture every 6 ms. */
const sizes = { fftSamples: 2048, hopSamples: 288 };
const HEIGHT = 120;
const MARGIN = 8;
const GAP = 8;
/** Few colours keep the files small. */
const SHADES = 12;

/** Colour stops from silence to the loudest, evenly spaced. */
const stops = [
  [8, 10, 32],
  [70, 24, 110],
  [190, 55, 85],
  [250, 150, 50],
  [252, 250, 190],
];

/**
 * Panels one below the other as PNG bytes: time to the right, 6 ms a column, marked below every 0.1 s, longer every 0.5 s;
 * frequency upwards from 0, marked at the left; colour from `floorDb` under the picture's loudest bin up to it.
 */
function sheet(panels: readonly Panel[], drawing: Drawing): Buffer {
  const { topHz, floorDb, markHz } = drawing;
  const spectra = panels.map(({ samples }) => stftMagnitudes(samples, sizes));
  const width = MARGIN + Math.max(...spectra.map(({ frames }) => frames));
  const png = new PNG({ width, height: panels.length * (HEIGHT + GAP), colorType: 2 });
  png.data.fill(255);
  const loudest = Math.max(
    ...spectra.map(({ magnitudes }) => magnitudes.reduce((most, v) => Math.max(most, v), 0)),
  );
  const binsPerPoint = (topHz * sizes.fftSamples) / RATE / HEIGHT;
  spectra.forEach(({ frames, bins, magnitudes }, p) => {
    const top = p * (HEIGHT + GAP);
    for (let y = 0; y < HEIGHT; y++) {
      const low = Math.floor((HEIGHT - 1 - y) * binsPerPoint);
      const high = Math.max(low + 1, Math.floor((HEIGHT - y) * binsPerPoint));
      for (let x = 0; x < frames; x++) {
        let most = 0;
        for (let k = low; k < high; k++) most = Math.max(most, magnitudes[x * bins + k]);
        paint(png, MARGIN + x, top + y, 1 - (20 * Math.log10(most / loudest + 1e-9)) / floorDb);
      }
    }
    for (let hertz = 0; hertz <= topHz; hertz += markHz) {
      const y = top + HEIGHT - 1 - Math.round((hertz / topHz) * (HEIGHT - 1));
      for (let x = 2; x < MARGIN - 1; x++) blacken(png, x, y);
    }
    for (let tenth = 0; (tenth * 0.1 * RATE) / sizes.hopSamples < frames; tenth++) {
      const x = MARGIN + Math.round((tenth * 0.1 * RATE) / sizes.hopSamples);
      for (let y = 0; y < (tenth % 5 === 0 ? 6 : 3); y++) blacken(png, x, top + HEIGHT + y);
    }
  });
  return PNG.sync.write(png, { colorType: 2, filterType: 0, deflateLevel: 9 });
}

function paint({ data, width }: PNG, x: number, y: number, value: number): void {
  const shade = Math.round(Math.min(1, Math.max(0, value)) * SHADES) / SHADES;
  const position = shade * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(position));
  for (let c = 0; c < 3; c++) {
    data[4 * (y * width + x) + c] = stops[low][c] + (position - low) * (stops[low + 1][c] - stops[low][c]);
  }
}

function blacken({ data, width }: PNG, x: number, y: number): void {
  data.fill(64, 4 * (y * width + x), 4 * (y * width + x) + 3);
}

/** A word with the places in it that can be held. */
interface Word {
  readonly format: SpectrogramFormat;
  readonly features: Float32Array;
  readonly vowel: Frames;
  readonly hiss: Frames;
}

/** Frame with the most of `share` of its features: loud and voiced, or loud and not. */
function frameOfMost(
  features: Float32Array,
  format: SpectrogramFormat,
  share: (voicing: number) => number,
): Frames {
  const { frames, melBands } = format;
  const values = frameValues(format);
  const voicings = format.tracks!.channels.flatMap((name, c) => (name.startsWith('voicing') ? [c] : []));
  const amounts = Array.from({ length: frames }, (_, frame) => {
    const at = frame * values;
    const level = features.subarray(at, at + melBands).reduce((sum, v) => sum + v, 0);
    const voicing = voicings.reduce((sum, c) => sum + features[at + melBands + c], 0) / voicings.length;
    return level * share(voicing);
  });
  return amounts.indexOf(Math.max(...amounts));
}

async function shippedWords(): Promise<Word[]> {
  const model = await openModel(modelFolder);
  const { manifest } = model.bundle;
  const { format, speakers } = manifest;
  const points = [SIX, SEVEN].map(({ speaker, digit }) => ({
    digit: digitAnchor(manifest, digit),
    style: Float32Array.from((speakers.find(({ name }) => name === speaker) ?? speakers[0]).styles[digit]),
  }));
  const decoded = await model.decode(points);
  model.dispose();
  return decoded.map((features) => ({
    format,
    features,
    vowel: frameOfMost(features, format, (voicing) => voicing),
    hiss: frameOfMost(features, format, (voicing) => 1 - voicing),
  }));
}

/** Changes of the note, at times since its start. */
type Score = readonly {
  readonly at: Seconds;
  readonly control: { speed?: number; pitchHz?: Hertz; position?: Seconds } | 'off';
}[];

/** What is heard of one note until it has ended, at the live setting and 48 kHz, at most four seconds. */
function play({ format, features }: Word, speed: number, score: Score = []): Float32Array {
  const kernel = makeKernel({ format, contextRate: RATE });
  const start: ToKernel = {
    type: 'noteOn',
    noteId: NOTE,
    slot: 0,
    revision: 0,
    style: new Float32Array(2),
    gain: 1,
    speed,
  };
  const messages: TimedMessage[] = [
    { at: 0, message: clipMessage(0, features) },
    { at: 0, message: start },
    ...score.map(({ at, control }): TimedMessage => ({
      at: Math.round(at * RATE),
      message:
        control === 'off' ? { type: 'noteOff', noteId: NOTE } : { type: 'control', noteId: NOTE, ...control },
    })),
  ];
  const samples = runKernel(kernel, 4 * RATE, messages);
  let end: Samples = samples.length;
  while (end > 0 && Math.abs(samples[end - 1]) < 1e-5) end--;
  return samples.subarray(0, Math.min(samples.length, end + 0.02 * RATE));
}

function positionOf(frame: Frames, { hopSamples, sampleRate }: SpectrogramFormat): Seconds {
  return (frame * hopSamples) / sampleRate;
}

/** When to hold a frame, so that it is the one that is read next; a note must have begun before it takes controls. */
function timeOf(frame: Frames, format: SpectrogramFormat): Seconds {
  const { onsetSamples, sampleRate } = format;
  return Math.max(0.01, positionOf(frame - READ_AHEAD, format) - onsetSamples / sampleRate);
}

/** The word, held at a frame for a second and then played on; and the middle of what is held, without its ends. */
function freeze(word: Word, frame: Frames): { whole: Float32Array; held: Float32Array } {
  const at = timeOf(frame, word.format);
  const whole = play(word, 1, [
    { at, control: { speed: 0, position: positionOf(frame, word.format) } },
    { at: at + 1, control: { speed: 1 } },
  ]);
  return { whole, held: whole.subarray((at + 0.2) * RATE, (at + 1) * RATE) };
}

/** Where an s of 8 kHz speech lies. */
const HISS_LOW: Hertz = 2500;
const HISS_HIGH: Hertz = 3600;

/** Power of the strongest line of an s over the mean of the 100 Hz round it, seen through 0.68 s: noise that rings has lines. */
function strongestLine(held: Float32Array): Decibels {
  const fftSamples = 32768;
  const reach = Math.round((50 * fftSamples) / RATE);
  const { bins, magnitudes } = stftMagnitudes(held, { fftSamples, hopSamples: fftSamples / 2 }, 2);
  const powers = Float64Array.from(magnitudes.subarray(bins), (v) => v * v);
  let most = 0;
  for (let k = Math.ceil((HISS_LOW * fftSamples) / RATE); (k * RATE) / fftSamples <= HISS_HIGH; k++) {
    const round = powers.subarray(k - reach, k + reach + 1).reduce((sum, v) => sum + v, 0) / (2 * reach + 1);
    most = Math.max(most, powers[k] / round);
  }
  return 10 * Math.log10(most);
}

/** The vowel, held while its pitch takes a course, for 1.4 s. */
function bend(word: Word, pitchHz: (seconds: Seconds) => Hertz): Float32Array {
  const at = timeOf(word.vowel, word.format);
  const quanta = Math.round((1.4 * RATE) / CONTROL_FRAMES);
  return play(word, 1, [
    { at, control: { speed: 0, position: positionOf(word.vowel, word.format) } },
    ...Array.from({ length: quanta }, (_, i) => {
      const time = (i * CONTROL_FRAMES) / RATE;
      return { at: at + time, control: { pitchHz: pitchHz(time) } };
    }),
    { at: at + 1.4, control: 'off' as const },
  ]);
}

/** The word, whose read position jumps to a place within it every 120 ms. */
function jumps(word: Word): Float32Array {
  const random = new Random(1);
  return play(
    word,
    1,
    Array.from({ length: 10 }, (_, i) => ({
      at: 0.12 * (i + 1),
      control: { position: random.uniform(0.05, 0.35) },
    })),
  );
}

/**
 * Draws `stretch`, `freeze`, `glide`, `reverse`, `jumps` and `images` and measures `clickiness` of every panel: how far the worst
 * sample stands out of what its surroundings let expect (above `CLICK` it is a click). Of the s that is held it tells how it
 * differs from noise.
 * @param folder where the PNG files go; made when it is not there
 */
export async function benchPictures(folder = pictureFolder): Promise<Row[]> {
  mkdirSync(folder, { recursive: true });
  const [word, bent] = await shippedWords();
  const natural = play(word, 1);
  const hiss = freeze(word, word.hiss);
  const vowel = freeze(word, word.vowel);
  const glide = (t: Seconds): Hertz => 110 * 2 ** Math.min(1, Math.max(0, t - 0.2));
  const vibrato = (t: Seconds): Hertz => 130 * 2 ** (Math.sin(2 * Math.PI * 6 * t) / 12);
  const pictures: Readonly<Record<string, { panels: readonly Panel[]; drawing: Drawing }>> = {
    stretch: {
      drawing: voiceBand,
      panels: [
        { name: 'speed 4', samples: play(word, 4) },
        { name: 'speed 1', samples: natural },
        { name: 'speed 1/4', samples: play(word, 0.25) },
      ],
    },
    freeze: {
      drawing: voiceBand,
      panels: [
        { name: 's held for 1 s', samples: hiss.whole },
        { name: 'vowel held for 1 s', samples: vowel.whole },
      ],
    },
    glide: {
      drawing: voiceBand,
      panels: [
        { name: 'an octave up in 1 s', samples: bend(bent, glide) },
        { name: 'vibrato, 6 Hz, a semitone each way', samples: bend(bent, vibrato) },
      ],
    },
    reverse: { drawing: voiceBand, panels: [{ name: 'speed -1', samples: play(word, -1) }] },
    jumps: { drawing: voiceBand, panels: [{ name: 'a jump every 0.12 s', samples: jumps(word) }] },
    images: { drawing: wholeBand, panels: [{ name: 'speed 1, 0 to 24 kHz', samples: natural }] },
  };
  const random = new Random(1);
  const rows: Row[] = [];
  for (const [name, { panels, drawing }] of Object.entries(pictures)) {
    const bytes = sheet(panels, drawing);
    writeFileSync(join(folder, `${name}.png`), bytes);
    for (const panel of panels) {
      const { at, ratio } = worstClick(panel.samples, RATE);
      const seconds = (panel.samples.length / RATE).toFixed(2);
      const where = `worst at ${(at / RATE).toFixed(3)} of ${seconds} s; ${(bytes.length / 1000).toFixed(0)} kB`;
      rows.push(row(`${name}: ${panel.name}`, ratio, 1, `of ${CLICK}`, where));
    }
  }
  const white = Float32Array.from(hiss.held, () => random.normal());
  const heard = fluctuation(resample(hiss.held, RATE, word.format.sampleRate));
  const whiteLine = strongestLine(white).toFixed(1);
  rows.push(
    row('freeze: s, fluctuation', heard, 2, '', '1 for Gaussian noise, 0 for tones'),
    row('freeze: s, strongest line', strongestLine(hiss.held), 1, 'dB', `white noise ${whiteLine} dB`),
  );
  return rows;
}
