// What moves a voice while it sounds: glide, vibrato, slow oscillator, velocity and chance, once a piece of a hop.
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import type { Timbre } from '../dsp/harmonics.ts';
import { isRead, reachOf, soundTargets, type SoundTarget } from '../contract/modulation.ts';
import { chance } from './oscillator.ts';
import type { SharedVoiceState } from './sharedVoiceState.ts';

/** Numbers of a note's own offsets: one for each of `soundTargets`. */
export const OFFSETS = soundTargets.length;
const indexOf = (target: SoundTarget) => soundTargets.indexOf(target);
const PITCH = indexOf('pitch');
const LEVEL = indexOf('level');
const BRIGHTNESS = indexOf('brightness');
const BREATH = indexOf('breath');
const FORMANT = indexOf('formant');
const AIR = indexOf('air');
const PAN = indexOf('pan');
const SPEED = indexOf('speed');
const VIBRATO = indexOf('vibrato');
const VIBRATO_RATE = indexOf('vibrato rate');
const INTONATION = indexOf('intonation');
const START = indexOf('start');
const ATTACK = indexOf('attack');
const DECAY = indexOf('decay');
const SUSTAIN = indexOf('sustain');
const RELEASE = indexOf('release');
/** 1 for what frames of a clip are read with. */
const IS_READ = Uint8Array.from(soundTargets, (target) => (isRead(target) ? 1 : 0));
/** What a source at its end moves at an amount of 1. */
const REACHES = Float64Array.from(soundTargets, reachOf);
/** Tilt of one decibel an octave as an exponent of the frequency's ratio. */
const EXPONENT_OF_DB = 1 / (20 * Math.log10(2));

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Values that `evaluate` writes for one voice, and the note's own that it reads. Allocates nothing. */
export class Modulation {
  /** Fundamental, 0 for the clip's own, and the factor on either. */
  pitchHz: Hertz = 0;
  pitchRatio = 1;
  readonly timbre = { intonation: 0, formantRatio: 1, breath: 0, tilt: 0, air: 0 };
  /** Linear gain: velocity and modulation. */
  level = 1;
  /** -1..1. */
  pan = 0;
  /** Frames of the clip for a frame of sound. */
  speed = 1;
  /** Where in the word the note starts, 0..1. */
  startOffset = 0;
  /** Factors on the times of the envelope, and the level that it decays to. */
  readonly envelope = { attack: 1, decay: 1, release: 1, sustain: 1 };

  readonly #state: SharedVoiceState;
  readonly #pieceSeconds: Seconds;
  /** The note's own. */
  #noteSpeed = 1;
  #notePan = 0;
  #noteRatio = 1;
  #velocity = 1;
  /** Distances from what all notes share, in the order of `soundTargets`. */
  readonly #offsets = new Float32Array(OFFSETS);
  /** What `#sumUp` found last. */
  readonly #sums = new Float64Array(OFFSETS);
  /** Chance, -1..1. */
  #random = 0;
  /** Turns of the vibrato; in an array, since a field that holds a fraction would put each new one on the heap. */
  readonly #turns = new Float64Array(1);
  /** Place between the others, -1..1. */
  #place = 0;
  #pieces = 0;
  /** Logarithm of the fundamental at which a glide ends, and pieces left until then. */
  #glideTo = 0;
  #glideLeft = 0;

  constructor(state: SharedVoiceState, pieceSeconds: Seconds) {
    this.#state = state;
    this.#pieceSeconds = pieceSeconds;
  }

  /**
   * A note begins.
   * @param number counts notes: what is left to chance follows from it and the seed
   */
  start(note: NoteSound, number: number, seed: number): void {
    this.pitchHz = note.pitchHz;
    this.#noteRatio = note.pitchRatio;
    this.#noteSpeed = note.speed;
    this.#notePan = note.pan;
    this.#velocity = note.velocity;
    this.setOffsets(note.offsets);
    this.#random = 2 * chance(number, seed) - 1;
    this.#turns[0] = chance(number, seed + 1);
    // Multiples of the golden ratio lie evenly however many notes there are; the first is in the middle.
    this.#place = 2 * ((0.5 + number * 0.6180339887498949) % 1) - 1;
    this.#pieces = 0;
    this.#glideLeft = 0;
  }

