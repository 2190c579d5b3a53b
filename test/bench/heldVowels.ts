// Benchmark of levels and held vowels: loudness of words and vowels, and harmonics to noise, beside what was before.
import { row, type Row } from './row.ts';
import { measureHeld, type HeldFigures } from '../helpers/heldVowels.ts';

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Half the distance between the highest and the lowest. */
const half = (values: readonly number[]): number => (Math.max(...values) - Math.min(...values)) / 2;

function rowsOf(name: string, { words, vowels, harmonicity, peaks }: HeldFigures): Row[] {
  return [
    row(`${name}: words lie within`, half(words), 2, 'LU up and down', `mean ${mean(words).toFixed(1)} LUFS`),
    row(
      `${name}: held vowels lie within`,
      half(vowels),
      2,
      'LU up and down',
      `mean ${mean(vowels).toFixed(1)} LUFS`,
    ),
    row(
      `${name}: harmonics to noise`,
      median(harmonicity),
      1,
      'dB in the median',
      `lowest ${Math.min(...harmonicity).toFixed(1)}`,
    ),
    row(`${name}: highest sample`, Math.max(...peaks), 2, 'of full scale', `mean ${mean(peaks).toFixed(2)}`),
  ];
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Every digit by every voice, spoken once and held on A2, at equal velocity: as it was said, and even. */
export async function benchHeld(): Promise<Row[]> {
  return [
    ...rowsOf('even levels off, as it was said', await measureHeld({ evenness: 0 })),
    ...rowsOf('default', await measureHeld({})),
  ];
}
