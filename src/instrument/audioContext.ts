// The audio context: opened inside the user's gesture, and checked for what the instrument needs.
import { InstrumentError } from './instrumentError.ts';
import { contextOptionsOf, firstLevelOf, defaultLatency, type LatencyLevel } from './latency.ts';

/**
 * Makes the context and resumes it; call it while the user's gesture still counts, so that the browser lets it sound.
 * @param level how much of the device's sound is asked for ahead
 * @throws InstrumentError when the browser has no Web Audio
 */
export function openContext(level: LatencyLevel = firstLevelOf(defaultLatency)): AudioContext {
  if (typeof AudioContext === 'undefined') {
    throw new InstrumentError(
      'browser',
      'This browser has no Web Audio; open the page in a current browser.',
    );
  }
  const context = new AudioContext(contextOptionsOf(level));
  // Where there was no gesture it stays suspended until one, which its state tells.
  context.resume().catch(() => undefined);
  return context;
}

/**
 * AudioWorklet exists in secure contexts only: over plain http from another machine the property is missing. A context that is closed, as
 * an offline one is after its rendering, never answers again.
 * @throws InstrumentError saying how to open the page, or that another context is wanted
 */
export function requireUsable(context: BaseAudioContext): void {
  if (!('audioWorklet' in context)) {
    throw new InstrumentError(
      'browser',
      'This page has no AudioWorklet; open it over https or from localhost in a current browser.',
    );
  }
  if (context.state === 'closed') {
    throw new InstrumentError(
      'audio',
      'The audio context is closed, or its rendering is over; make another one and hand that in.',
    );
  }
}
