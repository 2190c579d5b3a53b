// The header of a 32-bit float WAV file whose samples follow in pieces, so that a long take is never held in one array.
import wavefile from 'wavefile';
import { requireInteger } from '../contract/errors.ts';
import type { Hertz, Samples } from '../contract/units.ts';

const bytesPerSample = 4;

/**
 * RIFF header of a float32 WAV with `frames` frames: append frames * channels little-endian floats.
 *
 * `wavefile` writes the header of an empty file; the lengths are filled in here, because the library wants every sample in
 * memory (as doubles) to write them itself.
 * @throws RangeError when the file would pass RIFF's 4 GiB
 */
export function wavHeader(frames: Samples, sampleRate: Hertz, channels: number): Uint8Array<ArrayBuffer> {
  requireInteger('channels', channels, 1, 32);
  requireInteger('sampleRate', sampleRate, 1, 768_000);
  const mostFrames = Math.floor((2 ** 32 - 1 - 128) / (bytesPerSample * channels));
  requireInteger('frames', frames, 0, mostFrames, 'record shorter takes');
  const wave = new wavefile.WaveFile();
  wave.fromScratch(channels, sampleRate, '32f', []);
  // Formats other than integer PCM carry a fact chunk with the number of frames.
  Object.assign(wave.fact, { chunkId: 'fact', chunkSize: 4, dwSampleLength: frames });
  const header = Uint8Array.from(wave.toBuffer());
  const dataBytes = frames * channels * bytesPerSample;
  const view = new DataView(header.buffer);
  view.setUint32(4, header.length - 8 + dataBytes, true);
  view.setUint32(header.length - 4, dataBytes, true);
  return header;
}
