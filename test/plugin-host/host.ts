// A small WAM host, for tests alone: loads plugins, plays them in live and offline contexts, records and compares.
import type { WamEvent, WamNode as WamNodeApi } from '@webaudiomodules/api';
import { initializeWamHost, WamNode, WebAudioModule } from '@webaudiomodules/sdk';
import relayProcessor from './relayProcessor.ts?worker&url';
import type { NumvoxModule } from '../../src/wam/numvoxModule.ts';
import type { NumvoxNode } from '../../src/wam/numvoxNode.ts';

/** A rendering, and how it came to be. */
export interface Render {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly delayFrames: number;
}

const groups = new WeakMap<BaseAudioContext, Promise<string>>();

function groupOf(context: BaseAudioContext): Promise<string> {
  const group = groups.get(context) ?? initializeWamHost(context).then(([id]) => id);
  groups.set(context, group);
  return group;
}

type Constructor = typeof NumvoxModule;

async function constructorOf(url: string): Promise<Constructor> {
  const { default: loaded } = (await import(/* @vite-ignore */ url)) as { default: Constructor };
  return loaded;
}

async function create(url: string, context: BaseAudioContext, state?: unknown): Promise<NumvoxModule> {
  const Plugin = await constructorOf(url);
  return Plugin.createInstance<NumvoxNode>(
    await groupOf(context),
    context,
    state,
  ) as Promise<unknown> as Promise<NumvoxModule>;
}

class RelayModule extends WebAudioModule {
  override get instanceId(): string {
    return 'test.relay.1';
  }
  override get moduleId(): string {
    return 'test.relay';
  }
}

class RelayNode extends WamNode {
  readonly heard: { event: WamEvent; at: number }[] = [];

  constructor(module: WebAudioModule) {
    super(module, {});
    const receive = this.port.onmessage;
    this.port.onmessage = (message: MessageEvent<{ heard?: WamEvent[]; at: number }>) => {
      const { heard, at } = message.data;
      if (heard) this.heard.push(...heard.map((event) => ({ event, at })));
      else receive?.call(this.port, message);
    };
  }

  emit(...events: WamEvent[]): void {
    this.port.postMessage({ emit: events });
  }
}

/** A module that sends events in the audio thread, and notes down those that come to it. */
async function createRelay(context: BaseAudioContext): Promise<RelayNode> {
  const groupId = await groupOf(context);
  await context.audioWorklet.addModule(relayProcessor);
  const node = new RelayNode(new RelayModule(groupId, context));
  await node._initialize();
  node.connect(context.destination);
  return node;
}

/** How something is played offline. */
export interface OfflinePlay {
  readonly url: string;
  readonly seconds: number;
  readonly sampleRate?: number;
  readonly events?: readonly WamEvent[];
  readonly state?: unknown;
  /** Of the context, where the browser knows them. */
  readonly renderSizeHint?: number;
  /** Events that another module sends in the audio thread. */
  readonly relayed?: readonly WamEvent[];
  readonly prepare?: (node: NumvoxNode) => void | Promise<void>;
}

async function bounce({
  url,
  seconds,
  sampleRate = 48_000,
  events = [],
  state,
  relayed,
  prepare,
  renderSizeHint,
}: OfflinePlay): Promise<Render> {
  const context = new OfflineAudioContext({
    numberOfChannels: 2,
    length: Math.round(seconds * sampleRate),
    sampleRate,
    ...(renderSizeHint === undefined ? {} : { renderSizeHint }),
  });
  const plugin = await create(url, context, state);
  const node = plugin.audioNode;
  node.connect(context.destination);
  await prepare?.(node);
  if (relayed) {
    const relay = await createRelay(context);
    relay.connectEvents(node.instanceId);
    relay.emit(...relayed);
  }
  node.scheduleEvents(...events);
  const buffer = await context.startRendering();
  const delayFrames = await node.getCompensationDelay();
  await node.close();
  return { left: buffer.getChannelData(0), right: buffer.getChannelData(1), delayFrames };
}

const recorderText = `registerProcessor('test-recorder', class extends AudioWorkletProcessor {
  constructor() { super(); this.on = true; this.port.onmessage = () => { this.on = false; }; }
  process([input]) {
    if (input.length > 0) this.port.postMessage({ frame: currentFrame, left: input[0].slice(), right: (input[1] ?? input[0]).slice() });
    return this.on;
  }
});`;

/** Records what a node gives, from a context frame on, until `stop`. */
async function record(
  node: AudioNode,
): Promise<{ stop(): { first: number; left: Float32Array; right: Float32Array } }> {
  const { context } = node;
  const url = URL.createObjectURL(new Blob([recorderText], { type: 'text/javascript' }));
  await context.audioWorklet.addModule(url).catch(() => undefined);
  URL.revokeObjectURL(url);
  const recorder = new AudioWorkletNode(context, 'test-recorder', {
    channelCount: 2,
    channelCountMode: 'explicit',
  });
  const parts: { frame: number; left: Float32Array; right: Float32Array }[] = [];
  recorder.port.onmessage = ({ data }: MessageEvent<(typeof parts)[number]>) => void parts.push(data);
  node.connect(recorder);
  recorder.connect(context.destination);
  return {
    stop: () => {
      recorder.port.postMessage('stop');
      node.disconnect(recorder);
      recorder.disconnect();
      const first = parts[0].frame;
      const last = parts[parts.length - 1];
      const length = last.frame + last.left.length - first;
      const left = new Float32Array(length);
      const right = new Float32Array(length);
      for (const part of parts) {
        left.set(part.left, part.frame - first);
        right.set(part.right, part.frame - first);
      }
      return { first, left, right };
    },
  };
}

/** What the SDK's own node asks the processor for, which ours answers by itself: the delay in seconds. */
const processorDelay = (node: NumvoxNode): Promise<number> =>
  WamNode.prototype.getCompensationDelay.call(node);

const peakOf = (samples: Float32Array): number =>
  samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

/** Index of the first sample louder than a level; -1 where none is. */
const onsetOf = (samples: Float32Array, level = 1e-4): number =>
  samples.findIndex((sample) => Math.abs(sample) > level);

/** What is left when `b` is taken from `a`, against the loudest sample of `a`, in dB. */
function residualDb(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 0; i < Math.min(a.length, b.length); i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return 20 * Math.log10(Math.max(1e-12, most) / peakOf(a));
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const host = {
  groupOf,
  constructorOf,
  create,
  createRelay,
  bounce,
  processorDelay,
  record,
  peakOf,
  onsetOf,
  residualDb,
  pause,
};
/** What tests find as `window.host`. */
export type TestHost = typeof host & { readonly api?: WamNodeApi };
Object.assign(window, { host });
