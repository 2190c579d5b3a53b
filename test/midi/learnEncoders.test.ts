// Learning encoders and plain knobs 32..63: what a few turns bind, what is kept, and how steps move a parameter.
import { describe, expect, it } from 'vitest';
import { parameterById, positionOf, type ParameterId } from '../../src/contract/parameters.ts';
import { bindingOf, type Binding } from '../../src/midi/bindings.ts';
import { RelativeMotion } from '../../src/midi/encoders.ts';
import { profilesKey } from '../../src/midi/learn.ts';
import { MidiRouter } from '../../src/midi/router.ts';
import { learnOf, memoryStore, recordingTarget } from '../helpers/midiTarget.ts';

/** A device that sends controllers, 30 ms apart. */
function rig(store = memoryStore(), device = 'Knobs') {
  const target = recordingTarget();
  const learn = learnOf(target, store);
  const port = new MidiRouter(target, learn).open(device);
  let ms = 0;
  const send = (...changes: readonly (readonly [number, number])[]) => {
    for (const [controller, data] of changes) {
      port.handle({ type: 'control', channel: 1, controller, data, ms: (ms += 30) });
    }
  };
  const turn = (controller: number, ...data: number[]) =>
    send(...data.map((one) => [controller, one] as const));
  const encodingOf = (id: ParameterId) => learn.bindingsOf(id).at(-1)?.encoding ?? 'absolute';
  return { store, learn, values: target.values, calls: target.calls, send, turn, encodingOf };
}

const kinds = [
  ['twos complement', 1, 127],
  ['signed bit', 1, 65],
  ['offset 64', 65, 63],
] as const;

describe('an encoder', () => {
  it.each(kinds)(
    'is learned by a turn to and fro, and steps from where the parameter is: %s',
    (encoding, right, left) => {
      const { learn, values, turn, encodingOf } = rig();
      values.reverb = 0.5;
      learn.arm('reverb');
      turn(21, right, right);
      expect(learn.statusOf('reverb')).toBe('turn it a little further, to and fro');
      turn(21, right, left, left);
      expect(encodingOf('reverb')).toBe(encoding);
      expect(values.reverb).toBeCloseTo(0.5, 1);
      expect(learn.statusOf('reverb')).toBe('bound to CC 21 ch 1');
      const before = values.reverb;
      turn(21, right);
      expect(values.reverb).toBeGreaterThan(before);
      expect(values.reverb).toBeLessThan(before + 0.05);
      // Something else moves the parameter: nothing has to be picked up.
      values.reverb = 0.1;
      turn(21, left);
      expect(values.reverb).toBeLessThan(0.1);
      expect(values.reverb).toBeGreaterThan(0.05);
    },
  );

  it.each(kinds)('that was heard before can be learned: %s', (encoding, right, left) => {
    for (const first of [right, left]) {
      const { learn, turn, encodingOf } = rig();
      turn(21, first, first, first);
      learn.arm('reverb');
      turn(21, first, first, first);
      turn(21, right, right, left, left, right, right);
      expect(encodingOf('reverb')).toBe(encoding);
    }
  });

  it('moves nothing while it is being found out, at either end of a parameter', () => {
    for (const [, right, left] of kinds) {
      for (const value of [0, 0.25, 0.75, 1]) {
        const { learn, values, turn } = rig();
        values.reverb = value;
        learn.arm('reverb');
        turn(21, right, left, right, left, right, right, left, left);
        expect(Math.abs(values.reverb - value)).toBeLessThan(0.05);
      }
    }
  });

  it('is one for a second parameter at once', () => {
    const { learn, turn, encodingOf } = rig();
    learn.arm('reverb');
    turn(21, 65, 65, 65, 63, 63);
    learn.arm('drive');
    turn(21, 65, 65);
    expect(encodingOf('drive')).toBe('offset 64');
  });

  it('can be chosen by hand, and chosen back', () => {
    const { learn, values, turn } = rig();
    learn.arm('reverb');
    turn(21, 1);
    const [{ id }] = learn.bindingsOf('reverb');
    learn.update(id, { encoding: 'signed bit' });
    values.reverb = 0.5;
    turn(21, 65);
    expect(values.reverb).toBeCloseTo(0.5 - 1 / 128, 9);
    learn.update(id, { encoding: 'absolute', takeover: 'jump' });
    turn(21, 127);
    expect(values.reverb).toBe(1);
    expect(() => learn.update(id, { encoding: 'increments' })).toThrow(
      'encoding of CC 21 ch 1 must be one of absolute, twos complement, signed bit, offset 64, got increments',
    );
  });

  it('is kept in its profile, and profiles of before are read as they were', () => {
    const store = memoryStore();
    const first = rig(store);
    first.learn.arm('reverb');
    first.turn(21, 65, 65, 65, 63, 63);
    const second = rig(store);
    expect(second.encodingOf('reverb')).toBe('offset 64');
    const old = JSON.parse(store.kept.get(profilesKey)!) as {
      devices: { bindings: { encoding?: string }[] }[];
    };
    delete old.devices[0].bindings[0].encoding;
    const third = rig(memoryStore({ [profilesKey]: JSON.stringify(old) }));
    expect(third.encodingOf('reverb')).toBe('absolute');
    expect(third.learn.fault).toBe('');
    const odd = JSON.stringify(old).replace('"kind":"cc"', '"kind":"bend","encoding":"offset 64"');
    expect(rig(memoryStore({ [profilesKey]: odd })).encodingOf('reverb')).toBe('absolute');
  });

  it('by increments of a parameter number is learned by one step, registered or not', () => {
    for (const [coarse, fine, name] of [
      [99, 98, 'NRPN 2307'],
      [101, 100, 'RPN 2307'],
    ] as const) {
      const { learn, values, send, encodingOf } = rig();
      values.reverb = 0.5;
      learn.arm('reverb');
      send([coarse, 18], [fine, 3], [96, 0]);
      expect(learn.statusOf('reverb')).toBe(`bound to ${name} ch 1`);
      expect(encodingOf('reverb')).toBe('increments');
      const before = values.reverb;
      send([97, 127], [coarse, 18], [fine, 3], [97, 127]);
      expect(values.reverb).toBeLessThan(before);
      // Another number, and this one's data entry, are other controls.
      const now = values.reverb;
      send([6, 127], [fine, 4], [97, 0]);
      expect(values.reverb).toBe(now);
    }
  });

  it('does not make the parameter of a chart step twice', () => {
    const { learn, values, send } = rig();
    const { nrpn } = parameterById('breath');
    learn.arm('reverb');
    values.breath = 0.5;
    send([99, 0], [98, nrpn], [96, 0], [96, 0]);
    expect(values.breath).toBe(0.5);
    expect(values.reverb).toBeGreaterThan(0);
  });
});

