// The letters of the computer's keyboard as a piano: the home row is white, the row above is black.

/** Codes from C upward, a semitone each: an octave and a fifth. */
const codes = [
  'KeyA',
  'KeyW',
  'KeyS',
  'KeyE',
  'KeyD',
  'KeyF',
  'KeyT',
  'KeyG',
  'KeyY',
  'KeyH',
  'KeyU',
  'KeyJ',
  'KeyK',
  'KeyO',
  'KeyL',
  'KeyP',
  'Semicolon',
  'Quote',
] as const;

const semitones = new Map<string, number>(codes.map((code, semitone) => [code, semitone]));

/** Semitones above the keyboard's lowest C of a `KeyboardEvent.code` (a place, the same on every layout), or undefined. */
export function semitoneOfCode(code: string): number | undefined {
  return semitones.get(code);
}

/** What is printed on the keys of a keyboard with Latin letters, from C upward. */
export const pianoLetters: readonly string[] = codes.map((code) =>
  code === 'Semicolon' ? ';' : code === 'Quote' ? '\u2019' : code.slice(3),
);
