// Timers on a clock that a test moves.
import type { StartWait } from '../../src/midi/heldEvents.ts';

/** Waits that end when `pass` is called at or after their time. @param now milliseconds */
export function fakeWaits(now: () => number) {
  const waits = new Set<{ readonly callback: () => void; readonly at: number }>();
  const startWait: StartWait = (callback, milliseconds) => {
    const wait = { callback, at: now() + milliseconds };
    waits.add(wait);
    return () => void waits.delete(wait);
  };
  return {
    startWait,
    /** Calls back what is due. */
    pass() {
      for (const wait of [...waits]) {
        if (wait.at > now() + 1e-6 || !waits.delete(wait)) continue;
        wait.callback();
      }
    },
    get size() {
      return waits.size;
    },
  };
}
