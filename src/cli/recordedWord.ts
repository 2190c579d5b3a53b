// The word in a recording, as the model sees it, and what the user should know of it.
import { InputError } from '../contract/errors.ts';
import type { SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Seconds } from '../contract/units.ts';
import { prepareTake } from '../dsp/clip.ts';
import type { Report } from '../node/report.ts';
import { readWav } from '../node/wav.ts';

/** Longer recordings probably hold more than the one word that is used. */
const severalWordsSeconds: Seconds = 4;

/**
 * Features of the word in a recording; the report is told of what was mended and what was left out.
 * @returns frames * frameValues(format) numbers
 * @throws InputError when the file cannot be read or is silent
 */
export function readWord(file: string, format: SpectrogramFormat, report: Report): Float32Array {
  const { samples, sampleRate, mended } = readWav(file);
  if (mended !== undefined) report.notice(mended);
  const take = prepareTake(samples, sampleRate, format);
  if (take.wordSamples === 0) throw new InputError(`${file} is silent: there is no word in it`);
  if (samples.length / sampleRate > severalWordsSeconds) {
    report.notice(
      `${file} is ${Math.round(samples.length / sampleRate)} s long: only its loudest word is used`,
    );
  }
  if (take.cutSamples > 0) {
    const seconds = (take.wordSamples - take.cutSamples) / format.sampleRate;
    report.notice(
      `${file} is longer than a clip of the model: only its first ${seconds.toFixed(2)} s are used`,
    );
  }
  return take.features;
}
