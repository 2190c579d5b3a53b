// The names that choices of the table go by. New ones go to the end: MIDI chooses by number.

/** Parts of a quarter note: how times follow the tempo. */
export const divisions = ['1/1', '1/2', '1/4', '1/4T', '1/8', '1/8T', '1/16', '1/16T', '1/32'] as const;
/** Quarter notes that a division lasts, in the order of `divisions`. */
export const divisionQuarters: readonly number[] = [4, 2, 1, 2 / 3, 1 / 2, 1 / 3, 1 / 4, 1 / 6, 1 / 8];
/** What velocity, the slow oscillator, chance, pressure and the MPE timbre can move. */
export const modulationTargets = [
  'nothing',
  'pitch',
  'level',
  'brightness',
  'breath',
  'formant',
  'air',
  'pan',
  'speed',
  'style 1',
  'style 2',
  'style 3',
  'style 4',
  'style 5',
  'style 6',
  'style 7',
  'style 8',
  'vibrato',
  'vibrato rate',
  'intonation',
  'start',
  'attack',
  'decay',
  'sustain',
  'release',
] as const;
/** The same for pressure; the first is what keyboards expect: vibrato, and the level of MPE notes. */
export const pressureTargets = ['usual', ...modulationTargets] as const;
export type ModulationTarget = (typeof modulationTargets)[number];

/** What keys mean; src/performer/playModes.ts says all of each. */
export const playModes = ['words', 'sing', 'lyrics', 'drum'] as const;
export type PlayModeName = (typeof playModes)[number];
export const holdModes = ['one-shot', 'hold', 'loop', 'stutter'] as const;
/** What a word does while its key is down. */
export type HoldMode = (typeof holdModes)[number];
export const keyUpModes = ['word ends', 'release'] as const;
export const voiceModes = ['poly', 'mono', 'legato'] as const;
export const lyricsEnds = ['loop', 'stop'] as const;
export const lfoShapes = ['sine', 'triangle', 'square', 'random'] as const;
/** Course of the slow oscillator; each lies between -1 and 1. */
export type LfoShape = (typeof lfoShapes)[number];
export const arpModes = ['off', 'up', 'down', 'up-down', 'played', 'random'] as const;
