// What is to be played when: events in the order of their frames, handed on as their time comes.
import type { Samples } from '../contract/units.ts';

interface ScoredEvent {
  readonly frame: Samples;
  readonly play: (frame: Samples) => void;
}

/**
 * Programs schedule in any order; who plays keys has to hear of them in that of time. Events of the same frame keep the order in which
 * they came.
 */
export class NoteScore {
  readonly #events: ScoredEvent[] = [];

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  add(frame: Samples, play: (frame: Samples) => void): void {
    const events = this.#events;
    let [low, high] = [0, events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (events[middle].frame <= frame) low = middle + 1;
      else high = middle;
    }
    events.splice(low, 0, { frame, play });
  }

  /** Plays what lies before a frame; what that adds before the frame, too. */
  playBefore(frame: Samples): void {
    while (this.#events.length > 0 && this.#events[0].frame < frame) {
      const event = this.#events.shift();
      event?.play(event.frame);
    }
  }

  /** Forgets what lies before a frame, and tells how much that was. */
  dropBefore(frame: Samples): number {
    const first = this.#events.findIndex((event) => event.frame >= frame);
    return this.#events.splice(0, first < 0 ? this.#events.length : first).length;
  }
}
