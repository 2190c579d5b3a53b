// Learning numbers 33..63: a plain knob stays what it was learned as, and a fader of 14 bits that sends its fine half first is known.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindingOf } from '../../src/midi/bindings.ts';
import { dataOf14 } from '../../src/midi/controlReader.ts';
import { MidiRouter } from '../../src/midi/router.ts';
import { learnOf, memoryStore, recordingTarget } from '../helpers/midiTarget.ts';

function rig(store = memoryStore()) {
  const target = recordingTarget();
  const learn = learnOf(target, store);
  const port = new MidiRouter(target, learn).open('Knobs');
  let ms = 1000;
  const send = (controller: number, data: number, afterMs = 30) =>
    port.handle({ type: 'control', channel: 1, controller, data, ms: (ms += afterMs) });
  /** A couple, fine half first. */
  const couple = (raw: number, afterMs = 20) => {
    send(52, raw & 127, afterMs);
    send(20, raw >> 7, 1);
  };
  const texts = () => learn.bindingsOf('reverb').map(({ text }) => text);
  return { store, learn, values: target.values, send, couple, texts };
}

/** What is learned of a fader that runs from `from` by `speed` a couple, and back at its ends. */
function learnedOfFader(from: number, speed: number, couples: number): string {
  const { learn, couple, texts } = rig();
  learn.arm('reverb');
  let raw = from;
  let by = speed;
  for (let k = 0; k < couples; k++) {
    couple(raw);
    if (raw + by < 0 || raw + by > 16_383) by = -by;
    raw += by;
  }
  return texts().join();
}

describe('a plain knob that was learned', () => {
  it('stays it when its partner moves right beside it', () => {
    const { learn, values, send, texts } = rig();
    learn.arm('reverb');
    for (const data of [40, 0, 60]) send(52, data);
    for (const [coarse, fine] of [
      [40, 100],
      [41, 20],
      [42, 90],
      [43, 5],
      [44, 120],
      [45, 20],
    ]) {
      send(20, coarse, 20);
      send(52, fine, 5);
      expect(values.reverb).toBeCloseTo(fine / 127, 9);
    }
    expect(texts()).toEqual(['CC 52 ch 1']);
  });

  it('stays it when it is an encoder', () => {
    const { learn, values, send } = rig();
    values.reverb = 0.5;
    learn.arm('reverb');
    for (const data of [1, 1, 127, 127]) send(52, data);
    for (const [coarse, fine] of [
      [1, 127],
      [2, 1],
      [1, 127],
      [2, 1],
    ]) {
      send(20, coarse, 20);
      send(52, fine, 5);
    }
    expect(learn.bindingsOf('reverb')).toMatchObject([{ text: 'CC 52 ch 1', encoding: 'twos complement' }]);
    const before = values.reverb;
    send(52, 1);
    expect(values.reverb).toBeGreaterThan(before);
  });

  it('stays it whatever two hands play, from its second message on', () => {
    const hand = fc.record({
      controller: fc.constantFrom(20, 52),
      // Places that no encoder says.
      data: fc.integer({ min: 9, max: 60 }),
      afterMs: fc.integer({ min: 0, max: 25 }),
    });
    fc.assert(
      fc.property(fc.boolean(), fc.array(hand, { maxLength: 150 }), (isHeard, moves) => {
        const { learn, send, texts, values } = rig();
        if (isHeard) send(20, 64);
        learn.arm('reverb');
        send(52, 40);
        send(52, 50);
        for (const { controller, data, afterMs } of moves) send(controller, data, afterMs);
        expect(texts()).toEqual(['CC 52 ch 1']);
        for (const data of [0, 127, 10]) send(52, data);
        expect(values.reverb).toBeCloseTo(10 / 127, 9);
      }),
      { numRuns: 300 },
    );
  });

  it('stays it when both hands walk at once from its first message on', () => {
    for (const [apart, between] of [
      [0, 20],
      [5, 20],
      [9, 11],
    ]) {
      for (const [coarseBy, fineBy] of [
        [1, 1],
        [2, -1],
        [-1, 3],
        [3, 2],
      ]) {
        const { learn, send, texts } = rig();
        learn.arm('reverb');
        // A knob speaks when it has moved.
        const at = { fine: -1, coarse: -1 };
        for (let k = 0; k < 40; k++) {
          const fine = 64 + Math.round(fineBy * Math.sin(k / 8) * 20);
          const coarse = 64 + Math.round(coarseBy * Math.sin(k / 9) * 20);
          if (fine !== at.fine) send(52, fine, between);
          if (coarse !== at.coarse) send(20, coarse, apart);
          Object.assign(at, { fine, coarse });
        }
        send(52, 10);
        send(52, 12);
        expect(texts()).toEqual(['CC 52 ch 1']);
      }
    }
  });
});

