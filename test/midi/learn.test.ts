// Learn: arming, taking over, ranges and curves, toggles, several of each, unlearning, profiles that survive.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameterById, parameters, valueAt, type ParameterId } from '../../src/contract/parameters.ts';
import {
  bindingCurves,
  bindingOf,
  controlText,
  valueOfMove,
  type Binding,
  type ControlMove,
} from '../../src/midi/bindings.ts';
import { profilesKey } from '../../src/midi/learn.ts';
import { learnOf, memoryStore, recordingTarget } from '../helpers/midiTarget.ts';

const cc = (number: number, data: number, more: Partial<ControlMove> = {}): ControlMove => ({
  device: 'Knobs',
  channel: 1,
  kind: 'cc',
  number,
  data,
  ...more,
});

function rig(store = memoryStore()) {
  const target = recordingTarget();
  const { calls, values } = target;
  const learn = learnOf(target, store);
  let changes = 0;
  learn.onChange(() => changes++);
  /** Binds by moving, as a player does. */
  const teach = (parameterId: ParameterId, move: ControlMove) => {
    learn.arm(parameterId);
    learn.handle(move);
  };
  return { store, calls, values, learn, teach, changes: () => changes };
}

describe('arming', () => {
  it('binds the control that moves next, once, and says so', () => {
    const { learn, changes } = rig();
    expect(learn.statusOf('reverb')).toBe('');
    learn.arm('reverb');
    expect(learn.armed).toBe('reverb');
    expect(learn.statusOf('reverb')).toBe('armed');
    expect(learn.handle(cc(20, 0))).toBe(true);
    expect(learn.armed).toBeUndefined();
    expect(learn.statusOf('reverb')).toBe('bound to CC 20 ch 1');
    expect(changes()).toBeGreaterThanOrEqual(2);
    expect(learn.handle(cc(21, 0))).toBe(false);
    expect(learn.bindingsOf('reverb')).toHaveLength(1);
  });

  it('does not take a trembling knob for a moved one', () => {
    const { learn } = rig();
    learn.handle(cc(30, 64));
    learn.arm('drive');
    for (const data of [65, 64, 63]) expect(learn.handle(cc(30, data))).toBe(false);
    expect(learn.armed).toBe('drive');
    learn.handle(cc(31, 0));
    expect(learn.statusOf('drive')).toBe('bound to CC 31 ch 1');
  });

  it('does not take a knob that says again and again where it rests', () => {
    const { learn } = rig();
    for (const rest of [0, 30, 64, 100]) {
      learn.handle(cc(30, rest));
      learn.arm('drive');
      for (let k = 0; k < 5; k++) learn.handle(cc(30, rest));
      expect(learn.armed).toBe('drive');
      learn.disarm();
    }
  });

  it('hears a button that only ever sends 127', () => {
    const { learn } = rig();
    learn.handle(cc(30, 127));
    learn.arm('drive');
    learn.handle(cc(30, 127));
    expect(learn.bindingsOf('drive')).toMatchObject([{ text: 'CC 30 ch 1' }]);
  });

  it('lets keys play on, and takes them as buttons only for lists of choices', () => {
    const { learn, values } = rig();
    learn.arm('reverb');
    expect(learn.handle(cc(36, 100, { kind: 'note' }))).toBe(false);
    expect(learn.armed).toBe('reverb');
    learn.arm('freeze');
    expect(learn.handle(cc(36, 100, { kind: 'note' }))).toBe(true);
    expect(learn.statusOf('freeze')).toBe('bound to note 36 ch 1');
    expect(values.freeze).toBe(1);
    learn.handle(cc(36, 20, { kind: 'note' }));
    expect(values.freeze).toBe(0);
  });

  it('can be called off', () => {
    const { learn } = rig();
    learn.arm('reverb');
    learn.disarm();
    expect(learn.handle(cc(20, 5))).toBe(false);
    expect(learn.bindingsOf('reverb')).toEqual([]);
    expect(() => learn.arm('nothing' as ParameterId)).toThrow(/parameter id must be one of .* got nothing/);
  });

  it('names every kind of control', () => {
    const name = (kind: Binding['kind'], channel: number | 'any' = 3) =>
      controlText({ kind, number: 5, channel });
    expect(name('cc', 'any')).toBe('CC 5');
    expect(name('cc14')).toBe('CC 5 (14 bit) ch 3');
    expect(name('nrpn')).toBe('NRPN 5 ch 3');
    expect(name('bend')).toBe('pitch bend ch 3');
    expect(name('pressure')).toBe('pressure ch 3');
    expect(name('note')).toBe('note 5 ch 3');
    expect(name('program')).toBe('program ch 3');
  });

  it('learns that a control has 14 bits when its fine half follows', () => {
    const { learn, teach } = rig();
    teach('reverb', cc(20, 0));
    learn.handle(cc(20, 0.5, { kind: 'cc14' }));
    expect(learn.statusOf('reverb')).toBe('bound to CC 20 (14 bit) ch 1');
  });
});

