// Parameters as hosts get them: every row, with functions that agree with the page, and values that hosts send.
import { describe, expect, it } from 'vitest';
import { parameters, textOf, valueAt } from '../../src/contract/parameters.ts';
import { knownIds, parameterInfo, readValue } from '../../src/wam/parameterInfo.ts';

describe('parameter info', () => {
  it('has every row with its range, default, choices, unit and type', () => {
    const infos = parameterInfo();
    expect(Object.keys(infos)).toEqual(parameters.map(({ id }) => id));
    for (const row of parameters) {
      const info = infos[row.id];
      expect(info).toMatchObject({
        id: row.id,
        label: row.label,
        minValue: row.min,
        maxValue: row.max,
        defaultValue: row.defaultValue,
        choices: row.choices ?? [],
        units: row.unit,
      });
      expect(info.minValue).toBeLessThan(info.maxValue);
      if (info.discreteStep > 0) {
        for (const value of [info.minValue, info.maxValue, info.defaultValue])
          expect(Number.isInteger(value)).toBe(true);
      }
    }
    expect(infos.freeze.type).toBe('boolean');
    expect(infos.mode.type).toBe('choice');
    expect(infos.transpose.type).toBe('int');
    expect(infos.reverb.type).toBe('float');
  });

  it('goes along the travel of the page and back, and writes values as the page does', () => {
    const infos = parameterInfo();
    for (const row of parameters) {
      const info = infos[row.id];
      for (const place of [0, 0.25, 0.5, 1]) {
        const value = info.denormalize(place);
        expect(value).toBeGreaterThanOrEqual(row.min);
        expect(value).toBeLessThanOrEqual(row.max);
        if (info.discreteStep === 0) expect(info.normalize(value)).toBeCloseTo(place, 9);
        expect(info.valueString(value)).toBe(textOf(row, value));
      }
      expect(info.normalize(row.min - 1)).toBe(0);
    }
    expect(infos.freeze.valueString(1)).toBe('on');
  });

  it("has an exponent whose curve meets ours in the middle, for hosts that draw the SDK's", () => {
    for (const row of parameters.filter(({ curve }) => curve === 'exponential')) {
      const { minValue, maxValue, exponent } = parameterInfo([row.id])[row.id];
      const middle = minValue + (maxValue - minValue) * 0.5 ** (1.5 ** exponent);
      expect(middle).toBeCloseTo(valueAt(row, 0.5), 6);
    }
  });

  it('leaves out ids that are none', () => {
    expect(Object.keys(parameterInfo(['reverb', 'nothing']))).toEqual(['reverb']);
    expect(knownIds(['nothing'])).toEqual([]);
    expect(knownIds([])).toHaveLength(parameters.length);
  });

  it('reads what hosts send: inside the range, whole where it has to be, or not at all', () => {
    expect(readValue('reverb', 0.3)).toEqual({ id: 'reverb', value: 0.3 });
    expect(readValue('reverb', 7)?.value).toBe(1);
    expect(readValue('tempo', 1.000001, true)?.value).toBe(300);
    expect(readValue('transpose', 0.51, true)?.value).toBe(1);
    expect(readValue('mode', 1.4)?.value).toBe(1);
    for (const value of [NaN, Infinity, '1', undefined, null])
      expect(readValue('reverb', value)).toBeUndefined();
    expect(readValue('toString', 1)).toBeUndefined();
  });
});
