// Timers that count audio time: nothing is taken away while a suspended context still holds its sound.
import type { Seconds } from '../../contract/units.ts';

/** Calls `action` once `seconds` of audio have passed; the function that it gives calls that off. */
export type Later = (seconds: Seconds, action: () => void) => () => void;

/** Least time between looks at a clock that stands still. */
const patienceMilliseconds = 20;

/** Timers on the clock of a context, no earlier than asked and as late as the page's own timers are. */
export function audioTimers(context: { readonly currentTime: Seconds }): Later {
  return (seconds, action) => {
    const due = context.currentTime + seconds;
    let timer: ReturnType<typeof setTimeout>;
    const look = (): void => {
      const left = due - context.currentTime;
      if (left <= 0) action();
      else timer = setTimeout(look, Math.max(patienceMilliseconds, 1000 * left));
    };
    timer = setTimeout(look, 1000 * seconds);
    return () => clearTimeout(timer);
  };
}
