// The audio context: opened inside the user's gesture, and checked for what the instrument needs.
import { InstrumentError } from './instrumentError.ts';

/**
 * Makes the context; call it while the user's gesture still counts, so that the browser lets it sound.
 * @throws InstrumentError when the browser has no Web Audio
 */
export function openContext(): AudioContext {
  if (typeof AudioContext === 'undefined') {
    throw new InstrumentError(
      'browser',
      'This browser has no Web Audio; open the page in a current browser.',
    );
  }
  return new AudioContext({ latencyHint: 'interactive' });
}

/**
 * AudioWorklet exists in secure contexts only: over plain http from another machine the property is missing.
 * @throws InstrumentError saying how to open the page
 */
export function requireWorklets(context: AudioContext): void {
  if ('audioWorklet' in context) return;
  throw new InstrumentError(
    'browser',
    'This page has no AudioWorklet; open it over https or from localhost in a current browser.',
  );
}
