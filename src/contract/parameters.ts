// The one table of parameters: page, MIDI, presets, patches in addresses and the command line read it.
// Long as the table is.
import { requireNumber } from './errors.ts';

/** Groups as the page shows them. */
export const parameterGroups = [
  'style',
  'play',
  'envelope',
  'pitch',
  'timbre',
  'modulation',
  'morph',
  'arpeggio',
  'effects',
  'output',
] as const;
export type ParameterGroup = (typeof parameterGroups)[number];

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

export const playModes = ['words', 'sing', 'lyrics', 'drum'] as const;
export const holdModes = ['one-shot', 'hold', 'loop', 'stutter'] as const;
export const keyUpModes = ['word ends', 'release'] as const;
export const voiceModes = ['poly', 'mono', 'legato'] as const;
const lyricsEnds = ['loop', 'stop'] as const;
export const lfoShapes = ['sine', 'triangle', 'square', 'random'] as const;
export const arpModes = ['off', 'up', 'down', 'up-down', 'played', 'random'] as const;

type Curve = 'linear' | 'exponential' | 'choice';
type Unit = '' | 'dB' | 'Hz' | 's' | 'ct' | 'st' | '%' | 'bpm' | 'x' | 'dB/oct';

interface Entry {
  readonly label: string;
  readonly group: ParameterGroup;
  readonly min: number;
  readonly max: number;
  readonly defaultValue: number;
  readonly curve?: Curve;
  readonly unit?: Unit;
  readonly decimals?: number;
  readonly cc?: number;
  readonly knob?: number;
  readonly choices?: readonly string[];
  /** One sentence for help texts. */
  readonly about?: string;
}

/** First of the ten sound controllers, 70..79, in the MIDI 1.0 list of controller numbers. */
const firstSoundController = 70;

const style = (knob: number): Entry => ({
  label: `Style ${knob + 1}`,
  group: 'style',
  min: -2,
  max: 2,
  defaultValue: 0,
  decimals: 2,
  cc: firstSoundController + knob,
  knob,
});

function choice(
  label: string,
  group: ParameterGroup,
  choices: readonly string[],
  about: string,
  first = 0,
): Entry {
  return {
    label,
    group,
    min: 0,
    max: choices.length - 1,
    defaultValue: first,
    curve: 'choice',
    choices,
    about,
  };
}

const share = (label: string, group: ParameterGroup, defaultValue: number, about: string): Entry => ({
  label,
  group,
  min: 0,
  max: 1,
  defaultValue,
  decimals: 2,
  about,
});

const seconds = (
  label: string,
  group: ParameterGroup,
  min: number,
  max: number,
  defaultValue: number,
  about: string,
): Entry => ({ label, group, min, max, defaultValue, curve: 'exponential', unit: 's', decimals: 3, about });

