// Messages between the page, the inference worker and the kernel: one discriminated union each way, handled exhaustively.
import type { Samples } from '../contract/units.ts';

/**
 * A *slot* is a place in the kernel's clip bank: `slot = speaker * 10 + digit`. Every slot holds the last spectrogram
 * decoded for it. A *revision* counts moves of the latent point: a clip is exact for a note when their revisions agree.
 */
export type ToKernel =
  /** A decoded spectrogram: `features` is frames x bands, `style` the latent style vector it was decoded at. */
  | {
      readonly type: 'clip';
      readonly slot: number;
      readonly revision: number;
      readonly style: Float32Array;
      readonly features: Float32Array;
    }
  /**
   * Start a voice. `noteId` names it for noteOff; `style` is the wanted latent style: when the slot's clip is of an older
   * revision, the voice starts from the nearest clip of the same digit and crosses over when the exact one arrives.
   * `gain` is linear, 0..1. `frame` is the context frame to start at (a past or absent frame means: now). The word is heard
   * from just before its onset, unless `from` asks for the clip's sample 0.
   */
  | {
      readonly type: 'noteOn';
      readonly noteId: number;
      readonly slot: number;
      readonly revision: number;
      readonly style: Float32Array;
      readonly gain: number;
      readonly frame?: Samples;
      readonly from?: 'onset' | 'start';
    }
  /** The key went up. At this stage words are one-shot: the voice plays on to the end of its word. */
  | { readonly type: 'noteOff'; readonly noteId: number; readonly frame?: Samples }
  /** Fade every voice out over 5 ms. */
  | { readonly type: 'silence' }
  /** A second port (the inference worker's) that may send these same messages. */
  | { readonly type: 'port'; readonly port: MessagePort }
  /** Ask for a `status` reply carrying the same id. */
  | { readonly type: 'status'; readonly id: number };

/** What the kernel answers. */
export type FromKernel =
  | {
      readonly type: 'status';
      readonly id: number;
      readonly activeVoices: number;
      readonly clips: number;
      readonly underruns: number;
      readonly nonFinite: number;
      readonly fft: 'simd' | 'javascript';
    }
  /** The kernel could not be built or a message was malformed. */
  | { readonly type: 'error'; readonly message: string };
