// A voice's level over time: fades, envelope, gain and place between left and right, sample by sample.
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import { ATTACK_AIM, RELEASE_AIM, type PatchState } from './patchState.ts';

const FADE_IN: Seconds = 0.002;
/** Fade of a stolen or silenced voice; releases that are no longer take it, too. */
export const FADE_OUT: Seconds = 0.005;
/** Gains and pans come within a twentieth of their aim in this time. */
const SMOOTHING: Seconds = 0.005;
/** Nearer than this a gain is where it goes to. */
const NEAR = 1e-6;

type Stage = 'attack' | 'sustain' | 'release';

/** Recurrences by sample, so that it does not matter how samples are cut into blocks. Nothing but the constructor allocates. */
export class Amplitude {
  readonly #state: PatchState;
  readonly #fadeInFrames: Samples;
  readonly #fadeOutFrames: Samples;
  readonly #smoothShare: number;
  #fadeInLeft: Samples = 0;
  /** Frames until silence while fading out; -1 otherwise. */
  #fadeOutLeft: Samples = -1;
  #stage: Stage = 'sustain';
  #envelope = 1;
  /** Below silence: where the release aims. */
  #releaseAim = 0;
  #level = 0;
  #levelAim = 0;
  #left = 1;
  #right = 1;
  #leftAim = 1;
  #rightAim = 1;

  constructor(state: PatchState, contextRate: Hertz) {
    this.#state = state;
    this.#fadeInFrames = Math.round(FADE_IN * contextRate);
    this.#fadeOutFrames = Math.round(FADE_OUT * contextRate);
    this.#smoothShare = 1 - Math.exp(-3 / (SMOOTHING * contextRate));
  }

  /** True while a stolen or silenced voice fades. */
  get fading(): boolean {
    return this.#fadeOutLeft >= 0;
  }

  /** Gain of the present sample, but for fades. */
  get gain(): number {
    return this.#level * this.#envelope;
  }

  /** A note begins, at the level and pan that were set last. */
  start(hasFadeIn: boolean): void {
    const { attackSeconds } = this.#state.patch;
    // A shorter attack is that fade itself.
    const isSlow = hasFadeIn && attackSeconds > FADE_IN;
    this.#stage = isSlow ? 'attack' : 'sustain';
    this.#envelope = isSlow ? 0 : 1;
    this.#fadeInLeft = hasFadeIn && !isSlow ? this.#fadeInFrames : 0;
    this.#fadeOutLeft = -1;
    this.#level = this.#levelAim;
    this.#left = this.#leftAim;
    this.#right = this.#rightAim;
  }

  /** Gain to go to. */
  setLevel(level: number): void {
    this.#levelAim = level;
  }

  /** Place to go to, -1..1, at equal power; in the middle each channel has what a single channel would have. */
  setPan(pan: number): void {
    if (pan === 0) {
      this.#leftAim = 1;
      this.#rightAim = 1;
      return;
    }
    const angle = (Math.PI / 4) * (1 + pan);
    this.#leftAim = Math.SQRT2 * Math.cos(angle);
    this.#rightAim = Math.SQRT2 * Math.sin(angle);
  }

  /** Begins the release. */
  release(): void {
    if (this.#stage === 'release') return;
    if (this.#state.patch.releaseSeconds <= FADE_OUT) return this.fadeOut();
    this.#stage = 'release';
    this.#releaseAim = -RELEASE_AIM * this.#envelope;
  }

  /** Begins to fade out, to end within 5 ms. */
  fadeOut(): void {
    if (this.#fadeOutLeft < 0) this.#fadeOutLeft = this.#fadeOutFrames;
  }

  /**
   * Adds `count` samples of `block` to left[at ..] and right[at ..]; without `right` to `left` alone, wherever the voice stands.
   * @returns false when the voice has ended
   */
  mix(
    block: Float32Array,
    count: Samples,
    left: Float32Array,
    right: Float32Array | undefined,
    at: Samples,
  ): boolean {
    let n = 0;
    while (n < count) {
      if (this.#isSteady()) {
        const gain = this.#level * this.#envelope;
        if (right) {
          const leftGain = gain * this.#left;
          const rightGain = gain * this.#right;
          for (; n < count; n++) {
            left[at + n] += block[n] * leftGain;
            right[at + n] += block[n] * rightGain;
          }
        } else for (; n < count; n++) left[at + n] += block[n] * gain;
        break;
      }
      const gain = this.#nextGain();
      if (right) {
        left[at + n] += block[n] * (gain * this.#left);
        right[at + n] += block[n] * (gain * this.#right);
      } else left[at + n] += block[n] * gain;
      if (this.#fadeOutLeft >= 0 && this.#fadeOutLeft-- === 0) return false;
      if (this.#stage === 'release' && this.#envelope === 0) return false;
      n++;
    }
    return true;
  }

  #isSteady(): boolean {
    return (
      this.#stage === 'sustain' &&
      this.#envelope === this.#state.patch.sustain &&
      this.#level === this.#levelAim &&
      this.#left === this.#leftAim &&
      this.#right === this.#rightAim &&
      this.#fadeInLeft === 0 &&
      this.#fadeOutLeft < 0
    );
  }

  /** Gain of the next sample; moves everything on. */
  #nextGain(): number {
    const share = this.#smoothShare;
    this.#level = nearer(this.#level, this.#levelAim, share);
    this.#left = nearer(this.#left, this.#leftAim, share);
    this.#right = nearer(this.#right, this.#rightAim, share);
    let gain = this.#level * this.#envelope;
    if (this.#fadeInLeft > 0) gain *= 1 - this.#fadeInLeft-- / this.#fadeInFrames;
    if (this.#fadeOutLeft >= 0) gain *= this.#fadeOutLeft / this.#fadeOutFrames;
    this.#moveEnvelope();
    return gain;
  }

  #moveEnvelope(): void {
    const { patch, attackShare, decayShare, releaseShare } = this.#state;
    switch (this.#stage) {
      case 'attack':
        this.#envelope += attackShare * (ATTACK_AIM - this.#envelope);
        if (this.#envelope >= 1) {
          this.#envelope = 1;
          this.#stage = 'sustain';
        }
        break;
      case 'sustain':
        // Not before the fade-in is over: the decay begins at full level.
        if (this.#fadeInLeft === 0) this.#envelope = nearer(this.#envelope, patch.sustain, decayShare);
        break;
      case 'release':
        this.#envelope = Math.max(0, this.#envelope + releaseShare * (this.#releaseAim - this.#envelope));
    }
  }
}

function nearer(value: number, aim: number, share: number): number {
  const next = value + share * (aim - value);
  return Math.abs(aim - next) < NEAR ? aim : next;
}
