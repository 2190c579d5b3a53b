// What moves a voice while it sounds: glide, vibrato, slow oscillator, velocity and chance, once a piece of a hop.
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import { reachOf, soundTargets, type SoundTarget } from '../contract/modulation.ts';
import type { LfoShape, VoicePatch } from '../contract/voicePatch.ts';
import type { PatchState } from './patchState.ts';

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
const VIBRATO = indexOf('vibrato depth');
/** 1 for what frames of a clip are read with. */
const IS_READ = Uint8Array.from([...soundTargets.keys()], (k) =>
  [BRIGHTNESS, BREATH, FORMANT, AIR, SPEED].includes(k) ? 1 : 0,
);
/** What a source at its end moves at an amount of 1. */
const REACHES = Float64Array.from(soundTargets, reachOf);
/** Tilt of one decibel an octave as an exponent of the frequency's ratio. */
const EXPONENT_OF_DB = 1 / (20 * Math.log10(2));

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

  readonly #state: PatchState;
  readonly #pieceSeconds: Seconds;
  /** The note's own. */
  #noteSpeed = 1;
  #notePan = 0;
  #noteRatio = 1;
  #speedRatio = 1;
  #velocity = 1;
  /** Distances from what all notes share, in the order of `soundTargets`. */
  readonly #offsets = new Float32Array(OFFSETS);
  /** Chance, -1..1, and where in the vibrato the note began, 0..1. */
  #random = 0;
  #phase = 0;
  /** Place between the others, -1..1. */
  #place = 0;
  #pieces = 0;
  /** Logarithm of the fundamental at which a glide ends, and pieces left until then. */
  #glideTo = 0;
  #glideLeft = 0;

  constructor(state: PatchState, pieceSeconds: Seconds) {
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
    this.#phase = chance(number, seed + 1);
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

  setSpeed(speed: number): void {
    this.#noteSpeed = speed;
    this.#setSpeed();
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
    const { patch } = this.#state;
    const seconds = ++this.#pieces * this.#pieceSeconds;
    if (this.#glideLeft > 0) {
      const from = Math.log(this.pitchHz);
      this.pitchHz = Math.exp(from + (this.#glideTo - from) / this.#glideLeft);
      this.#glideLeft--;
    }
    const lfo = patch.lfoTarget === 'nothing' ? 0 : waveOf(patch.lfoShape, this.#state.turnsAt(frame));
    let semitones = this.#moved(patch, PITCH, lfo);
    const cents = patch.vibratoCents + this.#moved(patch, VIBRATO, lfo);
    if (cents > 0) {
      const x = patch.vibratoDelaySeconds > 0 ? Math.min(1, seconds / patch.vibratoDelaySeconds) : 1;
      const wave = Math.sin(2 * Math.PI * (patch.vibratoHz * seconds + this.#phase));
      semitones += (cents / 100) * x * x * (3 - 2 * x) * wave;
    }
    this.pitchRatio = semitones === 0 ? this.#noteRatio : this.#noteRatio * Math.pow(2, semitones / 12);
    const { timbre } = this;
    timbre.intonation = patch.intonation;
    const formants = this.#moved(patch, FORMANT, lfo);
    timbre.formantRatio =
      formants === 0 ? patch.formantRatio : clamp(patch.formantRatio * Math.pow(2, formants / 12), 1 / 8, 8);
    timbre.breath = clamp(patch.breath + this.#moved(patch, BREATH, lfo), 0, 1);
    timbre.tilt = (patch.brightnessDbPerOctave + this.#moved(patch, BRIGHTNESS, lfo)) * EXPONENT_OF_DB;
    timbre.air = clamp(patch.air + this.#moved(patch, AIR, lfo), 0, 1);
    const level = this.#moved(patch, LEVEL, lfo);
    this.level = levelOf(this.#velocity, patch.velocityAmount);
    if (level !== 0) this.level *= Math.pow(10, level / 20);
    const place = patch.spread * this.#place;
    this.pan = clamp(this.#notePan + patch.pan + place + this.#moved(patch, PAN, lfo), -1, 1);
    const octaves = this.#moved(patch, SPEED, lfo);
    this.#speedRatio = octaves === 0 ? 1 : Math.pow(2, octaves);
    this.#setSpeed();
  }

  #setSpeed(): void {
    this.speed = clamp(this.#noteSpeed * this.#state.patch.speed * this.#speedRatio, -8, 8);
  }

  /** Sum of what moves a target of `soundTargets`, in its unit. */
  #moved(patch: VoicePatch, index: number, lfo: number): number {
    const target = soundTargets[index];
    let sum = 0;
    if (patch.lfoTarget === target) sum += patch.lfoAmount * lfo;
    if (patch.velocityTarget === target) sum += patch.velocityTargetAmount * (2 * this.#velocity - 1);
    if (patch.randomTarget === target) sum += patch.randomAmount * this.#random;
    return REACHES[index] * sum + this.#offsets[index];
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

/** A number in [0, 1) that belongs to a whole number and a seed (the finaliser of MurmurHash3, Appleby 2011). */
export function chance(number: number, seed: number): number {
  let x = (Math.imul(number | 0, 0x9e3779b1) ^ Math.imul(seed | 0, 0x85ebca6b)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 4294967296;
}

/** Value in [-1, 1] of a slow oscillator at a number of turns. */
export function waveOf(shape: LfoShape, turns: number): number {
  const whole = Math.floor(turns);
  const x = turns - whole;
  switch (shape) {
    case 'sine':
      return Math.sin(2 * Math.PI * x);
    case 'triangle':
      return x < 0.25 ? 4 * x : x < 0.75 ? 2 - 4 * x : 4 * x - 4;
    case 'square':
      return x < 0.5 ? 1 : -1;
    case 'random':
      return 2 * chance(whole, 77) - 1;
  }
}
