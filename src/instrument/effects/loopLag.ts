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
 */
export async function measureLoopLag(sampleRate: Hertz): Promise<Seconds> {
  const context = new OfflineAudioContext(2, 8 * trySamples, sampleRate);
  const source = new AudioBufferSourceNode(context, {
    buffer: new AudioBuffer({ length: 1, sampleRate }),
  });
  source.buffer?.getChannelData(0).fill(1);
  const delayTime = trySamples / sampleRate;
  const [first, second] = [new DelayNode(context, { delayTime }), new DelayNode(context, { delayTime })];
  const sides = new ChannelMergerNode(context, { numberOfInputs: 2 });
  source.connect(first).connect(second).connect(first);
  first.connect(sides, 0, 0);
  second.connect(sides, 0, 1);
  sides.connect(context.destination);
  source.start();
  const heard = (await context.startRendering()).getChannelData(1);
  const arrival = heard.findIndex((sample) => Math.abs(sample) > 0.4);
  return arrival < 0 ? 0 : (arrival - 2 * trySamples) / sampleRate;
}
