// Sixteen channels and their MPE zones: what a note of a channel is bent, levelled, placed and held by.
import type { Hertz } from '../contract/units.ts';
import { Channel } from './expression.ts';
import { Zones, type ZoneName } from './mpe.ts';

/** Channels of a port, and of the ports that a song may name (meta event 21). */
const portChannels = 16;
export const mostChannels = 128 * portChannels;
/** The kernel's range of pitch factors. */
const widestRatio = 16;
/** The kernel's range of pitches. */
export const lowestHz: Hertz = 27.5;
export const highestHz: Hertz = 20_000;

/**
 * Channels, 16 for each port: 1..16 those of devices and of a song's first port, 17..32 those of its second. A member of an MPE
 * zone, which the first port alone has, also listens to its master.
 */
export class Channels {
  readonly zones = new Zones();
  readonly #channels = Array.from({ length: portChannels }, () => new Channel());

  /** State of a channel. */
  of(channel: number): Channel {
    while (this.#channels.length < channel) this.#channels.push(new Channel());
    return this.#channels[channel - 1];
  }

  /** Numbers of the channels that have been used, and those of the first port. */
  get numbers(): number[] {
    return this.#channels.map((_, index) => index + 1);
  }

  /** Sets a zone up; the channels that it takes or gives back start afresh. */
  setZone(zone: ZoneName, members: number): void {
    this.zones.set(zone, members);
    for (const channel of this.#channels) {
      channel.resetControllers();
      channel.bendRange = null;
    }
  }

  /**
   * Names the group of keys that mono and legato count together: a zone's channels are one keyboard. Zones are -1
   * and -2, other channels themselves.
   */
  partOf(channel: number): number {
    const zone = this.zones.zoneOf(channel);
    if (!zone) return channel;
    return zone === 'lower' ? -1 : -2;
  }

  /** Channels whose notes a message on `channel` concerns. */
  reaches(channel: number, noteChannel: number): boolean {
    return channel === noteChannel || this.zones.masterOf(noteChannel) === channel;
  }

  isMember(channel: number): boolean {
    return this.zones.masterOf(channel) !== undefined;
  }

  /** Factor on the pitch of a channel's notes: bend, tuning and what is added. */
  bendRatio(channel: number, parameterRange: number, transposed = 0): number {
    const master = this.zones.masterOf(channel);
    const own = this.of(channel);
    let semitones = transposed + own.tuning + own.bendSemitones(master !== undefined, parameterRange);
    if (master !== undefined) {
      const { tuning } = this.of(master);
      semitones += tuning + this.of(master).bendSemitones(false, parameterRange);
    }
    return Math.min(widestRatio, Math.max(1 / widestRatio, 2 ** (semitones / 12)));
  }

  /**
   * Linear gain of volume, expression and, in a zone, the note's pressure; 0..1.
   * @param isPressureLevel false where pressure moves something else
   */
  gain(channel: number, isPressureLevel: boolean): number {
    const own = this.of(channel);
    const master = this.zones.masterOf(channel);
    if (master === undefined) return own.gain;
    return own.gain * this.of(master).gain * (isPressureLevel ? own.pressureGain : 1);
  }

  /** Timbre of a channel's notes, -1..1: a member's and its master's. */
  timbre(channel: number): number {
    const master = this.zones.masterOf(channel);
    const sum = this.of(channel).timbre + (master === undefined ? 0 : this.of(master).timbre);
    return Math.min(1, Math.max(-1, sum));
  }

  /**
   * Channel pressure on a channel's notes, 0..1: the stronger of a member's and its master's.
   * @param withMember false where a member's own is its level
   */
  pressureOf(channel: number, withMember: boolean): number {
    const master = this.zones.masterOf(channel);
    const own = this.of(channel).pressure;
    if (master === undefined) return own;
    return Math.max(withMember ? own : 0, this.of(master).pressure);
  }

  /** Place -1..1, which the parameter's is added to elsewhere. */
  pan(channel: number): number {
    const master = this.zones.masterOf(channel);
    const sum = this.of(channel).pan + (master === undefined ? 0 : this.of(master).pan);
    return Math.min(1, Math.max(-1, sum));
  }

  /** True while a pedal of the channel or of its master is down. */
  pedal(which: 'sustain' | 'sostenuto' | 'soft', channel: number): boolean {
    const master = this.zones.masterOf(channel);
    return this.of(channel)[which] || (master !== undefined && this.of(master)[which]);
  }

  /** True while any channel's soft pedal is down. */
  get anySoft(): boolean {
    return this.#channels.some((channel) => channel.soft);
  }

  /** The strongest channel pressure, 0..1. */
  get pressure(): number {
    return Math.max(...this.#channels.map((channel) => channel.pressure));
  }
}

/** A frequency within the kernel's range; 0 (the word's own pitch) stays. */
export function playableHz(hz: Hertz): Hertz {
  return hz === 0 ? 0 : Math.min(highestHz, Math.max(lowestHz, hz));
}

/** Whether the kernel plays a frequency as it is. The last digits of A0 and its like are rounding. */
export function isPlayableHz(hz: Hertz): boolean {
  return hz > lowestHz * (1 - 1e-9) && hz < highestHz * (1 + 1e-9);
}
