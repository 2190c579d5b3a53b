// Adam (Kingma & Ba 2015) over a flat parameter vector, and the one-cycle schedule of its learning rate.

const firstDecay = 0.9;
const secondDecay = 0.999;
const epsilon = 1e-8;

/** Moments of the gradient; `step` counts updates so far. */
export class Adam {
  readonly first: Float32Array;
  readonly second: Float32Array;
  step = 0;

  /** @param length number of parameters */
  constructor(length: number) {
    this.first = new Float32Array(length);
    this.second = new Float32Array(length);
  }

  /** Moves `parameters` against `gradient` (both `length` numbers) by one bias-corrected step. */
  update(parameters: Float32Array, gradient: Float32Array, learningRate: number): void {
    this.step++;
    const { first, second } = this;
    const rate =
      (learningRate * Math.sqrt(1 - Math.pow(secondDecay, this.step))) /
      (1 - Math.pow(firstDecay, this.step));
    for (let i = 0; i < parameters.length; i++) {
      const g = gradient[i];
      const m = (first[i] += (1 - firstDecay) * (g - first[i]));
      const v = (second[i] += (1 - secondDecay) * (g * g - second[i]));
      parameters[i] -= (rate * m) / (Math.sqrt(v) + epsilon);
    }
  }
}

/** A one-cycle schedule: `learningRate` > 0, its highest multiple `peakRate` > 0, and the share of all steps (0..0.9) after which that is reached. */
export interface OneCycle {
  readonly learningRate: number;
  readonly peakRate: number;
  readonly warmUpShare: number;
}

/**
 * Learning rate at a step: from a tenth of the base rate along a cosine to `peakRate` times it, then along a cosine to
 * nearly nothing at the last step (Smith 2018).
 */
export function learningRateAt(step: number, totalSteps: number, schedule: OneCycle): number {
  const position = Math.min(1, step / Math.max(1, totalSteps));
  const low = 0.1 * schedule.learningRate;
  const high = schedule.peakRate * schedule.learningRate;
  const ease = (from: number, to: number, t: number) => to + ((from - to) * (1 + Math.cos(Math.PI * t))) / 2;
  return position < schedule.warmUpShare
    ? ease(low, high, position / schedule.warmUpShare)
    : ease(
        high,
        1e-3 * schedule.learningRate,
        (position - schedule.warmUpShare) / (1 - schedule.warmUpShare),
      );
}

/** Scales `gradient` down to `limit` when its Euclidean norm is larger; returns the norm before. */
export function clipNorm(gradient: Float32Array, limit: number): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += gradient[i] * gradient[i];
  const norm = Math.sqrt(sum);
  if (norm > limit) {
    const scale = limit / norm;
    for (let i = 0; i < gradient.length; i++) gradient[i] *= scale;
  }
  return norm;
}
