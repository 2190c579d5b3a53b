// Runs inside pages: keeps every sample that reaches the destination, and the frames of the notes sent to the kernel.

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
  const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const probe: Probe = {
    notes,
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
      notes.length = 0;
    },
  };
  Object.assign(window, { probe });
}
