// The lyrics as they are shown: the text from the player's state, the place in it from the performer.
import type { LyricStep } from '../performer/lyrics.ts';
import { Emitter } from '../contract/emitter.ts';
import type { LyricsApi } from './sessionApi.ts';
import type { SoundState } from './soundState.ts';

/** The part of the performer that steps through lyrics. */
export interface LyricsStepper {
  readonly lyrics: { readonly steps: readonly LyricStep[]; readonly next: number };
  resetLyrics(): void;
}

const loops = 0;
const stops = 1;

/** Lyrics over a state and a performer. */
export class LyricsTrack implements LyricsApi {
  readonly #state: SoundState;
  readonly #stepper: LyricsStepper;
  readonly #moved = new Emitter();

  constructor(state: SoundState, stepper: LyricsStepper) {
    this.#state = state;
    this.#stepper = stepper;
  }

  /** For the performer's `onLyrics`: it has gone on, or has another text. */
  stepped(): void {
    this.#moved.emit();
  }

  get text(): string {
    return this.#state.lyrics;
  }

  get steps(): readonly string[] {
    return this.#stepper.lyrics.steps.map((step) => {
      if (step.kind === 'digit') return String(step.digit);
      return step.kind === 'tie' ? '-' : '.';
    });
  }

  get next(): number {
    const { steps, next } = this.#stepper.lyrics;
    return this.loop && next >= steps.length ? 0 : next;
  }

  get loop(): boolean {
    return this.#state.values.lyricsEnd === loops;
  }

  setText(text: string): void {
    this.#state.setLyrics(text);
  }

  setLoop(loop: boolean): void {
    this.#state.set('lyricsEnd', loop ? loops : stops);
  }

  reset(): void {
    this.#stepper.resetLyrics();
  }

  subscribe(listener: () => void): () => void {
    const stops = [this.#moved.subscribe(listener), this.#state.changed.subscribe(listener)];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
