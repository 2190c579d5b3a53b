// The panic key: heard wherever the focus is, once however long it is down, and by nobody else.
import { describe, expect, it } from 'vitest';
import { listenToPanic } from '../../../src/ui/page/panicKey.ts';

function rig() {
  const page = new EventTarget();
  let panics = 0;
  const stop = listenToPanic(page as Window, () => panics++);
  const press = (values: Record<string, unknown>) => {
    const event = new Event('keydown', { cancelable: true });
    for (const [name, value] of Object.entries(values)) Object.defineProperty(event, name, { value });
    page.dispatchEvent(event);
    return event.defaultPrevented;
  };
  return { press, stop, panics: () => panics };
}

describe('the panic key', () => {
  it('is Ctrl or Cmd with the dot, wherever the layout has it', () => {
    const { press, panics } = rig();
    expect(press({ key: '.', code: 'Period', ctrlKey: true })).toBe(true);
    press({ key: '.', code: 'Comma', metaKey: true });
    press({ key: ':', code: 'Period', ctrlKey: true, shiftKey: true });
    expect(panics()).toBe(3);
    press({ key: '.', code: 'Period', ctrlKey: true, repeat: true });
    expect(panics()).toBe(3);
  });

  it('is no dot that is typed, no other shortcut, and nothing once listening has ended', () => {
    const { press, panics, stop } = rig();
    expect(press({ key: '.', code: 'Period' })).toBe(false);
    press({ key: 'z', code: 'KeyZ', ctrlKey: true });
    press({ key: '.', code: 'Period', ctrlKey: true, altKey: true });
    stop();
    press({ key: '.', code: 'Period', ctrlKey: true });
    expect(panics()).toBe(0);
  });
});
