// Runs inside pages: keeps every sample that reaches the destination, the frames of the notes sent to the kernel and of
// what the kernel receives, and on demand lets a twin of the kernel show from which sample on a clip is heard.

/** A message as it comes to the kernel, in the worklet. */
export interface Received {
  readonly type: 'noteOn' | 'clip';
  readonly slot: number;
  readonly revision: number;
  /** First context frame that had not been rendered yet. */
  readonly frame: number;
  /** At which it is to be carried out; absent for now. */
  readonly askedFrame?: number;
}

/** What the probe knows, as window.probe. */
export interface Probe {
  /**
   * Everything heard so far (left channel, little-endian float32 in base64: arrays of numbers take seconds to cross from page
   * to test) and the context frame of its first sample.
   */
  heard(): Promise<{ firstFrame: number; sampleRate: number; base64: string }>;
  /** Waits until the audio clock, not the wall clock, has passed `seconds` more: a busy machine lets them differ. */
  pass(seconds: number): Promise<void>;
  /** Forgets what was heard and what was sent. */
  clear(): void;
  /** Notes posted to the kernel: the frame asked for, and the context frame at the time of posting. */
  readonly notes: { frame: number | null; postedFrame: number; slot: number; revision: number }[];
  /** Notes and clips that came to the kernel. */
  readonly received: Received[];
  /** First frame of every block that was heard, and Date.now() when it was rendered: worklets know no finer clock. */
  rendered(): { frame: number; ms: number }[];
  /** Seconds of the device's block, as the context tells. */
  baseLatency(): number;
  /**
   * Call before the kernel is made: a second kernel will get all that the first gets, and neither will watch its load,
   * so that their samples are the same.
   */
  makeTwin(): void;
  /** Keeps clips from the twin and compares the two from now on, or ends both and hands it all that were kept. */
  withhold(isWithheld: boolean): void;
  /** First frame at which the twins differed, for each time that clips were withheld. */
  readonly differences: number[];
}

// All processors of a context share the scope, and so the port's prototype.
/** The probe's module for worklets: see `ownModules.ts`. */
export const probeModule = `
  const onmessage = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
  let tell = () => undefined;
  let nextFrame = 0;
  let twin;
  let withheld;
  Object.defineProperty(MessagePort.prototype, 'onmessage', { ...onmessage, set(listener) {
    onmessage.set.call(this, listener && ((event) => {
      const { data } = event;
      const { type, slot, revision, frame: askedFrame } = data ?? {};
      if (type === 'probe-twin') return void (twin = listener);
      if (type === 'noteOn' || type === 'clip') tell({ received: { type, slot, revision, askedFrame, frame: nextFrame } });
      listener(event);
      // The twin shares no port.
      if (!twin || !['noteOn', 'noteOff', 'control', 'word', 'parameters', 'silence', 'clip'].includes(type)) return;
      if (type === 'clip' && withheld) withheld.push(event);
      else twin(event);
    }));
  } });
  registerProcessor('probe-compare', class extends AudioWorkletProcessor {
    #isArmed = false;
    constructor() {
      super();
      this.port.onmessage = ({ data: isWithheld }) => {
        for (const event of withheld ?? []) twin(event);
        withheld = isWithheld ? [] : undefined;
        this.#isArmed = isWithheld;
      };
    }
    process([[one], [other]]) {
      if (!this.#isArmed || !one || !other) return true;
      for (let n = 0; n < one.length; n++) if (one[n] !== other[n]) {
        this.#isArmed = false;
        this.port.postMessage(currentFrame + n);
        break;
      }
      return true;
    }
  });
  registerProcessor('probe', class extends AudioWorkletProcessor {
    constructor() {
      super();
      tell = (message) => this.port.postMessage(message);
    }
    process(inputs, outputs) {
      const [input] = inputs;
      const length = outputs[0][0].length;
      const copy = new Float32Array(2 * length);
      if (input[0]) copy.set(input[0], 0);
      if (input[0]) copy.set(input[1] ?? input[0], length);
      for (let c = 0; c < outputs[0].length; c++) if (input[c]) outputs[0][c].set(input[c]);
      nextFrame = currentFrame + length;
      this.port.postMessage({ frame: currentFrame, ms: Date.now(), copy }, [copy.buffer]);
      return true;
    }
  });`;

/**
 * Install before any script of the page: wraps AudioNode.connect, MessagePort.postMessage, AudioWorklet.addModule and, in the
 * worklet, the handlers of ports.
 */
