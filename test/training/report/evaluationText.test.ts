// An evaluation as text: columns stand in line, and what was not measured is left empty.
import { expect, test } from 'vitest';
import type { WalkFigures } from '../../../training/report/evaluation.ts';
import type { EvaluationRow } from '../../../training/report/heardRows.ts';
import {
  evaluationHeads,
  evaluationLines,
  evaluationTable,
  walkLine,
} from '../../../training/report/evaluationText.ts';

const rows: EvaluationRow[] = [
  { name: 'sample', clips: 200, digit: 0.985, digitInterval: [0.9568, 0.9949], confidence: 0.94321 },
  {
    name: 'say --voice somebody',
    clips: 50,
    digit: 1,
    digitInterval: [0.9286, 1],
    confidence: 0.99,
    speaker: 0.06,
    speakerInterval: [0.0206, 0.1622],
    judged: [0.98, 0.885],
  },
];

test('figures as people write them', () => {
  expect(evaluationLines(rows)).toEqual([
    ['sample', '200', '98.5 %', '95.7-99.5', '0.943', '', '', '', ''],
    ['say --voice somebody', '50', '100.0 %', '92.9-100.0', '0.990', '6.0 %', '2.1-16.2', '98.0 %', '88.5 %'],
  ]);
});

test('columns end in line, names begin in line, and nothing trails', () => {
  const lines = evaluationTable(rows).split('\n');
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toBe(line.trimEnd());
  const endOf = (line: string, text: string) => line.indexOf(text) + text.length;
  const [heads, first, second] = lines;
  for (const [head, one, other] of [
    ['number', '200', ' 50'],
    ['digit heard as meant', '98.5 %', '100.0 %'],
    ['mean confidence', '0.943', '0.990'],
  ]) {
    expect(endOf(first, one)).toBe(endOf(heads, head));
    expect(endOf(second, other)).toBe(endOf(heads, head));
  }
  expect(heads.endsWith(evaluationHeads.at(-1)!)).toBe(true);
  expect(second).toHaveLength(heads.length);
  expect(first.startsWith('sample   ')).toBe(true);
});

test('the walks in a sentence, voicing only where there is any', () => {
  const walks: WalkFigures = {
    walks: 1000,
    points: 6000,
    digit: 0.9917,
    worstConfidence: 0.1234,
    largestStep: 0.01234,
    meanStep: 0.00212,
    quietestDb: 18.26,
  };
  expect(walkLine(walks)).toBe(
    '1000 random walks, 6000 points: 99.2 % heard as meant, worst confidence 0.123; a step of 1 % changes ' +
      'features by 0.0021 on average and 0.0123 at most; quietest word 18.3 dB below the loudest',
  );
  expect(walkLine({ ...walks, leastVoicing: 0.456 })).toMatch(/least voicing of a word 0\.46$/);
});
