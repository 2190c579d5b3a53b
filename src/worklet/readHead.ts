// The place in a clip that a voice reads: forwards, backwards, held, looped, stuttering or standing still.
import type { Frames } from '../contract/units.ts';
import type { HoldMode } from '../contract/choices.ts';
import { ClipShape } from './clipShape.ts';

/**
 * Drift in a held vowel: two slow waves of these heights in frames and turns a frame of sound, about 0.7 and 1.7
 * Hz at 16 ms. A frame that is repeated exactly buzzes; a real vowel never stands still.
 */
const DRIFT: readonly (readonly [Frames, number])[] = [
  [0.45, 0.0113],
  [0.3, 0.0271],
];
/** Share of a stretch that a note may be early for the beat. */
const EARLY = 0.25;
/** Frames of sound over which a vowel comes to count as held, and no longer. */
const HELD_IN: Frames = 6;
const HELD_OUT: Frames = 3;
/** Frames of sound over which the drift sets in. */
const DRIFT_IN: Frames = 20;

/**
 * Moves on once for every frame of sound. All of it is a function of frames, never of blocks. While the key is
 * down `hold` stops where the vowel is steady, `loop` goes to and fro in its steady stretch (on and on: its
 * envelope ends it) and `stutter` begins again and again; when the key is up the word goes on to its end. A place
 * at which the word has passed its vowel already is held itself.
 */
export class ReadHead {
  /** Place that is read next. */
  position: Frames = 0;
  /** How far the vowel counts as held, 0..1: a ramp, so that what hangs on it never steps. */
  vowelShare = 0;
  readonly shape = new ClipShape();
  /** Where the note began: what a stutter returns to. */
  #origin: Frames = 0;
  /** Frames of sound since the present stretch of a stutter began. */
  #stuttered: Frames = 0;
  /** Number of the present stretch where stretches lie on a beat; NaN before the first. */
  #stretchIndex = NaN;
  /** True once the vowel is reached, and how long ago in frames of sound. */
  #isHeld = false;
  #held: Frames = 0;
  /** The place that is held: the vowel's or, beyond it, where the note stood. */
  #holdsVowel = true;
  #holdAt: Frames = 0;
  #drift: Frames = 0;
  /** Way of the loop: 1 forwards. */
  #way = 1;
  #seed = 0;

  /**
   * Begins at a place.
   * @param seed 0..1, of the drift
   */
  start(position: Frames, shape: ClipShape, seed: number): void {
    this.position = position;
    this.shape.copy(shape);
    this.#origin = position;
    this.#stuttered = 0;
    this.#stretchIndex = NaN;
    this.#way = 1;
    this.#seed = seed;
    this.vowelShare = 0;
    this.#leave();
  }

  /** Goes on from another place. */
  jumpTo(position: Frames): void {
    this.position = position;
    this.#leave();
  }

  /** Goes on in another clip, at `position` of it. */
  changeClip(position: Frames, shape: ClipShape): void {
    this.#origin = position;
    this.shape.copy(shape);
    this.jumpTo(position);
  }

