// Whether an offline context can wait for the decoder.
import { InstrumentError } from '../instrument/instrumentError.ts';
import { isOffline } from '../worklet/workletModules.ts';

/**
 * @throws InstrumentError where the browser cannot stop an offline context
 */
export function requireStops(context: BaseAudioContext): void {
  // Not in Firefox (153).
  if (!isOffline(context) || 'suspend' in context) return;
  throw new InstrumentError(
    'browser',
    "This browser's OfflineAudioContext has no suspend(), so nothing waits for the decoder; render in Chrome, Edge or Safari, or record " +
      'in real time with Tone.Recorder.',
  );
}
