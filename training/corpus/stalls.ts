// A download that nothing arrives of any more is given up, where a server keeps it open for ever.
/** Gives up when it is not told of anything for a while. */
export interface StallWatch {
  /** Aborted by the caller's own signal, or when nothing arrived. */
  readonly signal: AbortSignal;
  /** Something arrived, or is asked for now. */
  readonly alive: () => void;
  /** There is nothing to wait for any more. */
  readonly end: () => void;
}

/** @param own the caller's */
export function watchStalls(seconds: number, own?: AbortSignal): StallWatch {
  const stalled = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => clearTimeout(timer);
  return {
    signal: own ? AbortSignal.any([own, stalled.signal]) : stalled.signal,
    alive: () => {
      end();
      timer = setTimeout(() => stalled.abort(new Error(`nothing arrived for ${seconds} s`)), seconds * 1000);
    },
    end,
  };
}
