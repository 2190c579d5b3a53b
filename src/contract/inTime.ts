// Promises of others that may never be kept.
import type { Seconds } from './units.ts';

/**
 * What a promise gives, as long as it is kept in time.
 * @param seconds how long is waited
 * @param late text of the error that it is rejected with then
 */
export function inTime<T>(work: Promise<T>, seconds: Seconds, late: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const reason = new Error(late);
    const timer = setTimeout(() => reject(reason), 1000 * seconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
