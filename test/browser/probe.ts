// Runs inside pages: keeps every sample that reaches the destination, and the frames of the notes sent to the kernel.

/** What the probe knows, as window.probe. */
export interface Probe {
  /** Everything heard so far (left channel) and the context frame of its first sample. */
  heard(): Promise<{ firstFrame: number; sampleRate: number; samples: number[] }>;
  /** Same for a stretch of frames, both channels. */
  stretch(from: number, to: number): Promise<{ left: number[]; right: number[] }>;
  /** Forgets what was heard and what was sent. */
  clear(): void;
  /** Notes posted to the kernel: the frame asked for, and the context frame at the time of posting. */
  readonly notes: { frame: number | null; postedFrame: number; slot: number; revision: number }[];
}

/** Install before any script of the page: wraps AudioNode.connect and MessagePort.postMessage. */
export function installProbe(): void {
  const processor = `registerProcessor('probe', class extends AudioWorkletProcessor {
    process(inputs, outputs) {
      const [input] = inputs;
      const length = outputs[0][0].length;
      const copy = new Float32Array(2 * length);
      if (input[0]) copy.set(input[0], 0);
      if (input[0]) copy.set(input[1] ?? input[0], length);
      for (let c = 0; c < outputs[0].length; c++) if (input[c]) outputs[0][c].set(input[c]);
      this.port.postMessage({ frame: currentFrame, copy }, [copy.buffer]);
      return true;
    }
  });`;
  interface Block {
    frame: number;
    copy: Float32Array;
  }
  let blocks: Block[] = [];
  let audio: BaseAudioContext | null = null;
  const notes: Probe['notes'] = [];
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
    const address = URL.createObjectURL(new Blob([processor], { type: 'text/javascript' }));
    void this.context.audioWorklet.addModule(address).then(() => {
      const tap = new AudioWorkletNode(this.context, 'probe', {
        outputChannelCount: [2],
        channelCount: 2,
        channelCountMode: 'explicit',
      });
      tap.port.onmessage = (event: MessageEvent<Block>) => void blocks.push(event.data);
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
  const join = (channel: number) => {
    const length = blocks.length > 0 ? blocks[0].copy.length / 2 : 0;
    const samples = new Float32Array(length * blocks.length);
    blocks.forEach(({ copy }, k) =>
      samples.set(copy.subarray(channel * length, (channel + 1) * length), k * length),
    );
    return samples;
  };
  const settle = () => new Promise((resolve) => setTimeout(resolve, 60));
  const probe: Probe = {
    notes,
    async heard() {
      await settle();
      return {
        firstFrame: blocks[0]?.frame ?? 0,
        sampleRate: audio?.sampleRate ?? 0,
        samples: [...join(0)],
      };
    },
    async stretch(from, to) {
      await settle();
      const first = blocks[0]?.frame ?? 0;
      const cut = (channel: number) => [...join(channel).subarray(from - first, to - first)];
      return { left: cut(0), right: cut(1) };
    },
    clear() {
      blocks = [];
      notes.length = 0;
    },
  };
  Object.assign(window, { probe });
}
