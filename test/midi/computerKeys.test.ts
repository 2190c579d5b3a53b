// Computer keys: which key does what, repeats, modifiers, release on blur.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionOfCode, listenToKeys } from '../../src/midi/computerKeys.ts';

class FakeElement {
  isContentEditable = false;
}
class FakeInput extends FakeElement {
  type = 'text';
}

const names = ['HTMLElement', 'HTMLInputElement', 'HTMLTextAreaElement', 'HTMLSelectElement'] as const;
beforeAll(() => {
  const fakes = [FakeElement, FakeInput, class extends FakeElement {}, class extends FakeElement {}];
  names.forEach((name, k) => Object.assign(globalThis, { [name]: fakes[k] }));
});
afterAll(() => names.forEach((name) => Reflect.deleteProperty(globalThis, name)));

function rig() {
  const page = new EventTarget();
  const calls: unknown[][] = [];
  const stop = listenToKeys(page, {
    press: (semitone, ms) => calls.push(['press', semitone, ms]),
    release: (semitone) => calls.push(['release', semitone]),
    shiftOctave: (by) => calls.push(['octave', by]),
  });
  const key = (type: string, code: string, more: Record<string, unknown> = {}, target?: unknown) => {
    const event = new Event(type);
    for (const [name, value] of Object.entries({ code, timeStamp: 7, ...more })) {
      Object.defineProperty(event, name, { value });
    }
    if (target) Object.defineProperty(event, 'composedPath', { value: () => [target] });
    page.dispatchEvent(event);
  };
  return { page, calls, key, stop };
}

describe('computer keys', () => {
  it('maps number row and keypad to digits, the two keys beside 0 to repeat and random, Z and X to octaves', () => {
    for (let digit = 0; digit < 10; digit++) {
      expect(actionOfCode(`Digit${digit}`)).toEqual({ semitone: digit });
      expect(actionOfCode(`Numpad${digit}`)).toEqual({ semitone: digit });
    }
    expect(actionOfCode('Minus')).toEqual({ semitone: 10 });
    expect(actionOfCode('Equal')).toEqual({ semitone: 11 });
    expect(actionOfCode('KeyZ')).toEqual({ octave: -1 });
    expect(actionOfCode('KeyX')).toEqual({ octave: 1 });
    expect(actionOfCode('KeyA')).toBeUndefined();
    expect(actionOfCode('NumpadEnter')).toBeUndefined();
  });

  it('presses once however long the key repeats, and releases', () => {
    const { calls, key } = rig();
    key('keydown', 'Digit5');
    key('keydown', 'Digit5', { repeat: true });
    key('keydown', 'Digit5');
    key('keyup', 'Digit5');
    key('keyup', 'Digit5');
    key('keydown', 'KeyX');
    expect(calls).toEqual([
      ['press', 5, 7],
      ['release', 5],
      ['octave', 1],
    ]);
  });

  it('leaves shortcuts and text fields alone, but plays while a knob has the focus', () => {
    const { calls, key } = rig();
    key('keydown', 'Digit1', { ctrlKey: true });
    key('keydown', 'Digit1', { metaKey: true });
    key('keydown', 'Digit1', { altKey: true });
    const text = new FakeInput();
    key('keydown', 'Digit1', {}, text);
    expect(calls).toEqual([]);
    const knob = new FakeInput();
    knob.type = 'range';
    key('keydown', 'Digit1', {}, knob);
    expect(calls).toEqual([['press', 1, 7]]);
  });

  it('releases held keys when the page loses focus or listening stops', () => {
    const { page, calls, key, stop } = rig();
    key('keydown', 'Digit1');
    page.dispatchEvent(new Event('blur'));
    expect(calls.at(-1)).toEqual(['release', 1]);
    key('keydown', 'Digit2');
    stop();
    expect(calls.at(-1)).toEqual(['release', 2]);
    key('keydown', 'Digit3');
    expect(calls).toHaveLength(4);
  });
});
