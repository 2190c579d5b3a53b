// Presses of keys on the screen: every press has its release, whatever goes away under a finger.
import { describe, expect, it } from 'vitest';
import { KeyPresses, type KeyPress } from '../../../src/ui/keys/keyPress.ts';

function rig() {
  const host = Object.assign(new EventTarget(), { addController: () => undefined });
  const heard: string[] = [];
  host.addEventListener('key-press', (event) => {
    const { semitone, source, down } = (event as CustomEvent<KeyPress>).detail;
    heard.push(`${source} ${semitone} ${down ? 'down' : 'up'}`);
  });
  const key = (name: string, repeat = false) =>
    ({ key: name, repeat, timeStamp: 0, preventDefault: () => undefined }) as KeyboardEvent;
  const pointer = (pointerId: number) => ({ pointerId, timeStamp: 0 }) as PointerEvent;
  return { presses: new KeyPresses(host), heard, key, pointer };
}

describe('keys on the screen', () => {
  it('do not hang when Tab moves the focus on while Space is held', () => {
    const { presses, heard, key } = rig();
    presses.keyDown(key(' '), 4);
    presses.keyDown(key(' ', true), 4);
    presses.focusOut();
    // The next key hears the rest of it.
    presses.keyDown(key(' ', true), 5);
    presses.keyUp(key(' '));
    expect(heard).toEqual(['focus  4 down', 'focus  4 up']);
    presses.keyDown(key(' '), 5);
    presses.keyUp(key(' '));
    expect(heard.slice(2)).toEqual(['focus  5 down', 'focus  5 up']);
  });

  it('do not hang when a preset brings another mode, and so other keys, under a finger', () => {
    const { presses, heard, pointer, key } = rig();
    presses.pointerDown(pointer(1), 3);
    presses.pointerDown(pointer(2), 7);
    presses.keyDown(key('Enter'), 9);
    presses.hostDisconnected();
    presses.pointerEnd(pointer(1));
    expect(heard.slice(3)).toEqual(['pointer1 3 up', 'pointer2 7 up', 'focusEnter 9 up']);
  });
});
