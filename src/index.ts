/**
 * The library: what a host imports to play numvox in an audio context of its own.
 * @module numvox
 */
export { createInstrument } from './instrument/instrument.ts';
export type { Instrument, InstrumentOptions } from './instrument/instrument.ts';
export type { Diagnostics } from './instrument/diagnostics.ts';
export { diagnosticsText } from './instrument/diagnostics.ts';
export type { Fault } from './instrument/faultLog.ts';
export type { Feature } from './instrument/features.ts';
export type { InstrumentStatus } from './instrument/instrumentStatus.ts';
export { connectMidi } from './instrument/connectMidi.ts';
export type { MidiConnection, MidiOptions } from './instrument/connectMidi.ts';
export type { MidiInputInfo, MidiState } from './midi/inputs.ts';
export { InstrumentError } from './instrument/instrumentError.ts';
export type { FaultPlace } from './instrument/instrumentError.ts';
export type { HostContext } from './instrument/nativeContext.ts';
export { defaultAssets } from './instrument/assets.ts';
export type { AssetOverrides, AssetUrls } from './instrument/assets.ts';
export type { NoteEvent } from './performer/keys.ts';
export type { Session } from './session/session.ts';
export type { SessionState } from './session/sessionState.ts';
export type { KeyValueStore } from './session/keyValueStore.ts';
export { wavHeader } from './output/wavHeader.ts';
export { parameterById, parameterIds } from './contract/parameters.ts';
export type { Parameter, ParameterId, ParameterValues } from './contract/parameters.ts';
export { factoryPreset, factoryPresets } from './patch/factoryPresets.ts';
export type { Preset } from './patch/preset.ts';
