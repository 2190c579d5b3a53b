// A frame of a FLAC stream (RFC 9639, section 9): its header, and its channels by prediction and Rice-coded residuals.
import { BitReader } from './bitReader.ts';

/** What the stream says once for all frames. */
export interface FlacStream {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
}

/** A frame that has been decoded. */
export interface FlacFrame {
  /** Samples of each channel, whole numbers. */
  readonly channels: readonly Float64Array[];
  /** Where the next one begins. */
  readonly end: number;
}

/** A frame that is none, or fails its check. */
export class DamagedFrame extends Error {}

const bitsByCode = [0, 8, 12, -1, 16, 20, 24, 32] as const;
/** Of the fixed predictors, by order. */
const fixedCoefficients = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]] as const;
const crc8 = crcTable(8, 0x07);
const crc16 = crcTable(16, 0x8005);

function crcTable(bits: 8 | 16, polynomial: number): Uint16Array {
  const [top, mask] = [1 << (bits - 1), 2 ** bits - 1];
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let rest = byte << (bits - 8);
    for (let k = 0; k < 8; k++) rest = (rest & top ? (rest << 1) ^ polynomial : rest << 1) & mask;
    return rest;
  });
}

/** Whether a frame may begin here: 14 bits of synchronisation and one that is 0. */
export function isFrame(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xff && (bytes[at + 1] & 0xfe) === 0xf8;
}

/**
 * Decodes the frame at a byte.
 * @throws DamagedFrame where there is none or its checksums do not agree; EndOfBits where it is cut off
 */
export function readFrame(bytes: Uint8Array, at: number, stream: FlacStream): FlacFrame {
  if (!isFrame(bytes, at)) throw new DamagedFrame('no frame');
  const reader = new BitReader(bytes, at + 2);
  const [sizeCode, rateCode, channelCode, bitsCode] = [4, 4, 4, 3].map((bits) => reader.read(bits));
  reader.read(1);
  // The frame's number, coded as UTF-8 codes a letter: as many bytes as its first has ones, or a single one.
  const ones = Math.clz32(~(reader.read(8) << 24));
  for (let k = 1; k < ones; k++) reader.read(8);
  const frames = framesOf(sizeCode, reader);
  // The stream's rate is the one that counts.
  if (rateCode === 12) reader.read(8);
  else if (rateCode === 13 || rateCode === 14) reader.read(16);
  let check = 0;
  for (let k = at; k < reader.byte; k++) check = crc8[check ^ bytes[k]];
  if (reader.read(8) !== check) throw new DamagedFrame('the checksum of a header is wrong');
  const bits = bitsByCode[bitsCode] || stream.bits;
  const count = channelCode < 8 ? channelCode + 1 : 2;
  if (bits !== stream.bits || count !== stream.channels || channelCode > 10) {
    throw new DamagedFrame('a frame differs from its stream');
  }
  // The side channel, the difference of both, has a bit more.
  const side = channelCode === 9 ? 0 : channelCode >= 8 ? 1 : -1;
  const channels = Array.from({ length: count }, (_, c) =>
    readSubframe(reader, frames, bits + (c === side ? 1 : 0)),
  );
  reader.align();
  check = 0;
  for (let k = at; k < reader.byte; k++) check = ((check << 8) & 0xffff) ^ crc16[(check >> 8) ^ bytes[k]];
  if (reader.read(16) !== check) throw new DamagedFrame('the checksum of a frame is wrong');
  if (channelCode >= 8) joinSides(channelCode, channels[0], channels[1]);
  return { channels, end: reader.byte };
}

function framesOf(code: number, reader: BitReader): number {
  if (code === 0) throw new DamagedFrame('a frame has no size');
  if (code === 1) return 192;
  if (code <= 5) return 576 << (code - 2);
  if (code === 6) return reader.read(8) + 1;
  if (code === 7) return reader.read(16) + 1;
  return 256 << (code - 8);
}

/** Left and right, from one of them and the difference, or from the mean and the difference. */
function joinSides(code: number, first: Float64Array, second: Float64Array): void {
  for (let n = 0; n < first.length; n++) {
    const [a, b] = [first[n], second[n]];
    if (code === 8) second[n] = a - b;
    else if (code === 9) first[n] = a + b;
    else {
      // The mean lost its last bit, which the difference still has.
      const sum = 2 * a + (Math.abs(b) % 2);
      first[n] = (sum + b) / 2;
      second[n] = (sum - b) / 2;
    }
  }
}

function readSubframe(reader: BitReader, frames: number, fullBits: number): Float64Array {
  if (reader.read(1) !== 0) throw new DamagedFrame('a channel begins wrongly');
  const type = reader.read(6);
  const wasted = reader.read(1) === 1 ? reader.readUnary() + 1 : 0;
  const bits = fullBits - wasted;
  if (bits < 1) throw new DamagedFrame('a channel has no bits');
  const samples = new Float64Array(frames);
  if (type === 0) samples.fill(reader.readSigned(bits));
  else if (type === 1) for (let n = 0; n < frames; n++) samples[n] = reader.readSigned(bits);
  else if (type >= 8 && type <= 12) predict(reader, samples, bits, type - 8, undefined);
  else if (type >= 32) predict(reader, samples, bits, type - 31, 'coded');
  else throw new DamagedFrame('a channel is coded in an unknown way');
  if (wasted > 0) for (let n = 0; n < frames; n++) samples[n] *= 2 ** wasted;
  return samples;
}

/** First samples as they are, then each as a weighted sum of those before it and a residual. */
function predict(
  reader: BitReader,
  samples: Float64Array,
  bits: number,
  order: number,
  weights: 'coded' | undefined,
): void {
  if (order > samples.length) throw new DamagedFrame('a predictor is longer than its frame');
  for (let n = 0; n < order; n++) samples[n] = reader.readSigned(bits);
  let coefficients: readonly number[] = fixedCoefficients[order] ?? [];
  let scale = 1;
  if (weights === 'coded') {
    const precision = reader.read(4) + 1;
    const shift = reader.readSigned(5);
    if (precision === 16 || shift < 0) throw new DamagedFrame('a predictor is none');
    scale = 2 ** -shift;
    coefficients = Array.from({ length: order }, () => reader.readSigned(precision));
  }
  readResiduals(reader, samples, order);
  for (let n = order; n < samples.length; n++) {
    let sum = 0;
    for (let k = 0; k < order; k++) sum += coefficients[k] * samples[n - 1 - k];
    samples[n] += Math.floor(sum * scale);
  }
}

/** Rice codes in partitions, each with a parameter of its own, or plain numbers behind the largest one. */
function readResiduals(reader: BitReader, into: Float64Array, order: number): void {
  const method = reader.read(2);
  if (method > 1) throw new DamagedFrame('residuals are coded in an unknown way');
  const parameterBits = 4 + method;
  const partitions = 1 << reader.read(4);
  const length = into.length / partitions;
  if (!Number.isInteger(length) || length < order)
    throw new DamagedFrame('partitions do not fit their frame');
  for (let partition = 0, n = order; partition < partitions; partition++) {
    const parameter = reader.read(parameterBits);
    const end = (partition + 1) * length;
    if (parameter === 2 ** parameterBits - 1) {
      const bits = reader.read(5);
      for (; n < end; n++) into[n] = reader.readSigned(bits);
      continue;
    }
    for (; n < end; n++) {
      const folded = reader.readUnary() * 2 ** parameter + reader.read(parameter);
      into[n] = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    }
  }
}
