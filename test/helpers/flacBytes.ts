// A FLAC stream of 16-bit samples as they are (verbatim subframes, RFC 9639), written here without a library.
import type { Hertz, Samples } from '../../src/contract/units.ts';

const blockFrames: Samples = 4096;

/** Mono; samples in -1..1. */
export function flacBytes(samples: Float32Array, sampleRate: Hertz): Uint8Array {
  const words = Int16Array.from(samples, (value) =>
    Math.max(-32768, Math.min(32767, Math.round(value * 32768))),
  );
  const info = new Bits();
  info.put(blockFrames, 16).put(blockFrames, 16).put(0, 24).put(0, 24);
  // Rate, channels - 1, bits - 1, samples in 36 bits, no MD5 sum.
  info.put(sampleRate, 20).put(0, 3).put(15, 5).put(0, 4).put(words.length, 32);
  for (let k = 0; k < 16; k++) info.put(0, 8);
  const head = Buffer.from([0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34, ...info.bytes]);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < words.length; at += blockFrames) {
    frames.push(frameOf(words.subarray(at, at + blockFrames), at / blockFrames));
  }
  return new Uint8Array(Buffer.concat([head, ...frames]));
}

function frameOf(words: Int16Array, index: number): Uint8Array {
  const frame = new Bits();
  // Fixed block size; its size in 16 bits at the end of the header; rate as in the stream's info; mono; 16 bits.
  frame.put(0xfff8, 16).put(7, 4).put(0, 4).put(0, 4).put(4, 3).put(0, 1);
  frame.put(index, 8).put(words.length - 1, 16);
  frame.put(crc(frame.bytes, 8, 0x07), 8);
  frame.put(0b00000010, 8);
  for (const word of words) frame.put(word & 0xffff, 16);
  frame.put(crc(frame.bytes, 16, 0x8005), 16);
  return Uint8Array.from(frame.bytes);
}

/** Bits, the highest of each number first. */
class Bits {
  readonly bytes: number[] = [];
  #held = 0;
  #count = 0;

  put(value: number, bits: number): this {
    for (let bit = bits - 1; bit >= 0; bit--) {
      this.#held = this.#held * 2 + (Math.floor(value / 2 ** bit) % 2);
      if (++this.#count < 8) continue;
      this.bytes.push(this.#held);
      this.#held = 0;
      this.#count = 0;
    }
    return this;
  }
}

function crc(bytes: readonly number[], bits: 8 | 16, polynomial: number): number {
  let rest = 0;
  for (const byte of bytes) {
    rest ^= byte << (bits - 8);
    for (let k = 0; k < 8; k++) rest = rest & (1 << (bits - 1)) ? (rest << 1) ^ polynomial : rest << 1;
    rest &= 2 ** bits - 1;
  }
  return rest;
}
