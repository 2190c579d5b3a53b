// Patches in addresses: round trips, length, and what strangers may write there.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultValues, parameters, positionOf } from '../../src/contract/parameters.ts';
import { patchOf } from '../../src/patch/preset.ts';
import { decodePatch, encodePatch } from '../../src/patch/patchAddress.ts';
import { factoryPresets } from '../../src/patch/factoryPresets.ts';
import { anyValues } from '../helpers/anyValues.ts';

const anyLyrics = fc.string({ unit: 'grapheme', maxLength: 60 });

describe('patch address', () => {
  it('brings back every value to a ten-thousandth of its travel, choices and lyrics exactly', () => {
    fc.assert(
      fc.property(anyValues, anyLyrics, (values, lyrics) => {
        const read = decodePatch(`#${encodePatch({ values, lyrics })}`);
        expect(read?.notices).toEqual([]);
        expect(read?.patch.lyrics).toBe(lyrics);
        for (const row of parameters) {
          const value = read?.patch.values[row.id] ?? NaN;
          if (row.choices) expect(value, row.id).toBe(values[row.id]);
          const off = Math.abs(positionOf(row, value) - positionOf(row, values[row.id]));
          expect(off, row.id).toBeLessThan(1e-4);
        }
      }),
    );
  });

  it('stays the same from the first round trip on', () => {
    fc.assert(
      fc.property(anyValues, anyLyrics, (values, lyrics) => {
        const text = encodePatch({ values, lyrics });
        expect(encodePatch(decodePatch(text)!.patch)).toBe(text);
      }),
    );
  });

  it('is readable, short, and written with characters that addresses allow', () => {
    const values = { ...defaultValues(), mode: 2, attack: 0.25, style1: -1 / 3 };
    expect(encodePatch({ values, lyrics: '3 1 4' })).toBe(
      'patch=1&style1=-0.33333&mode=lyrics&attack=0.25&lyrics=3+1+4',
    );
    for (const preset of factoryPresets) {
      const text = encodePatch(patchOf(preset));
      expect(text.length, preset.name).toBeLessThan(400);
      expect(text).toMatch(/^[\w.%&=+*-]+$/);
    }
    fc.assert(
      // Everything changed still fits the 2000 characters that the least patient programs accept.
      fc.property(anyValues, (all) => {
        expect(encodePatch({ values: all, lyrics: '' }).length).toBeLessThan(2000);
      }),
    );
  });

  it('leaves out what is unknown, clamps the rest, and says so', () => {
    const read = decodePatch('patch=1&cutoff=3&attack=99&mode=shout&pan=&drive=0.5&__proto__=1&chorus=NaN');
    expect(read?.patch).toEqual({ values: { ...defaultValues(), attack: 5, drive: 0.5 }, lyrics: '' });
    expect(read?.notices).toHaveLength(6);
  });

  it('is never broken by what somebody writes into an address', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `patch=1&${text}`),
        ),
        (text) => {
          const read = decodePatch(text);
          for (const row of parameters) {
            const value = read?.patch.values[row.id] ?? row.defaultValue;
            expect(value >= row.min && value <= row.max, row.id).toBe(true);
          }
        },
      ),
    );
  });

  it('takes other addresses for none, and refuses newer and endless ones', () => {
    expect(decodePatch('')).toBeNull();
    expect(decodePatch('#help')).toBeNull();
    expect(() => decodePatch('patch=2&drive=1')).toThrow(/version "2"; this numvox reads 1/);
    expect(() => decodePatch(`patch=1&lyrics=${'1'.repeat(20_000)}`)).toThrow(/too long.*at most 16384/);
    const long = decodePatch(`patch=1&lyrics=${'1+'.repeat(3000)}`);
    expect(long?.patch.lyrics).toHaveLength(2000);
    expect(long?.notices).toEqual(['the lyrics were cut to 2000 characters']);
  });
});
