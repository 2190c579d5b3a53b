// Sample bytes of a WAV data chunk to mono Float32Array, through DataView: any alignment, either byte order.

/**
 * Averages the channels of interleaved integer PCM; full scale becomes 1.
 *
 * @param bytes whole frames; a trailing partial frame is left out.
 * @param bits 8 (unsigned, as WAV has it), 16, 24 or 32 (signed).
 */
export function monoFromInteger(
  bytes: Uint8Array,
  bits: 8 | 16 | 24 | 32,
  channels: number,
  bigEndian: boolean,
): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = !bigEndian;
  const scale = 1 / 2 ** (bits - 1);
  if (bits === 8) return average(bytes.length, channels, (i) => ((bytes[i] ?? 128) - 128) * scale);
  const count = Math.floor(bytes.length / (bits / 8));
  if (bits === 16) return average(count, channels, (i) => view.getInt16(i * 2, little) * scale);
  if (bits === 32) return average(count, channels, (i) => view.getInt32(i * 4, little) * scale);
  const high = bigEndian ? 0 : 2;
  const low = 2 - high;
  return average(count, channels, (i) => {
    const at = i * 3;
    return (view.getInt8(at + high) * 65536 + view.getUint8(at + 1) * 256 + view.getUint8(at + low)) * scale;
  });
}

/** Averages the channels of interleaved floating-point samples of 32 or 64 bits. */
export function monoFromFloat(
  bytes: Uint8Array,
  bits: 32 | 64,
  channels: number,
  bigEndian: boolean,
): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = !bigEndian;
  if (bits === 32) {
    return average(Math.floor(bytes.length / 4), channels, (i) => view.getFloat32(i * 4, little));
  }
  return average(Math.floor(bytes.length / 8), channels, (i) => view.getFloat64(i * 8, little));
}

function average(count: number, channels: number, sampleAt: (index: number) => number): Float32Array {
  const mono = new Float32Array(Math.floor(count / channels));
  for (let frame = 0; frame < mono.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += sampleAt(frame * channels + channel);
    mono[frame] = sum / channels;
  }
  return mono;
}
