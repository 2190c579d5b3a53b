// The parameter table: ranges, unique names and controllers, texts both ways, controller values.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parameterById,
  parameterIds,
  parameterOfController,
  parameters,
  positionOf,
  textOf,
  valueAt,
  valueOfController,
  valueOfText,
} from '../../src/contract/parameters.ts';

describe('parameter table', () => {
  it('has every id once, unique controllers and min <= default <= max', () => {
    expect(parameters.map((p) => p.id).sort()).toEqual([...parameterIds].sort());
    const controllers = parameters.flatMap((p) => (p.cc === undefined ? [] : [p.cc]));
    expect(new Set(controllers).size).toBe(controllers.length);
    for (const p of parameters) {
      expect(p.min).toBeLessThan(p.max);
      expect(p.defaultValue).toBeGreaterThanOrEqual(p.min);
      expect(p.defaultValue).toBeLessThanOrEqual(p.max);
      expect(p.cc ?? 0).toBeGreaterThanOrEqual(0);
      expect(p.cc ?? 0).toBeLessThan(120);
      if (p.curve === 'exponential') expect(p.min).toBeGreaterThan(0);
      if (p.curve === 'choice') expect(p.choices).toHaveLength(p.max + 1);
    }
  });

  it('keeps the controllers that the MIDI chart names', () => {
    for (let k = 1; k <= 8; k++) {
      expect(parameterOfController(69 + k)).toMatchObject({
        id: `style${k}`,
        label: `Style ${k}`,
        knob: k - 1,
      });
    }
    expect(parameterOfController(78)).toBeUndefined();
    expect(parameterOfController(7)?.id).toBe('outputGainDb');
    expect(parameterOfController(1)?.id).toBe('vibratoDepth');
    expect(parameterOfController(10)?.id).toBe('pan');
    expect(parameterOfController(14)?.id).toBe('digit');
    expect(parameterOfController(15)?.id).toBe('speaker');
  });

  it('writes a value as text and reads it back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...parameters),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (p, position) => {
          const value = valueAt(p, position);
          const back = valueOfText(p, textOf(p, value));
          expect(Math.abs(back - value)).toBeLessThanOrEqual(0.5 * 10 ** -p.decimals + 1e-9);
        },
      ),
    );
    expect(textOf(parameterById('outputGainDb'), -6)).toBe('\u22126.0 dB');
    expect(textOf(parameterById('style1'), 0.5)).toBe('+0.50');
    expect(textOf(parameterById('style1'), -0.001)).toBe('0.00');
    expect(valueOfText(parameterById('outputGainDb'), '-12 dB')).toBe(-12);
  });

  it('refuses texts that are no number or out of range, naming range and value', () => {
    const volume = parameterById('outputGainDb');
    expect(() => valueOfText(volume, 'loud')).toThrow(/Volume must be a number from -60 to 6.*"loud"/);
    expect(() => valueOfText(volume, '')).toThrow(RangeError);
    expect(() => valueOfText(volume, '7 dB')).toThrow(/-60 to 6, got 7/);
    expect(() => parameterById('cutoff')).toThrow(/style1, .*style8, .*outputGainDb, .*got cutoff/);
  });

  it('maps controllers over the whole range, monotonously, with 64 in the middle of a style', () => {
    for (const p of parameters) {
      expect(valueOfController(p, 0)).toBeCloseTo(p.min, 12);
      expect(valueOfController(p, 127)).toBeCloseTo(p.max, 12);
      for (let data = 1; data <= 127; data++) {
        const step = valueOfController(p, data) - valueOfController(p, data - 1);
        if (p.curve === 'choice') expect(step).toBeGreaterThanOrEqual(0);
        else expect(step).toBeGreaterThan(0);
      }
    }
    expect(valueOfController(parameterById('style1'), 64)).toBe(0);
    expect(() => valueOfController(parameters[0], 128)).toThrow(/0 to 127, got 128/);
  });

  it('inverts position and value', () => {
    for (const p of parameters) {
      expect(positionOf(p, p.curve === 'exponential' ? p.min / 2 : p.min - 1)).toBe(0);
      expect(positionOf(p, p.max + 1)).toBe(1);
      const value = valueAt(p, 0.3);
      expect(valueAt(p, positionOf(p, value))).toBeCloseTo(value, 9);
    }
  });
});