describe('steps', () => {
  const binding = (parameterId: ParameterId, more: Partial<Binding> = {}): Binding => ({
    ...bindingOf({ device: 'Knobs', channel: 1, kind: 'cc', number: 21, data: 0 }, parameterId),
    encoding: 'twos complement',
    ...more,
  });
  /** Where so many steps of a kind lead from a value. */
  function after(bound: Binding, steps: readonly number[], gapMs: number | undefined, from: number): number {
    const motion = new RelativeMotion();
    return steps.reduce(
      (value, step, k) => motion.move(bound, step, value, gapMs === undefined ? undefined : 100 + k * gapMs),
      from,
    );
  }
  const ones = (count: number) => new Array<number>(count).fill(1);

  it('are small when slow and larger the faster they come, in bunches too, and never a jump', () => {
    const slow = after(binding('reverb'), ones(24), 200, 0);
    expect(slow).toBeCloseTo(24 / 128, 9);
    let before = slow;
    for (const gapMs of [60, 30, 12]) {
      const faster = after(binding('reverb'), ones(24), gapMs, 0);
      expect(faster).toBeGreaterThan(before);
      before = faster;
    }
    expect(before).toBeGreaterThan(0.7);
    const motion = new RelativeMotion();
    let bunched = 0;
    for (let k = 0; k < 24; k++)
      bunched = motion.move(binding('reverb'), 1, bunched, 100 + 48 * Math.floor(k / 4));
    expect(bunched).toBeCloseTo(before, 0);
    for (const step of [1, 7, 63]) {
      expect(after(binding('reverb'), [step], 1, 0)).toBeLessThanOrEqual(1 / 8);
      expect(after(binding('reverb'), [...ones(40), step], 0, 0)).toBeLessThanOrEqual(1);
    }
  });

  it('begin anew when the direction turns, and need no time stamps', () => {
    const motion = new RelativeMotion();
    let value = 0.5;
    for (let k = 0; k < 8; k++) value = motion.move(binding('reverb'), 1, value, k * 5);
    const turned = motion.move(binding('reverb'), -1, value, 40);
    expect(value - turned).toBeCloseTo(1 / 128, 9);
    expect(after(binding('reverb'), ones(64), undefined, 0)).toBeCloseTo(0.5, 9);
  });

  it('reach both ends of a range, along its curve, backwards too, and stop there', () => {
    const attack = parameterById('attack');
    for (const curve of ['linear', 'exponential', 'logarithmic'] as const) {
      const bound = binding('attack', { curve });
      expect(after(bound, ones(400), 500, attack.min)).toBeCloseTo(attack.max, 9);
      expect(
        after(
          bound,
          ones(400).map(() => -1),
          500,
          attack.max,
        ),
      ).toBeCloseTo(attack.min, 9);
      const there = after(bound, ones(40), 500, attack.min);
      expect(
        after(
          bound,
          ones(40).map(() => -1),
          500,
          there,
        ),
      ).toBeCloseTo(attack.min, 9);
    }
    const part = binding('reverb', { min: 0.8, max: 0.2 });
    expect(after(part, ones(400), 500, 0.5)).toBeCloseTo(0.2, 9);
    expect(positionOf(parameterById('reverb'), after(part, [-1], 500, 0.1))).toBeGreaterThanOrEqual(0.2);
  });

  it('go from choice to choice, one a message, and to the ends of a toggle', () => {
    expect(after(binding('mode'), [1, 1, 9], 5, 0)).toBe(3);
    expect(after(binding('mode'), [-1, -1], 5, 1)).toBe(0);
    expect(after(binding('mode', { min: 1, max: 2 }), [1, 1, 1], 5, 1)).toBe(2);
    expect(after(binding('reverb', { curve: 'toggle', max: 0.7 }), [1], 5, 0.1)).toBe(0.7);
    expect(after(binding('reverb', { curve: 'toggle', min: 0.2 }), [-1], 5, 0.9)).toBe(0.2);
  });
});

