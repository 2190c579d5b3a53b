// The voice parameters of the table's values: every value in range, what follows the tempo, and faults named.
import { describe, expect, test } from 'vitest';
import {
  defaultValues,
  holdModes,
  modulationTargets,
  parameters,
  type ParameterValues,
} from '../../src/contract/parameters.ts';
import {
  faultOfVoiceParameters,
  plainVoiceParameters,
  voiceParametersOf,
  type VoiceParameters,
} from '../../src/contract/voiceParameters.ts';
import { fastestBeat, slowestBeat } from '../../src/performer/beatClock.ts';

test('the default values, the ends of every range and the plain parameters are without fault', () => {
  expect(faultOfVoiceParameters(plainVoiceParameters)).toBeUndefined();
  expect(faultOfVoiceParameters(voiceParametersOf(defaultValues(), 0.5))).toBeUndefined();
  for (const { id, min, max } of parameters) {
    for (const value of [min, max]) {
      expect(
        faultOfVoiceParameters(voiceParametersOf({ ...defaultValues(), [id]: value }, 0.5)),
      ).toBeUndefined();
    }
  }
});

test('the fastest and the slowest beat are without fault, drawn as far as they may be', () => {
  for (const bpm of [0.95 * slowestBeat, 1.05 * fastestBeat]) {
    for (let division = 0; division <= 8; division++) {
      const values = { ...defaultValues(), stutterRate: division, lfoSync: division + 1 };
      expect(faultOfVoiceParameters(voiceParametersOf(values, 60 / bpm))).toBeUndefined();
    }
  }
});

test('what follows the tempo stands where the beat does, and nothing else minds the beat', () => {
  const beat = { frame: 480, quarters: 6 };
  const free = { phaseFrame: 0, lfoTurns: null, stutterTurns: null };
  const phase = (change: Partial<ParameterValues>, place?: typeof beat) => {
    const { phaseFrame, lfoTurns, stutterTurns } = voiceParametersOf(
      { ...defaultValues(), ...change },
      0.5,
      place,
    );
    return { phaseFrame, lfoTurns, stutterTurns };
  };
  const both = { lfoSync: 2, lfoTo: 1, hold: holdModes.indexOf('stutter'), stutterRate: 4 };
  expect(phase(both, beat)).toEqual({ phaseFrame: 480, lfoTurns: 3, stutterTurns: 12 });
  expect(phase(both)).toEqual(free);
  expect(phase({ lfoSync: 0, lfoTo: 1, stutterRate: 4 }, beat)).toEqual(free);
  expect(phase({ ...both, lfoTo: 0, hold: 0 }, beat)).toEqual(free);
});

test('values come in the units of the kernel', () => {
  const values = { ...defaultValues(), formant: 12, hold: 1, lfoTo: 3, stutterRate: 2, release: 0.7 };
  expect(voiceParametersOf(values, 0.4)).toMatchObject({
    formantRatio: 2,
    hold: 'hold',
    lfoTarget: modulationTargets[3],
    stutterSeconds: 0.4,
    releaseSeconds: 0.7,
  });
});

test('the slow oscillator follows its rate or the tempo', () => {
  const values = { ...defaultValues(), lfoRate: 3 };
  expect(voiceParametersOf(values, 0.5).lfoHz).toBe(3);
  // An eighth note of a tempo of 120.
  expect(voiceParametersOf({ ...values, lfoSync: 5 }, 0.5).lfoHz).toBe(4);
});

describe('a fault', () => {
  const bad: [string, Partial<Record<keyof VoiceParameters, unknown>>][] = [
    ['speed', { speed: 9 }],
    ['attackSeconds', { attackSeconds: NaN }],
    ['formantRatio', { formantRatio: 0 }],
    ['hold', { hold: 'forever' }],
    ['lfoShape', { lfoShape: '' }],
    ['randomTarget', { randomTarget: 'colour' }],
    ['sustain', { sustain: undefined }],
    ['lfoTurns', { lfoTurns: NaN }],
    ['phaseFrame', { phaseFrame: null }],
  ];
  test.each(bad)('of %s is named', (name, change) => {
    expect(faultOfVoiceParameters({ ...plainVoiceParameters, ...change } as VoiceParameters)).toMatch(name);
  });
});
