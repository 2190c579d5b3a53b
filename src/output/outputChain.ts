// From the kernel to the host: effects -> gain -> limiter and recorder tap -> output, with an analyser for meters.
import { connect } from 'tone/build/esm/core/context/ToneAudioNode.js';
import type { Decibels, Hertz, Seconds } from '../contract/units.ts';
import { createEffects, type Effects } from './effects/effects.ts';
import { measureLoopLag } from './effects/loopLag.ts';
import { allAtOnce, pageSlices } from './effects/slices.ts';
import { makeGain } from './effects/toneNodes.ts';
import { gainOfDecibels } from '../dsp/loudness.ts';
import { endProcessor, isOffline, loadWorkletModule } from '../worklet/workletModules.ts';
import { outputChannels, type ToOutput } from './outputProtocol.ts';
import { HostedToneContext } from './toneContext.ts';

/** Long enough to hide a step, short enough to feel direct. */
const gainRampSeconds = 0.02;

/** Addresses of what the chain loads, absolute. */
export interface OutputUrls {
  /** Module of the audio worklet: `outputProcessor.ts`, bundled. */
  readonly outputProcessor: string;
}

/** Where a chain ends: what the host connects to, which stays when the chain before it has to be built again. */
export interface Outlet {
  /** What is heard; connected to nothing yet. */
  readonly output: GainNode;
  /** Reads what is heard. */
  readonly analyser: AnalyserNode;
}

/** A host that disconnects the output leaves the analyser connected. */
export function makeOutlet(context: BaseAudioContext): Outlet {
  return { output: new GainNode(context), analyser: new AnalyserNode(context, { fftSize: 2048 }) };
}

/** The nodes of the chain; connect the kernel with `connectSource`. */
export interface OutputChain {
  /** Port of the output stage: the recorder's. */
  readonly port: MessagePort;
  /** What lies between the voices and the gain. */
  readonly effects: Effects;
  connectSource(node: AudioNode): void;
  setGain(levelDb: Decibels): void;
  /** So many chains are heard at once, of contexts that know nothing of each other: together they keep to the ceiling. */
  share(chains: number): void;
  /** Called when the output stage stops for good. */
  onFault(handler: (message: string) => void): void;
  /** Takes the nodes apart, and leaves the outlet; resolves once the output stage has ended. */
  dispose(): Promise<void>;
}

/** The measurement renders sound: once for each rate is enough. */
const loopLags = new Map<Hertz, Promise<Seconds>>();

function loopLagAt(sampleRate: Hertz): Promise<Seconds> {
  const measuring = loopLags.get(sampleRate) ?? measureLoopLag(sampleRate);
  loopLags.set(sampleRate, measuring);
  measuring.catch(() => loopLags.delete(sampleRate));
  return measuring;
}

/**
 * Builds the chain in a native context, which stays the host's. Tone's own modules are imported one by one: the package's
 * index makes a second AudioContext of its own when it is loaded.
 */
export async function createOutputChain(
  context: BaseAudioContext,
  urls: OutputUrls,
  outlet: Outlet,
): Promise<OutputChain> {
  const [loopLag] = await Promise.all([
    loopLagAt(context.sampleRate),
    loadWorkletModule(context, urls.outputProcessor),
  ]);
  const toneContext = new HostedToneContext(context);
  try {
    return makeChain(context, toneContext, loopLag, outlet);
  } catch (reason) {
    // Nodes without a processor go with their last reference; Tone's context has listeners.
    toneContext.dispose();
    throw reason;
  }
}

function makeChain(
  context: BaseAudioContext,
  toneContext: HostedToneContext,
  loopLag: Seconds,
  { output, analyser }: Outlet,
): OutputChain {
  const source = makeGain(toneContext, 1);
  const volume = makeGain(toneContext, 1);
  const stage = new AudioWorkletNode(context, 'numvox-output', {
    numberOfInputs: 1,
    numberOfOutputs: 1,
    outputChannelCount: [outputChannels],
    channelCount: outputChannels,
    channelCountMode: 'explicit',
  });
  // An offline context does not wait for a room that is still being made.
  const slices = isOffline(context) ? allAtOnce : pageSlices;
  const effects = createEffects(toneContext, source, volume, { loopLag, slices });
  connect(volume, stage);
  stage.connect(analyser);
  stage.connect(output);
  return {
    port: stage.port,
    effects,
    connectSource: (node) => connect(node, source),
    setGain: (levelDb) => void volume.gain.rampTo(gainOfDecibels(levelDb), gainRampSeconds),
    share: (chains) => stage.port.postMessage({ type: 'share', stages: chains } satisfies ToOutput),
    onFault: (handler) => {
      stage.onprocessorerror = () => handler('the output stage stopped');
    },
    dispose: () => {
      const ended = endProcessor(stage);
      effects.dispose();
      source.dispose();
      volume.dispose();
      toneContext.dispose();
      return ended;
    },
  };
}
