// Benchmark: what becomes of consonants. Unvoiced frames and the band above 4 kHz, of recordings, of their copies and of a model's words.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import { prepareTake } from '../../src/dsp/clip.ts';
import { trackPitch } from '../../src/dsp/pitch.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { sayDraws } from '../../src/model/latentDraws.ts';
import { openModel } from '../../src/model/nodeModel.ts';
import { placeRecordings } from '../../src/model/recordings.ts';
import { renderClip } from '../../src/worklet/renderClip.ts';
import { openCorpus } from '../../training/corpus/corpus.ts';
import { readTake } from '../../training/corpus/prepareTakes.ts';
import { testCorpus } from '../helpers/corpus.ts';
import { row, type Row } from './row.ts';

const shipped = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));
const wideband = fileURLToPath(new URL('../../../shared/wideband', import.meta.url));
/** What is heard of a word: frames this far below its loudest one and lower are pauses. */
const pauseDb = 35;
/** Where recordings of 8 kHz end; flatness and tilt of all are compared below it, and the level above the middle of what a wide model has. */
const lowHz = 200;
const narrowHz = 3700;
const upperHz = 4000;
const highHz = 7900;
/** Words of `say` for each digit. */
const saidEach = 30;
/** Takes of each digit, spread evenly over those held out. */
const takesEach = 30;

/** Sums over sounds. */
class Consonants {
  readonly #format: SpectrogramFormat;
  readonly #flatness: number[] = [];
  readonly #tilt: number[] = [];
  readonly #upper = Array.from({ length: digitCount }, (): number[] => []);

  constructor(format: SpectrogramFormat) {
    this.#format = format;
  }

  /** @param isWide whether anything is known of it above 4 kHz */
  add(samples: Float32Array, digit: number, isWide: boolean): void {
    const { sampleRate, hopSamples, fftSamples, frames } = this.#format;
    const { bins, magnitudes } = stftMagnitudes(samples, this.#format, frames);
    const f0 = trackPitch(samples, { sampleRate, hopSamples, frames, f0LowHz: 60, f0HighHz: 500 });
    const binOf = (hertz: number) => Math.round((hertz * fftSamples) / sampleRate);
    const power = (m: number, fromHz: number, toHz: number): number => {
      let sum = 0;
      for (let k = binOf(fromHz); k < Math.min(bins, binOf(toHz)); k++) sum += magnitudes[m * bins + k] ** 2;
      return sum;
    };
    const levels = Array.from({ length: frames }, (_, m) => power(m, lowHz, narrowHz));
    const loudest = Math.max(...levels);
    let [upper, all] = [0, 0];
    for (let m = 0; m < frames; m++) {
      const [low, high] = [levels[m], isWide ? power(m, upperHz, highHz) : 0];
      upper += high;
      all += low + high;
      if (f0[m] > 0 || low < loudest * 10 ** (-pauseDb / 10)) continue;
      const [from, to] = [binOf(lowHz), binOf(narrowHz)];
      let logs = 0;
      for (let k = from; k < to; k++) logs += Math.log10(magnitudes[m * bins + k] ** 2 + 1e-14);
      this.#flatness.push((10 * logs) / (to - from) - 10 * Math.log10(low / (to - from) + 1e-14));
      this.#tilt.push(10 * Math.log10((power(m, 2000, narrowHz) + 1e-14) / (power(m, lowHz, 2000) + 1e-14)));
    }
    if (isWide && all > 0) this.#upper[digit].push(10 * Math.log10(upper / all + 1e-9));
  }

  rows(name: string, other?: Consonants): Row[] {
    const beside = (own: number, their: number) =>
      other ? `${own - their >= 0 ? '+' : ''}${(own - their).toFixed(1)} beside recordings` : '';
    const [flatness, tilt] = [mean(this.#flatness), mean(this.#tilt)];
    const [theirFlatness, theirTilt] = other ? [mean(other.#flatness), mean(other.#tilt)] : [NaN, NaN];
    const upper = this.#upper.map(mean);
    const far = other
      ? upper.map((level, d) => Math.abs(level - mean(other.#upper[d]))).filter(Number.isFinite)
      : [];
    return [
      row(`${name}: flatness of unvoiced frames`, flatness, 1, 'dB', beside(flatness, theirFlatness)),
      row(`${name}: tilt of unvoiced frames`, tilt, 1, 'dB', beside(tilt, theirTilt)),
      ...(upper.some(Number.isFinite)
        ? [
            {
              name: `${name}: level above 4 kHz by digit`,
              value: upper.map((level) => level.toFixed(0)).join(' '),
              unit: 'dB of the word',
              ...(far.length > 0 ? { note: `at most ${Math.max(...far).toFixed(1)} dB off` } : {}),
            },
          ]
        : []),
    ];
  }
}

/**
 * Held-out takes, their copies without a model, the same regenerated with their digit given, and `say`. Flatness is the geometric over the
 * arithmetic mean of the power from 200 to 3,700 Hz, tilt the power from 2 to 3.7 kHz over that below, both of frames without pitch; the level above
 * 4 kHz is that of the whole word's power.
 * @param folder a bundle; the shipped narrow one when absent
 */
export async function benchConsonants(folder = shipped): Promise<Row[]> {
  const model = await openModel(folder);
  const { format } = model.bundle.manifest;
  const isWideModel = format.sampleRate / 2 >= highHz;
  const modules = loadEngineModules();
  const folders = [testCorpus().folder, ...(isWideModel && existsSync(wideband) ? [wideband] : [])];
  const { takes } = openCorpus(folders);
  const [recorded, copied, regenerated, said] = Array.from({ length: 4 }, () => new Consonants(format));
  const play = (features: Float32Array) => renderClip(features, format, { modules });
  let count = 0;
  for (let digit = 0; digit < digitCount; digit++) {
    const own = takes.filter((take) => take.digit === digit && take.split === 'test');
    const step = Math.max(1, own.length / takesEach);
    for (let at = 0; at < own.length; at += step) {
      const { samples, sampleRate } = await readTake(own[Math.floor(at)]);
      const isWide = isWideModel && sampleRate / 2 >= highHz;
      const { clip, features } = prepareTake(samples, sampleRate, format);
      recorded.add(clip, digit, isWide);
      copied.add(play(features), digit, isWide);
      const [{ point }] = await placeRecordings(model, undefined, [features], digit);
      const [decoded] = await model.decode([point]);
      regenerated.add(play(decoded), digit, isWide);
      count++;
    }
    for (const { point } of sayDraws(model.bundle, [digit], saidEach, 1)) {
      const [decoded] = await model.decode([point]);
      said.add(play(decoded), digit, isWideModel);
    }
  }
  model.dispose();
  return [
    row('held-out takes', count, 0, '', isWideModel ? 'FSDD and wideband' : 'FSDD'),
    ...recorded.rows('recordings'),
    ...copied.rows('copies without a model', recorded),
    ...regenerated.rows('regenerated', recorded),
    ...said.rows('said', recorded),
  ];
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
