// The voice parameters of the table's values: every value in range, what follows the tempo, and faults named.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  defaultValues,
  holdModes,
  modulationTargets,
  parameters,
  type ParameterValues,
} from '../../src/contract/parameters.ts';
import { soundTargets } from '../../src/contract/modulation.ts';
import {
  areReadDifferently,
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

test('250 sets of values give what they gave when each voice parameter was written by hand', () => {
  const lines = readFileSync(new URL('./voiceParameters.fixture.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const [{ ids, names }, ...cases] = lines.map((line) => JSON.parse(line) as unknown) as [
    { ids: string[]; names: string[] },
    ...{ given: number[]; bpm: number; beat?: { frame: number; quarters: number }; gives: unknown[] }[],
  ];
  expect(cases).toHaveLength(250);
  for (const { given, bpm, beat, gives } of cases) {
    const values = { ...defaultValues(), ...Object.fromEntries(ids.map((id, k) => [id, given[k]])) };
    expect(voiceParametersOf(values, 60 / bpm, beat)).toMatchObject(
      Object.fromEntries(names.map((name, k) => [name, gives[k]])),
    );
  }
});

test('the plain parameters play words as they were said', () => {
  const levels = { attackSeconds: 0, decaySeconds: 0, sustain: 1, releaseSeconds: 0, velocityAmount: 1 };
  const pitch = { intonation: 0, vibratoHz: 5.5, vibratoCents: 0, vibratoDelaySeconds: 0, formantRatio: 1 };
  const timbre = { breath: 0, brightnessDbPerOctave: 0, air: 0, pan: 0, spread: 0 };
  const oscillator = { lfoHz: 1, lfoShape: 'sine', lfoTarget: 'nothing', lfoAmount: 0 };
  const sources = {
    velocityTarget: 'nothing',
    velocityTargetAmount: 0,
    randomTarget: 'nothing',
    randomAmount: 0,
  };
  expect(plainVoiceParameters).toMatchObject({
    ...{ hold: 'one-shot', freeze: false, speed: 1, startOffset: 0, stutterSeconds: 0.125, endsWords: true },
    ...levels,
    ...pitch,
    ...timbre,
    ...oscillator,
    ...sources,
    ...{ phaseFrame: 0, lfoTurns: null, stutterTurns: null },
  });
});

describe('frames are read otherwise', () => {
  const changed = (change: Partial<VoiceParameters>, from: Partial<VoiceParameters> = {}) => {
    const before = { ...plainVoiceParameters, ...from };
    return areReadDifferently(before, { ...before, ...change });
  };

  test('by what bears on the frames themselves, and by nothing else', () => {
    const read: Partial<VoiceParameters>[] = [
      { hold: 'loop' },
      { freeze: true },
      { speed: 2 },
      { formantRatio: 2 },
      { breath: 0.5 },
      { brightnessDbPerOctave: 3 },
      { air: 0.5 },
      { evenness: 0.5 },
    ];
    for (const change of read) expect(changed(change), JSON.stringify(change)).toBe(true);
    const names = Object.keys(plainVoiceParameters) as (keyof VoiceParameters)[];
    const others = names.filter((name) => !read.some((change) => name in change) && !name.endsWith('Target'));
    for (const name of others) {
      const { [name]: value } = plainVoiceParameters;
      const change = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : 'square';
      expect(changed({ [name]: change }), name).toBe(false);
    }
    expect(names.length - others.length).toBe(read.length + 3);
  });

  test.each([
    ['lfoTarget', 'lfoAmount'],
    ['velocityTarget', 'velocityTargetAmount'],
    ['randomTarget', 'randomAmount'],
  ] as const)('by the amount and the aim of %s where it moves such a thing', (target, amount) => {
    for (const aim of soundTargets) {
      const isRead = ['brightness', 'breath', 'formant', 'air', 'speed'].includes(aim);
      expect(changed({ [target]: aim }), aim).toBe(isRead);
      expect(changed({ [target]: 'nothing' }, { [target]: aim }), aim).toBe(isRead);
      expect(changed({ [amount]: 0.5 }, { [target]: aim }), aim).toBe(isRead);
    }
  });
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
    ['freeze', { freeze: 1 }],
    ['velocityTarget', { velocityTarget: 'style 1' }],
  ];
  test.each(bad)('of %s is named', (name, change) => {
    expect(faultOfVoiceParameters({ ...plainVoiceParameters, ...change } as VoiceParameters)).toMatch(name);
  });
});
