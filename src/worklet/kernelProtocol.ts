// Messages between the page, the inference worker and the kernel: one discriminated union each way.
import type { Frames, Hertz, Samples, Seconds } from '../contract/units.ts';
import type { NoteOffsets } from '../contract/modulation.ts';
import type { VoiceParameters } from '../contract/voiceParameters.ts';

/**
 * A *slot* is a place in the kernel's clip bank: `slot = speaker * 10 + digit`, and beyond the speakers places for
 * other points. Every slot holds the last spectrogram decoded for it. A *revision* counts moves of the latent
 * point: a clip is exact for a note when it is of the note's revision or a later one. `digit` (0..9, default
 * `slot % 10`) is what a clip says, for slots whose number does not tell it.
 */
export type ToKernel =
  /**
   * A decoded spectrogram: `features` is frames x bands, `style` the latent style vector it was decoded at. Notes
   * of the slot cross over to it unless they have asked for a later revision; with `noteId` that note alone.
   */
  | {
      readonly type: 'clip';
      readonly slot: number;
      readonly revision: number;
      readonly digit?: number;
      readonly noteId?: number;
      readonly style: Float32Array;
      readonly features: Float32Array;
    }
  /**
   * Start a voice. `noteId` names it for later messages; `style` is the wanted latent style: when the slot's clip
   * is of an older revision, the voice starts from the nearest clip of the same digit and crosses over when the
   * exact one arrives. `gain` is linear, 0..1; `velocity` (0..1, default 1), bent by its curve already, moves the
   * level and what the parameters say. The word is heard from just before its onset, unless `from` asks for the
   * clip's sample 0. `speed` (-8..8, default 1) is how fast the clip is read: 0 stands still, negative plays
   * backwards from the word's end. `pitchHz` (27.5..20000; 0, the default, for the word's own pitch) is the
   * fundamental of voiced sound in clips with tracks. `pan` lies between -1, left, and 1. `offsets` are the note's
   * own distances from what the parameters say, in the units of `reachOf`; of the pitch, the vibrato and so on. With
   * `isStruck` it sounds to its end, however long its key is down and whatever the parameters say of that. Of
   * more than eight notes that start within 128 frames the rest start at the next multiples of 128, eight at each in
   * the order in which they came; of more that wait than there are voices the oldest are missed.
   *
   * This message and the next four are carried out at the context frame `frame`; one that is past or absent
   * means: now. Those of one frame are carried out in the order in which they came.
   */
  | {
      readonly type: 'noteOn';
      readonly noteId: number;
      readonly slot: number;
      readonly revision: number;
      readonly digit?: number;
      readonly style: Float32Array;
      readonly gain: number;
      readonly velocity?: number;
      readonly pan?: number;
      readonly frame?: Samples;
      readonly from?: 'onset' | 'start';
      readonly isStruck?: boolean;
      readonly speed?: number;
      readonly pitchHz?: Hertz;
      readonly offsets?: NoteOffsets;
    }
  /**
   * Changes a note, whether it sounds or waits; without `noteId` every sounding note. `speed`, `pitchHz` and
   * `pan` as in noteOn; the pitch goes there in `glideSeconds` (0..60, default 0) along a straight line of its
   * logarithm. `pitchRatio` (1/16..16) is a factor on the pitch; `gain` (0..4, 1 at the start) one on the level,
   * which goes there within some 5 ms; `position` jumps to a time of the clip; `offsets` takes the place of all
   * that were told before. What is read of the clip is heard within two and a half hops, a new speed within four;
   * pitch at once.
   */
  | KernelControl
  /**
   * The note crosses over to another slot's word: at its onset or, with `at: 'place'`, where it stands in its own
   * word. Slot, revision and style as in noteOn. With `at: 'same'` the slot has the same word at another point:
   * the note goes on with what it plays, and crosses over once the slot's clip is of the revision.
   */
  | {
      readonly type: 'word';
      readonly noteId: number;
      readonly slot: number;
      readonly revision: number;
      readonly digit?: number;
      readonly style: Float32Array;
      readonly at?: 'onset' | 'place' | 'same';
      readonly frame?: Samples;
    }
  /** Parameters of all notes. */
  | KernelParameters
  /** Several changes, in their order. */
  | { readonly type: 'changes'; readonly changes: readonly KernelChange[] }
  /** The key went up: words play on to their end, if the parameters say so; all else is released. */
  | { readonly type: 'noteOff'; readonly noteId: number; readonly frame?: Samples }
  /** Fade every voice out over 5 ms. */
  | { readonly type: 'silence' }
  /**
   * The port that clips come over, and nothing else: another thread's, the inference worker's. It takes the place of the one
   * before, which is closed. What comes over it and is no clip is answered with `refused`, once for a port.
   */
  | { readonly type: 'port'; readonly port: MessagePort }
  /** Ask for a `status` reply carrying the same id. */
  | { readonly type: 'status'; readonly id: number }
  /** The last message: the kernel lets its other ports go, and its processor ends. */
  | { readonly type: 'close' };

/** A change of one note or of all; see `ToKernel`. */
export interface KernelControl {
  readonly type: 'control';
  readonly noteId?: number;
  readonly speed?: number;
  readonly pitchHz?: Hertz;
  readonly glideSeconds?: Seconds;
  readonly pitchRatio?: number;
  readonly gain?: number;
  readonly pan?: number;
  readonly position?: Seconds;
  readonly offsets?: NoteOffsets;
  readonly frame?: Samples;
}

/** Parameters of all notes; see `ToKernel`. */
export interface KernelParameters {
  readonly type: 'parameters';
  readonly parameters: VoiceParameters;
  readonly frame?: Samples;
}

/** A change of what sounds. */
export type KernelChange = KernelControl | KernelParameters;

/** What the kernel answers. */
export type FromKernel =
  | {
      readonly type: 'status';
      readonly id: number;
      /** The first context frame that had not been made when the question came. */
      readonly frame: Samples;
      /** Blocks that could not be made: they were silent, and every voice was let go. */
      readonly failedBlocks: number;
      readonly activeVoices: number;
      readonly clips: number;
      /** Notes that found no clip of their digit or no room to wait. */
      readonly missedNotes: number;
      /** Blocks that took longer than they last, since the start: possible dropouts. 0 without a clock. */
      readonly underruns: number;
      /** Share of real time that blocks take, smoothed; 0 without a clock. */
      readonly load: number;
      /** Effort that new hops are worked on with. */
      readonly lookAheadFrames: Frames;
      readonly sweeps: number;
      /** Samples that were no finite number and became silence. */
      readonly nonFinite: number;
      readonly loops: 'simd' | 'scalar' | 'javascript';
    }
  /** What came over the port of clips is none, or not one that this kernel can play; the clip before it stays. */
  | { readonly type: 'refused'; readonly message: string }
  /** The kernel could not be built or a message was malformed. */
  | { readonly type: 'error'; readonly message: string }
  /** The last message: the processor has ended as it was told to. */
  | { readonly type: 'closed' };