describe('soft takeover', () => {
  it('moves nothing until the control has come to the value from below', () => {
    const { learn, teach, values } = rig();
    values.reverb = 0.5;
    teach('reverb', cc(20, 10));
    expect(values.reverb).toBe(0.5);
    expect(learn.statusOf('reverb')).toBe('waiting to pick up from below');
    expect(learn.handle(cc(20, 40))).toBe(true);
    expect(values.reverb).toBe(0.5);
    // A fast knob passes the value between two messages.
    learn.handle(cc(20, 80));
    expect(values.reverb).toBeCloseTo(80 / 127, 9);
    expect(learn.statusOf('reverb')).toBe('bound to CC 20 ch 1');
    learn.handle(cc(20, 0));
    expect(values.reverb).toBe(0);
  });

  it('picks up from above, and when it lands on the value', () => {
    const { learn, teach, values } = rig();
    values.reverb = 0.5;
    teach('reverb', cc(20, 127));
    expect(learn.statusOf('reverb')).toBe('waiting to pick up from above');
    learn.handle(cc(20, 64));
    expect(values.reverb).toBeCloseTo(64 / 127, 9);
  });

  it('starts anew when the parameter is moved elsewhere', () => {
    const { learn, teach, values } = rig();
    teach('reverb', cc(20, 0));
    learn.handle(cc(20, 30));
    values.reverb = 0.9;
    expect(learn.statusOf('reverb')).toBe('waiting to pick up from below');
    learn.handle(cc(20, 40));
    expect(values.reverb).toBe(0.9);
    learn.handle(cc(20, 127));
    expect(values.reverb).toBe(1);
  });

  it('never jumps by more than the control did, wherever the parameter is put', () => {
    const data = fc.integer({ min: 0, max: 127 });
    const step = fc.oneof(
      data.map((value) => ({ value, isPut: false })),
      data.map((value) => ({ value, isPut: true })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { learn, teach, values } = rig();
        teach('reverb', cc(20, 0));
        let control = 0;
        for (const { value, isPut } of steps) {
          if (isPut) {
            values.reverb = value / 127;
            continue;
          }
          const before = values.reverb;
          learn.handle(cc(20, value));
          const moved = Math.abs(values.reverb - before) * 127;
          expect(moved).toBeLessThanOrEqual(Math.abs(value - control) + 1 + 1e-6);
          control = value;
        }
      }),
    );
  });

  it('is kept by each binding: a second knob has to pick up too', () => {
    const { learn, teach, values } = rig();
    teach('reverb', cc(20, 0));
    teach('reverb', cc(21, 100));
    learn.handle(cc(20, 50));
    expect(values.reverb).toBeCloseTo(50 / 127, 9);
    learn.handle(cc(21, 90));
    expect(values.reverb).toBeCloseTo(50 / 127, 9);
    learn.handle(cc(21, 40));
    expect(values.reverb).toBeCloseTo(40 / 127, 9);
    learn.handle(cc(20, 60));
    expect(values.reverb).toBeCloseTo(40 / 127, 9);
  });

  it('is left out where it is told to jump, and by bends and pressure', () => {
    const { learn, teach, values } = rig();
    values.reverb = 1;
    teach('reverb', cc(20, 0));
    learn.update(learn.bindingsOf('reverb')[0].id, { takeover: 'jump' });
    learn.handle(cc(20, 0));
    expect(values.reverb).toBe(0);
    values.breath = 1;
    teach('breath', cc(0, 0, { kind: 'pressure' }));
    expect(values.breath).toBe(0);
    teach('formant', cc(0, 127, { kind: 'bend' }));
    expect(values.formant).toBe(12);
    learn.handle(cc(0, 64, { kind: 'bend' }));
    expect(values.formant).toBe(0);
  });

  it('tells of states that change, not of every message', () => {
    const { learn, teach, changes } = rig();
    teach('reverb', cc(20, 0));
    const before = changes();
    for (let k = 0; k < 1000; k++) learn.handle(cc(20, k % 128));
    expect(changes() - before).toBeLessThanOrEqual(1);
  });
});

