// How much later than its delays say a loop of nodes comes round: browsers differ.
import type { Hertz, Seconds } from '../../contract/units.ts';

/**
 * Delay of each half of the loop that is tried: longer than a render quantum, which is the least a loop can
 * have.
 */
const trySamples = 512;

/**
 * Time that the second of two delays in a loop adds to its own. Web Audio says none; Chromium 156 takes what
 * comes from the first out of the quantum before, 128 samples, which the tempo of echoes would show. The first
 * one is that which is connected to the earlier input of what comes after both.
 * @param Offline the offline context of the nodes' own kind; the browser's by default
 */
export async function measureLoopLag(
  sampleRate: Hertz,
  Offline: typeof OfflineAudioContext = OfflineAudioContext,
): Promise<Seconds> {
  const context = new Offline(2, 8 * trySamples, sampleRate);
  const source = context.createBufferSource();
  const click = context.createBuffer(1, 1, sampleRate);
  click.copyToChannel(Float32Array.of(1), 0);
  source.buffer = click;
  const [first, second] = [context.createDelay(), context.createDelay()];
  for (const { delayTime } of [first, second]) delayTime.value = trySamples / sampleRate;
  const sides = context.createChannelMerger(2);
  source.connect(first).connect(second).connect(first);
  first.connect(sides, 0, 0);
  second.connect(sides, 0, 1);
  sides.connect(context.destination);
  source.start();
  const heard = (await context.startRendering()).getChannelData(1);
  const arrival = heard.findIndex((sample) => Math.abs(sample) > 0.4);
  return arrival < 0 ? 0 : (arrival - 2 * trySamples) / sampleRate;
}
