// The first messages of a control that was just learned: is it an encoder? Until that is clear they move nothing that a knob's
// soft takeover would not have moved.
import type { ControlMove, Encoding } from './bindings.ts';
import { EncoderWatch, isEncoding } from './encoderWatch.ts';

/** Moves that wait for the verdict; of more the last ones count. */
const mostHeld = 16;

/** What is to be done with a message. */
export interface Heard {
  /** As far as is known: an encoder may turn out to be a knob yet. */
  readonly encoding: Encoding;
  /** Moves to carry out now, in order. */
  readonly moves: readonly ControlMove[];
}

/** One control on trial. */
export class EncoderTrial {
  readonly #watch = new EncoderWatch();
  #held: ControlMove[] = [];
  #isUnclear = false;

  /** True while the control may be either, and the player has to go on. */
  get isUnclear(): boolean {
    return this.#isUnclear;
  }

  /** True once the verdict is final. */
  get isOver(): boolean {
    return this.#watch.isOver;
  }

  /** @param move of a controller */
  hear(move: ControlMove, ms: number): Heard {
    const verdict = this.#watch.hear(move.data, ms);
    this.#isUnclear = verdict === 'unclear';
    if (verdict === 'unclear') {
      this.#held = [...this.#held, move].slice(-mostHeld);
      return { encoding: 'absolute', moves: [] };
    }
    const held = this.#held;
    this.#held = [];
    if (isEncoding(verdict)) return { encoding: verdict, moves: [move] };
    // A leap that no hand does waits for what follows it.
    return { encoding: 'absolute', moves: verdict === 'leap' ? held : [...held, move] };
  }
}