describe('ranges and curves', () => {
  const binding = (parameterId: ParameterId, more: Partial<Binding> = {}): Binding => ({
    ...bindingOf(cc(20, 0), parameterId),
    takeover: 'jump',
    ...more,
  });

  it('reach both ends of every parameter along every curve, and rise between', () => {
    for (const parameter of parameters) {
      for (const curve of bindingCurves.filter((name) => name !== 'toggle')) {
        const course = Array.from({ length: 128 }, (_, data) =>
          valueOfMove(binding(parameter.id, { curve }), data),
        );
        expect(course[0]).toBeCloseTo(parameter.min, 9);
        expect(course[127]).toBeCloseTo(parameter.max, 9);
        for (let k = 1; k < 128; k++) expect(course[k]).toBeGreaterThanOrEqual(course[k - 1]);
      }
    }
  });

  it('bend: slow at first, fast at first', () => {
    const middle = (curve: Binding['curve']) => valueOfMove(binding('reverb', { curve }), 63.5);
    expect(middle('linear')).toBeCloseTo(0.5, 9);
    expect(middle('exponential')).toBeLessThan(0.1);
    expect(middle('logarithmic')).toBeGreaterThan(0.8);
  });

  it('stay in part of the way, backwards too, on the travel of the parameter', () => {
    const attack = parameterById('attack');
    const part = binding('attack', { min: valueAt(attack, 0.75), max: valueAt(attack, 0.25) });
    expect(valueOfMove(part, 0)).toBeCloseTo(valueAt(attack, 0.75), 9);
    expect(valueOfMove(part, 63.5)).toBeCloseTo(valueAt(attack, 0.5), 9);
    expect(valueOfMove(part, 127)).toBeCloseTo(valueAt(attack, 0.25), 9);
  });

  it('put the middle of a symmetric range exactly on 64', () => {
    expect(valueOfMove(binding('style1'), 64)).toBe(0);
    expect(valueOfMove(binding('pan', { min: 0.5, max: -0.5 }), 64)).toBe(0);
  });

  it('refuse ranges beyond the parameter', () => {
    const { learn } = rig();
    expect(() => learn.bind('Knobs', binding('reverb', { max: 2 }))).toThrow(
      'range of reverb must lie within 0 to 1, got 0 to 2',
    );
    const id = learn.bind('Knobs', binding('reverb'));
    expect(() => learn.update(id, { min: -1 })).toThrow(RangeError);
    expect(() => learn.update('learned:99', {})).toThrow(/learned:99/);
  });

  it('toggle on presses of a button, not on its releases', () => {
    const { learn, values } = rig();
    learn.bind('Knobs', binding('reverb', { curve: 'toggle', min: 0.2, max: 0.8 }));
    const seen = [127, 0, 127, 127, 0, 0, 64].map((data) => {
      learn.handle(cc(20, data));
      return values.reverb;
    });
    expect(seen).toEqual([0.8, 0.8, 0.2, 0.2, 0.2, 0.2, 0.8]);
  });

  it('step through choices round and round, within the range', () => {
    const { learn, values } = rig();
    learn.bind('Knobs', { ...binding('mode', { curve: 'toggle', min: 1, max: 3 }), kind: 'note' });
    const seen = [1, 2, 3, 4].map(() => {
      learn.handle(cc(20, 90, { kind: 'note' }));
      return values.mode;
    });
    expect(seen).toEqual([1, 2, 3, 1]);
  });

  it('pick the choice of a program', () => {
    const { learn, values, teach } = rig();
    teach('mode', cc(0, 2, { kind: 'program' }));
    expect(values.mode).toBe(2);
    learn.handle(cc(0, 100, { kind: 'program' }));
    expect(values.mode).toBe(3);
  });
});