const table = {
  style1: style(0),
  style2: style(1),
  style3: style(2),
  style4: style(3),
  style5: style(4),
  style6: style(5),
  style7: style(6),
  style8: style(7),

  mode: choice(
    'Mode',
    'play',
    playModes,
    'Keys say words, sing the word, step through lyrics, or strike stored points.',
  ),
  hold: choice('Held keys', 'play', holdModes, 'What a word does while its key is down.'),
  voiceMode: choice('Voices', 'play', voiceModes, 'Many notes, one note, or one note whose pitch slides.'),
  digit: {
    label: 'Digit',
    group: 'play',
    min: 0,
    max: 9,
    defaultValue: 1,
    decimals: 2,
    cc: 14,
    about: 'The word that is sung; between whole numbers it is a morph of both.',
  },
  speaker: {
    label: 'Speaker',
    group: 'play',
    min: 0,
    max: 15,
    defaultValue: 0,
    decimals: 0,
    cc: 15,
    about: 'Who sings: the number of a voice of the bundle; beyond the last one the last.',
  },
  lyricsEnd: choice('Lyrics end', 'play', lyricsEnds, 'After the last word: from the front, or silence.'),
  speed: {
    label: 'Speed',
    group: 'play',
    min: -8,
    max: 8,
    defaultValue: 1,
    unit: 'x',
    decimals: 2,
    about: 'How fast a word is read; below zero backwards.',
  },
  startOffset: {
    ...share('Start', 'play', 0, 'Where in the word a note starts, from its onset to its end.'),
  },
  freeze: choice('Freeze', 'play', ['off', 'on'], 'Words stand still where they are.'),
  stutterRate: choice('Stutter', 'play', divisions, 'Length of the repeated stretch.', 6),

  attack: seconds('Attack', 'envelope', 0.001, 5, 0.001, 'Time to full level.'),
  decay: seconds('Decay', 'envelope', 0.005, 10, 0.2, 'Time from full level to the sustain level.'),
  sustain: share('Sustain', 'envelope', 1, 'Level while the key stays down.'),
  release: seconds(
    'Release',
    'envelope',
    0.005,
    10,
    0.05,
    'Time to silence after the key; where Key up lets the word end, of loops and what stands still.',
  ),
  velocityAmount: share('Velocity', 'envelope', 1, 'How much velocity moves the level.'),
  velocityCurve: {
    label: 'Velocity curve',
    group: 'envelope',
    min: -1,
    max: 1,
    defaultValue: 0,
    decimals: 2,
    about: 'Below zero soft keys sound louder, above zero softer.',
  },

  glide: seconds(
    'Glide',
    'pitch',
    0.001,
    3,
    0.001,
    'Time that the pitch takes from note to note in mono and legato.',
  ),
  transpose: {
    label: 'Transpose',
    group: 'pitch',
    min: -36,
    max: 36,
    defaultValue: 0,
    unit: 'st',
    decimals: 0,
  },
  tuningHz: { label: 'A4', group: 'pitch', min: 400, max: 480, defaultValue: 440, unit: 'Hz', decimals: 1 },
  bendRange: {
    label: 'Bend range',
    group: 'pitch',
    min: 0,
    max: 48,
    defaultValue: 2,
    unit: 'st',
    decimals: 2,
  },
  intonation: share('Intonation', 'pitch', 0.1, "How much of the word's own melody rides on a sung note."),
  vibratoRate: {
    label: 'Vibrato rate',
    group: 'pitch',
    min: 0.1,
    max: 12,
    defaultValue: 5.5,
    curve: 'exponential',
    unit: 'Hz',
    decimals: 2,
  },
  vibratoDepth: {
    label: 'Vibrato depth',
    group: 'pitch',
    min: 0,
    max: 200,
    defaultValue: 0,
    unit: 'ct',
    decimals: 0,
    cc: 1,
  },
  vibratoDelay: seconds('Vibrato delay', 'pitch', 0.001, 3, 0.25, 'Time before the vibrato has come in.'),

  formant: {
    label: 'Formant',
    group: 'timbre',
    min: -12,
    max: 12,
    defaultValue: 0,
    unit: 'st',
    decimals: 1,
    about: 'Size of the mouth, without the pitch.',
  },
  breath: share('Breath', 'timbre', 0, 'Noise in voiced sound; 1 whispers.'),
  brightness: {
    label: 'Brightness',
    group: 'timbre',
    min: -12,
    max: 12,
    defaultValue: 0,
    unit: 'dB/oct',
    decimals: 1,
    about: 'Tilt of the spectrum about 1 kHz.',
  },
  air: share('Air', 'timbre', 0, "Harmonics and noise above the model's highest frequency."),
  pan: { label: 'Pan', group: 'timbre', min: -1, max: 1, defaultValue: 0, decimals: 2, cc: 10 },
  spread: share('Spread', 'timbre', 0, 'How far voices stand apart.'),
  variation: share('Variation', 'timbre', 0, 'How far each note stands from the others in latent space.'),

  lfoRate: {
    label: 'LFO rate',
    group: 'modulation',
    min: 0.02,
    max: 20,
    defaultValue: 1,
    curve: 'exponential',
    unit: 'Hz',
    decimals: 2,
  },
  lfoSync: choice('LFO sync', 'modulation', ['free', ...divisions], 'Follows the tempo instead of its rate.'),
  lfoShape: choice('LFO shape', 'modulation', lfoShapes, 'Course of the slow oscillator.'),
  lfoTo: choice('LFO to', 'modulation', modulationTargets, 'What the slow oscillator moves.'),
  lfoAmount: { label: 'LFO amount', group: 'modulation', min: -1, max: 1, defaultValue: 0, decimals: 2 },
  velocityTo: choice(
    'Velocity to',
    'modulation',
    modulationTargets,
    'What velocity moves besides the level.',
  ),
  velocityToAmount: {
    label: 'Velocity amount',
    group: 'modulation',
    min: -1,
    max: 1,
    defaultValue: 0,
    decimals: 2,
  },
  randomTo: choice('Random to', 'modulation', modulationTargets, 'What is different for every note.'),
  randomAmount: { label: 'Random amount', group: 'modulation', min: 0, max: 1, defaultValue: 0, decimals: 2 },

  sceneX: { ...share('Scene X', 'morph', 0, 'Across the pad of the four scenes.') },
  sceneY: { ...share('Scene Y', 'morph', 0, 'Up the pad of the four scenes.') },
  sceneAmount: share('Scenes', 'morph', 0, 'How much the scenes move the parameters.'),
  sceneKnob: {
    label: 'Scene',
    group: 'morph',
    min: 0,
    max: 3,
    defaultValue: 0,
    decimals: 2,
    about: 'From scene A through B and C to D.',
  },
  mapX: { ...share('Map X', 'morph', 0.5, 'Across the map of voices.') },
  mapY: { ...share('Map Y', 'morph', 0.5, 'Up the map of voices.') },
  mapAmount: share('Map', 'morph', 0, "How far the style goes from the voice's own to the map's."),

  arpMode: choice('Arpeggio', 'arpeggio', arpModes, 'Plays held keys one after the other.'),
  arpRate: choice('Arp rate', 'arpeggio', divisions, 'Time from note to note.', 4),
  arpGate: { label: 'Arp gate', group: 'arpeggio', min: 0.05, max: 1, defaultValue: 0.6, decimals: 2 },
  arpOctaves: { label: 'Arp octaves', group: 'arpeggio', min: 1, max: 4, defaultValue: 1, decimals: 0 },
  arpSwing: { label: 'Arp swing', group: 'arpeggio', min: 0, max: 0.75, defaultValue: 0, decimals: 2 },
  tempo: {
    label: 'Tempo',
    group: 'arpeggio',
    min: 30,
    max: 300,
    defaultValue: 120,
    unit: 'bpm',
    decimals: 1,
  },

  drive: share('Drive', 'effects', 0, 'Soft saturation.'),
  chorus: share('Chorus', 'effects', 0, 'Share of the chorus in the sound.'),
  chorusRate: {
    label: 'Chorus rate',
    group: 'effects',
    min: 0.05,
    max: 8,
    defaultValue: 0.8,
    curve: 'exponential',
    unit: 'Hz',
    decimals: 2,
  },
  delay: share('Delay', 'effects', 0, 'Share of the echoes in the sound.'),
  delayTime: choice('Delay time', 'effects', divisions, 'Time from echo to echo, in the tempo.', 4),
  delayFeedback: {
    label: 'Delay feedback',
    group: 'effects',
    min: 0,
    max: 0.95,
    defaultValue: 0.35,
    decimals: 2,
  },
  reverb: share('Reverb', 'effects', 0, 'Share of the room in the sound.'),
  reverbSeconds: {
    label: 'Reverb time',
    group: 'effects',
    min: 0.2,
    max: 10,
    defaultValue: 2,
    curve: 'exponential',
    unit: 's',
    decimals: 2,
  },
  eqLow: { label: 'Low', group: 'effects', min: -18, max: 18, defaultValue: 0, unit: 'dB', decimals: 1 },
  eqMid: { label: 'Mid', group: 'effects', min: -18, max: 18, defaultValue: 0, unit: 'dB', decimals: 1 },
  eqHigh: { label: 'High', group: 'effects', min: -18, max: 18, defaultValue: 0, unit: 'dB', decimals: 1 },

  outputGainDb: {
    label: 'Volume',
    group: 'output',
    min: -60,
    max: 6,
    defaultValue: 0,
    unit: 'dB',
    decimals: 1,
    cc: 7,
  },
  // Behind the others, since NRPN count rows.
  keyUp: choice(
    'Key up',
    'envelope',
    keyUpModes,
    'Whether the word is spoken to its end when the key goes up, or fades in the release time.',
  ),
  timbreTo: choice(
    'Timbre to',
    'modulation',
    modulationTargets,
    'What CC 74 of an MPE keyboard moves, each finger for its own note.',
    modulationTargets.indexOf('style 1'),
  ),
  timbreAmount: {
    label: 'Timbre amount',
    group: 'modulation',
    min: -1,
    max: 1,
    defaultValue: 1,
    decimals: 2,
  },
  pressureTo: choice(
    'Pressure to',
    'modulation',
    pressureTargets,
    'What pressure on a key or a channel moves for its notes; usual is vibrato, in MPE the level.',
  ),
  pressureAmount: {
    label: 'Pressure amount',
    group: 'modulation',
    min: -1,
    max: 1,
    defaultValue: 0.5,
    decimals: 2,
  },
} as const satisfies Record<string, Entry>;

