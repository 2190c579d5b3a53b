// Confusion matrices: counts by what was said and heard, and a picture that shows every label and count.
import { expect, test } from 'vitest';
import type { Hearing, Listener } from '../../../src/model/nodeListener.ts';
import { confusionChart, confusionMatrix, measureListener } from '../../../training/listener/confusion.ts';
import type { Take } from '../../../training/corpus/takes.ts';

const head = { name: 'gender', labels: ['female', 'male', 'other'] };
const hearing = (label: string): Hearing => ({
  gender: { label, confidence: 1, probabilities: new Float32Array(3) },
});

test('counts what was said against what was heard, and leaves out the unknown', () => {
  const heard = ['female', 'male', 'male', 'female', 'other'].map(hearing);
  expect(confusionMatrix(head, [0, 0, 1, -1, 1], heard)).toEqual([
    [1, 1, 0],
    [0, 1, 1],
    [0, 0, 0],
  ]);
});

test('shares count takes with a known label alone; a head that knows none has no share', async () => {
  const takes = ['female', 'male', undefined, 'female'].map((gender): Take => ({
    file: '',
    digit: 0,
    speaker: 'unheard',
    take: 0,
    split: 'test',
    ...(gender ? { attributes: { gender } } : {}),
  }));
  const listener: Listener = {
    heads: [head, { name: 'speaker', labels: ['a', 'b'] }],
    hear: () =>
      Promise.resolve(
        ['female', 'female', 'male', 'female'].map((label) => ({
          ...hearing(label),
          speaker: { label: 'a', confidence: 1, probabilities: new Float32Array(2) },
        })),
      ),
    dispose: () => undefined,
  };
  const features = takes.map(() => new Float32Array(1));
  expect(await measureListener(listener, { features, takes })).toEqual({ gender: 2 / 3 });
});

test('the picture shows title, labels, axes and the counts that are not 0', () => {
  const svg = confusionChart(
    [
      [41, 0],
      [7, 33],
    ],
    ['ann', 'ben'],
    'speakers of the test takes',
  );
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>$/);
  for (const text of ['speakers of the test takes', 'ann', 'ben', 'heard', 'said', '41', '7', '33']) {
    expect(svg).toContain(`>${text}<`);
  }
  expect(svg).not.toContain('>0<');
});

test('a matrix that does not fit its labels is refused', () => {
  expect(() => confusionChart([[1]], ['ann', 'ben'], '')).toThrow(/rows of the matrix .* got 1/);
  expect(() => confusionChart([[1, 2], [3]], ['ann', 'ben'], '')).toThrow(/columns of the matrix .* got 1/);
});
