// Builds the tables of the mel inversion from a filterbank.
import type { Loops, MelColumns, MelTables } from './loops.ts';
import type { MelFilterbank } from './mel.ts';

/**
 * What a line reads in the bins beside its own. A sinusoid under a Hann window reads 0.5 there, but lines that lie
 * close add up with phases of their own. Distance to the true magnitudes (60 FSDD words, 80 bands): without lobes
 * -15.08 dB, 0.1 -16.53, 0.18 -16.93, 0.22 -17.00, 0.25 -17.00, 0.3 -16.91. The wider, the less exactly the bands
 * come back.
 */
const LOBE = 0.22;
/**
 * Where the line at 0 Hz starts; all others start from 1. Triangles give that bin no weight, so only its lobe is
 * heard, while recordings have an offset. The same distance: 1 -16.58 dB, 3 -16.90, 5 -17.00, 8 -16.88.
 */
const OFFSET_START = 5;
/**
 * Weights under this share of their line's heaviest are left out: with 80 bands no line has more than three then.
 */
const LEAST_SHARE = 0.02;

/** Allocates from `loops`; 16 KB at 80 bands and 257 bins. */
export function createMelTables(loops: Loops, bank: MelFilterbank): MelTables {
  const { bands, bins } = bank;
  const rows = createRows(bank);
  const starts = rows.map((row) => row.findIndex((weight) => weight > 0));
  const ends = rows.map((row) => row.findLastIndex((weight) => weight > 0) + 1);
  const offsets = [0];
  for (let band = 0; band < bands; band++) offsets.push(offsets[band] + ends[band] - starts[band]);
  const tables = {
    bands,
    bins,
    lobe: LOBE,
    starts: loops.integers(bands),
    offsets: loops.integers(bands + 1),
    weights: loops.floats(offsets[bands]),
    share: loops.floats(fours(bins)),
    start: loops.floats(fours(bins)),
    lines: loops.floats(fours(bins) + 4),
    correction: loops.floats(fours(bins)),
  };
  tables.starts.set(starts);
  tables.offsets.set(offsets);
  rows.forEach((row, band) => tables.weights.set(row.subarray(starts[band], ends[band]), offsets[band]));
  const sums = sumsOf(rows, bins);
  for (let k = 0; k < bins; k++) tables.share[k] = sums[k] > 0 ? 1 / sums[k] : 0;
  tables.start.fill(1, 0, bins);
  tables.start[0] = OFFSET_START;
  const columns = createColumns(loops, rows, sums, tables.start);
  return columns === undefined ? tables : { ...tables, columns };
}

/** By band, the weights of all lines. */
function createRows({ bands, bins, starts, offsets, weights }: MelFilterbank): Float64Array[] {
  const rows = Array.from({ length: bands }, (_, band) => {
    const row = new Float64Array(bins);
    for (let i = offsets[band], bin = starts[band]; i < offsets[band + 1]; i++, bin++) {
      row[bin] += weights[i];
      if (bin > 0) row[bin - 1] += LOBE * weights[i];
      if (bin + 1 < bins) row[bin + 1] += LOBE * weights[i];
    }
    return row;
  });
  for (let k = 0; k < bins; k++) {
    const least = LEAST_SHARE * rows.reduce((most, row) => Math.max(most, row[k]), 0);
    for (const row of rows) if (row[k] < least) row[k] = 0;
  }
  return rows;
}

function sumsOf(rows: readonly Float64Array[], bins: number): Float64Array {
  return new Float64Array(bins).map((_, k) => rows.reduce((sum, row) => sum + row[k], 0));
}

/** Undefined when a line lies in more than three bands, as with bands that are hardly wider than a bin. */
function createColumns(
  loops: Loops,
  rows: readonly Float64Array[],
  sums: Float64Array,
  start: Float32Array,
): MelColumns | undefined {
  const bands = rows.length;
  const columns = placeLines(rows, sums.length);
  if (columns === undefined) return undefined;
  const groups = Math.ceil(bands / 4);
  const heights = Array.from({ length: groups }, (_, group) =>
    Math.max(...columns.slice(4 * group, 4 * group + 4).map((lines) => lines.length)),
  );
  const count = 4 * heights.reduce((total, height) => total + height, 0);
  const tables = {
    groups,
    rows: loops.integers(groups),
    cellOfLine: loops.integers(fours(sums.length)),
    below: loops.floats(count),
    within: loops.floats(count),
    above: loops.floats(count),
    start: loops.floats(count),
    startSums: loops.floats(4 * groups),
    cells: loops.floats(count),
    bandValues: loops.floats(5 * (4 * groups + 4)),
  };
  tables.rows.set(heights);
  let first = 0;
  columns.forEach((lines, band) => {
    const group = band >> 2;
    lines.forEach((line, row) => {
      const cell = first + 4 * row + (band & 3);
      const weightOf = (of: number): number => (rows[of]?.[line] ?? 0) / sums[line];
      tables.cellOfLine[line] = cell;
      tables.below[cell] = weightOf(band - 1);
      tables.within[cell] = weightOf(band);
      tables.above[cell] = weightOf(band + 1);
      tables.start[cell] = sums[line] * start[line];
    });
    if ((band & 3) === 3) first += 4 * heights[group];
  });
  tables.startSums.set(rows.map((row) => row.reduce((sum, weight, line) => sum + weight * start[line], 0)));
  return tables;
}

/** The lines of each band's column, those that no band covers left out; undefined where a line fits into none. */
function placeLines(rows: readonly Float64Array[], bins: number): number[][] | undefined {
  const columns: number[][] = rows.map(() => []);
  for (let line = 0; line < bins; line++) {
    const low = rows.findIndex((row) => row[line] > 0);
    if (low < 0) continue;
    const high = rows.findLastIndex((row) => row[line] > 0);
    if (high - low > 2) return undefined;
    // Of the columns that will do the one with the fewest lines, so that there are few rows.
    let best = Math.max(0, high - 1);
    for (let band = best + 1; band <= Math.min(low + 1, rows.length - 1); band++) {
      if (columns[band].length < columns[best].length) best = band;
    }
    columns[best].push(line);
  }
  return columns;
}

function fours(length: number): number {
  return 4 * Math.ceil(length / 4);
}
