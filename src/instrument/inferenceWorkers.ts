// Makes the inference workers of one instrument, wherever their script lies.
import type { InferenceWorker } from './inferenceClient.ts';

/** A source of workers; `close` lets go of what they are made from, not of the workers. */
export interface WorkerMaker {
  make(): InferenceWorker;
  close(): void;
}

/** Browsers take workers from the page's own origin alone: one from elsewhere is imported by a script of ours. */
export function workerMaker(url: string): WorkerMaker {
  const isOwn = typeof location === 'undefined' || new URL(url, location.href).origin === location.origin;
  const script = isOwn
    ? null
    : URL.createObjectURL(new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' }));
  return {
    make: () => new Worker(script ?? url, { type: 'module', name: 'numvox-inference' }),
    close: () => {
      if (script) URL.revokeObjectURL(script);
    },
  };
}
