// The patch of the table's values: every value in range, what follows the tempo, and faults named.
import { describe, expect, test } from 'vitest';
import { defaultValues, modulationTargets, parameters } from '../../src/contract/parameters.ts';
import { faultOfPatch, plainPatch, voicePatchOf, type VoicePatch } from '../../src/contract/voicePatch.ts';

test('the default values, the ends of every range and the plain patch are without fault', () => {
  expect(faultOfPatch(plainPatch)).toBeUndefined();
  expect(faultOfPatch(voicePatchOf(defaultValues(), 0.5))).toBeUndefined();
  for (const { id, min, max } of parameters) {
    for (const value of [min, max]) {
      expect(faultOfPatch(voicePatchOf({ ...defaultValues(), [id]: value }, 0.5))).toBeUndefined();
    }
  }
});

test('the fastest and the slowest tempo are without fault', () => {
  for (const bpm of [30, 300]) {
    for (let division = 0; division <= 8; division++) {
      const values = { ...defaultValues(), stutterRate: division, lfoSync: division + 1 };
      expect(faultOfPatch(voicePatchOf(values, 60 / bpm))).toBeUndefined();
    }
  }
});

test('values come in the units of the kernel', () => {
  const values = { ...defaultValues(), formant: 12, hold: 1, lfoTo: 3, stutterRate: 2, release: 0.7 };
  expect(voicePatchOf(values, 0.4)).toMatchObject({
    formantRatio: 2,
    hold: 'hold',
    lfoTarget: modulationTargets[3],
    stutterSeconds: 0.4,
    releaseSeconds: 0.7,
  });
});

test('the slow oscillator follows its rate or the tempo', () => {
  const values = { ...defaultValues(), lfoRate: 3 };
  expect(voicePatchOf(values, 0.5).lfoHz).toBe(3);
  // An eighth note of a tempo of 120.
  expect(voicePatchOf({ ...values, lfoSync: 5 }, 0.5).lfoHz).toBe(4);
});

describe('a fault', () => {
  const bad: [string, Partial<Record<keyof VoicePatch, unknown>>][] = [
    ['speed', { speed: 9 }],
    ['attackSeconds', { attackSeconds: NaN }],
    ['formantRatio', { formantRatio: 0 }],
    ['hold', { hold: 'forever' }],
    ['lfoShape', { lfoShape: '' }],
    ['randomTarget', { randomTarget: 'colour' }],
    ['sustain', { sustain: undefined }],
  ];
  test.each(bad)('of %s is named', (name, change) => {
    expect(faultOfPatch({ ...plainPatch, ...change } as VoicePatch)).toMatch(name);
  });
});
