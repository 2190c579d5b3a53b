// What a MIDI channel's wheels, pedals and pressure are set to, and the gains that follow.
import { memberBendRange } from './mpe.ts';

/** Controller numbers that mean something else than a parameter of the table. */
export const controllers = {
  volume: 7,
  pan: 10,
  expression: 11,
  sustain: 64,
  sostenuto: 66,
  soft: 67,
  /** MPE's third dimension on member channels. */
  timbre: 74,
  /** Undefined in MIDI 1.0; here a value from 64 puts the lyrics back to their front. */
  lyricsReset: 85,
  allSoundOff: 120,
  resetAll: 121,
  allNotesOff: 123,
  /** The last of the channel mode messages, which all end notes too. */
  lastMode: 127,
} as const;

/** Pedals are down from the middle of their range (MIDI 1.0: 0..63 off, 64..127 on). */
export const pedalDown = 64;
/** Sustain, portamento, sostenuto, soft, legato and hold 2. */
const pedals = { first: 64, last: 69 } as const;
/** What the soft pedal does to the gain of notes struck while it is down. */
export const softGain = 0.6;
/** What it does to the tilt of the spectrum, dB per octave. */
export const softBrightness = -2;
/** Gain of an MPE note at no pressure; it reaches 1 at full pressure. */
const lightestPressureGain = 0.25;

/** One channel's state. */
export class Channel {
  /** -1..1 of the range. */
  bend = 0;
  /** Semitones of a full bend; null while the parameter `bendRange` decides. */
  bendRange: number | null = null;
  /** Semitones that all notes are moved by. */
  tuning = 0;
  /** 0..1 */
  pressure = 0;
  /** False until the channel has sent any: keyboards without pressure play at full level. */
  hasPressure = false;
  volume = 127;
  expression = 127;
  /** Controller 74 of an MPE keyboard, -1..1 about its middle; 0 until it was heard. */
  timbre = 0;
  /** -1..1 */
  pan = 0;
  sustain = false;
  sostenuto = false;
  soft = false;
  /** Controllers of the pedals that are down, also of those that mean nothing here. */
  readonly pedalsDown = new Set<number>();

  /**
   * Controller 121: everything that a hand or a foot holds goes back; volume, pan and ranges stay (MIDI RP-015).
   */
  resetControllers(): void {
    this.bend = 0;
    this.pressure = 0;
    this.hasPressure = false;
    this.expression = 127;
    this.timbre = 0;
    this.sustain = false;
    this.sostenuto = false;
    this.soft = false;
    this.pedalsDown.clear();
  }

  /** A controller moved: remembers pedals. */
  movePedal(controller: number, value: number): void {
    if (controller < pedals.first || controller > pedals.last) return;
    if (value >= pedalDown) this.pedalsDown.add(controller);
    else this.pedalsDown.delete(controller);
  }

  /** Volume, pan and the range of the wheel are as at first. */
  restoreSettings(): void {
    this.volume = 127;
    this.pan = 0;
    this.bendRange = null;
  }

  /** Linear gain of volume and expression, each 40 log10(value / 127) dB (MMA's recommendation for both). */
  get gain(): number {
    return ((this.volume / 127) * (this.expression / 127)) ** 2;
  }

  /** Semitones that the wheel adds. */
  bendSemitones(isMember: boolean, parameterRange: number): number {
    return this.bend * (this.bendRange ?? (isMember ? memberBendRange : parameterRange));
  }

  /** Gain of an MPE note under this channel's pressure. */
  get pressureGain(): number {
    if (!this.hasPressure) return 1;
    return lightestPressureGain + (1 - lightestPressureGain) * this.pressure;
  }
}

/**
 * Velocity as the player's curve bends it.
 * @param share velocity 0..1
 * @param curve -1 (soft keys louder: cube root) to 1 (softer: cube)
 */
export function shapedVelocity(share: number, curve: number): number {
  return share ** (3 ** curve);
}

/**
 * How much longer a release takes, in octaves of time, after a key that went up slowly or fast.
 * @param velocity 1..127: two octaves longer to two octaves shorter, 64 for the time as set
 */
export function releaseOctaves(velocity: number): number {
  return (-2 * (velocity - 64)) / 63;
}
