// Grid files: all combinations or a draw of them, and messages for whatever is wrong with one.
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import { parseConfig } from '../../../training/vae/trainingConfig.ts';
import { readGrid, runId } from '../../../training/search/grid.ts';

const read = (grid: unknown) => readGrid(JSON.stringify(grid), 'grid.json');

describe('readGrid', () => {
  it('makes every combination on top of base and defaults, the last field fastest', () => {
    const configs = read({
      base: { epochs: 3 },
      grid: { klWeight: [0.5, 1], encoderFilters: [[8], [8, 16]] },
    });
    expect(configs.map(({ klWeight, encoderFilters }) => [klWeight, encoderFilters])).toEqual([
      [0.5, [8]],
      [0.5, [8, 16]],
      [1, [8]],
      [1, [8, 16]],
    ]);
    expect(configs[2]).toEqual(parseConfig({ epochs: 3, klWeight: 1, encoderFilters: [8] }));
  });

  it('reaches fields inside fields and keeps the others beside them', () => {
    const configs = read({ base: { listener: { epochs: 2 } }, grid: { 'listener.units': [16, 32] } });
    expect(configs.map(({ listener }) => [listener.epochs, listener.units])).toEqual([
      [2, 16],
      [2, 32],
    ]);
  });

  it('is one run without lists, and one for values given twice', () => {
    expect(read({ base: { epochs: 2 }, grid: {} })).toEqual([parseConfig({ epochs: 2 })]);
    expect(read({ grid: { epochs: [2, 2, 3] } })).toHaveLength(2);
  });

  it('draws different combinations, the same for the same seed, and all when there are not more', () => {
    const grid = { klWeight: [0.25, 0.5, 1, 2], styleDimensions: [8, 16, 24, 32], seed: [1, 2, 3] };
    const first = read({ grid, random: 12, seed: 4 });
    expect(first).toHaveLength(12);
    expect(new Set(first.map((config) => runId(config, ''))).size).toBe(12);
    expect(read({ grid, random: 12, seed: 4 })).toEqual(first);
    expect(read({ grid, random: 12, seed: 5 })).not.toEqual(first);
    expect(read({ grid, random: 100 })).toHaveLength(48);
  });

  it.each([
    ['an unknown field', { grid: { colour: [1] } }, /colour/],
    ['an unknown inner field', { grid: { 'listener.colour': [1] } }, /listener: .*colour/],
    ['a field inside a number', { grid: { 'epochs.first': [1] } }, /epochs\.first is no field/],
    ['a field of the prototype', { grid: { '__proto__.epochs': [1] } }, /is no field/],
    ['an empty list', { grid: { epochs: [] } }, /grid\.epochs.*must list a value or more/],
    ['a value that is no list', { grid: { epochs: 3 } }, /grid\.epochs/],
    ['a wrong value', { grid: { epochs: [3, 0] } }, /epochs = 0: .*epochs/],
    ['a wrong base', { base: { epochs: 'many' }, grid: {} }, /base: .*epochs/],
    ['no grid', { base: {} }, /grid: .*expected \{"base"/],
    ['an unknown part', { grid: {}, count: 3 }, /count/],
    ['two lists for one field', { grid: { listener: [{}], 'listener.units': [8] } }, /overlap/],
    ['a draw of none', { grid: {}, random: 0 }, /random/],
  ])('refuses %s', (_, grid, message) => {
    expect(() => read(grid)).toThrow(InputError);
    expect(() => read(grid)).toThrow(message);
  });

  it('refuses what is not JSON, and more runs than anyone can wait for', () => {
    expect(() => readGrid('{"grid": ', 'grid.json')).toThrow(/grid\.json is no JSON file/);
    const many = Array.from({ length: 200 }, (_, i) => i + 1);
    expect(() => read({ grid: { epochs: many, seed: many } })).toThrow(/40000 runs.*"random"/);
  });
});

describe('runId', () => {
  const config = parseConfig({ epochs: 2 });

  it('follows from the configuration whatever the order of its fields, and from the corpus', () => {
    const reversed = Object.fromEntries(Object.entries(config).reverse()) as typeof config;
    expect(runId(reversed, 'a')).toBe(runId(config, 'a'));
    expect(runId(parseConfig({ epochs: 3 }), 'a')).not.toBe(runId(config, 'a'));
    expect(runId(config, 'b')).not.toBe(runId(config, 'a'));
  });
});
