// Pure moves in latent space: from digit, speaker and knobs to points of digit and player's style, which the model decodes.
import { requireInteger } from '../contract/errors.ts';
import type { Bundle } from './bundle.ts';
import { digitCount } from '../contract/vocabulary.ts';
import type { Manifest } from './manifest.ts';

/**
 * Player's style (styleDimensions numbers) of a speaker's way of saying a digit, moved along the bundle's directions.
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
  const style = new Float32Array(manifest.speakers[speaker].styles[digit]);
  manifest.directions.forEach((direction, k) => {
    const amount = knobs[k] ?? 0;
    if (amount === 0) return;
    for (let i = 0; i < style.length; i++) style[i] += amount * direction.vector[i];
  });
  return style;
}

/** Knob positions with one knob turned and the others at rest, for `styleAt`. */
export function oneKnob({ directions }: Manifest, knob: number, value: number): number[] {
  return directions.map((_, k) => (k === knob ? value : 0));
}

/** Point of the digit embedding (digitDimensions numbers) that means `digit`. */
export function digitAnchor(manifest: Manifest, digit: number): Float32Array {
  requireInteger('digit', digit, 0, digitCount - 1);
  return new Float32Array(manifest.digitAnchors[digit]);
}

/** Index of a speaker by name, or -1. */
export function speakerIndex(manifest: Manifest, name: string): number {
  return manifest.speakers.findIndex((speaker) => speaker.name === name);
}

/** A place between two vectors of one length: `share` 0 is the first, 1 the second. */
export function between(first: ArrayLike<number>, second: ArrayLike<number>, share: number): Float32Array {
  return Float32Array.from(first, (value, i) => value + share * (second[i] - value));
}

/**
 * A style drawn in one voice: from a Gaussian about the mean style of the speaker's training takes of a digit.
 * @param bundle a bundle loaded with its prior
 * @param normal styleDimensions numbers from N(0, 1)
 * @throws RangeError when digit, speaker or the length of `normal` is outside the bundle
 */
export function drawFromPrior(
  bundle: Bundle,
  digit: number,
  speaker: number,
  normal: Float32Array,
): Float32Array {
  const { manifest, tensors } = bundle;
  const z = manifest.latent.styleDimensions;
  requireInteger('digit', digit, 0, digitCount - 1);
  requireInteger('speaker', speaker, 0, manifest.speakers.length - 1);
  requireInteger('length of normal', normal.length, z, z);
  const means = tensors.get('prior.means')?.values;
  const factors = tensors.get('prior.factors')?.values;
  if (!means || !factors) throw new Error('the bundle was loaded without its prior');
  const component = digit * manifest.speakers.length + speaker;
  const style = means.slice(component * z, (component + 1) * z);
  const factor = manifest.priorMap ? speaker : component;
  for (let row = 0; row < z; row++) {
    const start = (factor * z + row) * z;
    for (let column = 0; column <= row; column++) style[row] += factors[start + column] * normal[column];
  }
  return style;
}
