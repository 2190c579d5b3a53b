// IMA ADPCM as WAV files have it (Microsoft & IBM, "Multimedia Data Standards Update" 3.0, 1994): blocks of 4-bit steps, mono and more.
import type { Samples } from '../contract/units.ts';

/** 88 steps between 7 and 32,767, each some 10 % larger than the one before (IMA Digital Audio Focus Group, 1992). */
const stepSizes = [
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97,
  107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724,
  796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026,
  4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500,
  20350, 22385, 24623, 27086, 29794, 32767,
] as const;
const indexMoves = [-1, -1, -1, -1, 2, 4, 6, 8] as const;
/** Each channel's predictor, step and a spare byte at the head of a block. */
const headBytes = 4;
/** Steps of a channel that stand together: 4 bytes. */
const groupBytes = 4;

/** Frames in a block of so many bytes: one in the head, then two a byte. */
export function framesOfBlock(blockBytes: number, channels: number): Samples {
  const body = blockBytes - headBytes * channels;
  if (body < 0) return 0;
  // Groups take turns among channels, so what is left of a turn gives no frame; one channel has no turns.
  return 1 + 2 * (channels === 1 ? body : groupBytes * Math.floor(body / (groupBytes * channels)));
}

/**
 * Decodes blocks, the last of which may be cut.
 * @param blockBytes of a whole block
 * @param blockFrames most frames taken of a block
 * @returns interleaved samples
 */
export function fromImaAdpcm(
  bytes: Uint8Array,
  channels: number,
  blockBytes: number,
  blockFrames: Samples,
): Int16Array {
  const framesAt = (at: number) =>
    Math.min(blockFrames, framesOfBlock(Math.min(blockBytes, bytes.length - at), channels));
  let frames = 0;
  for (let at = 0; at < bytes.length; at += blockBytes) frames += framesAt(at);
  const samples = new Int16Array(frames * channels);
  let done = 0;
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const count = framesAt(at);
    for (let channel = 0; channel < channels && count > 0; channel++) {
      decodeChannel(bytes, at, channel, channels, samples.subarray(done * channels), count);
    }
    done += count;
  }
  return samples;
}

function decodeChannel(
  bytes: Uint8Array,
  at: number,
  channel: number,
  channels: number,
  samples: Int16Array,
  count: Samples,
): void {
  const head = at + headBytes * channel;
  let predictor = ((bytes[head] | (bytes[head + 1] << 8)) << 16) >> 16;
  let index = Math.min(stepSizes.length - 1, bytes[head + 2]);
  samples[channel] = predictor;
  const body = at + headBytes * channels;
  for (let n = 0; n < count - 1; n++) {
    const byte = n >> 1;
    const group = Math.floor(byte / groupBytes) * channels + channel;
    const code = (bytes[body + group * groupBytes + (byte % groupBytes)] >> (n % 2 === 0 ? 0 : 4)) & 15;
    const step = stepSizes[index];
    let difference = step >> 3;
    if (code & 4) difference += step;
    if (code & 2) difference += step >> 1;
    if (code & 1) difference += step >> 2;
    predictor += code & 8 ? -difference : difference;
    predictor = Math.min(32767, Math.max(-32768, predictor));
    index = Math.min(stepSizes.length - 1, Math.max(0, index + indexMoves[code & 7]));
    samples[channel + (n + 1) * channels] = predictor;
  }
}
