// A voice's level over time: fades, envelope, gain and place between left and right, sample by sample.
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import { ATTACK_AIM, RELEASE_AIM, type SharedVoiceState } from './sharedVoiceState.ts';

const FADE_IN: Seconds = 0.002;
/** Fade of a stolen or silenced voice; releases that are no longer take it, too. */
const FADE_OUT: Seconds = 0.005;
/** Gains and pans come within a twentieth of their aim in this time. */
const SMOOTHING: Seconds = 0.005;
/** Nearer than this a gain is where it goes to. */
const NEAR = 1e-6;

/** Places in `#now` and `#aims`. */
const LEVEL = 0;
const LEFT = 1;
const RIGHT = 2;
const ENVELOPE = 3;
/** Gain of the present sample, fades included. */
const GAIN = 4;
/** Below silence: where the release aims. */
const RELEASE = 5;

/** Places in `#shape`: shares of the way that are gone in a sample, and a level. */
const ATTACK_SHARE = 0;
const DECAY_SHARE = 1;
const RELEASE_SHARE = 2;
const SUSTAIN = 3;

/** Factors on the envelope's times, and the level that it decays to. */
export interface Envelope {
  readonly attack: number;
  readonly decay: number;
  readonly release: number;
  readonly sustain: number;
}

type Stage = 'attack' | 'sustain' | 'release';

/**
 * Recurrences by sample, so that it does not matter how samples are cut into blocks. Nothing but the constructor
 * allocates.
 */
export class Amplitude {
  readonly #state: SharedVoiceState;
  readonly #fadeInFrames: Samples;
  readonly #fadeOutFrames: Samples;
  readonly #smoothShare: number;
  #fadeInLeft: Samples = 0;
  /** Frames until silence while fading out; -1 otherwise. */
  #fadeOutLeft: Samples = -1;
  #stage: Stage = 'sustain';
  /**
   * Numbers that change with every sample, by the names below: in a typed array, since a field that holds a
   * fraction would put each new one on the heap.
   */
  readonly #now = new Float64Array(6);
  /** Where level, left and right go to. */
  readonly #aims = new Float64Array(6);
  /** The envelope of the note, by the names below. */
  readonly #shape = new Float64Array(4);
  readonly #factors = { attack: 1, decay: 1, release: 1 };

  constructor(state: SharedVoiceState, contextRate: Hertz) {
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
    return this.#now[LEVEL] * this.#now[ENVELOPE];
  }

  /** A note begins, at the level and pan that were set last. */
  start(hasFadeIn: boolean): void {
    const attackSeconds = this.#state.parameters.attackSeconds * this.#factors.attack;
    // A shorter attack is that fade itself.
    const isSlow = hasFadeIn && attackSeconds > FADE_IN;
    this.#stage = isSlow ? 'attack' : 'sustain';
    this.#now[ENVELOPE] = isSlow ? 0 : 1;
    this.#fadeInLeft = hasFadeIn && !isSlow ? this.#fadeInFrames : 0;
    this.#fadeOutLeft = -1;
    this.#now[LEVEL] = this.#aims[LEVEL];
    this.#now[LEFT] = this.#aims[LEFT];
    this.#now[RIGHT] = this.#aims[RIGHT];
  }

  /** Factors on the parameters' times, and the level that it decays to. */
  setEnvelope({ attack, decay, release, sustain }: Envelope): void {
    const factors = this.#factors;
    factors.attack = attack;
    factors.decay = decay;
    factors.release = release;
    const { attackShare, decayShare, releaseShare } = this.#state;
    const shape = this.#shape;
    shape[ATTACK_SHARE] = stretched(attackShare, attack);
    shape[DECAY_SHARE] = stretched(decayShare, decay);
    shape[RELEASE_SHARE] = stretched(releaseShare, release);
    shape[SUSTAIN] = sustain;
  }

  /** Gain to go to. */
  setLevel(level: number): void {
    this.#aims[LEVEL] = level;
  }

  /** Place to go to, -1..1, at equal power; in the middle each channel has what a single channel would have. */
  setPan(pan: number): void {
    if (pan === 0) {
      this.#aims[LEFT] = 1;
      this.#aims[RIGHT] = 1;
      return;
    }
    const angle = (Math.PI / 4) * (1 + pan);
    this.#aims[LEFT] = Math.SQRT2 * Math.cos(angle);
    this.#aims[RIGHT] = Math.SQRT2 * Math.sin(angle);
  }

