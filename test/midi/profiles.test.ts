// Profiles as text: round trip, newer versions, unknown parameters, ranges, names of devices.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameterById, parameterIds, valueAt } from '../../src/contract/parameters.ts';
import { bindingCurves, controlKinds, takeovers, type Binding } from '../../src/midi/bindings.ts';
import { loadProfiles, profileName, profilesOfText, textOfProfiles } from '../../src/midi/profiles.ts';
import { memoryStore } from '../helpers/midiTarget.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const binding: fc.Arbitrary<Binding> = fc
  .record({
    channel: fc.oneof(fc.constant('any' as const), fc.integer({ min: 1, max: 16 })),
    kind: fc.constantFrom(...controlKinds),
    number: fc.integer({ min: 0, max: 16383 }),
    parameterId: fc.constantFrom(...parameterIds),
    min: share,
    max: share,
    curve: fc.constantFrom(...bindingCurves),
    takeover: fc.constantFrom(...takeovers),
  })
  .map((plain) => {
    const parameter = parameterById(plain.parameterId);
    return { ...plain, min: valueAt(parameter, plain.min), max: valueAt(parameter, plain.max) };
  });

const saved = (more: object) =>
  JSON.stringify({
    format: 'numvox-midi',
    version: 1,
    withoutDefault: [],
    devices: [
      {
        device: 'Knobs',
        bindings: [
          {
            channel: 1,
            kind: 'cc',
            number: 20,
            parameterId: 'reverb',
            min: 0,
            max: 1,
            curve: 'linear',
            takeover: 'pickup',
            ...more,
          },
        ],
      },
    ],
  });

describe('profiles', () => {
  it('are the same after writing and reading', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.array(binding, { maxLength: 5 })),
        fc.uniqueArray(fc.constantFrom(...parameterIds)),
        (devices, without) => {
          const profiles = { devices: new Map(Object.entries(devices)), withoutDefault: new Set(without) };
          expect(profilesOfText(textOfProfiles(profiles))).toEqual({ profiles, dropped: [] });
        },
      ),
    );
  });

  it('leave bindings of unknown parameters out, name them, and keep the text', () => {
    const text = saved({ parameterId: 'wobble' });
    expect(profilesOfText(text).dropped).toEqual(['wobble']);
    const store = memoryStore({ midi: text });
    const { profiles, fault } = loadProfiles(store, 'midi');
    expect(profiles.devices.get('Knobs')).toEqual([]);
    expect(fault).toMatch(/unknown parameters \(wobble\).*kept as "midi.unreadable.1"/);
    expect(store.kept.get('midi.unreadable.1')).toBe(text);
  });

  it('keep both lists of a device that is listed twice', () => {
    const once = JSON.parse(saved({})) as { devices: { device: string; bindings: object[] }[] };
    const [first] = once.devices;
    once.devices.push({ ...first, bindings: [{ ...first.bindings[0], number: 21 }] });
    const { profiles } = profilesOfText(JSON.stringify(once));
    expect(profiles.devices.get('Knobs')).toMatchObject([{ number: 20 }, { number: 21 }]);
  });

  it('clamp ranges to the parameter', () => {
    const { profiles } = profilesOfText(saved({ min: -9, max: 9 }));
    expect(profiles.devices.get('Knobs')).toMatchObject([{ min: 0, max: 1 }]);
  });

  it.each([
    ['a newer version', saved({}).replace('"version":1', '"version":2'), /got the newer version 2/],
    ['a channel beyond 16', saved({ channel: 17 }), /malformed at "devices.0.bindings.0.channel"/],
    ['an unknown kind', saved({ kind: 'wheel' }), /malformed at "devices.0.bindings.0.kind"/],
    ['a number that is none', saved({ number: 'x' }), /bindings.0.number/],
    ['no JSON', 'hello', /is no JSON file/],
  ])('refuse %s and say why', (_, text, reason) => {
    expect(() => profilesOfText(text)).toThrow(reason);
  });

  it('are empty, with a sentence, when the store refuses to be read', () => {
    const store = {
      getItem: () => {
        throw new Error('access denied');
      },
      setItem: () => undefined,
    };
    expect(loadProfiles(store, 'midi').fault).toMatch(/access denied/);
  });

  it('belong to maker and name of a device', () => {
    expect(profileName('Akai', 'MPK mini')).toBe('Akai / MPK mini');
    expect(profileName('', ' MPK mini ')).toBe('MPK mini');
    expect(profileName(undefined, undefined)).toBe('MIDI input');
  });

  it('have a name of their own each, also where a device is named like the second of another', () => {
    const names = ['Pad', 'Pad #2', 'Pad #2 #2', 'Pad #2 #1', 'Pad #1', 'Pad#2'].flatMap((name) =>
      [1, 2, 3].map((position) => profileName('', name, position)),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(names.slice(0, 2)).toEqual(['Pad', 'Pad #2']);
  });
});
