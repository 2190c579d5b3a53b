// The header of a 32-bit float WAV file whose samples follow in pieces, so that a long take is never held in one array.
import { requireInteger } from '../contract/errors.ts';
import type { Hertz, Samples } from '../contract/units.ts';

const bytesPerSample = 4;
/** WAVE_FORMAT_IEEE_FLOAT (RFC 2361, appendix A). */
const ieeeFloat = 3;
/** RIFF (12), `fmt ` (8 + 18), `fact` (8 + 4) and the head of `data` (8). */
const headerBytes = 58;

/**
 * RIFF header of a float32 WAV with `frames` frames: append frames * channels little-endian floats.
 *
 * A format other than integer PCM carries the size of its extension, here 0, at the end of `fmt `, and a `fact` chunk with the
 * number of frames (Microsoft & IBM, "Multimedia Data Standards Update" 3.0, 1994).
 * @param channels 1 or 2
 * @returns 58 bytes
 * @throws RangeError naming the argument, its range and the value, also when the file would pass RIFF's 4 GiB
 * @example
 * const file = new Blob([wavHeader(samples.length, 48000, 1), samples], { type: 'audio/wav' });
 */
export function wavHeader(frames: Samples, sampleRate: Hertz, channels: number): Uint8Array<ArrayBuffer> {
  requireInteger('channels', channels, 1, 2, 'more of them need a header that says where each is heard');
  requireInteger('sampleRate', sampleRate, 1, 768_000);
  const mostFrames = Math.floor((2 ** 32 - 1 - 128) / (bytesPerSample * channels));
  requireInteger('frames', frames, 0, mostFrames, 'record shorter takes');
  const header = new Uint8Array(headerBytes);
  const view = new DataView(header.buffer);
  const frameBytes = channels * bytesPerSample;
  const dataBytes = frames * frameBytes;
  let at = 0;
  const put16 = (value: number) => view.setUint16((at += 2) - 2, value, true);
  const put32 = (value: number) => view.setUint32((at += 4) - 4, value, true);
  const putId = (id: string) => {
    for (const letter of id) header[at++] = letter.charCodeAt(0);
  };
  putId('RIFF');
  put32(headerBytes - 8 + dataBytes);
  putId('WAVE');
  putId('fmt ');
  put32(18);
  put16(ieeeFloat);
  put16(channels);
  put32(sampleRate);
  put32(sampleRate * frameBytes);
  put16(frameBytes);
  put16(8 * bytesPerSample);
  put16(0);
  putId('fact');
  put32(4);
  put32(frames);
  putId('data');
  put32(dataBytes);
  return header;
}
