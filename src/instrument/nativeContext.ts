// The native audio context inside whatever a host has: its own, Tone's, or that of a ponyfill.
import { InstrumentError } from './instrumentError.ts';

/** A Tone.js context, or one of standardized-audio-context, on which Tone's default context stands. */
export interface WrappedContext {
  readonly sampleRate: number;
  readonly currentTime: number;
}

/**
 * What an instrument can live in: a native `AudioContext` or `OfflineAudioContext`, or a Tone.js context (`Tone.getContext()`)
 * around one, directly or through the ponyfill that Tone uses by default.
 * @example
 * const context: HostContext = Tone.getContext();
 * const instrument = await createInstrument({ context });
 */
export type HostContext = BaseAudioContext | WrappedContext;

/**
 * Where wrappers keep what they wrap: Tone 15's contexts in `rawContext`; standardized-audio-context 25, which has no
 * public way, in `_nativeContext`.
 */
const places = ['rawContext', '_nativeContext'] as const;
/** Tone around the ponyfill around the native one, and one to spare. */
const deepest = 3;

/** By the name that the platform gives: a context of another window is no instance of this one's classes. */
function isNative(value: object): value is BaseAudioContext {
  const name = Object.prototype.toString.call(value);
  return name === '[object AudioContext]' || name === '[object OfflineAudioContext]';
}

/**
 * The native context that `given` is or wraps.
 * @throws InstrumentError saying what was given and what to hand in instead
 */
export function nativeContextOf(given: unknown): BaseAudioContext {
  let inner = given;
  for (let depth = 0; depth <= deepest; depth++) {
    if (typeof inner !== 'object' || inner === null) break;
    if (isNative(inner)) return inner;
    const holder: object = inner;
    const place = places.find((name) => name in holder);
    if (place === undefined) break;
    inner = Reflect.get(holder, place);
  }
  throw new InstrumentError(
    'audio',
    `context must be an AudioContext, an OfflineAudioContext or a Tone.js context around one, got ${described(given)}; ` +
      'hand in new AudioContext(), or leave it out.',
  );
}

function described(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return `a value of type ${typeof value}`;
  const { constructor } = value;
  return `an object of ${typeof constructor === 'function' && constructor.name ? constructor.name : 'no class'} with no native context inside`;
}
