// What a context tells of its latencies, where it may be asked.
import type { Seconds } from '../contract/units.ts';

/**
 * Firefox is not asked for its output latency: asked while the device runs, it waits on the page's thread for the audio thread,
 * which may be waiting for it, and the page stands still for ever (three loads of five with Firefox 153 and PulseAudio).
 * `mozInnerScreenX` is what only Firefox has.
 */
const mayBeAsked = (): boolean => !('mozInnerScreenX' in globalThis);

/** From the worklet to the operating system, and from there to the air; 0 where it is not told, as offline. */
export function latenciesOf(context: BaseAudioContext): { readonly base: Seconds; readonly output: Seconds } {
  const { baseLatency = 0 } = context as Partial<AudioContext>;
  const { outputLatency = 0 } = mayBeAsked() ? (context as Partial<AudioContext>) : {};
  return { base: baseLatency, output: outputLatency };
}
