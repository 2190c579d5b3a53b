/**
 * Spectrograms to sound and back, for any program; no page, no model, no WebAssembly unless it is handed in.
 * @module numvox/dsp
 */
export { StreamingInverter, inverterPresets } from './dsp/streamingInverter.ts';
export type { InverterPreset, InverterProgress, StreamingInverterOptions } from './dsp/streamingInverter.ts';
export { invertRecording } from './dsp/invert.ts';
export type { Inversion, InvertSettings } from './dsp/invert.ts';
export { frameCount, stft, stftMagnitudes } from './dsp/stft.ts';
export type { ComplexSpectrogram, MagnitudeSpectrogram, StftSizes } from './dsp/stft.ts';
export { MelFilterbank, hertzOfMel, melOfHertz } from './dsp/mel.ts';
export type { MelSizes } from './dsp/mel.ts';
export { trackPitch } from './dsp/pitch.ts';
export type { PitchOptions } from './dsp/pitch.ts';
export { resample } from './dsp/resampler.ts';
export { createFft } from './dsp/createFft.ts';
export type { ChosenFft } from './dsp/createFft.ts';
export type { RealFft } from './dsp/fft.ts';
export type { EngineModules } from './dsp/wasmLoops.ts';
