// FLAC recordings of corpora (RFC 9639), decoded bit for bit and checked. Ours, since the decoders on npm do not serve: libflacjs (5.6) mends
// 16-bit samples by guesses about runs of 0 and 255, and @wasm-audio-decoders/flac (0.2) passes over damage in silence, reads no stream whose frames leave
// their rate to its head, and stands on a package under the LGPL.
import { createHash } from 'node:crypto';
import { InputError } from '../../src/contract/errors.ts';
import type { Hertz, Samples } from '../../src/contract/units.ts';
import { endOfId3 } from '../../src/node/fileKinds.ts';
import type { Recording } from '../../src/node/wav.ts';
import { EndOfBits } from './bitReader.ts';
import { DamagedFrame, isFrame, readFrame, type FlacStream } from './flacFrame.ts';

/** The lowest that the rest of numvox can resample from; FLAC's highest, 655 kHz, is no limit to it. */
const lowestRateHz: Hertz = 1000;
/** Of the block STREAMINFO. */
const infoBytes = 34;

/** What stands before the frames. */
interface Head extends FlacStream {
  /** 0 where the stream does not say. */
  readonly frames: Samples;
  /** Of all samples; all zeros where the stream does not say. */
  readonly md5: Uint8Array;
  /** Where the first frame begins. */
  readonly end: number;
}

/** Whether bytes are a FLAC stream, behind a tag or not. */
export function isFlac(bytes: Uint8Array): boolean {
  const at = endOfId3(bytes);
  return String.fromCharCode(...bytes.subarray(at, at + 4)) === 'fLaC';
}

/**
 * Decodes a FLAC recording of any rate, up to 8 channels, which are averaged, and 4 to 32 bits.
 * @param name what messages call it
 * @throws InputError when not all of it can be decoded, or the samples are not those that were encoded
 */
export function decodeFlac(bytes: Uint8Array, name: string): Recording {
  const damaged = (what: string) =>
    new InputError(`${name} is a damaged FLAC file (${what}); copy or encode it again`);
  const head = headOf(bytes);
  if (!head) throw damaged('its head is cut off');
  const { sampleRate, channels, bits } = head;
  if (sampleRate < lowestRateHz) {
    throw new InputError(
      `${name} has a sample rate of ${sampleRate} Hz; rates from ${lowestRateHz} Hz can be read: encode it again`,
    );
  }
  const blocks: Float64Array[][] = [];
  let frames = 0;
  let at = head.end;
  try {
    while (head.frames > 0 ? frames < head.frames : isFrame(bytes, at)) {
      const frame = readFrame(bytes, at, head);
      blocks.push([...frame.channels]);
      frames += frame.channels[0].length;
      at = frame.end;
    }
  } catch (error) {
    if (!(error instanceof DamagedFrame || error instanceof EndOfBits)) throw error;
    throw damaged(`${error.message} after ${(frames / sampleRate).toFixed(2)} s`);
  }
  if (frames === 0) throw new InputError(`${name} holds no sound`);
  if (head.md5.some((byte) => byte !== 0) && !Buffer.from(head.md5).equals(md5Of(blocks, bits))) {
    throw damaged('its samples are not those that were encoded');
  }
  const samples = new Float32Array(frames);
  const scale = 1 / (channels * 2 ** (bits - 1));
  let done = 0;
  for (const block of blocks) {
    const { length } = block[0];
    for (let n = 0; n < length; n++) {
      let sum = 0;
      for (const channel of block) sum += channel[n];
      samples[done + n] = sum * scale;
    }
    done += length;
  }
  return { samples, sampleRate, channels, mended: undefined };
}

/** Undefined where the blocks before the frames are cut off. */
function headOf(bytes: Uint8Array): Head | undefined {
  const info = endOfId3(bytes) + 8;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < info + infoBytes || (bytes[info - 4] & 127) !== 0) return undefined;
  const rateAndMore = view.getUint32(info + 10);
  let block = info - 4;
  for (let isLast = false; !isLast;) {
    if (block + 4 > bytes.length) return undefined;
    const header = view.getUint32(block);
    isLast = header >= 2 ** 31;
    block += 4 + (header & 0xffffff);
  }
  if (block > bytes.length) return undefined;
  return {
    sampleRate: rateAndMore >>> 12,
    channels: ((rateAndMore >> 9) & 7) + 1,
    bits: ((rateAndMore >> 4) & 31) + 1,
    frames: (rateAndMore & 15) * 2 ** 32 + view.getUint32(info + 14),
    md5: bytes.subarray(info + 18, info + infoBytes),
    end: block,
  };
}

/** The sum that an encoder makes: interleaved samples, little-endian, as many whole bytes each as their bits need. */
function md5Of(blocks: readonly (readonly Float64Array[])[], bits: number): Buffer {
  const width = Math.ceil(bits / 8);
  const hash = createHash('md5');
  for (const channels of blocks) {
    const { length } = channels[0];
    const bytes = new Uint8Array(length * channels.length * width);
    let at = 0;
    for (let n = 0; n < length; n++) {
      for (const channel of channels) {
        for (let k = 0, rest = channel[n]; k < width; k++, rest >>= 8) bytes[at++] = rest;
      }
    }
    hash.update(bytes);
  }
  return hash.digest();
}