export type ParameterId = keyof typeof table;

/** Names of the parameters, as every layer spells them. */
export const parameterIds = Object.keys(table) as readonly ParameterId[];

/** One row of the table. Values are plain numbers in `unit`; a choice's value is the index of the choice. */
export interface Parameter {
  readonly id: ParameterId;
  /** For people; the page calls a style by the name of the bundle's direction instead. */
  readonly label: string;
  readonly group: ParameterGroup;
  readonly min: number;
  readonly max: number;
  readonly defaultValue: number;
  /**
   * How a control's travel 0..1 maps to min..max: straight, in equal ratios, or by whole numbers. A decibel scale is linear in
   * decibels.
   */
  readonly curve: Curve;
  /** Written after the number, with a space; empty for a bare number. */
  readonly unit: Unit;
  /** Digits after the point in texts. */
  readonly decimals: number;
  /** MIDI controller number that moves it unless another is learned, 0..119. */
  readonly cc?: number;
  /** Index of the bundle's direction that it moves along, for styles only. */
  readonly knob?: number;
  /** Names of a choice's values. */
  readonly choices?: readonly string[];
  /** One sentence for help texts. */
  readonly about?: string;
}

/** Every parameter. Styles move along the bundle's latent directions, most audible first; see docs/midi.md for controllers. */
export const parameters: readonly Parameter[] = parameterIds.map((id) => {
  const entry: Entry = table[id];
  return {
    ...entry,
    id,
    curve: entry.curve ?? 'linear',
    unit: entry.unit ?? '',
    decimals: entry.decimals ?? 0,
  };
});

