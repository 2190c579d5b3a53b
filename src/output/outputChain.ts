// From the kernel to the speakers: effects -> gain -> limiter and recorder tap -> destination, with an analyser
// for meters.
import { Context as ToneContext } from 'tone/build/esm/core/context/Context.js';
import { Gain } from 'tone/build/esm/core/context/Gain.js';
import { connect } from 'tone/build/esm/core/context/ToneAudioNode.js';
import { setContext } from 'tone/build/esm/core/Global.js';
import type { Decibels } from '../contract/units.ts';
import { createEffects, type Effects } from './effects/effects.ts';
import { measureLoopLag } from './effects/loopLag.ts';
import { gainOfDecibels } from '../dsp/loudness.ts';
import { outputChannels } from './outputProtocol.ts';
import outputProcessorUrl from './outputProcessor.ts?worker&url';

/** Long enough to hide a step, short enough to feel direct. */
const gainRampSeconds = 0.02;

/** The nodes of the chain; connect the kernel with `connectSource`. */
export interface OutputChain {
  /** Port of the output stage: the recorder's. */
  readonly port: MessagePort;
  /** Reads what is heard. */
  readonly analyser: AnalyserNode;
  /** What lies between the voices and the gain. */
  readonly effects: Effects;
  connectSource(node: AudioNode): void;
  setGain(levelDb: Decibels): void;
  /** Called when the output stage stops for good. */
  onFault(handler: (message: string) => void): void;
  dispose(): void;
}

/**
 * Builds the chain and hands the native context to Tone, so that whatever else uses Tone shares the clock.
 * Tone's own modules are imported one by one: the package's index makes a second AudioContext of its own when it
 * is loaded. `lookAhead: 0` because Tone's default puts 0.1 s on everything that it schedules; `offline` because the effects
 * need none of the ticks that Tone has from a worker, which would go on after `dispose`.
 */
export async function createOutputChain(context: AudioContext): Promise<OutputChain> {
  const [loopLag] = await Promise.all([
    measureLoopLag(context.sampleRate),
    context.audioWorklet.addModule(new URL(outputProcessorUrl, import.meta.url)),
  ]);
  // Tone takes the handler of state changes for itself.
  const { onstatechange } = context;
  const toneContext = new ToneContext({ context, lookAhead: 0, clockSource: 'offline' });
  toneContext.on('statechange', () => {
    onstatechange?.call(context, new Event('statechange'));
  });
  setContext(toneContext);
  const source = new Gain({ context: toneContext, gain: 1 });
  const volume = new Gain({ context: toneContext, gain: 1 });
  const stage = new AudioWorkletNode(context, 'numvox-output', {
    numberOfInputs: 1,
    numberOfOutputs: 1,
    outputChannelCount: [outputChannels],
    channelCount: outputChannels,
    channelCountMode: 'explicit',
  });
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  const effects = createEffects(toneContext, source, volume, { loopLag });
  connect(volume, stage);
  stage.connect(analyser);
  stage.connect(context.destination);
  return {
    port: stage.port,
    analyser,
    effects,
    connectSource: (node) => connect(node, source),
    setGain: (levelDb) => void volume.gain.rampTo(gainOfDecibels(levelDb), gainRampSeconds),
    onFault: (handler) => {
      stage.onprocessorerror = () => handler('the output stage stopped');
    },
    dispose: () => {
      stage.disconnect();
      effects.dispose();
      source.dispose();
      volume.dispose();
    },
  };
}