describe('a fader of 14 bits that sends its fine half first', () => {
  it('is learned as one on a fresh page, slow and in a flick, and runs forward from there', () => {
    for (const speed of [1, 7, 40, 100, 200, 300, 400, 700]) {
      const { learn, couple, texts, values } = rig();
      learn.arm('reverb');
      let before = -1;
      for (let raw = 0; raw <= 16_383 && raw < speed * 60; raw += speed) {
        couple(raw);
        if (!texts().join().includes('14 bit')) continue;
        expect(values.reverb).toBeGreaterThanOrEqual(before);
        before = values.reverb;
      }
      expect(texts()).toEqual(['CC 20 (14 bit) ch 1']);
      couple(0);
      couple(9000);
      expect(values.reverb).toBeCloseTo(dataOf14(9000) / 127, 9);
    }
  });

  it('is known at nearly every speed', () => {
    const speeds = Array.from({ length: 500 }, (_, k) => k + 1);
    const known = speeds.filter((speed) =>
      learnedOfFader((speed * 977) % 16_384, speed, 40).includes('14 bit'),
    );
    expect(known.length / speeds.length).toBeGreaterThan(0.97);
  });

  it('is kept as it was learned where it came alone', () => {
    const { learn, send, couple, texts } = rig();
    learn.arm('reverb');
    for (const data of [10, 20, 30]) send(52, data);
    for (let raw = 5000; raw < 9000; raw += 40) couple(raw);
    expect(texts()).toEqual(['CC 52 ch 1']);
  });

  it('is learned for a second parameter though it is bound already, after a reload too', () => {
    const store = memoryStore();
    const first = rig(store);
    first.learn.arm('drive');
    for (let raw = 0; raw < 4000; raw += 100) first.couple(raw);
    const { learn, couple, texts } = rig(store);
    learn.arm('reverb');
    for (let raw = 0; raw < 4000; raw += 100) couple(raw);
    expect(texts()).toEqual(['CC 20 (14 bit) ch 1']);
    expect(learn.bindingsOf('drive').map(({ text }) => text)).toContain('CC 20 (14 bit) ch 1');
  });
});

describe('a binding of 14 bits', () => {
  it('never says steps', () => {
    const { learn } = rig();
    const move = { device: 'Knobs', channel: 1, kind: 'cc', number: 20, data: 1 } as const;
    const encoder = { ...bindingOf(move, 'reverb'), encoding: 'twos complement' } as const;
    learn.bind('Knobs', encoder);
    learn.bind('Knobs', { ...bindingOf({ ...move, number: 52 }, 'drive'), encoding: 'signed bit' });
    learn.arm('air');
    for (let k = 0; k < 5; k++) learn.handle({ ...move, kind: 'cc14', data: 10 + 10.5 * k });
    for (const id of ['reverb', 'drive', 'air'] as const) {
      for (const binding of learn.bindingsOf(id).filter(({ isDefault }) => !isDefault)) {
        expect(binding.kind === 'cc14' && binding.encoding !== undefined).toBe(false);
        learn.update(binding.id, { takeover: 'jump' });
      }
    }
    expect(() => learn.bind('Knobs', { ...encoder, kind: 'cc14' })).toThrow(
      'encoding of CC 20 (14 bit) ch 1 must be one of absolute, got twos complement',
    );
  });
});

describe('several controls that were just learned', () => {
  it('are each on trial, until each is known', () => {
    for (const times of [1, 2]) {
      const { learn, values, send } = rig();
      values.reverb = 0.5;
      learn.arm('reverb');
      for (let k = 0; k < times; k++) send(21, 1);
      learn.arm('drive');
      for (const data of [1, 1, 127, 127]) send(22, data);
      for (const data of [1, 1, 1, 127, 127, 127]) send(21, data);
      expect(learn.bindingsOf('reverb')).toMatchObject([{ encoding: 'twos complement' }]);
      expect(learn.bindingsOf('drive').at(-1)).toMatchObject({ encoding: 'twos complement' });
      expect(values.reverb).toBeCloseTo(0.5, 1);
    }
  });

  it('are knobs again where more of them says so', () => {
    const { learn, values, send } = rig();
    values.reverb = 0.5;
    learn.arm('reverb');
    for (const data of [1, 1, 1, 1, 1]) send(21, data, 10);
    expect(learn.bindingsOf('reverb')).toMatchObject([{ encoding: 'twos complement' }]);
    for (const data of [3, 5, 8, 12, 20, 33]) send(21, data, 10);
    expect(learn.bindingsOf('reverb')[0].encoding).toBeUndefined();
    expect(learn.statusOf('reverb')).toBe('waiting to pick up from below');
    for (const data of [50, 70, 90]) send(21, data, 10);
    expect(values.reverb).toBeCloseTo(90 / 127, 9);
  });

  it('move nothing, and say so, while one may turn either way', () => {
    const { learn, values, send } = rig();
    values.reverb = 0.5;
    learn.arm('reverb');
    for (let k = 0; k < 7; k++) send(21, 65, 20);
    expect(values.reverb).toBe(0.5);
    expect(learn.statusOf('reverb')).toBe('turn it a little further, to and fro');
    send(21, 1);
    send(21, 1);
    send(21, 65);
    expect(learn.bindingsOf('reverb')).toMatchObject([{ encoding: 'signed bit' }]);
    expect(values.reverb).toBeLessThan(0.5);
  });
});
