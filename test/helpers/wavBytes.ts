// A WAV of interleaved 16-bit samples as bytes, written here independently of src/node/wav.ts.

/** The bytes of a canonical 44-byte-header PCM WAV. */
export function pcm16Wav(interleaved: Int16Array, channels: number, sampleRate: number): Uint8Array {
  const bytes = new Uint8Array(44 + interleaved.byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode('RIFF----WAVEfmt '));
  bytes.set(new TextEncoder().encode('data'), 36);
  view.setUint32(4, 36 + interleaved.byteLength, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  view.setUint32(40, interleaved.byteLength, true);
  // Node and every platform numvox runs on are little-endian, as WAV is.
  bytes.set(new Uint8Array(interleaved.buffer, interleaved.byteOffset, interleaved.byteLength), 44);
  return bytes;
}
