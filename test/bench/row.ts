// What a benchmark prints: rows of one table, and the clockwork shared by the benchmarks.

/** One line of a benchmark's table. */
export interface Row {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  readonly note?: string;
}

/** Median seconds of `repeats` runs after one unmeasured. */
export async function medianSeconds(repeats: number, run: () => unknown): Promise<number> {
  await run();
  const seconds: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await run();
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds.sort((a, b) => a - b)[repeats >> 1];
}

/** A row with a number. */
export function row(name: string, value: number, digits: number, unit: string, note?: string): Row {
  return { name, value: value.toFixed(digits), unit, ...(note ? { note } : {}) };
}