  /** Begins the release. */
  release(): void {
    if (this.#stage === 'release') return;
    if (this.#state.parameters.releaseSeconds * this.#factors.release <= FADE_OUT) return this.fadeOut();
    this.#stage = 'release';
    this.#now[RELEASE] = -RELEASE_AIM * this.#now[ENVELOPE];
  }

  /** Begins to fade out, to end within 5 ms. */
  fadeOut(): void {
    if (this.#fadeOutLeft < 0) this.#fadeOutLeft = this.#fadeOutFrames;
  }

  /**
   * Adds `count` samples of `block` to left[at ..] and right[at ..]; without `right` to `left` alone, wherever
   * the voice stands.
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
        const gain = this.#now[LEVEL] * this.#now[ENVELOPE];
        if (right) {
          const leftGain = gain * this.#now[LEFT];
          const rightGain = gain * this.#now[RIGHT];
          for (; n < count; n++) {
            left[at + n] += block[n] * leftGain;
            right[at + n] += block[n] * rightGain;
          }
        } else for (; n < count; n++) left[at + n] += block[n] * gain;
        break;
      }
      if (this.#stage === 'release' && right && this.#isInPlace()) {
        return this.#mixTail(block, count, left, right, at, n);
      }
      this.#moveOn();
      const gain = this.#now[GAIN];
      if (right) {
        left[at + n] += block[n] * (gain * this.#now[LEFT]);
        right[at + n] += block[n] * (gain * this.#now[RIGHT]);
      } else left[at + n] += block[n] * gain;
      if (this.#fadeOutLeft >= 0 && this.#fadeOutLeft-- === 0) return false;
      if (this.#stage === 'release' && this.#now[ENVELOPE] === 0) return false;
      n++;
    }
    return true;
  }

  /** The same from frame `n` on for what rings out, with nothing else on the move: most voices of a pad, most of the time. */
  #mixTail(
    block: Float32Array,
    count: Samples,
    left: Float32Array,
    right: Float32Array,
    at: Samples,
    from: Samples,
  ): boolean {
    const now = this.#now;
    const level = now[LEVEL];
    const leftShare = now[LEFT];
    const rightShare = now[RIGHT];
    const aim = now[RELEASE];
    const share = this.#shape[RELEASE_SHARE];
    let envelope = now[ENVELOPE];
    for (let n = from; n < count; n++) {
      const gain = level * envelope;
      left[at + n] += block[n] * (gain * leftShare);
      right[at + n] += block[n] * (gain * rightShare);
      envelope = Math.max(0, envelope + share * (aim - envelope));
      if (envelope === 0) break;
    }
    now[ENVELOPE] = envelope;
    return envelope !== 0;
  }

  #isSteady(): boolean {
    return this.#stage === 'sustain' && this.#now[ENVELOPE] === this.#shape[SUSTAIN] && this.#isInPlace();
  }

  /** True while level and place are where they are to be, and nothing fades. */
  #isInPlace(): boolean {
    return (
      this.#now[LEVEL] === this.#aims[LEVEL] &&
      this.#now[LEFT] === this.#aims[LEFT] &&
      this.#now[RIGHT] === this.#aims[RIGHT] &&
      this.#fadeInLeft === 0 &&
      this.#fadeOutLeft < 0
    );
  }

  /** Finds the gain of the next sample. */
  #moveOn(): void {
    const now = this.#now;
    const aims = this.#aims;
    for (let i = LEVEL; i <= RIGHT; i++) {
      const next = now[i] + this.#smoothShare * (aims[i] - now[i]);
      now[i] = Math.abs(aims[i] - next) < NEAR ? aims[i] : next;
    }
    now[GAIN] = now[LEVEL] * now[ENVELOPE];
    if (this.#fadeInLeft > 0) now[GAIN] *= 1 - this.#fadeInLeft-- / this.#fadeInFrames;
    if (this.#fadeOutLeft >= 0) now[GAIN] *= this.#fadeOutLeft / this.#fadeOutFrames;
    this.#moveEnvelope();
  }

  #moveEnvelope(): void {
    const now = this.#now;
    const shape = this.#shape;
    switch (this.#stage) {
      case 'attack':
        now[ENVELOPE] += shape[ATTACK_SHARE] * (ATTACK_AIM - now[ENVELOPE]);
        if (now[ENVELOPE] >= 1) {
          now[ENVELOPE] = 1;
          this.#stage = 'sustain';
        }
        break;
      case 'sustain':
        // Not before the fade-in is over: the decay begins at full level.
        if (this.#fadeInLeft === 0) {
          const sustain = shape[SUSTAIN];
          const next = now[ENVELOPE] + shape[DECAY_SHARE] * (sustain - now[ENVELOPE]);
          now[ENVELOPE] = Math.abs(sustain - next) < NEAR ? sustain : next;
        }
        break;
      case 'release':
        now[ENVELOPE] = Math.max(0, now[ENVELOPE] + shape[RELEASE_SHARE] * (now[RELEASE] - now[ENVELOPE]));
    }
  }
}

/** Share of an exponential whose time is so many times as long. */
function stretched(share: number, factor: number): number {
  return factor === 1 ? share : 1 - Math.pow(1 - share, 1 / factor);
}
