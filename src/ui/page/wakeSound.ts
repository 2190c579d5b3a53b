// Lets sound out again where the browser has paused it: a page that was away, a call, another program that took the device.
import type { SoundCondition } from '../../instrument/soundKeeper.ts';

/** What a player does to a page; browsers count some of it as a wish to hear, which differs. */
const gestures = ['pointerdown', 'pointerup', 'keydown', 'click'] as const;

/**
 * Asks sound that stands still to go on; a browser that does not allow it yet answers later or never.
 * @param resume also hurries what is being started again
 */
export function wake(sound: SoundCondition, resume: () => Promise<void>): void {
  if (sound === 'running' || sound === 'lost') return;
  resume().catch(() => undefined);
}

/** Calls `act` for every key and click on the page, before anything hears of it, until the returned function is called. */
export function listenToGestures(page: Window, act: () => void): () => void {
  for (const gesture of gestures) page.addEventListener(gesture, act, { capture: true, passive: true });
  return () => {
    for (const gesture of gestures) page.removeEventListener(gesture, act, { capture: true });
  };
}
