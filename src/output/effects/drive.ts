// Drive: soft saturation by a hyperbolic tangent, as loud as what goes in.
import type { BaseContext } from 'tone/build/esm/core/context/BaseContext.js';
import type { Gain } from 'tone/build/esm/core/context/Gain.js';
import { connect } from 'tone/build/esm/core/context/ToneAudioNode.js';
import { glide } from './glide.ts';
import type { Unit } from './effectStage.ts';
import { makeGain } from './toneNodes.ts';

/** Gain in front of the curve at the smallest and the greatest drive: from a straight line to a square. */
const leastGain = 0.1;
const greatestGain = 20;
/** A tone of this amplitude keeps its level at every drive: that of a voice at full velocity. */
const referenceAmplitude = 0.35;
/** The curve runs over -8..8, where the tangent has reached 1 to seven digits. */
const curveReach = 8;
/** Straight lines between points 0.004 apart miss the curve by less than 2e-6. */
const curvePoints = 4097;

function tangentCurve(): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: curvePoints }, (_, k) =>
    Math.tanh(curveReach * ((2 * k) / (curvePoints - 1) - 1)),
  );
}

/** Gains before and after the curve for a drive in 0..1. */
export function driveGains(drive: number): { before: number; after: number } {
  const before = leastGain * (greatestGain / leastGain) ** drive;
  return { before, after: referenceAmplitude / Math.tanh(before * referenceAmplitude) };
}

/**
 * y = after tanh(before x). Odd, so that its harmonics are odd. Computed at twice the rate, since the seventh
 * harmonic of the highest partials of a word would fold back otherwise: a tone of 3.9 kHz at full drive then
 * leaves its overtones' images 55 dB below itself instead of 32. The filters of the doubled rate take 128
 * samples (Chromium 156).
 */
export class Drive implements Unit {
  readonly input: Gain;
  readonly output: Gain;
  /** Longer than the filters of the doubled rate. */
  readonly tailSeconds = 0.02;
  readonly #shaper: WaveShaperNode;

  /** @param drive 0..1 */
  constructor(context: BaseContext, drive: number) {
    const { before, after } = driveGains(drive);
    this.input = makeGain(context, before / curveReach);
    this.output = makeGain(context, after);
    this.#shaper = context.createWaveShaper();
    this.#shaper.curve = tangentCurve();
    this.#shaper.oversample = '2x';
    connect(this.input, this.#shaper);
    connect(this.#shaper, this.output);
  }

  /** @param drive 0..1 */
  set(drive: number): void {
    const { before, after } = driveGains(drive);
    glide(this.input.gain, before / curveReach);
    glide(this.output.gain, after);
  }

  dispose(): void {
    this.#shaper.disconnect();
    this.input.dispose();
    this.output.dispose();
  }
}
