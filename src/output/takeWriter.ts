// Collects the output of the audio thread into chunks for the page, without allocating and without gaps.
import { requireInteger } from '../contract/errors.ts';
import type { Samples } from '../contract/units.ts';
import { outputChannels, type FromOutput, type ToTakes } from './outputProtocol.ts';

/** Where full chunks go: `transfer` lists the memory that moves with the message. */
export type PostToPage = (message: FromOutput, transfer: ArrayBuffer[]) => void;

/**
 * A pool of chunks travels in a circle: filled here, kept by the page, handed back empty. Writer and reader of a chunk are
 * never the same thread at the same time, since its memory is transferred. The pool of 64 chunks of 8192 frames bridges a page
 * that stalls for 11 s at 48 kHz; beyond that frames are lost, counted, and replaced by silence so that times stay right.
 * Only the message of a full chunk (every 171 ms) allocates.
 */
export class TakeWriter {
  readonly #post: PostToPage;
  readonly #chunkFrames: Samples;
  readonly #maxFrames: Samples;
  readonly #pool: Float32Array[] = [];
  readonly #poolSize: number;
  #free = 0;
  #chunk: Float32Array | null = null;
  #filled = 0;
  #frames = 0;
  #lost = 0;
  #owedSilence = 0;
  #recording = false;

  /**
   * @param maxFrames a longer take is closed to further frames (the default keeps the file below 4 GiB, RIFF's limit)
   * @throws RangeError naming the argument, its range and the value
   */
  constructor(post: PostToPage, chunkFrames: Samples = 8192, chunks = 64, maxFrames: Samples = 2 ** 29 - 16) {
    this.#post = post;
    this.#chunkFrames = requireInteger('chunkFrames', chunkFrames, 1, 1 << 20);
    this.#poolSize = requireInteger('chunks', chunks, 1, 4096);
    this.#maxFrames = requireInteger('maxFrames', maxFrames, 1, 2 ** 29 - 16);
    for (let k = 0; k < chunks; k++) this.#pool.push(new Float32Array(chunkFrames * outputChannels));
    this.#free = chunks;
  }

  /** Handles a message of the page (outside the audio callback). */
  receive(message: ToTakes): void {
    switch (message.type) {
      case 'start':
        if (this.#recording) this.#stop();
        this.#frames = 0;
        this.#lost = 0;
        this.#owedSilence = 0;
        this.#recording = true;
        return;
      case 'stop':
        this.#stop();
        return;
      case 'recycle':
        this.#recycle(message.samples);
        return;
      case 'close':
        // Nobody takes what was recorded.
        this.#recording = false;
        return;
    }
  }

  /** Adds a block (one array per channel; a missing second channel repeats the first). */
  write(channels: readonly Float32Array[]): void {
    if (!this.#recording || channels.length === 0) return;
    const left = channels[0];
    const right = channels.length > 1 ? channels[1] : left;
    for (let n = 0; n < left.length && this.#frames < this.#maxFrames; n++) {
      this.#frames++;
      while (this.#owedSilence > 0 && this.#put(0, 0)) this.#owedSilence--;
      if (this.#owedSilence > 0 || !this.#put(left[n], right[n])) {
        this.#owedSilence++;
        this.#lost++;
      }
    }
  }

  /** Puts one frame into the current chunk; false when no chunk is free. */
  #put(left: number, right: number): boolean {
    if (!this.#chunk) {
      if (this.#free === 0) return false;
      this.#chunk = this.#pool[--this.#free];
      this.#filled = 0;
    }
    this.#chunk[outputChannels * this.#filled] = left;
    this.#chunk[outputChannels * this.#filled + 1] = right;
    if (++this.#filled === this.#chunkFrames) this.#send();
    return true;
  }

  #send(): void {
    const samples = this.#chunk;
    this.#chunk = null;
    if (samples)
      this.#post({ type: 'chunk', samples, frames: this.#filled }, [samples.buffer as ArrayBuffer]);
  }

  #stop(): void {
    if (!this.#recording) return;
    this.#recording = false;
    if (this.#filled > 0) this.#send();
    // Silence still owed for a stalled page: this runs outside the audio callback and may allocate.
    while (this.#owedSilence > 0) {
      const frames = Math.min(this.#owedSilence, this.#chunkFrames);
      const samples = new Float32Array(this.#chunkFrames * outputChannels);
      this.#post({ type: 'chunk', samples, frames }, [samples.buffer]);
      this.#owedSilence -= frames;
    }
    this.#filled = 0;
    this.#post({ type: 'stopped', frames: this.#frames, lostFrames: this.#lost }, []);
  }

  #recycle(samples: Float32Array): void {
    const rightLength = samples.length === this.#chunkFrames * outputChannels;
    if (rightLength && this.#free < this.#poolSize) this.#pool[this.#free++] = samples;
  }
}
