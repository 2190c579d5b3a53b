// What a listener can name in a corpus: heads of what the training takes tell, and -1 for what is unknown.
import { expect, test } from 'vitest';
import { headsOf, labelsOf } from '../../../training/corpus/labels.ts';
import type { Take } from '../../../training/corpus/takes.ts';

const take = (digit: number, speaker: string, attributes?: Record<string, string>): Take => ({
  file: '',
  digit,
  speaker,
  take: 0,
  split: 'train',
  ...(attributes ? { attributes } : {}),
});

test('a corpus without attributes has digits and its speakers, sorted', () => {
  const heads = headsOf([take(3, 'theo'), take(1, 'george'), take(2, 'theo')]);
  expect(heads).toEqual([
    { name: 'digit', labels: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] },
    { name: 'speaker', labels: ['george', 'theo'] },
  ]);
  expect(labelsOf([take(7, 'theo'), take(0, 'zoe')], heads).map((row) => [...row])).toEqual([
    [7, 0],
    [1, -1],
  ]);
});

test('a single speaker needs no head', () => {
  expect(headsOf([take(1, 'george')]).map(({ name }) => name)).toEqual(['digit']);
});

test('gender, age bands and accents get heads; spellings are joined and impossible ages are unknown', () => {
  const takes = [
    take(0, '01', { gender: 'male', age: '29', accent: 'German' }),
    take(0, '02', { gender: 'Female', age: '30', accent: 'german ' }),
    take(0, '03', { gender: 'male', age: '1234', accent: 'French' }),
    take(0, '04', { gender: '', age: '' }),
  ];
  const heads = headsOf(takes);
  expect(Object.fromEntries(heads.slice(2).map(({ name, labels }) => [name, labels]))).toEqual({
    gender: ['female', 'male'],
    age: ['20s', '30s'],
    accent: ['french', 'german'],
  });
  expect(
    labelsOf(takes, heads)
      .slice(2)
      .map((row) => [...row]),
  ).toEqual([
    [1, 0, 1, -1],
    [0, 1, -1, -1],
    [1, 1, 0, -1],
  ]);
});

test('attributes of one value, of too many values and of no voice get none', () => {
  const takes = Array.from({ length: 9 }, (_, i) =>
    take(0, `0${i}`, { gender: 'male', accent: `accent ${i}`, recordingroom: `room ${i % 2}` }),
  );
  expect(headsOf(takes).map(({ name }) => name)).toEqual(['digit', 'speaker']);
  expect(headsOf(takes.slice(0, 8)).map(({ name }) => name)).toEqual(['digit', 'speaker', 'accent']);
});