describe('plain knobs on 32 to 63', () => {
  it('are learned though their partner was heard, and stay so when it moves, after a reload too', () => {
    const store = memoryStore();
    const { learn, values, turn } = rig(store);
    turn(16, 10, 40, 64);
    learn.arm('reverb');
    turn(48, 40);
    expect(learn.statusOf('reverb')).toMatch(/^(bound to CC 48 ch 1|waiting)/);
    turn(48, 0, 30);
    expect(values.reverb).toBeCloseTo(30 / 127, 9);
    turn(16, 65, 66, 67);
    turn(48, 40);
    expect(values.reverb).toBeCloseTo(40 / 127, 9);
    const again = rig(store);
    again.turn(16, 3);
    again.turn(48, 0, 50);
    expect(again.values.reverb).toBeCloseTo(50 / 127, 9);
  });

  it('are learned also right behind their partner, and both then go their own ways', () => {
    const target = recordingTarget();
    const learn = learnOf(target, memoryStore());
    const port = new MidiRouter(target, learn).open('Knobs');
    const send = (controller: number, data: number) =>
      port.handle({ type: 'control', channel: 1, controller, data, ms: 5 });
    send(17, 64);
    learn.arm('reverb');
    send(49, 0);
    learn.arm('drive');
    send(17, 0);
    for (let k = 1; k < 100; k++) {
      send(17, k);
      send(49, 127 - k);
    }
    expect(target.values.drive).toBeCloseTo(99 / 127, 9);
    expect(learn.statusOf('drive')).toBe('bound to CC 17 ch 1');
    send(49, 0);
    send(49, 1);
    expect(target.values.reverb).toBeCloseTo(1 / 127, 9);
  });

  it('are not learned in place of what waits where 14 bits tremble, in either order', () => {
    for (const isFineFirst of [false, true]) {
      const target = recordingTarget();
      const learn = learnOf(target, memoryStore());
      const port = new MidiRouter(target, learn).open('Knobs');
      let ms = 0;
      const say = (...raws: readonly number[]) => {
        for (const raw of raws) {
          ms += 20;
          const halves = [
            [16, raw >> 7],
            [48, raw & 127],
          ];
          for (const [controller, data] of isFineFirst ? halves.reverse() : halves) {
            port.handle({ type: 'control', channel: 1, controller, data, ms: ms++ });
          }
        }
      };
      say(8200, 8203, 8201, 8206);
      learn.arm('reverb');
      say(8203, 8201, 8203, 8203, 8202, 8206, 8200);
      expect(learn.armed).toBe('reverb');
      say(9500, 9800);
      expect(learn.bindingsOf('reverb').map(({ text }) => text)).toEqual(['CC 16 (14 bit) ch 1']);
    }
  });

  it('turn out to be the fine half of what follows, on a device that sends it first', () => {
    const { learn, values, send } = rig();
    learn.arm('reverb');
    for (let raw = 6000; raw < 6600; raw += 10) {
      send([48, raw & 127]);
      // Right behind.
      send([16, raw >> 7]);
    }
    expect(learn.statusOf('reverb')).toMatch(/CC 48|waiting/);
    const near = rig();
    near.learn.arm('reverb');
    let ms = 0;
    const port = new MidiRouter(recordingTarget(), near.learn).open('Knobs');
    for (let raw = 6000; raw < 6600; raw += 10) {
      ms += 20;
      port.handle({ type: 'control', channel: 1, controller: 48, data: raw & 127, ms });
      port.handle({ type: 'control', channel: 1, controller: 16, data: raw >> 7, ms: ms + 1 });
    }
    expect(near.learn.bindingsOf('reverb').map(({ text }) => text)).toEqual(['CC 16 (14 bit) ch 1']);
    expect(values.reverb).toBeLessThan(0.6);
  });
});
