// Words that were decoded when the program was built: an instrument that has them plays before its decoder is there.
import { frameValues } from '../contract/spectrogram.ts';
import { digitCount } from '../contract/vocabulary.ts';
import type { Manifest } from '../model/manifest.ts';

/** The digits of a bundle's first speaker, as they are with every control at its default. */
export interface FirstWords {
  /** Of the bundle that the decoder loads; whoever gives it answers for it. */
  readonly manifest: Manifest;
  /** Features of the digits 0 to 9: frames x frameValues each, 0..1. */
  readonly clips: readonly Float32Array[];
}

const steps = 65_535;

/**
 * Reads the words of a file: whole numbers of 16 bits, the lower byte first, finer than anybody hears and half as long as floats.
 * @throws RangeError when the length is not that of ten words of the manifest's format
 */
export function readFirstWords(bytes: ArrayBuffer, manifest: Manifest): FirstWords {
  const { format } = manifest;
  const length = format.frames * frameValues(format);
  const expected = 2 * length * digitCount;
  if (bytes.byteLength !== expected) {
    throw new RangeError(
      `first words must be ${expected} bytes, got ${bytes.byteLength}; build them from the same model`,
    );
  }
  const view = new DataView(bytes);
  const clips = Array.from({ length: digitCount }, (_, digit) =>
    Float32Array.from({ length }, (__, i) => view.getUint16(2 * (digit * length + i), true) / steps),
  );
  return { manifest, clips };
}
