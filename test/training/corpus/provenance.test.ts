// What a bundle tells of its corpora: every part with its clips, licence and authors, and a hash that anybody can make again.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { provenanceOf } from '../../../training/corpus/provenance.ts';
import type { CorpusPart, Take } from '../../../training/corpus/takes.ts';

const take = (
  corpus: string,
  digit: number,
  speaker: string,
  split: 'train' | 'test',
  more: Partial<Take> = {},
): Take => ({
  file: `/somewhere/${digit}`,
  digit,
  speaker,
  take: 3,
  split,
  corpus,
  ...more,
});
const part = (id: string, takes: readonly Take[]): CorpusPart => ({
  id,
  takes,
  name: `Corpus ${id}`,
  licence: 'CC0',
  attribution: `by ${id}`,
  url: '',
});
const am = { source: 'audiomnist', licence: 'MIT' };
const robot = { source: 'robot', licence: 'BSD' };
const a = [take('a', 1, 'x', 'train'), take('a', 0, 'x', 'test'), take('a', 2, 'y', 'train')];
const b = [
  take('b', 1, 'm', 'train', robot),
  take('b', 1, 'am-1', 'test', am),
  take('b', 2, 'am-1', 'train', am),
];

test('an entry for each corpus and each part of it, of the takes that were used', () => {
  const entries = provenanceOf([part('a', a), part('b', b)], [...a.slice(0, 2), ...b]);
  expect(
    entries.map(({ corpus, source, licence, clips, speakers }) => [corpus, source, licence, clips, speakers]),
  ).toEqual([
    ['a', undefined, 'CC0', { train: 1, test: 1 }, 1],
    ['b', 'audiomnist', 'MIT', { train: 1, test: 1 }, 1],
    ['b', 'robot', 'BSD', { train: 1, test: 0 }, 1],
  ]);
  expect(entries.map(({ attribution }) => attribution)).toEqual([
    'by a',
    expect.stringContaining('AudioMNIST by') as string,
    'robot, of Corpus b',
  ]);
  const lines = 'test 0 3 x\ntrain 1 3 x\n';
  expect(entries[0].clipsHash).toBe(createHash('sha256').update(lines).digest('hex'));
});

test('the hash depends on the clips, not on their order or place', () => {
  const hashOf = (takes: readonly Take[]) => provenanceOf([part('a', a)], takes)[0].clipsHash;
  expect(hashOf([...a].reverse())).toBe(hashOf(a));
  expect(hashOf(a.map((one) => ({ ...one, file: '/elsewhere' })))).toBe(hashOf(a));
  expect(hashOf(a.slice(1))).not.toBe(hashOf(a));
});
