// Records what is heard: takes the chunks of the output stage and makes a lossless WAV file of them.
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import { outputChannels, type FromOutput, type ToTakes } from './outputProtocol.ts';
import { wavHeader } from './wavHeader.ts';

/** A finished take. */
export interface Take {
  /** 32-bit float stereo WAV at the context's rate. */
  readonly blob: Blob;
  readonly seconds: Seconds;
  readonly frames: Samples;
  /** Frames replaced by silence because the page was stalled for seconds; 0 in any normal take. */
  readonly lostFrames: Samples;
}

/** The part of a MessagePort that the recorder uses. */
export interface OutputPort {
  postMessage(message: ToTakes, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<FromOutput>) => void) | null;
}

/** One recorder per output stage; takes follow one another. Chunks become Blob parts, which browsers may keep on disk. */
export class Recorder {
  readonly #port: OutputPort;
  readonly #sampleRate: Hertz;
  #parts: Blob[] = [];
  /** That the parts hold. */
  #frames: Samples = 0;
  #state: 'idle' | 'recording' | 'stopping' = 'idle';
  #settle: { resolve: (take: Take) => void; reject: (reason: Error) => void } | null = null;

  constructor(port: OutputPort, sampleRate: Hertz) {
    this.#port = port;
    this.#sampleRate = sampleRate;
    port.onmessage = (event) => this.#receive(event.data);
  }

  get recording(): boolean {
    return this.#state === 'recording';
  }

  /**
   * Begins a take.
   * @throws Error when one is already under way
   */
  start(): void {
    if (this.#state !== 'idle') {
      throw new Error('a recording is already under way; stop it before starting another');
    }
    this.#state = 'recording';
    this.#parts = [];
    this.#frames = 0;
    this.#port.postMessage({ type: 'start' }, []);
  }

  /**
   * Ends the take and gives the file.
   * @throws Error (rejection) when nothing is being recorded, or the instrument is closed before the take is complete
   */
  stop(): Promise<Take> {
    if (this.#state !== 'recording') {
      return Promise.reject(new Error('nothing is being recorded; start a recording before stopping it'));
    }
    this.#state = 'stopping';
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#port.postMessage({ type: 'stop' }, []);
    });
  }

  /**
   * Ends a take whose output stage is lost: what has come of it is kept, all but the last 0.2 s. Goes to whoever waits for the take,
   * too.
   * @returns null where none was under way or nothing of it had come
   */
  salvage(): Take | null {
    if (this.#state === 'idle') return null;
    const frames = this.#frames;
    if (frames === 0) {
      this.dispose();
      return null;
    }
    const take = this.#finished(frames, 0);
    this.#port.onmessage = null;
    return take;
  }

  /** Gives up a take under way. */
  dispose(): void {
    this.#port.onmessage = null;
    this.#state = 'idle';
    this.#parts = [];
    this.#settle?.reject(new Error('the instrument was closed before the recording was complete'));
    this.#settle = null;
  }

  #finished(frames: Samples, lostFrames: Samples): Take {
    const header = wavHeader(frames, this.#sampleRate, outputChannels);
    const blob = new Blob([header, ...this.#parts], { type: 'audio/wav' });
    const take = { blob, frames, lostFrames, seconds: frames / this.#sampleRate };
    this.#parts = [];
    this.#state = 'idle';
    this.#settle?.resolve(take);
    this.#settle = null;
    return take;
  }

  #receive(message: FromOutput): void {
    switch (message.type) {
      case 'chunk': {
        const bytes = message.frames * outputChannels * Float32Array.BYTES_PER_ELEMENT;
        this.#parts.push(new Blob([new Uint8Array(message.samples.buffer as ArrayBuffer, 0, bytes)]));
        this.#frames += message.frames;
        const { samples } = message;
        this.#port.postMessage({ type: 'recycle', samples }, [samples.buffer]);
        return;
      }
      case 'stopped': {
        this.#finished(message.frames, message.lostFrames);
        return;
      }
      case 'closed':
        // Whoever closed the stage waits for it.
        return;
    }
  }
}
