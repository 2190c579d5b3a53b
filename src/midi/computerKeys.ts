// The computer's keyboard as an instrument: the number row speaks digits, Z and X move by an octave.
import { randomSemitone, repeatSemitone } from '../performer/keymap.ts';

/** Velocity of a key without velocity: loud, with some room above it. */
export const keyVelocity = 110;

/** What a physical key does: a semitone of the current octave (0..9 are the digits) or a move to the next octave. */
export type KeyAction = { readonly semitone: number } | { readonly octave: -1 | 1 };

/**
 * Action of a `KeyboardEvent.code`: codes name places on the keyboard, so the number row is the same on every layout. The two
 * keys right of 0 are the repeat and random keys.
 */
export function actionOfCode(code: string): KeyAction | undefined {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code);
  if (digit) return { semitone: Number(digit[1]) };
  switch (code) {
    case 'Minus':
      return { semitone: repeatSemitone };
    case 'Equal':
      return { semitone: randomSemitone };
    case 'KeyZ':
      return { octave: -1 };
    case 'KeyX':
      return { octave: 1 };
    default:
      return undefined;
  }
}

/** What the keys play. */
export interface KeyTarget {
  press(semitone: number, eventMilliseconds: number): void;
  release(semitone: number): void;
  shiftOctave(by: -1 | 1): void;
}

/** True where a key types text or moves a choice by letters, so that it must not play. */
export function typesText(target: EventTarget | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  ) {
    return true;
  }
  const quiet = ['range', 'radio', 'checkbox', 'button'];
  return target instanceof HTMLInputElement && !quiet.includes(target.type);
}

/**
 * Listens on a window, or on an element for the keys that are typed inside it, until the returned function is called. Held keys are
 * released when that loses focus.
 * @param actionOf what a `KeyboardEvent.code` does
 */
export function listenToKeys(
  page: EventTarget,
  target: KeyTarget,
  actionOf: (code: string) => KeyAction | undefined = actionOfCode,
): () => void {
  const held = new Map<string, number>();
  const down = (event: KeyboardEvent) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typesText(event.composedPath()[0])) return;
    const action = actionOf(event.code);
    if (!action || held.has(event.code)) return;
    if ('octave' in action) {
      target.shiftOctave(action.octave);
      return;
    }
    held.set(event.code, action.semitone);
    target.press(action.semitone, event.timeStamp);
  };
  const up = (event: KeyboardEvent) => {
    const semitone = held.get(event.code);
    if (semitone === undefined) return;
    held.delete(event.code);
    target.release(semitone);
  };
  const blur = () => {
    for (const semitone of held.values()) target.release(semitone);
    held.clear();
  };
  // An element's own blur says nothing of what is inside it.
  const listeners = [
    ['keydown', down as EventListener],
    ['keyup', up as EventListener],
    ['blur', blur],
    ['focusout', blur],
  ] as const;
  const heard = 'closed' in page ? listeners.slice(0, 3) : listeners;
  for (const [type, listener] of heard) page.addEventListener(type, listener);
  return () => {
    blur();
    for (const [type, listener] of heard) page.removeEventListener(type, listener);
  };
}
