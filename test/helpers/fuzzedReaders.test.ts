// Damaged input of every kind: accepted or refused in words, a few hundred cases of each; `npm run stress -- input` runs more.
import { describe, expect, it } from 'vitest';
import { Draws } from './fuzz.ts';
import { faultOfAccepted, faultOfError, fuzzedReaders } from './fuzzedReaders.ts';

describe.each(Object.keys(fuzzedReaders))('damaged %s', (kind) => {
  it('are accepted whole or refused with a typed error', async () => {
    const found: string[] = [];
    let refused = 0;
    for (let seed = 0; seed < 200; seed++) {
      const run = fuzzedReaders[kind](new Draws(seed));
      let fault: string | null;
      try {
        fault = faultOfAccepted(await run());
      } catch (error) {
        refused++;
        fault = faultOfError(error);
      }
      if (fault !== null) found.push(`seed ${seed} ${fault}`);
    }
    expect(found).toEqual([]);
    expect(refused).toBeGreaterThan(0);
  });
});

it('tells errors of the engine, silent ones and endless ones from ours', () => {
  expect(faultOfError(new RangeError('length must be a whole number from 1 to 2, got 3'))).toBeNull();
  const broken: unknown = null;
  const errorOf = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };
  for (const error of [
    errorOf(() => (broken as { a: number }).a),
    errorOf(() => (broken as () => void)()),
    errorOf(() => [...(3 as unknown as number[])]),
    errorOf(() => new Array<number>(-1)),
    errorOf(() => new Float32Array(2 ** 53)),
    errorOf(() => JSON.parse('{') as unknown),
    new RangeError('x'.repeat(2000)),
    'a text',
  ]) {
    expect(faultOfError(error), String(error).slice(0, 80)).not.toBeNull();
  }
  expect(faultOfAccepted({ a: [1, { b: Float32Array.of(NaN) }] })).toMatch(/not finite/);
  expect(faultOfAccepted(new Map([['a', Infinity]]))).toMatch(/Infinity/);
});
