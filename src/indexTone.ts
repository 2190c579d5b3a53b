/**
 * The instrument for programs of Tone.js. Tone is the host's copy.
 * @module numvox/tone
 */
export { Numvox } from './tone/toneInstrument.ts';
export type { NumvoxOptions, NumvoxSettings } from './tone/toneInstrument.ts';
export type { ParameterOption, ParameterOptions, SoundOptions } from './tone/soundOptions.ts';
export type { SignalProperties } from './tone/parameterSignals.ts';
