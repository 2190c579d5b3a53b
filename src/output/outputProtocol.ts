// Messages between the recorder on the page and the output stage in the audio worklet.
import type { Samples } from '../contract/units.ts';

/** Channels of the output and of every take. */
export const outputChannels = 2;

/** What the recorder tells. */
export type ToTakes =
  /** Begin a take with the next block. A take under way is closed first. */
  | { readonly type: 'start' }
  /** Close the take: the rest comes as a last `chunk`, then `stopped`. */
  | { readonly type: 'stop' }
  /** A chunk's memory comes back to be filled again. */
  | { readonly type: 'recycle'; readonly samples: Float32Array }
  /** The last message: the processor ends. */
  | { readonly type: 'close' };

export type ToOutput =
  | ToTakes
  /** So many stages are heard at once: together they keep to the ceiling. */
  | { readonly type: 'share'; readonly stages: number };

export type FromOutput =
  /** `frames` stereo frames, interleaved, at the start of `samples`; send the array back with `recycle`. */
  | { readonly type: 'chunk'; readonly samples: Float32Array; readonly frames: Samples }
  /**
   * The take is complete: `frames` in all, of which `lostFrames` are silence because the page was stalled for longer than the
   * chunks in flight could bridge.
   */
  | { readonly type: 'stopped'; readonly frames: Samples; readonly lostFrames: Samples }
  /** The last message: the processor has ended as it was told to. */
  | { readonly type: 'closed' };
