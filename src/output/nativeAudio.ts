// Stands in for Tone.js' dependency standardized-audio-context when the page is built (vite.config.ts). That package wraps the
// audio API for browsers of ten years ago; the page hands Tone a native context, in browsers with AudioWorklet, and wraps
// nothing. It was a third of the page's program. Only what Tone imports is here.

/** In Node the classes of Web Audio are in a window that is there while this is loaded: src/offline/offlineEffects.ts. */
const scope = (globalThis as { readonly window?: typeof globalThis }).window ?? globalThis;

export const { AudioBuffer, AudioContext, AudioWorkletNode, OfflineAudioContext } = scope;
const { AudioNode, AudioParam } = scope;

export const isAnyAudioContext = (value: unknown): value is AudioContext => value instanceof AudioContext;
export const isAnyOfflineAudioContext = (value: unknown): value is OfflineAudioContext =>
  value instanceof OfflineAudioContext;
export const isAnyAudioNode = (value: unknown): value is AudioNode => value instanceof AudioNode;
export const isAnyAudioParam = (value: unknown): value is AudioParam => value instanceof AudioParam;

/** Tone passes it on under the name `supported`. */
export const isSupported = (): Promise<boolean> => Promise.resolve(typeof AudioWorkletNode === 'function');