const byId = new Map<string, Parameter>(parameters.map((parameter) => [parameter.id, parameter]));

/** A value for every parameter. */
export type ParameterValues = Readonly<Record<ParameterId, number>>;

/** Every parameter at its default. */
export function defaultValues(): Record<ParameterId, number> {
  return Object.fromEntries(parameters.map((p) => [p.id, p.defaultValue])) as Record<ParameterId, number>;
}

/**
 * The row of a parameter.
 * @throws RangeError for an unknown id
 */
export function parameterById(id: string): Parameter {
  const found = byId.get(id);
  if (found) return found;
  throw new RangeError(`parameter id must be one of ${parameterIds.join(', ')}, got ${id}`);
}

/** The row that a MIDI controller number moves, or undefined. */
export function parameterOfController(cc: number): Parameter | undefined {
  return parameters.find((parameter) => parameter.cc === cc);
}

/** Position of a value on the control's travel, 0..1; values outside the range clamp. */
export function positionOf(parameter: Parameter, value: number): number {
  const { min, max, curve } = parameter;
  const share =
    curve === 'exponential' ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return Math.min(1, Math.max(0, share));
}

/** Value at a position 0..1 of the control's travel; positions outside clamp. */
export function valueAt(parameter: Parameter, position: number): number {
  const { min, max, curve } = parameter;
  const share = Math.min(1, Math.max(0, position));
  if (curve === 'exponential') return min * Math.pow(max / min, share);
  const value = min + (max - min) * share;
  return curve === 'choice' ? Math.round(value) : value;
}

/**
 * Value of a MIDI controller's data byte. A range that is symmetric about its middle puts that middle on 64, so that a
 * centred wheel or knob means exactly "as trained"; other ranges spread evenly over 0..127.
 * @param data 0..127, with fractions for 14-bit controllers
 * @throws RangeError when data is outside 0..127
 */
export function valueOfController(parameter: Parameter, data: number): number {
  requireNumber('controller value', data, 0, 127);
  const isSymmetric = parameter.curve === 'linear' && parameter.min === -parameter.max;
  if (!isSymmetric) return valueAt(parameter, data / 127);
  return valueAt(parameter, data <= 64 ? data / 128 : 0.5 + (data - 64) / 126);
}

/** A value as the page writes it: `+0.50`, `-6.0 dB`, `legato`. Only ranges that reach below zero show a plus. */
export function textOf(parameter: Parameter, value: number): string {
  const { choices, decimals, min, unit } = parameter;
  if (choices) return choices[Math.min(choices.length - 1, Math.max(0, Math.round(value)))];
  const rounded = Number(value.toFixed(decimals));
  const sign = rounded > 0 && min < 0 ? '+' : rounded < 0 ? '\u2212' : '';
  return `${sign}${Math.abs(rounded).toFixed(decimals)}${unit ? ` ${unit}` : ''}`;
}

/**
 * The value that a text means, with or without its unit; a choice by its name or number.
 * @throws RangeError when the text is no number or lies outside the parameter's range
 */
export function valueOfText(parameter: Parameter, text: string): number {
  const { choices, label, min, max, unit } = parameter;
  const trimmed = text.trim();
  if (choices) {
    const index = choices.findIndex((name) => name.toLowerCase() === trimmed.toLowerCase());
    if (index >= 0) return index;
    throw new RangeError(`${label} must be one of ${choices.join(', ')}, got "${text}"`);
  }
  const number = trimmed.replace(/\u2212/g, '-');
  const bare =
    unit && number.toLowerCase().endsWith(unit.toLowerCase()) ? number.slice(0, -unit.length) : number;
  const value = bare.trim() === '' ? NaN : Number(bare);
  return requireNumber(label, value, min, max, `the text was "${text}"`);
}

/**
 * A value as its parameter takes it: choices are whole.
 * @throws RangeError for an unknown id or a value outside its range
 */
export function acceptedValue(id: ParameterId, value: number): number {
  const { min, max, curve } = parameterById(id);
  requireNumber(id, value, min, max);
  return curve === 'choice' ? Math.round(value) : value;
}
