// What makes a bundle's listener fit for strangers: calibration, sounds that are no digit, and takes kept back.
import { expect, test } from 'vitest';
import { defaultFormat, wideFormat } from '../../../src/contract/spectrogram.ts';
import { Random } from '../../../src/dsp/random.ts';
import { strangersTable, noneLine, judgementTable } from '../../../training/listener/earFigures.ts';
import { EarVariation } from '../../../training/listener/earVariation.ts';
import { makeNoDigit } from '../../../training/listener/noDigits.ts';
import {
  calibrate,
  calibrated,
  calibrationError,
  isKeptBack,
} from '../../../training/listener/strangersListener.ts';

/** Logits whose true posterior is the softmax at `temperature`. */
function drawn(temperature: number, count: number): { logits: Float32Array[]; said: number[] } {
  const random = new Random(5);
  const said: number[] = [];
  const logits = Array.from({ length: count }, () => {
    const row = Float32Array.from({ length: 11 }, () => 3 * random.normal());
    const weights = Array.from(row, (value) => Math.exp(value / temperature));
    let rest = random.uniform() * weights.reduce((a, b) => a + b, 0);
    const pick = weights.findIndex((value) => (rest -= value) <= 0);
    said.push(pick < 0 ? 10 : pick);
    return row;
  });
  return { logits, said };
}

test('calibration finds the temperature that makes confidence honest', () => {
  const { logits, said } = drawn(2, 4000);
  const digits = said.map((label, i) => (label < 10 ? i : -1)).filter((i) => i >= 0);
  const { temperature, noneBias } = calibrate(logits, said);
  expect(temperature).toBeGreaterThan(1.5);
  expect(temperature).toBeLessThan(3);
  const kept = digits.filter((i) => Math.max(...logits[i].subarray(0, 10)) >= logits[i][10] + noneBias);
  expect(kept.length / digits.length).toBeCloseTo(0.965, 2);
  const tensors = new Map([
    ['listener.digit.kernel', Float32Array.from({ length: 22 }, (_, i) => i)],
    ['listener.digit.bias', new Float32Array(11).fill(1)],
  ]);
  const changed = calibrated(tensors, { temperature: 2, noneBias: 3 });
  expect(changed.get('listener.digit.kernel')?.[7]).toBe(3.5);
  expect([...(changed.get('listener.digit.bias') ?? [])]).toEqual([...new Array<number>(10).fill(0.5), 2]);
});

test('the calibration error is what confidence and share right differ by', () => {
  const right = Array.from({ length: 100 }, (_, i) => i < 80);
  expect(calibrationError(new Array<number>(100).fill(0.8), right)).toBeCloseTo(0);
  expect(calibrationError(new Array<number>(100).fill(0.95), right)).toBeCloseTo(0.15);
});

test('speakers who say little are kept back whole, others by take', () => {
  const takes = Array.from({ length: 400 }, (_, i) => ({
    digit: 0,
    file: '',
    split: 'train' as const,
    speaker: i < 200 ? `stranger${i >> 1}` : 'known',
    take: i,
  }));
  const back = isKeptBack(takes);
  for (let i = 0; i < 200; i += 2) expect(back[i]).toBe(back[i + 1]);
  expect(back.slice(0, 200).filter(Boolean).length).toBeGreaterThan(8);
  expect(back.slice(200).filter(Boolean)).toHaveLength(25);
});

test('what is made to be no digit is neither silent nor the word, and follows from the seed', () => {
  const { frames, melBands } = defaultFormat;
  const word = new Float32Array(frames * melBands);
  for (let m = 2; m < 25; m++)
    for (let b = 0; b < 40; b++) word[m * melBands + ((b + m) % 80)] = 0.1 / (1 + m);
  const other = word.map((value, i) => (i % 3 ? value : 0.02));
  const make = (seed: number) =>
    makeNoDigit(
      [
        { magnitudes: word, digit: 3 },
        { magnitudes: other, digit: 7 },
      ],
      defaultFormat,
      new Random(seed),
    );
  for (let seed = 0; seed < 60; seed++) {
    const made = make(seed);
    expect(made.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
    expect(made.some((value) => value > 0)).toBe(true);
    expect(made.some((value, i) => Math.abs(value - word[i]) > 1e-3)).toBe(true);
    expect(make(seed)).toEqual(made);
  }
});

test('without strength a take stays as it is, with it unknown bands stay unknown', () => {
  const variation = new EarVariation(wideFormat);
  const random = new Random(1);
  const size = wideFormat.frames * wideFormat.melBands;
  const features = Float32Array.from({ length: size }, () => random.uniform(0.1, 0.9));
  const magnitudes = variation.magnitudes(features);
  const into = new Float32Array(size);
  variation.vary(magnitudes, 96, magnitudes, 0, random, into);
  into.forEach((value, i) => {
    expect(value).toBeCloseTo(features[i], 4);
  });
  for (let turn = 0; turn < 20; turn++) {
    variation.vary(magnitudes, 60, magnitudes, 1, random, into);
    expect(into.every((value) => value >= 0 && value <= 1)).toBe(true);
    // A tract a sixth shorter raises 3 kHz to 3.6.
    for (let m = 0; m < wideFormat.frames; m++) expect(into[m * 96 + 80]).toBe(0);
  }
});

test('tables count held-out takes by corpus and sex', () => {
  const of = (digit: number, gender: string, split: 'train' | 'test') =>
    ({ file: '', digit, speaker: 'x', take: 0, split, source: 'here', attributes: { gender } }) as const;
  const takes = [
    of(1, 'female', 'test'),
    of(2, 'male', 'test'),
    of(2, 'male', 'train'),
    of(3, 'male', 'test'),
  ];
  const sure = (label: number) => Float32Array.from({ length: 11 }, (_, k) => (k === label ? 0.9 : 0.01));
  const table = strangersTable(takes, [sure(1), sure(2), sure(4), sure(10)]);
  expect(table).toMatch(/here, female +1 +100\.0 +0\.0/);
  expect(table).toMatch(/here, male +2 +50\.0 +50\.0/);
  expect(noneLine([sure(10), sure(3)], [sure(1), sure(2)])).toMatch(/^2 other words held out: 50\.0 %/);
  const clips = [1, 2].map((digit) => ({ file: '', set: 'say', digit, features: new Float32Array(0) }));
  expect(judgementTable(clips, [sure(1), sure(3)])).toMatch(/say +2 +50\.0/);
});
