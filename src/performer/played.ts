// What the performer plays, for whoever passes it on: notes as they sound, and what hands and feet do to channels.
import type { Samples } from '../contract/units.ts';

/** Channels as the performer counts them, 16 for each port of a song; notes, velocities and data 0..127, pressures 0..1, bends -1..1. */
export type PlayedEvent =
  | {
      readonly type: 'noteOn';
      readonly channel: number;
      readonly note: number;
      readonly velocity: number;
      /** False for what the arpeggiator makes of a key. */
      readonly byHand: boolean;
    }
  | {
      readonly type: 'noteOff';
      readonly channel: number;
      readonly note: number;
      /** Release velocity. */
      readonly velocity: number;
    }
  | {
      /** No controller that moves a parameter: parameters tell of themselves. */
      readonly type: 'control';
      readonly channel: number;
      readonly controller: number;
      readonly data: number;
    }
  | { readonly type: 'bend'; readonly channel: number; readonly bend: number }
  | { readonly type: 'pressure'; readonly channel: number; readonly pressure: number }
  | {
      readonly type: 'polyPressure';
      readonly channel: number;
      readonly note: number;
      readonly pressure: number;
    };

/** An event with its context frame, absent for now. */
export type Played = PlayedEvent & { readonly time: Samples | undefined };
