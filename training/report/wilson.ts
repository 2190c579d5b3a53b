// Confidence intervals of shares.

/** 97.5 % quantile of the normal distribution. */
const quantile = 1.959964;

/**
 * The 95 % interval of a share by Wilson's score (1927): it stays within [0, 1] and says something at 0 and 1 too.
 * @param successes 0..trials
 * @param trials 1 or more
 */
export function wilson(successes: number, trials: number): readonly [number, number] {
  const share = successes / trials;
  const scale = 1 + quantile ** 2 / trials;
  const centre = share + quantile ** 2 / (2 * trials);
  const half = quantile * Math.sqrt((share * (1 - share)) / trials + quantile ** 2 / (4 * trials ** 2));
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)];
}
