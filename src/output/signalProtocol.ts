// Messages between whoever follows signals and the processor that reads them.
import type { Samples } from '../contract/units.ts';

/** How the processor is made. */
export interface SignalProcessorOptions {
  /** As many inputs. */
  readonly signals: number;
  /** How often it tells of moves by itself; 0 for only when it is asked, as offline. */
  readonly intervalFrames: Samples;
}

export type ToSignals =
  /** A signal is followed from now on: it stood at `value`, and is told of when it is further from what was told than `tolerance`. */
  | {
      readonly type: 'follow';
      readonly signal: number;
      readonly value: number;
      readonly tolerance: number;
    }
  /** Asks for one `moved`, be it empty. */
  | { readonly type: 'read' }
  | { readonly type: 'close' };

export type FromSignals =
  /** Pairs of a signal's number and its value. */
  | { readonly type: 'moved'; readonly moved: readonly (readonly [number, number])[] }
  /** The last message. */
  | { readonly type: 'closed' };
