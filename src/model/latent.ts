// Pure moves in latent space: from digit, speaker and knobs to the points that the decoder takes.
import { requireInteger } from '../contract/errors.ts';
import { digitCount, type Manifest } from './manifest.ts';

/**
 * Style vector (styleDimensions numbers) of a speaker's way of saying a digit, moved along the bundle's directions.
 * @param knobs one number per direction, in units of the direction's vector; missing ones count as 0
 * @throws RangeError when speaker or digit is outside the bundle
 */
export function styleAt(
  manifest: Manifest,
  speaker: number,
  digit: number,
  knobs: ArrayLike<number> = [],
): Float32Array {
  requireInteger('speaker', speaker, 0, manifest.speakers.length - 1);
  requireInteger('digit', digit, 0, digitCount - 1);
  const style = Float32Array.from(manifest.speakers[speaker].styles[digit]);
  manifest.directions.forEach((direction, k) => {
    const amount = knobs[k] ?? 0;
    for (let i = 0; i < style.length; i++) style[i] += amount * direction.vector[i];
  });
  return style;
}

/** Point of the digit embedding (digitDimensions numbers) that means `digit`. */
export function digitAnchor(manifest: Manifest, digit: number): Float32Array {
  requireInteger('digit', digit, 0, digitCount - 1);
  return Float32Array.from(manifest.digitAnchors[digit]);
}

/** Index of a speaker by name, or -1. */
export function speakerIndex(manifest: Manifest, name: string): number {
  return manifest.speakers.findIndex((speaker) => speaker.name === name);
}