  /** Fundamental to go to, 0 for the clip's own at once. */
  setPitch(pitchHz: Hertz, glideSeconds: Seconds): void {
    const pieces = Math.round(glideSeconds / this.#pieceSeconds);
    if (pieces > 1 && pitchHz > 0 && this.pitchHz > 0) {
      this.#glideTo = Math.log(pitchHz);
      this.#glideLeft = pieces;
    } else {
      this.pitchHz = pitchHz;
      this.#glideLeft = 0;
    }
  }

  setPitchRatio(pitchRatio: number): void {
    this.#noteRatio = pitchRatio;
  }

  /** Takes a speed, which counts from the next evaluation on. */
  setSpeed(speed: number): void {
    this.#noteSpeed = speed;
  }

  setPan(pan: number): void {
    this.#notePan = pan;
  }

  /**
   * Takes the note's own distances from what all notes share, in the order of `soundTargets`.
   * @returns whether frames of the clip are read differently from now on
   */
  setOffsets(offsets: Float32Array): boolean {
    let isReadElse = false;
    for (let k = 0; k < OFFSETS; k++) {
      if (this.#offsets[k] !== offsets[k] && IS_READ[k] > 0) isReadElse = true;
      this.#offsets[k] = offsets[k];
    }
    return isReadElse;
  }

  /** Writes the values of the end of the next piece, which is heard from context frame `frame` on. */
  evaluate(frame: Samples): void {
    const { parameters } = this.#state;
    const sums = this.#sums;
    const seconds = ++this.#pieces * this.#pieceSeconds;
    if (this.#glideLeft > 0) {
      const from = Math.log(this.pitchHz);
      this.pitchHz = Math.exp(from + (this.#glideTo - from) / this.#glideLeft);
      this.#glideLeft--;
    }
    this.#sumUp(this.#state.lfoTarget > 0 ? this.#state.lfoAt(frame) : 0);
    let semitones = sums[PITCH];
    const cents = parameters.vibratoCents + sums[VIBRATO];
    const rate = sums[VIBRATO_RATE] === 0 ? 1 : Math.pow(2, sums[VIBRATO_RATE]);
    this.#turns[0] = (this.#turns[0] + parameters.vibratoHz * rate * this.#pieceSeconds) % 1;
    if (cents > 0) {
      const x =
        parameters.vibratoDelaySeconds > 0 ? Math.min(1, seconds / parameters.vibratoDelaySeconds) : 1;
      semitones += (cents / 100) * x * x * (3 - 2 * x) * Math.sin(2 * Math.PI * this.#turns[0]);
    }
    this.pitchRatio = semitones === 0 ? this.#noteRatio : this.#noteRatio * Math.pow(2, semitones / 12);
    this.#writeTimbre(this.timbre);
    this.level = levelOf(this.#velocity, parameters.velocityAmount);
    if (sums[LEVEL] !== 0) this.level *= Math.pow(10, sums[LEVEL] / 20);
    this.pan = clamp(this.#notePan + parameters.pan + parameters.spread * this.#place + sums[PAN], -1, 1);
    this.startOffset = clamp(parameters.startOffset + sums[START], 0, 1);
    const { envelope } = this;
    envelope.attack = sums[ATTACK] === 0 ? 1 : Math.pow(2, sums[ATTACK]);
    envelope.decay = sums[DECAY] === 0 ? 1 : Math.pow(2, sums[DECAY]);
    envelope.release = sums[RELEASE] === 0 ? 1 : Math.pow(2, sums[RELEASE]);
    envelope.sustain = clamp(parameters.sustain + sums[SUSTAIN], 0, 1);
    this.#setSpeed();
  }

  /**
   * Writes `timbre` and `speed` for frames that are read now and will be heard from context frame `frame` on: the
   * oscillator will have moved on by then.
   */
  readAhead(frame: Samples, timbre: Writable<Timbre>): void {
    if (this.#state.lfoTarget > 0) this.#sumUp(this.#state.lfoAt(frame));
    this.#writeTimbre(timbre);
    this.#setSpeed();
  }

  #writeTimbre(timbre: Writable<Timbre>): void {
    const { parameters } = this.#state;
    const sums = this.#sums;
    timbre.intonation = clamp(parameters.intonation + sums[INTONATION], 0, 2);
    const formants = sums[FORMANT];
    timbre.formantRatio =
      formants === 0
        ? parameters.formantRatio
        : clamp(parameters.formantRatio * Math.pow(2, formants / 12), 1 / 8, 8);
    timbre.breath = clamp(parameters.breath + sums[BREATH], 0, 1);
    timbre.tilt = (parameters.brightnessDbPerOctave + sums[BRIGHTNESS]) * EXPONENT_OF_DB;
    timbre.air = clamp(parameters.air + sums[AIR], 0, 1);
  }

  #setSpeed(): void {
    const octaves = this.#sums[SPEED];
    const ratio = octaves === 0 ? 1 : Math.pow(2, octaves);
    this.speed = clamp(this.#noteSpeed * this.#state.parameters.speed * ratio, -8, 8);
  }

  /** Writes the sums of what moves each target of `soundTargets`, in its unit, at an oscillator's value. */
  #sumUp(lfo: number): void {
    const { parameters, lfoTarget, velocityTarget, randomTarget } = this.#state;
    const sums = this.#sums;
    for (let k = 0; k < OFFSETS; k++) sums[k] = this.#offsets[k];
    sums[lfoTarget] += REACHES[lfoTarget] * parameters.lfoAmount * lfo;
    sums[velocityTarget] +=
      REACHES[velocityTarget] * parameters.velocityTargetAmount * (2 * this.#velocity - 1);
    sums[randomTarget] += REACHES[randomTarget] * parameters.randomAmount * this.#random;
  }
}

/** What a note brings. */
export interface NoteSound {
  readonly pitchHz: Hertz;
  readonly pitchRatio: number;
  readonly speed: number;
  readonly pan: number;
  readonly velocity: number;
  /** Distances from what all notes share, in the order of `soundTargets`. */
  readonly offsets: Float32Array;
}

/**
 * Gain of a velocity 0..1: its square, the curve of the MIDI Manufacturers Association's DLS Level 1
 * specification.
 */
function levelOf(velocity: number, amount: number): number {
  return 1 - amount + amount * velocity * velocity;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