  /** Goes back to a place that was read `frames` frames of sound ago, and how far its vowel was held there. */
  rewindTo(position: Frames, frames: Frames, vowelShare: number): void {
    this.position = position;
    this.vowelShare = vowelShare;
    this.#stuttered -= frames;
    this.#held -= frames;
    // What was reached since is reached again.
    if (this.#held <= 0) this.#leave();
  }

  /** Goes on in a newer clip of the same word: the vowel that is held moves to its place there. */
  takeShape(shape: ClipShape): void {
    this.shape.copy(shape);
  }

  /**
   * Moves on by a frame of sound.
   * @param speed frames of the clip for it
   * @param hold what to do; 'one-shot' once the key is up, but for loops
   * @param isFrozen stands still where it is, drifting
   * @param stutterFrames length of a stutter's stretch, in frames of sound
   * @param stutters stretches since the beginning of the beat, at the frame that is moved on to; NaN where they count
   * from the note's start
   */
  advance(speed: number, hold: HoldMode, isFrozen: boolean, stutterFrames: Frames, stutters = NaN): void {
    this.#move(speed, hold, isFrozen, stutterFrames, stutters);
    const { steadyFrom, steadyTo } = this.shape;
    const isInside = this.position >= steadyFrom && this.position <= steadyTo;
    // A sound that is held beside the vowel keeps the level and the noise that it has in the word.
    const isVowel = hold === 'loop' || this.#isHeld ? isInside || (this.#isHeld && this.#holdsVowel) : false;
    this.vowelShare = Math.min(1, Math.max(0, this.vowelShare + (isVowel ? 1 / HELD_IN : -1 / HELD_OUT)));
  }

  #move(speed: number, hold: HoldMode, isFrozen: boolean, stutterFrames: Frames, stutters: number): void {
    if (isFrozen) {
      if (!this.#isHeld) this.#holdHere();
      this.#stay();
      return;
    }
    switch (hold) {
      case 'hold':
        this.#hold(speed);
        break;
      case 'loop':
        this.#loop(speed);
        break;
      case 'stutter':
        this.#stutter(speed, stutterFrames, stutters);
        break;
      case 'one-shot':
        this.#leave();
        this.position += speed;
    }
  }

  #hold(speed: number): void {
    const { steady } = this.shape;
    if (this.#isHeld) {
      if (!this.#holdsVowel) return this.#stay();
      // A newer clip may have its vowel elsewhere.
      const way = steady - this.#holdAt;
      const step = Math.max(0.5, Math.abs(speed));
      this.#holdAt += Math.min(step, Math.max(-step, way));
      return this.#stay();
    }
    const isBeyond = speed > 0 ? this.position > steady : this.position < steady;
    if (isBeyond) {
      this.#holdHere();
      return this.#stay();
    }
    const next = this.position + speed;
    if ((speed > 0 && next >= steady) || (speed < 0 && next <= steady)) {
      this.position = steady;
      this.#holdHere();
      this.#holdsVowel = true;
    } else this.position = next;
  }

  #loop(speed: number): void {
    this.#leave();
    const { steadyFrom, steadyTo } = this.shape;
    const isInside = this.position >= steadyFrom && this.position <= steadyTo;
    // Outside it goes the way of the word until it comes in, or turns back to what it has passed.
    if (!isInside) this.#way = this.position < steadyFrom === speed > 0 ? 1 : -1;
    let next = this.position + this.#way * speed;
    const forwards = this.#way * speed > 0;
    if (forwards && next > steadyTo && this.position <= steadyTo) {
      next = Math.max(steadyFrom, 2 * steadyTo - next);
      this.#way = -this.#way;
    } else if (!forwards && next < steadyFrom && this.position >= steadyFrom) {
      next = Math.min(steadyTo, 2 * steadyFrom - next);
      this.#way = -this.#way;
    }
    this.position = next;
  }

  /** The rest of a stretch is kept, so that the beat is exact though frames are a hop apart. */
  #stutter(speed: number, stretch: Frames, stutters: number): void {
    this.#leave();
    this.#stuttered++;
    // NaN is no number that equals itself.
    if (stutters === stutters) this.#keepToBeat(stretch, stutters);
    else this.#stuttered -= stretch * Math.floor(this.#stuttered / stretch);
    this.position = this.#origin + this.#stuttered * speed;
  }

  /** Begins the stretch of the beat anew where that has come. */
  #keepToBeat(stretch: Frames, stutters: number): void {
    const index = Math.floor(stutters);
    if (this.#stuttered < 0) {
      // Gone back to what was read before the stretch began.
      this.#stuttered += stretch;
      this.#stretchIndex--;
    }
    // A note that starts shortly before the beat is meant for it, and does not begin twice.
    if (this.#stretchIndex !== this.#stretchIndex) this.#stretchIndex = Math.floor(stutters + EARLY);
    if (index === this.#stretchIndex || index === this.#stretchIndex - 1) return;
    this.#stuttered = (stutters - index) * stretch;
    this.#stretchIndex = index;
  }

  #holdHere(): void {
    this.#isHeld = true;
    this.#holdsVowel = false;
    this.#held = 0;
    this.#drift = 0;
    this.#holdAt = this.position;
  }

  /** Drifts round the place that is held. */
  #stay(): void {
    this.#held++;
    let drift = 0;
    for (let i = 0; i < DRIFT.length; i++) {
      drift += DRIFT[i][0] * Math.sin(2 * Math.PI * (this.#held * DRIFT[i][1] + (i + 1) * this.#seed));
    }
    this.#drift = drift * Math.min(1, this.#held / DRIFT_IN);
    this.position = this.#holdAt + this.#drift;
  }

  #leave(): void {
    this.#isHeld = false;
    this.#holdsVowel = true;
  }
}
