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

/** A chunk to write; sizes and padding may be wrong. */
export interface ChunkToWrite {
  readonly id: string;
  readonly content: Uint8Array;
  /** The content's unless given. */
  readonly size?: number;
  /** Whether an odd chunk gets the byte behind it; true unless given. */
  readonly padded?: boolean;
}

/** A container of chunks, little-endian; its own size is right unless given. */
export function wavFile(chunks: readonly ChunkToWrite[], container = 'RIFF', size?: number): Uint8Array {
  const parts = chunks.flatMap(({ id, content, size: told = content.length, padded = true }) => [
    Buffer.from(id, 'latin1'),
    uint32(told),
    content,
    new Uint8Array(padded ? content.length % 2 : 0),
  ]);
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  return new Uint8Array(
    Buffer.concat([Buffer.from(container, 'latin1'), uint32(size ?? length), Buffer.from('WAVE'), ...parts]),
  );
}

/** Fields of `fmt `; the rest follows from them unless given. */
export interface FormatToWrite {
  readonly coding?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly blockBytes?: number;
  /** Fields of 16 bits behind the first 16 bytes. */
  readonly more?: readonly number[];
}

/** The chunk `fmt `; 16-bit mono PCM at 16 kHz unless told otherwise. */
export function formatChunk(format: FormatToWrite = {}): ChunkToWrite {
  const { coding = 1, channels = 1, rate = 16_000, bits = 16, more = [] } = format;
  const blockBytes = format.blockBytes ?? Math.ceil(bits / 8) * channels;
  const content = new Uint8Array(16 + 2 * more.length);
  const view = new DataView(content.buffer);
  [coding, channels].forEach((value, k) => view.setUint16(2 * k, value, true));
  [rate, rate * blockBytes].forEach((value, k) => view.setUint32(4 + 4 * k, value, true));
  [blockBytes, bits, ...more].forEach((value, k) => view.setUint16(12 + 2 * k, value, true));
  return { id: 'fmt ', content };
}

/** Little-endian. */
export function uint32(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  values.forEach((value, k) => new DataView(bytes.buffer).setUint32(4 * k, value, true));
  return bytes;
}

/** Samples as the bytes that they are in memory. */
export function bytesOf(samples: Int16Array | Float32Array | Float64Array | Uint8Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}
