// Sounds that are no digit, made of magnitudes of digits or from nothing: what a listener must not take for a word.
import type { SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { hertzOfMel, melOfHertz } from '../../src/dsp/mel.ts';
import type { Random } from '../../src/dsp/random.ts';

/** A digit's magnitudes [frames, melBands]. */
export interface SpokenDigit {
  readonly magnitudes: Float32Array;
  readonly digit: number;
}

/**
 * Magnitudes [frames, melBands] of something that is no digit: a word backwards, a part of one, halves of two digits, its pieces in
 * another order, one sound held on, its bands upside down, noise, or a chord.
 * @param words two, whose digits may be the same
 */
export function makeNoDigit(
  words: readonly SpokenDigit[],
  { frames, melBands, melLowHz, melHighHz }: SpectrogramFormat,
  random: Random,
): Float32Array {
  const [{ magnitudes: word, digit }, { magnitudes: second, digit: secondDigit }] = words;
  const made = new Float32Array(frames * melBands);
  const [start, end] = spanOf(word, melBands);
  const length = end - start;
  const row = (from: Float32Array, m: number): Float32Array =>
    from.subarray(m * melBands, (m + 1) * melBands);
  const put = (to: number, from: Float32Array, m: number): void => {
    if (to < frames && m >= 0 && m < frames) made.set(row(from, m), to * melBands);
  };
  const lay = (order: readonly number[], from = word): Float32Array => {
    order.forEach((m, i) => put(start + i, from, m));
    return made;
  };
  const stretch = (from: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => from + i);
  const kind = random.uniform();
  if (kind < 0.2) return lay(stretch(start, length).reverse());
  if (kind < 0.35) {
    const part = Math.max(2, Math.round(length * random.uniform(0.15, 0.35)));
    return lay(stretch(random.uniform() < 0.5 ? start : end - part, part));
  }
  if (kind < 0.55 && digit !== secondDigit) {
    const [secondStart, secondEnd] = spanOf(second, melBands);
    const cut = start + Math.round(length * random.uniform(0.4, 0.65));
    const isTailFirst = random.uniform() < 0.5;
    const middle = secondStart + Math.round((secondEnd - secondStart) * random.uniform(0.4, 0.6));
    const [from, to] = isTailFirst ? [cut, end] : [start, cut];
    for (let m = from; m < to; m++) put(start + m - from, word, m);
    const [from2, to2] = isTailFirst ? [secondStart, middle] : [middle, secondEnd];
    for (let m = from2; m < to2; m++) put(start + to - from + m - from2, second, m);
    return made;
  }
  if (kind < 0.68) {
    const third = Math.max(1, Math.round(length / 3));
    const pieces = [
      stretch(start, third),
      stretch(start + third, third),
      stretch(start + 2 * third, Math.max(1, length - 2 * third)),
    ];
    const orders = [
      [1, 0, 2],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
    ];
    return lay(orders[random.integer(orders.length)].flatMap((piece) => pieces[piece]));
  }
  if (kind < 0.76) {
    const held = start + random.integer(Math.max(1, length));
    return lay(new Array<number>(6 + random.integer(frames - 8)).fill(held));
  }
  if (kind < 0.8) {
    for (let m = 0; m < frames; m++) made.set(row(word, m).slice().reverse(), m * melBands);
    return made;
  }
  if (kind < 0.9) {
    const tilt = random.uniform(-6, 2);
    const wave = random.uniform(0, 1.2);
    const beat = random.uniform(0.05, 1.5);
    const decay = random.uniform(0, 0.2);
    for (let m = 0; m < frames; m++) {
      const level = 0.05 * Math.exp(wave * Math.sin(beat * m) - decay * m);
      for (let b = 0; b < melBands; b++) {
        made[m * melBands + b] =
          level * Math.exp(tilt * (b / melBands)) * Math.sqrt(-Math.log(1 - random.uniform()));
      }
    }
    return made;
  }
  // A chord: partials of up to four notes, struck or swelling.
  const low = melOfHertz(melLowHz);
  const step = (melOfHertz(melHighHz) - low) / (melBands + 1);
  const notes = Array.from({ length: 1 + random.integer(4) }, () => 80 * 2 ** random.uniform(0, 4));
  const fall = random.uniform(0.4, 1.6);
  const decay = random.uniform(0, 0.12);
  const spectrum = new Float32Array(melBands);
  for (const note of notes) {
    for (let partial = 1; partial * note < hertzOfMel(low + melBands * step); partial++) {
      const band = Math.round((melOfHertz(partial * note) - low) / step - 1);
      if (band >= 0 && band < melBands) spectrum[band] += 0.05 * partial ** -fall;
    }
  }
  const first = Math.min(start, frames - 1);
  const last = Math.min(frames, first + 8 + random.integer(frames));
  for (let m = first; m < last; m++) {
    for (let b = 0; b < melBands; b++) made[m * melBands + b] = spectrum[b] * Math.exp(-decay * (m - first));
  }
  return made;
}

/** First frame of a word and the one after its last: within 34 dB of the loudest. */
function spanOf(magnitudes: Float32Array, melBands: number): [number, number] {
  const frames = magnitudes.length / melBands;
  const levels = Array.from({ length: frames }, (_, m) =>
    magnitudes.subarray(m * melBands, (m + 1) * melBands).reduce((sum, value) => sum + value, 0),
  );
  const least = 0.02 * Math.max(...levels);
  const start = Math.max(
    0,
    levels.findIndex((level) => level > least),
  );
  return [start, Math.max(start + 1, levels.findLastIndex((level) => level > least) + 1)];
}
