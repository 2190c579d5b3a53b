// Tone.js in a context that belongs to a host: neither the host's handlers nor its own use of Tone are touched.
import type { BaseContext } from 'tone/build/esm/core/context/BaseContext.js';
import { Context } from 'tone/build/esm/core/context/Context.js';
import { ToneWithContext } from 'tone/build/esm/core/context/ToneWithContext.js';
import type { Seconds } from '../contract/units.ts';

/**
 * Runs `build`, which makes objects of Tone's, with `context` as Tone's default context. Their constructors ask for the
 * default one even where they are given a context, and Tone then makes an AudioContext with a worker of its own, if the
 * host has not set one. The default is back when `build` returns; nothing else can run meanwhile.
 */
export function inToneContext<T>(context: BaseContext, build: () => T): T {
  const getDefaults = Reflect.get(ToneWithContext, 'getDefaults');
  ToneWithContext.getDefaults = () => ({ context });
  try {
    return build();
  } finally {
    ToneWithContext.getDefaults = getDefaults;
  }
}

/**
 * Tone's view of a native context. Look-ahead 0, because Tone's default puts 0.1 s on everything that it schedules; clock
 * source 'offline', because effects need none of the ticks that Tone has from a worker.
 */
export class HostedToneContext extends Context {
  constructor(native: BaseAudioContext, updateInterval?: Seconds) {
    // Tone takes the handler of state changes for itself, and this needs none.
    const { onstatechange } = native;
    super({
      context: native as AudioContext,
      lookAhead: 0,
      clockSource: 'offline',
      ...(updateInterval === undefined ? {} : { updateInterval }),
    });
    native.onstatechange = onstatechange;
  }

  /** Whether the context runs is the host's decision: Tone resumes it when a transport starts. */
  override resume(): Promise<void> {
    return Promise.resolve();
  }

  /** Tone closes what it disposes of; the native context is the host's. */
  override close(): Promise<void> {
    return Promise.resolve();
  }
}
