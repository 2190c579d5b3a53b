// Tables by corpus and sex: every take is in one row, and a corpus of one kind has none.
import { expect, test } from 'vitest';
import type { Hearing } from '../../../src/model/nodeListener.ts';
import type { Take } from '../../../training/corpus/takes.ts';
import { groupRows, heardRow, takeGroups } from '../../../training/report/heardRows.ts';

const take = (digit: number, corpus: string, gender?: string, source?: string): Take => ({
  file: '',
  digit,
  speaker: `${corpus}-${gender}`,
  take: 0,
  split: 'test',
  corpus,
  ...(gender ? { attributes: { gender } } : {}),
  ...(source ? { source } : {}),
});

/** Hears a digit with certainty. */
function heard(digit: number): Hearing {
  const probabilities = new Float32Array(10);
  probabilities[digit] = 1;
  return { digit: { label: String(digit), probabilities } } as unknown as Hearing;
}

const takes = [
  take(1, 'fsdd', 'male'),
  take(2, 'wide', 'female', 'am'),
  take(3, 'wide', 'female', 'am'),
  take(4, 'wide', undefined, 'gsc'),
  take(5, 'fsdd', 'male'),
];

test('rows by corpus, part and sex, sorted, sex that nobody tells in a row of its own', () => {
  const rows = groupRows('recordings', takes, [1, 2, 9, 0, 5].map(heard), []);
  expect(rows.map(({ name, clips, digit }) => [name, clips, digit])).toEqual([
    ['recordings: fsdd, male', 2, 1],
    ['recordings: wide, am, female', 2, 0.5],
    ['recordings: wide, gsc, sex unknown', 1, 0],
  ]);
  expect(
    takeGroups(takes)
      .flatMap(([, indices]) => indices)
      .sort(),
  ).toEqual([0, 1, 2, 3, 4]);
});

test('a corpus of one kind is told by the row of all', () => {
  const own = takes.filter(({ corpus }) => corpus === 'fsdd');
  expect(groupRows('recordings', own, [1, 5].map(heard), [])).toEqual([]);
  expect(heardRow('all', own, [1, 4].map(heard), [])).toMatchObject({
    name: 'all',
    clips: 2,
    digit: 0.5,
    confidence: 0.5,
  });
});
