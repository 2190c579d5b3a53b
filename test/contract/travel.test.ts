// Controls of the page: steps and numbers of a range input for every row of the table, and values as fine as their texts.
import { describe, expect, it } from 'vitest';
import { parameterById, parameters, textOf, valueAt, valueOfText } from '../../src/contract/parameters.ts';
import { asShown, rangeTravel, rangeValue, valueOfRange } from '../../src/contract/travel.ts';

const step = (id: string) => rangeTravel(parameterById(id)).step;

describe('the range input of a parameter', () => {
  it('steps by round numbers that the text can show', () => {
    expect(step('style1')).toBe(0.05);
    expect(step('outputGainDb')).toBe(0.5);
    expect(step('transpose')).toBe(1);
    expect(step('speed')).toBe(0.2);
    expect(step('sustain')).toBe(0.01);
  });

  it('moves by equal ratios where the parameter does', () => {
    const attack = parameterById('attack');
    expect(rangeTravel(attack)).toEqual({ min: 0, max: 100, step: 1 });
    expect(rangeValue(attack, attack.min)).toBe(0);
    expect(rangeValue(attack, attack.max)).toBe(100);
    expect(valueOfRange(attack, 50)).toBeCloseTo(Math.sqrt(attack.min * attack.max), 2);
  });

  it.each(parameters.filter(({ choices }) => !choices))(
    'reaches every end of $id and moves at every step',
    (row) => {
      const { min, max, step: by } = rangeTravel(row);
      expect(valueOfRange(row, min)).toBe(row.min);
      expect(valueOfRange(row, max)).toBe(row.max);
      expect(by).toBeGreaterThan(0);
      expect((max - min) / by).toBeGreaterThanOrEqual(3);
      const half = valueOfRange(row, min + by * Math.floor((max - min) / by / 2));
      expect(half).toBeGreaterThan(row.min);
      expect(half).toBeLessThan(row.max);
    },
  );
});

describe('a value as it is shown', () => {
  it.each(parameters.filter(({ choices }) => !choices))('is what the text of $id says', (row) => {
    for (const position of [0, 0.123456, 0.5, 0.98765, 1]) {
      const value = asShown(row, valueAt(row, position));
      expect(value).toBeGreaterThanOrEqual(row.min);
      expect(value).toBeLessThanOrEqual(row.max);
      expect(valueOfText(row, textOf(row, value))).toBeCloseTo(value, 9);
    }
  });

  it('leaves no semitone out of tune', () => {
    expect(asShown(parameterById('transpose'), 3.37)).toBe(3);
  });
});
