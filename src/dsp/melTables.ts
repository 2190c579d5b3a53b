// Builds the tables of the mel inversion from a filterbank.
import type { Loops, MelColumns, MelTables } from './loops.ts';
import type { MelFilterbank } from './mel.ts';

/** Allocates from `loops`; 12 KB at 80 bands and 257 bins. */
export function createMelTables(loops: Loops, bank: MelFilterbank): MelTables {
  const { bands, bins } = bank;
  const sums = new Float64Array(bins);
  for (let band = 0; band < bands; band++) {
    for (let i = bank.offsets[band], bin = bank.starts[band]; i < bank.offsets[band + 1]; i++, bin++) {
      sums[bin] += bank.weights[i];
    }
  }
  const tables = {
    bands,
    bins,
    starts: loops.integers(bands),
    offsets: loops.integers(bands + 1),
    weights: loops.floats(bank.weights.length),
    share: loops.floats(fours(bins)),
    correction: loops.floats(fours(bins)),
  };
  tables.starts.set(bank.starts);
  tables.offsets.set(bank.offsets);
  tables.weights.set(bank.weights);
  for (let k = 0; k < bins; k++) tables.share[k] = sums[k] > 0 ? 1 / sums[k] : 0;
  const columns = createColumns(loops, bank, sums);
  return columns === undefined ? tables : { ...tables, columns };
}

/** A bin's place: its interval, and its weights in the band that falls there and in the one that rises. */
interface Place {
  readonly bin: number;
  readonly interval: number;
  readonly falling: number;
  readonly rising: number;
}

/** Undefined when a bin lies in more than two bands, as bins near bands too narrow to hold one do. */
function createColumns(loops: Loops, bank: MelFilterbank, sums: Float64Array): MelColumns | undefined {
  const { bands, bins } = bank;
  const places = placesOf(bank);
  if (places === undefined) return undefined;
  const groups = Math.ceil((bands + 1) / 4);
  const intervals: Place[][] = Array.from({ length: 4 * groups }, () => []);
  for (const place of places) intervals[place.interval].push(place);
  const rows = Array.from({ length: groups }, (_, group) =>
    Math.max(...intervals.slice(4 * group, 4 * group + 4).map(({ length }) => length)),
  );
  const count = 4 * rows.reduce((total, of) => total + of, 0);
  const columns = {
    groups,
    rows: loops.integers(groups),
    cellOfBin: loops.integers(fours(bins)),
    falling: loops.floats(count),
    rising: loops.floats(count),
    flat: loops.floats(count),
    cells: loops.floats(count),
    bandValues: loops.floats(4 * (4 * groups + 4)),
  };
  columns.rows.set(rows);
  let first = 0;
  for (let group = 0; group < groups; group++) {
    for (let lane = 0; lane < 4; lane++) {
      intervals[4 * group + lane].forEach(({ bin, falling, rising }, row) => {
        const cell = first + 4 * row + lane;
        columns.cellOfBin[bin] = cell;
        columns.falling[cell] = falling / sums[bin];
        columns.rising[cell] = rising / sums[bin];
        columns.flat[cell] = sums[bin];
      });
    }
    first += 4 * rows[group];
  }
  return columns;
}

/** The places of all bins that a band covers; undefined where one has none. */
function placesOf(bank: MelFilterbank): Place[] | undefined {
  const { bands, bins, starts, offsets, weights } = bank;
  const places: Place[] = [];
  for (let bin = 0; bin < bins; bin++) {
    const weightOf = (band: number): number => {
      const at = bin - starts[band];
      return at >= 0 && at < offsets[band + 1] - offsets[band] ? weights[offsets[band] + at] : 0;
    };
    const covering = Array.from({ length: bands }, (_, band) => band).filter((band) => weightOf(band) > 0);
    if (covering.length === 0) continue;
    const [low] = covering;
    const high = covering[covering.length - 1];
    if (covering.length > 2 || high - low > 1) return undefined;
    if (high > low) places.push({ bin, interval: high, falling: weightOf(low), rising: weightOf(high) });
    else {
      const row = weights.subarray(offsets[low], offsets[low + 1]);
      const isPastPeak = bin - starts[low] > row.indexOf(Math.max(...row));
      places.push({
        bin,
        interval: isPastPeak ? low + 1 : low,
        falling: isPastPeak ? weightOf(low) : 0,
        rising: isPastPeak ? 0 : weightOf(low),
      });
    }
  }
  return places;
}

function fours(length: number): number {
  return 4 * Math.ceil(length / 4);
}