export function installProbe(): void {
  interface Block {
    frame: number;
    ms: number;
    copy: Float32Array;
  }
  let blocks: Block[] = [];
  let audio: BaseAudioContext | null = null;
  const notes: Probe['notes'] = [];
  const received: Received[] = [];
  const differences: number[] = [];
  // Before any other module of a worklet, so that no port escapes it.
  const address = '/tests/probe.js';
  const addModule = Reflect.get(AudioWorklet.prototype, 'addModule');
  const loaded = new WeakMap<AudioWorklet, Promise<void>>();
  const load = (worklet: AudioWorklet): Promise<void> => {
    const loading = loaded.get(worklet) ?? addModule.call(worklet, address);
    loaded.set(worklet, loading);
    return loading;
  };
  AudioWorklet.prototype.addModule = function (this: AudioWorklet, url: string | URL): Promise<void> {
    return load(this).then(() => addModule.call(this, url));
  };
  const connect = Reflect.get(AudioNode.prototype, 'connect') as (
    this: AudioNode,
    ...args: unknown[]
  ) => unknown;
  const wrapped = function (this: AudioNode, ...args: unknown[]): unknown {
    const [destination] = args;
    if (!(destination instanceof AudioDestinationNode) || this.context instanceof OfflineAudioContext) {
      return connect.apply(this, args);
    }
    audio = this.context;
    void load(this.context.audioWorklet).then(() => {
      const tap = new AudioWorkletNode(this.context, 'probe', {
        outputChannelCount: [2],
        channelCount: 2,
        channelCountMode: 'explicit',
      });
      tap.port.onmessage = ({ data }: MessageEvent<Block | { received: Received }>) => {
        if ('received' in data) received.push(data.received);
        else blocks.push(data);
      };
      connect.call(this, tap);
      connect.call(tap, destination);
    });
    return destination;
  };
  AudioNode.prototype.connect = wrapped as typeof AudioNode.prototype.connect;
  const post = Reflect.get(MessagePort.prototype, 'postMessage') as (
    this: MessagePort,
    ...args: unknown[]
  ) => void;
  MessagePort.prototype.postMessage = function (this: MessagePort, ...args: unknown[]): void {
    const message = args[0] as { type?: string; frame?: number; slot?: number; revision?: number } | null;
    if (message?.type === 'noteOn') {
      notes.push({
        frame: message.frame ?? null,
        postedFrame: audio ? Math.round(audio.currentTime * audio.sampleRate) : 0,
        slot: message.slot ?? -1,
        revision: message.revision ?? -1,
      });
    }
    post.apply(this, args);
  };
  let comparison: MessagePort | undefined;
  const twinned = (original: typeof AudioWorkletNode) =>
    class extends original {
      constructor(context: BaseAudioContext, name: string, options: AudioWorkletNodeOptions = {}) {
        const isKernel = name === 'numvox-kernel' && !(context instanceof OfflineAudioContext);
        const processorOptions = { ...(options.processorOptions as object), isLive: false };
        const deaf = isKernel ? { ...options, processorOptions } : options;
        super(context, name, deaf);
        if (!isKernel) return;
        const twin = new original(context, name, deaf);
        const compare = new original(context, 'probe-compare', { numberOfInputs: 2 });
        connect.call(this, compare, 0, 0);
        connect.call(twin, compare, 0, 1);
        connect.call(compare, context.destination);
        twin.port.postMessage({ type: 'probe-twin' });
        comparison = compare.port;
        compare.port.onmessage = ({ data }: MessageEvent<number>) => void differences.push(data);
      }
    };
  const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const probe: Probe = {
    notes,
    received,
    differences,
    rendered: () => blocks.map(({ frame, ms }) => ({ frame, ms })),
    baseLatency: () => (audio instanceof AudioContext ? audio.baseLatency : 0),
    makeTwin() {
      window.AudioWorkletNode = twinned(AudioWorkletNode);
    },
    withhold: (isWithheld) => comparison?.postMessage(isWithheld),
    async heard() {
      // Blocks come as messages, which a busy page receives late.
      const due = audio ? audio.currentTime * audio.sampleRate - 1024 : 0;
      while ((blocks.at(-1)?.frame ?? 0) < due) await wait(20);
      const length = blocks.length > 0 ? blocks[0].copy.length / 2 : 0;
      const samples = new Float32Array(length * blocks.length);
      blocks.forEach(({ copy }, k) => samples.set(copy.subarray(0, length), k * length));
      const bytes = new Uint8Array(samples.buffer);
      let text = '';
      for (let at = 0; at < bytes.length; at += 8192) {
        text += String.fromCharCode(...bytes.subarray(at, at + 8192));
      }
      return {
        firstFrame: blocks[0]?.frame ?? 0,
        sampleRate: audio?.sampleRate ?? 0,
        base64: btoa(text),
      };
    },
    async pass(seconds) {
      const end = (audio?.currentTime ?? 0) + seconds;
      while (audio && audio.currentTime < end) await wait(20);
    },
    clear() {
      blocks = [];
      notes.length = received.length = differences.length = 0;
    },
  };
  Object.assign(window, { probe });
}
