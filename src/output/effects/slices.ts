// Long work in pieces: between two of them the page can answer a finger.

/** Runs the pieces that lie between the steps of a generator; the function that it gives calls the rest off. */
export type Slices = (work: Generator<void, void, void>) => () => void;

/**
 * One piece a task. Messages rather than timers, which a page in the background gets only once a second.
 */
export const pageSlices: Slices = (work) => {
  const { port1, port2 } = new MessageChannel();
  const end = (): void => port1.close();
  port1.onmessage = () => {
    if (work.next().done) end();
    else port2.postMessage(null);
  };
  port2.postMessage(null);
  return end;
};

/** All pieces at once, where nobody waits: offline. */
export const allAtOnce: Slices = (work) => {
  while (!work.next().done);
  return () => undefined;
};
