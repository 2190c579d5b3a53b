// A stereo WAV file that is written as its samples come: a long song is never held in memory.
import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { InputError } from '../contract/errors.ts';
import type { Hertz, Samples } from '../contract/units.ts';
import { wavHeader } from '../output/wavHeader.ts';
import { reasonOf } from '../contract/fileFaults.ts';
import { placeOfFile, removeQuietly } from './files.ts';

const channels = 2;
const bytesPerSample = 4;
/** RIFF counts bytes in 32 bits. */
const mostBytes = 2 ** 32 - 1 - 128;

/** Seconds that a file of this rate can hold. */
export function longestWavSeconds(sampleRate: Hertz): number {
  return Math.floor(mostBytes / (channels * bytesPerSample)) / sampleRate;
}

/** Writes aside and renames at the end: what is interrupted leaves no half file, and an older one as it was. */
export class WavStream {
  readonly #path: string;
  readonly #place: string;
  readonly #part: string;
  readonly #sampleRate: Hertz;
  #file: number | null;
  #frames: Samples = 0;
  /** However the process ends, Ctrl-C included, no part of a file is left. */
  readonly #onExit = () => this.discard();
  readonly #onInterrupt = () => process.exit(130);

  /** @throws InputError when the file cannot be made */
  constructor(path: string, sampleRate: Hertz) {
    this.#path = path;
    this.#place = this.#attempt(() => placeOfFile(path));
    this.#part = `${this.#place}.${process.pid}.part`;
    this.#sampleRate = sampleRate;
    this.#file = this.#attempt(() => openSync(this.#part, 'w'));
    process.once('exit', this.#onExit).once('SIGINT', this.#onInterrupt);
    this.#write(wavHeader(0, sampleRate, channels), null);
  }

  /** Frames written so far. */
  get frames(): Samples {
    return this.#frames;
  }

  /** Appends samples; both of one length. */
  append(left: Float32Array, right: Float32Array): void {
    const interleaved = new Float32Array(channels * left.length);
    for (let n = 0; n < left.length; n++) {
      interleaved[channels * n] = left[n];
      interleaved[channels * n + 1] = right[n];
    }
    this.#write(new Uint8Array(interleaved.buffer), null);
    this.#frames += left.length;
  }

  /** Completes the file. */
  finish(): void {
    this.#write(wavHeader(this.#frames, this.#sampleRate, channels), 0);
    this.#close();
    this.#attempt(() => renameSync(this.#part, this.#place));
  }

  /** Takes away what was not finished. Call in any case. */
  discard(): void {
    this.#close();
    removeQuietly(this.#part);
    process.off('exit', this.#onExit).off('SIGINT', this.#onInterrupt);
  }

  #write(bytes: Uint8Array, position: number | null): void {
    const file = this.#file;
    if (file === null) throw new Error('the WAV file is closed already');
    for (let done = 0; done < bytes.length;) {
      const place = position === null ? null : position + done;
      done += this.#attempt(() => writeSync(file, bytes, done, bytes.length - done, place));
    }
  }

  #close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #attempt<Result>(act: () => Result): Result {
    try {
      return act();
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw new InputError(`cannot write ${this.#path}: ${reasonOf(error)}`);
    }
  }
}
