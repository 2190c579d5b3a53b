// How long after its time an event is heard: always the same, long enough for its way from the audio thread to the page and back.
import type { Samples, Seconds } from '../contract/units.ts';
import { latenciesOf } from '../instrument/contextLatencies.ts';
import { quantumOf } from '../instrument/renderStops.ts';

/** For a page that is busy with something else. A message takes 0.3 ms each way. */
const patienceSeconds: Seconds = 0.015;

/**
 * Frames from an event's time to what is heard of it, whole quanta. A device takes a block of quanta at once, and what is said in it
 * reaches none of that block.
 */
export function eventDelay(context: BaseAudioContext): Samples {
  const { base } = latenciesOf(context);
  const quantum = quantumOf(context);
  return quantum * Math.max(2, Math.ceil(((base + patienceSeconds) * context.sampleRate) / quantum));
}