describe('bindings', () => {
  it('move several parameters by one control and listen to channel and device', () => {
    const { learn, teach, values } = rig();
    teach('reverb', cc(20, 60));
    teach('delay', cc(20, 0));
    learn.handle(cc(20, 127));
    expect([values.reverb, values.delay]).toEqual([1, 1]);
    expect(learn.handle(cc(20, 5, { channel: 2 }))).toBe(false);
    expect(learn.handle(cc(20, 5, { device: 'Other' }))).toBe(false);
    learn.update(learn.bindingsOf('reverb')[0].id, { channel: 'any' });
    learn.handle(cc(20, 127, { channel: 2 }));
    learn.handle(cc(20, 0, { channel: 2 }));
    expect([values.reverb, values.delay]).toEqual([0, 1]);
  });

  it('are not made twice of the same control', () => {
    const { learn, teach } = rig();
    teach('reverb', cc(20, 0));
    teach('reverb', cc(20, 90));
    expect(learn.bindingsOf('reverb')).toHaveLength(1);
  });

  it('begin with the controllers of the table, which move at once on every channel', () => {
    const { learn, values } = rig();
    for (const parameter of parameters) {
      const shown = learn.bindingsOf(parameter.id);
      if (parameter.cc === undefined) expect(shown).toEqual([]);
      else expect(shown).toMatchObject([{ text: `CC ${parameter.cc}`, isDefault: true, state: 'active' }]);
    }
    expect(learn.handle(cc(77, 127, { channel: 9 }))).toBe(true);
    expect(values.style8).toBe(2);
    expect(learn.handle(cc(77, 64))).toBe(true);
    expect(values.style8).toBe(0);
    expect(learn.handle(cc(119, 64))).toBe(false);
  });

  it('take a controller away from its default where it has learned something else', () => {
    const { learn, teach, values } = rig();
    teach('reverb', cc(74, 0));
    learn.handle(cc(74, 127));
    expect([values.reverb, values.style5]).toEqual([1, 0]);
    learn.handle(cc(74, 127, { device: 'Other' }));
    expect(values.style5).toBe(2);
  });

  it('are taken off one by one, all at once, and put back', () => {
    const { learn, teach, values } = rig();
    teach('style5', cc(20, 64));
    const [byDefault, learned] = learn.bindingsOf('style5');
    learn.unbind(byDefault.id);
    expect(learn.handle(cc(74, 0))).toBe(true);
    expect(values.style5).toBe(0);
    learn.unbind(learned.id);
    expect(learn.handle(cc(20, 0))).toBe(false);
    expect(learn.statusOf('style5')).toBe('');
    expect(() => learn.unbind(learned.id)).toThrow(RangeError);
    learn.restoreDefaults('style5');
    expect(learn.statusOf('style5')).toBe('bound to CC 74');
    learn.unbindAll('style5');
    expect(learn.bindingsOf('style5')).toEqual([]);
    learn.restoreDefaults();
    expect(learn.bindingsOf('style5')).toHaveLength(1);
  });
});

