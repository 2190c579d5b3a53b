// Which clips say, sample, walk and sweep make: names and points, from a model and seeds; evaluation draws the same ones.
import { InputError } from '../contract/errors.ts';
import { parameterById } from '../contract/parameters.ts';
import { Random } from '../dsp/random.ts';
import type { Bundle } from './bundle.ts';
import { between, digitAnchor, drawFromPrior, oneKnob, speakerIndex, styleAt } from './latent.ts';
import { digitCount } from '../contract/vocabulary.ts';
import type { Manifest } from './manifest.ts';
import type { LatentPoint } from './nodeModel.ts';
import { mapOf } from './voiceMap.ts';

/** One clip to make. */
export interface Draw {
  readonly name: string;
  readonly digit: number;
  /** What to print beside the name: a voice, or where on a path the clip lies. */
  readonly note: string;
  readonly point: LatentPoint;
}

/** A digit in a voice. */
export interface Anchor {
  readonly digit: number;
  readonly voice: string;
}

/**
 * A generator for one clip, so that a clip does not change with the others asked for.
 * @param row 0-15
 * @param index 0-1023
 */
function randomFor(seed: number, row: number, index: number): Random {
  return new Random(seed * 16384 + row * 1024 + index);
}

const nameOf = (digit: number, index: number): string => `${digit}_${String(index).padStart(3, '0')}.wav`;

/**
 * Index of a voice.
 * @throws InputError listing the voices when the model has none of that name
 */
function requireVoice(manifest: Manifest, voice: string): number {
  const index = speakerIndex(manifest, voice);
  if (index >= 0) return index;
  const names = manifest.speakers.map(({ name }) => name).join(', ');
  throw new InputError(`the model has no voice ${voice}; it has ${names}`);
}

/** `count` clips of each digit, in one voice or in voices drawn for each clip: styles as the voice's takes vary. */
export function sayDraws(
  bundle: Bundle,
  digits: readonly number[],
  count: number,
  seed: number,
  voice?: string,
): Draw[] {
  const { speakers } = bundle.manifest;
  const fixed = voice === undefined ? undefined : requireVoice(bundle.manifest, voice);
  return digits.flatMap((digit) =>
    Array.from({ length: count }, (_, k) => {
      const random = randomFor(seed, digit, k);
      const drawn = random.integer(speakers.length);
      return inVoice(bundle, digit, fixed ?? drawn, k, random);
    }),
  );
}

/**
 * How much of a take's style a free draw keeps. The rest is normal noise, so that draws together have the prior's variance: a smoothed bootstrap
 * with shrinkage (West 1993, "Approximating posterior distributions by mixture").
 */
const keptOfTake = 0.9;

/**
 * `count` clips of digits drawn evenly, their styles about those of takes of the digit that the map holds; of a bundle without a map from N(0, I)
 * through the prior map, without one from its voices.
 */
export function sampleDraws(bundle: Bundle, count: number, seed: number): Draw[] {
  const { manifest } = bundle;
  return Array.from({ length: count }, (_, k) => {
    // A row of its own, so that `sample` does not repeat the clips of `say`.
    const random = randomFor(seed, 15, k);
    const digit = random.integer(digitCount);
    if (!manifest.priorMap)
      return inVoice(bundle, digit, random.integer(manifest.speakers.length), k, random);
    return {
      name: nameOf(digit, k),
      digit,
      note: 'free',
      point: { digit: digitAnchor(manifest, digit), style: aboutATake(bundle, digit, random) },
    };
  });
}

function aboutATake(bundle: Bundle, digit: number, random: Random): Float32Array {
  const { manifest } = bundle;
  const noise = normals(manifest, random);
  if (!manifest.map) return noise;
  const { styles, digits } = mapOf(bundle);
  const own = digits.flatMap((of, i) => (of === digit ? [i] : []));
  if (own.length === 0) return noise;
  const from = own[random.integer(own.length)] * noise.length;
  return noise.map((value, k) => keptOfTake * styles[from + k] + Math.sqrt(1 - keptOfTake ** 2) * value);
}

function inVoice(bundle: Bundle, digit: number, speaker: number, index: number, random: Random): Draw {
  const { manifest } = bundle;
  return {
    name: nameOf(digit, index),
    digit,
    note: manifest.speakers[speaker].name,
    point: {
      digit: digitAnchor(manifest, digit),
      style: drawFromPrior(bundle, digit, speaker, normals(manifest, random)),
    },
  };
}

function normals(manifest: Manifest, random: Random): Float32Array {
  return Float32Array.from({ length: manifest.latent.styleDimensions }, () => random.normal());
}

/**
 * `steps` clips evenly along the straight line of digit point and style from one anchor to the other, both ends included. A
 * clip is named by the digit whose end is nearer.
 */
export function walkDraws(manifest: Manifest, from: Anchor, to: Anchor, steps: number): Draw[] {
  const pointAt = ({ digit, voice }: Anchor): LatentPoint => ({
    digit: digitAnchor(manifest, digit),
    style: styleAt(manifest, requireVoice(manifest, voice), digit),
  });
  const [start, end] = [pointAt(from), pointAt(to)];
  return Array.from({ length: steps }, (_, k) => {
    const share = steps > 1 ? k / (steps - 1) : 0;
    const digit = share <= 0.5 ? from.digit : to.digit;
    return {
      name: nameOf(digit, k),
      digit,
      note: share.toFixed(3),
      point: {
        digit: between(start.digit, end.digit, share),
        style: between(start.style, end.style, share),
      },
    };
  });
}

/**
 * `steps` clips of each digit with one knob evenly over its whole range, the others at rest.
 * @param knob a direction's number from 1, or its name
 * @param voice whose styles to start from; the first of the model when absent
 * @throws InputError listing the knobs or voices when there is none of that name
 */
export function sweepDraws(
  manifest: Manifest,
  knob: string,
  digits: readonly number[],
  steps: number,
  voice = manifest.speakers[0].name,
): Draw[] {
  const direction = requireKnob(manifest, knob);
  const speaker = requireVoice(manifest, voice);
  const { min, max } = parameterById('style1');
  return digits.flatMap((digit) =>
    Array.from({ length: steps }, (_, k) => {
      const value = steps > 1 ? min + ((max - min) * k) / (steps - 1) : 0;
      const knobs = oneKnob(manifest, direction, value);
      return {
        name: nameOf(digit, k),
        digit,
        note: value.toFixed(2),
        point: { digit: digitAnchor(manifest, digit), style: styleAt(manifest, speaker, digit, knobs) },
      };
    }),
  );
}

function requireKnob({ directions }: Manifest, knob: string): number {
  const index = /^[0-9]+$/.test(knob) ? Number(knob) - 1 : directions.findIndex(({ name }) => name === knob);
  if (index >= 0 && index < directions.length) return index;
  const names = directions.map(({ name }, i) => `${i + 1} (${name})`).join(', ');
  throw new InputError(`--knob must be a knob of the model, got ${knob}; it has ${names}`);
}
