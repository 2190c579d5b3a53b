// The impulse response of a room: noise that dies away, its treble sooner, different on each side.
import { requireInteger, requireNumber } from '../../contract/errors.ts';
import type { Hertz, Samples, Seconds } from '../../contract/units.ts';
import { Random } from '../../dsp/random.ts';

/** From the sound to the first reflections, and the time in which these grow dense. */
const preDelaySeconds: Seconds = 0.01;
const onsetSeconds: Seconds = 0.006;
/** Where walls and air begin to take the treble away: at first, and in the end. */
const firstCutoffHz: Hertz = 10_000;
const lastCutoffHz: Hertz = 2500;
/** Part of the decay time in which the cutoff falls by 1/e of its way. */
const cutoffFall = 0.3;
/** Rooms of this size do not boom. */
const lowCutHz: Hertz = 90;
/** The cutoff moves slowly: it is computed once for this many samples. */
const stepSamples = 64;
/** Last part of the response, which fades to nothing. */
const fadeShare = 0.1;

/** Left and right side of a response, or of a part of it. */
export type RoomSides = readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];

/** Length of the impulse response in seconds. */
export function roomSeconds(decaySeconds: Seconds): Seconds {
  return preDelaySeconds + decaySeconds;
}

/** Length of the impulse response in samples. */
export function roomSamples(decaySeconds: Seconds, sampleRate: Hertz): Samples {
  return Math.round(preDelaySeconds * sampleRate) + Math.round(decaySeconds * sampleRate);
}

/** The gain of the noise at one sample after the other, from the first reflection on. */
class Fading {
  readonly #length: Samples;
  readonly #fadeSamples: number;
  readonly #fall: number;
  readonly #onset: number;
  #level = 1;
  #notYet = 1;
  #at: Samples = 0;

  constructor(decaySeconds: Seconds, sampleRate: Hertz, length: Samples) {
    this.#length = length;
    this.#fadeSamples = fadeShare * length;
    this.#fall = 10 ** (-3 / (decaySeconds * sampleRate));
    this.#onset = Math.exp(-1 / (onsetSeconds * sampleRate));
  }

  next(): number {
    const toEnd = Math.min(1, (this.#length - this.#at) / this.#fadeSamples);
    const gain = this.#level * (1 - this.#notYet) * toEnd;
    this.#level *= this.#fall;
    this.#notYet *= this.#onset;
    this.#at++;
    return gain;
  }
}

/**
 * Left and right impulse response whose level falls by 60 dB in `decaySeconds` below `lastCutoffHz`, faster
 * above. Its expected power gain between `lowCutHz` and `lastCutoffHz` is 1: a long vowel is as loud wet as it
 * is dry. It comes in parts of `partSamples` samples, the last one shorter: each is computed when it is asked for.
 * @param decaySeconds 0.05..20
 * @param sampleRate 1000..768000
 * @param partSamples 1..2^24
 * @param seed of the noise; the same seed gives the same room
 * @throws RangeError naming the argument, its range and the value
 */
export function* roomParts(
  decaySeconds: Seconds,
  sampleRate: Hertz,
  partSamples: Samples,
  seed = 6,
): Generator<RoomSides, void, void> {
  requireNumber('decaySeconds', decaySeconds, 0.05, 20);
  requireNumber('sampleRate', sampleRate, 1000, 768_000);
  requireInteger('partSamples', partSamples, 1, 2 ** 24);
  const length = roomSamples(decaySeconds, sampleRate);
  const begin = Math.round(preDelaySeconds * sampleRate);
  // Uniform noise in -1..1 has a power of 1/3.
  const scale = Math.sqrt(3 / energyOf(new Fading(decaySeconds, sampleRate, length - begin), length - begin));
  const fading = new Fading(decaySeconds, sampleRate, length - begin);
  const lowCut = 1 - Math.exp((-2 * Math.PI * lowCutHz) / sampleRate);
  const random = new Random(seed);
  // One-pole filters of each side: what the treble cut holds, and the bass that is taken off it.
  let [leftHeld, rightHeld, leftBass, rightBass, cut] = [0, 0, 0, 0, 0];
  for (let from = 0; from < length; from += partSamples) {
    const samples = Math.min(partSamples, length - from);
    const left = new Float32Array(samples);
    const right = new Float32Array(samples);
    for (let n = Math.max(0, begin - from); n < samples; n++) {
      const along = from + n - begin;
      if (along % stepSamples === 0) {
        const falls = along / (cutoffFall * decaySeconds * sampleRate);
        const cutoffHz = lastCutoffHz + (firstCutoffHz - lastCutoffHz) * Math.exp(-falls);
        cut = 1 - Math.exp((-2 * Math.PI * cutoffHz) / sampleRate);
      }
      const gain = scale * fading.next();
      leftHeld += cut * (random.uniform(-1, 1) - leftHeld);
      rightHeld += cut * (random.uniform(-1, 1) - rightHeld);
      leftBass += lowCut * (leftHeld - leftBass);
      rightBass += lowCut * (rightHeld - rightBass);
      left[n] = gain * (leftHeld - leftBass);
      right[n] = gain * (rightHeld - rightBass);
    }
    yield [left, right];
  }
}

function energyOf(fading: Fading, samples: Samples): number {
  let energy = 0;
  for (let n = 0; n < samples; n++) energy += fading.next() ** 2;
  return energy;
}