describe('keeping', () => {
  it('survives a reload: bindings of each device, ranges, defaults taken off', () => {
    const first = rig();
    first.teach('reverb', cc(20, 0));
    first.teach('delay', cc(20, 0, { device: 'Other' }));
    first.learn.update(first.learn.bindingsOf('reverb')[0].id, { max: 0.5, curve: 'exponential' });
    first.learn.unbind(first.learn.bindingsOf('style1')[0].id);
    const { learn, values } = rig(first.store);
    expect(learn.fault).toBe('');
    learn.handle(cc(20, 0));
    learn.handle(cc(20, 127));
    expect([values.reverb, values.delay]).toEqual([0.5, 0]);
    expect(learn.bindingsOf('style1')).toEqual([]);
    expect(learn.bindingsOf('delay')).toMatchObject([{ device: 'Other' }]);
  });

  it('keeps a text that it cannot read under another name, and says so', () => {
    const store = memoryStore({ [profilesKey]: '{"format": "numvox-midi", "vers' });
    const { learn, teach } = rig(store);
    expect(learn.fault).toMatch(/could not be read \(.*JSON.*kept as "numvox.midi.profiles.unreadable.1"/);
    expect(learn.handle(cc(70, 127))).toBe(true);
    teach('reverb', cc(20, 0));
    expect(store.kept.get(`${profilesKey}.unreadable.1`)).toBe('{"format": "numvox-midi", "vers');
    expect(rig(store).learn.fault).toBe('');
    expect(rig(store).learn.bindingsOf('reverb')).toHaveLength(1);
  });

  it('keeps several unreadable texts apart, and each once', () => {
    const store = memoryStore({ [profilesKey]: 'one' });
    rig(store);
    rig(store);
    expect([...store.kept.keys()]).toHaveLength(2);
    store.setItem(profilesKey, 'two');
    rig(store);
    expect(store.kept.get(`${profilesKey}.unreadable.2`)).toBe('two');
  });

  it('works without a store that takes anything, and says so', () => {
    const store = memoryStore();
    store.fault = 'quota exceeded';
    const { learn, teach, values } = rig(store);
    teach('reverb', cc(20, 0));
    expect(learn.fault).toBe('MIDI bindings work, but could not be saved: quota exceeded.');
    learn.handle(cc(20, 127));
    expect(values.reverb).toBe(1);
    store.fault = '';
    teach('delay', cc(21, 0));
    expect(learn.fault).toBe('');
  });

  it('moves to another browser as a file, and refuses other files without harm', () => {
    const first = rig();
    first.teach('reverb', cc(20, 0));
    const second = rig();
    expect(second.learn.importText(first.learn.exportText())).toEqual([]);
    expect(second.learn.statusOf('reverb')).toBe('bound to CC 20 ch 1');
    for (const text of ['', '{}', '[1]', 'null', '{"format":"other","version":1}']) {
      expect(() => second.learn.importText(text)).toThrow(RangeError);
    }
    expect(second.learn.statusOf('reverb')).toBe('bound to CC 20 ch 1');
  });
});

describe('two pages', () => {
  const shown = (learn: ReturnType<typeof rig>['learn'], id: ParameterId) =>
    learn.bindingsOf(id).map(({ text }) => text);

  it('keep what each has learned and taken off, of the same device too', () => {
    const store = memoryStore();
    const before = rig(store);
    before.teach('drive', cc(20, 0));
    const [one, other] = [rig(store), rig(store)];
    one.teach('reverb', cc(21, 0));
    other.teach('chorus', cc(22, 0));
    other.learn.unbindAll('drive');
    one.teach('delay', cc(23, 0));
    one.teach('delay', cc(24, 0, { device: 'More Knobs' }));
    const later = rig(store).learn;
    expect(shown(later, 'drive').filter((text) => text.includes('20'))).toEqual([]);
    expect(shown(later, 'reverb')).toContain('CC 21 ch 1');
    expect(shown(later, 'chorus')).toContain('CC 22 ch 1');
    expect(shown(later, 'delay')).toEqual(expect.arrayContaining(['CC 23 ch 1', 'CC 24 ch 1']));
  });
});
