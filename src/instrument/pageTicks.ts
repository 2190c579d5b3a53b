// Ticks that keep coming while the page is hidden: browsers let its own timers stand still for a second or more then.
import { Ticker } from 'tone/build/esm/core/clock/Ticker.js';

/**
 * Calls `tick` again and again: by the page's timer, and while the page is hidden by a worker's, which goes on.
 * @returns what ends that
 */
export function startPageTicks(tick: () => void, milliseconds: number): () => void {
  let ticker: Ticker | null = null;
  const timer = setInterval(tick, milliseconds);
  const hasPage = typeof document !== 'undefined';
  const follow = () => {
    const isHidden = document.visibilityState === 'hidden';
    if (isHidden === (ticker !== null)) return;
    ticker?.dispose();
    ticker = isHidden ? new Ticker(tick, 'worker', milliseconds / 1000) : null;
  };
  if (hasPage) {
    document.addEventListener('visibilitychange', follow);
    follow();
  }
  return () => {
    clearInterval(timer);
    ticker?.dispose();
    if (hasPage) document.removeEventListener('visibilitychange', follow);
  };
}
