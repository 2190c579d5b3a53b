// A host's page: numvox beside the host's own Tone.js, both from the same copy of Tone, which is what a bundler makes of them.
import { getContext, setContext } from 'tone/build/esm/core/Global.js';
import { Context as ToneContext } from 'tone/build/esm/core/context/Context.js';
import { Gain } from 'tone/build/esm/core/context/Gain.js';
import { createInstrument, type Instrument, type InstrumentOptions } from '../../src/index.ts';
import { toneTransports } from '../../src/midi/toneTransport.ts';

/** What tests find as `window.host`. */
export interface Host {
  createInstrument(options?: InstrumentOptions): Promise<Instrument>;
  toneTransports: typeof toneTransports;
  readonly tone: {
    readonly getContext: typeof getContext;
    readonly setContext: typeof setContext;
    readonly Context: typeof ToneContext;
    readonly Gain: typeof Gain;
  };
  /** Loudest sample that a node gives within some seconds. */
  peakOf(node: AudioNode, seconds: number): Promise<number>;
}

async function peakOf(node: AudioNode, seconds: number): Promise<number> {
  const analyser = new AnalyserNode(node.context, { fftSize: 8192 });
  node.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let peak = 0;
  const end = node.context.currentTime + seconds;
  while (node.context.currentTime < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    analyser.getFloatTimeDomainData(samples);
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  }
  node.disconnect(analyser);
  return peak;
}

const host: Host = {
  createInstrument,
  toneTransports,
  tone: { getContext, setContext, Context: ToneContext, Gain },
  peakOf,
};
Object.assign(window, { host });
