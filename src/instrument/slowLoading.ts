// Says that a step of loading takes long: browsers tell nothing of a script that does not come.
import type { InstrumentStatus } from './instrumentStatus.ts';

/** Every step is over by then where nothing is wrong, or tells of itself. */
const usualMs = 5000;
const lookMs = 1000;

/**
 * Looks at the status once a second.
 * @param tell takes another wording of the step
 * @returns how to end it
 */
export function tellSlowLoading(
  status: () => Pick<InstrumentStatus, 'step' | 'fraction'>,
  tell: (step: string) => void,
): () => void {
  let { step, fraction } = status();
  let told = '';
  let since = performance.now();
  const timer = setInterval(() => {
    const now = status();
    const hasMoved = (now.step !== step && now.step !== told) || now.fraction !== fraction;
    if (hasMoved) {
      ({ step, fraction } = now);
      told = '';
      since = performance.now();
      return;
    }
    const waited = performance.now() - since;
    if (waited < usualMs) return;
    told = `${step}; it takes longer than usual, ${Math.round(waited / 1000)} s until now`;
    tell(told);
  }, lookMs);
  return () => clearInterval(timer);
}
