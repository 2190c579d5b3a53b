// `numvox/tone`: the instrument for programs of Tone.js. Tone is the host's copy.
export { Numvox } from './toneInstrument.ts';
export type { NumvoxOptions, NumvoxSettings } from './toneInstrument.ts';
export type { ParameterOption, ParameterOptions, SoundOptions } from './soundOptions.ts';
export type { SignalProperties } from './parameterSignals.ts';
