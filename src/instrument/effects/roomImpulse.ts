// The impulse response of a room: noise that dies away, its treble sooner, different on each side.
import { requireNumber } from '../../contract/errors.ts';
import type { Hertz, Seconds } from '../../contract/units.ts';
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

/** Length of `roomImpulse` in seconds. */
export function roomSeconds(decaySeconds: Seconds): Seconds {
  return preDelaySeconds + decaySeconds;
}

/**
 * Left and right impulse response whose level falls by 60 dB in `decaySeconds` below `lastCutoffHz`, faster
 * above. Its expected power gain between `lowCutHz` and `lastCutoffHz` is 1: a long vowel is as loud wet as it
 * is dry.
 * @param decaySeconds 0.05..20
 * @param seed of the noise; the same seed gives the same room
 * @throws RangeError naming the argument, its range and the value
 */
export function roomImpulse(
  decaySeconds: Seconds,
  sampleRate: Hertz,
  seed = 6,
): readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>] {
  requireNumber('decaySeconds', decaySeconds, 0.05, 20);
  requireNumber('sampleRate', sampleRate, 1000, 768_000);
  const begin = Math.round(preDelaySeconds * sampleRate);
  const length = begin + Math.round(decaySeconds * sampleRate);
  const onset = Math.exp(-1 / (onsetSeconds * sampleRate));
  const fall = 10 ** (-3 / (decaySeconds * sampleRate));
  const fadeSamples = fadeShare * (length - begin);
  const lowCut = 1 - Math.exp((-2 * Math.PI * lowCutHz) / sampleRate);
  const random = new Random(seed);
  const left = new Float32Array(length);
  const right = new Float32Array(length);
  // One-pole filters of each side: what the treble cut holds, and the bass that is taken off it.
  let [leftHeld, rightHeld, leftBass, rightBass] = [0, 0, 0, 0];
  let [level, notYet, cut, energy] = [1, 1, 1, 0];
  for (let n = begin; n < length; n++) {
    if ((n - begin) % stepSamples === 0) {
      const along = (n - begin) / (cutoffFall * decaySeconds * sampleRate);
      const cutoffHz = lastCutoffHz + (firstCutoffHz - lastCutoffHz) * Math.exp(-along);
      cut = 1 - Math.exp((-2 * Math.PI * cutoffHz) / sampleRate);
    }
    const gain = level * (1 - notYet) * Math.min(1, (length - n) / fadeSamples);
    level *= fall;
    notYet *= onset;
    energy += gain * gain;
    leftHeld += cut * (random.uniform(-1, 1) - leftHeld);
    rightHeld += cut * (random.uniform(-1, 1) - rightHeld);
    leftBass += lowCut * (leftHeld - leftBass);
    rightBass += lowCut * (rightHeld - rightBass);
    left[n] = gain * (leftHeld - leftBass);
    right[n] = gain * (rightHeld - rightBass);
  }
  // Uniform noise in -1..1 has a power of 1/3.
  const scale = Math.sqrt(3 / energy);
  for (let n = begin; n < length; n++) {
    left[n] *= scale;
    right[n] *= scale;
  }
  return [left, right];
}
