// FLAC recordings of corpora: decoded by the optional package node-web-audio-api, and checked against what the stream says of itself (RFC 9639).
import { createHash } from 'node:crypto';
import { InputError } from '../../src/contract/errors.ts';
import type { Hertz, Samples } from '../../src/contract/units.ts';
import { endOfId3 } from '../../src/node/fileKinds.ts';
import { reasonOf } from '../../src/contract/fileFaults.ts';
import type { Recording } from '../../src/node/wav.ts';
import { loadWebAudio, type WebAudio } from '../../src/node/webAudio.ts';

/** What the package has contexts for. */
const lowestRateHz: Hertz = 2000;
const highestRateHz: Hertz = 384_000;
/** As many as 32-bit floats hold; the package reads no more either. */
const mostBits = 24;
/** Signature, header of the first block, and that block: STREAMINFO. */
const headBytes = 42;
/** Of an ID3v1 tag, which some programs put behind any recording. */
const endTagBytes = 128;

/** What stands before the frames. */
interface Head {
  readonly sampleRate: Hertz;
  readonly channels: number;
  readonly bits: number;
  /** 0 where the stream does not say. */
  readonly length: Samples;
  /** Of all samples; all zeros where the stream does not say. */
  readonly md5: Uint8Array;
  /** Where the first frame begins. */
  readonly end: number;
}

let loading: Promise<WebAudio> | undefined;

/** Whether bytes are a FLAC stream, behind a tag or not. */
export function isFlac(bytes: Uint8Array): boolean {
  return textAt(bytes, endOfId3(bytes), 4) === 'fLaC';
}

/**
 * Decodes a FLAC recording of 2 to 384 kHz, up to 8 channels, which are averaged, and 4 to 24 bits.
 *
 * The package leaves frames out whose checksums are wrong, and does not tell. The number of samples tells, or the MD5 sum; where a stream
 * states neither, as one that was piped through its encoder, the frames' own checksums tell. Only a stream that ends between two frames can
 * then be cut unnoticed.
 * @param name what messages call it
 * @throws InputError when it cannot be decoded, or the samples are not as many as, or not those that, were encoded; WebAudioMissing
 *   where the package does not load
 */
export async function decodeFlac(bytes: Uint8Array, name: string): Promise<Recording> {
  const damaged = (what: string) =>
    new InputError(`${name} is a damaged FLAC file (${what}); copy or encode it again`);
  const stream = bytes.subarray(endOfId3(bytes), bytes.length - endTagOf(bytes));
  const head = headOf(stream);
  if (!head) throw damaged('its head is cut off');
  const { sampleRate, channels, bits, length } = head;
  if (sampleRate < lowestRateHz || sampleRate > highestRateHz) {
    throw new InputError(
      `${name} has a sample rate of ${sampleRate} Hz; FLAC of ${lowestRateHz} to ${highestRateHz} Hz can be read: encode it again or convert it to WAV`,
    );
  }
  if (bits > mostBits) {
    throw new InputError(
      `${name} has ${bits} bits; FLAC of up to ${mostBits} bits can be read: encode it again or convert it to WAV`,
    );
  }
  if (length === 0 && head.end === stream.length) throw new InputError(`${name} holds no sound`);
  const buffer = await decode(stream, head, name).catch((error: unknown) => {
    if (error instanceof InputError) throw error;
    throw damaged(reasonOf(error).replace(/^.*'decodeAudioData': /, ''));
  });
  if (length > 0 && buffer.length !== length)
    throw damaged(`${buffer.length} samples could be decoded, and its head promises ${length}`);
  const isSummed = head.md5.some((byte) => byte !== 0);
  if (length === 0 && !isSummed && frameSum(stream.subarray(head.end)) !== 0)
    throw damaged('the checksums of its frames do not agree');
  const sides = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c));
  if (isSummed && !md5Of(sides, bits).equals(head.md5))
    throw damaged('its samples are not those that were encoded');
  const samples = new Float32Array(buffer.length);
  for (let n = 0; n < samples.length; n++) {
    let sum = 0;
    for (const side of sides) sum += side[n];
    samples[n] = sum / sides.length;
  }
  return { samples, sampleRate, channels, mended: undefined };
}

/**
 * In a context of the stream's own rate, so that nothing is resampled. Of the head only STREAMINFO is handed over: a wrong length in a
 * comment made the package ask for 1.5 GB.
 */
async function decode(stream: Uint8Array, { sampleRate, end }: Head, name: string): Promise<AudioBuffer> {
  loading ??= loadWebAudio(`FLAC recordings such as ${name} need`, 'convert them to WAV (flac -d does)');
  const { OfflineAudioContext } = await loading;
  const bare = new Uint8Array(headBytes + stream.length - end);
  bare.set(stream.subarray(0, headBytes));
  bare.set(stream.subarray(end), headBytes);
  // The mark of the last block.
  bare[4] |= 0x80;
  return new OfflineAudioContext(1, 1, sampleRate).decodeAudioData(bare.buffer);
}

/** Undefined where the blocks before the frames are cut off. */
function headOf(stream: Uint8Array): Head | undefined {
  if (stream.length < headBytes || (stream[4] & 127) !== 0) return undefined;
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const rateAndMore = view.getUint32(18);
  let end = 4;
  for (let isLast = false; !isLast;) {
    if (end + 4 > stream.length) return undefined;
    const header = view.getUint32(end);
    isLast = header >= 2 ** 31;
    end += 4 + (header & 0xffffff);
  }
  if (end < headBytes || end > stream.length) return undefined;
  return {
    sampleRate: rateAndMore >>> 12,
    channels: ((rateAndMore >> 9) & 7) + 1,
    bits: ((rateAndMore >> 4) & 31) + 1,
    length: (rateAndMore & 15) * 2 ** 32 + view.getUint32(22),
    md5: stream.subarray(26, headBytes),
    end,
  };
}

/** How many bytes a tag behind the last frame takes, which the package would take for a part of it. */
function endTagOf(bytes: Uint8Array): number {
  return textAt(bytes, Math.max(0, bytes.length - endTagBytes), 3) === 'TAG' ? endTagBytes : 0;
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

/**
 * CRC-16 of frames (polynomial 0x8005): 0 for each that ends with its own sum, and so for any number of them, wherever they begin; also
 * with zeros behind the last. A change within 16 bits is always told, a larger one but for 1 in 65,536.
 */
function frameSum(frames: Uint8Array): number {
  let sum = 0;
  for (const byte of frames) {
    sum ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 0x8000 ? (sum << 1) ^ 0x8005 : sum << 1) & 0xffff;
  }
  return sum;
}

/** The sum that an encoder makes: interleaved samples, little-endian, as many whole bytes each as their bits need. */
function md5Of(sides: readonly Float32Array[], bits: number): Buffer {
  const width = Math.ceil(bits / 8);
  const scale = 2 ** (bits - 1);
  const bytes = new Uint8Array(sides[0].length * sides.length * width);
  let at = 0;
  for (let n = 0; n < sides[0].length; n++) {
    for (const side of sides) {
      for (let k = 0, rest = side[n] * scale; k < width; k++, rest >>= 8) bytes[at++] = rest;
    }
  }
  return createHash('md5').update(bytes).digest();
}
