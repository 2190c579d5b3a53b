// An evaluation as words and cells, for the terminal, the report and the README alike.
import type { WalkFigures } from './evaluation.ts';
import { judges } from '../listener/earConfig.ts';
import type { EvaluationRow } from './heardRows.ts';

/** Column heads of `evaluationLines`. */
export const evaluationHeads = [
  'clips',
  'number',
  'digit heard as meant',
  '95 % interval',
  'mean confidence',
  'speaker',
  '95 % interval',
  ...judges.map((name) => `judge ${name}`),
];

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const range = ([low, high]: readonly [number, number]): string =>
  `${(100 * low).toFixed(1)}-${(100 * high).toFixed(1)}`;

/** One row of cells for each kind of clips. */
export function evaluationLines(rows: readonly EvaluationRow[]): string[][] {
  return rows.map((row) => [
    row.name,
    String(row.clips),
    percent(row.digit),
    range(row.digitInterval),
    row.confidence.toFixed(3),
    row.speaker === undefined ? '' : percent(row.speaker),
    row.speakerInterval === undefined ? '' : range(row.speakerInterval),
    ...judges.map((_, j) => (row.judged === undefined ? '' : percent(row.judged[j]))),
  ]);
}

/** The random walks in a sentence. */
export function walkLine(walks: WalkFigures): string {
  const voicing =
    walks.leastVoicing === undefined ? '' : `, least voicing of a word ${walks.leastVoicing.toFixed(2)}`;
  return (
    `${walks.walks} random walks, ${walks.points} points: ${percent(walks.digit)} heard as meant, ` +
    `worst confidence ${walks.worstConfidence.toFixed(3)}; a step of 1 % changes features by ` +
    `${walks.meanStep.toFixed(4)} on average and ${walks.largestStep.toFixed(4)} at most; quietest word ` +
    `${walks.quietestDb.toFixed(1)} dB below the loudest${voicing}`
  );
}

/** Rows of cells as aligned text with the heads above. */
export function evaluationTable(rows: readonly EvaluationRow[]): string {
  const cells = [[...evaluationHeads], ...evaluationLines(rows)];
  const widths = evaluationHeads.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
