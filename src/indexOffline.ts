/**
 * The instrument in Node, without a browser, rendered to samples.
 * @module numvox/offline
 */
export { OfflineInstrument } from './offline/offlineInstrument.ts';
export type { OfflineOptions } from './offline/offlineInstrument.ts';
export type { BlockSink, OpenEffects } from './offline/offlineOutput.ts';
export { OfflineEffects } from './offline/offlineEffects.ts';
export type { OfflineEffectsOptions } from './offline/offlineEffects.ts';
export { shippedModel } from './offline/shippedModel.ts';
export { renderSong } from './offline/renderSong.ts';
export type { SongRenderOptions } from './offline/renderSong.ts';
export { readSong } from './midi/midiFile.ts';
export type { Song } from './midi/song.ts';
export { openModel } from './model/nodeModel.ts';
export type { LatentPoint, NodeModel } from './model/nodeModel.ts';
export { loadBundleFromFolder } from './model/bundle.node.ts';
export { loadEngineModules } from './dsp/wasmLoops.node.ts';
export { wavHeader } from './output/wavHeader.ts';
export { factoryPreset, factoryPresets } from './patch/factoryPresets.ts';
