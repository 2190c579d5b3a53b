// MPE zones: which channels carry one note each, and which channel speaks for all of them (MIDI Polyphonic
// Expression 1.0).
import { requireInteger } from '../contract/errors.ts';

export type ZoneName = 'lower' | 'upper';

const channels = 16;
/** Pitch bend range of member channels until RPN 0 changes it, semitones. */
export const memberBendRange = 48;

/** The two zones of a keyboard. */
export class Zones {
  #members = { lower: 0, upper: 0 };

  /** Member channels of a zone; 0 when it is off. */
  members(zone: ZoneName): number {
    return this.#members[zone];
  }

  /**
   * Sets a zone up, as a configuration message on its master channel does. The other zone gives way where both
   * want a channel.
   * @param members 0 (off) to 15
   * @throws RangeError naming the argument, its range and the value
   */
  set(zone: ZoneName, members: number): void {
    requireInteger('MPE members', members, 0, channels - 1);
    this.#members[zone] = members;
    if (members === 0) return;
    const other = zone === 'lower' ? 'upper' : 'lower';
    // Two zones need two masters; a zone of 15 members takes the other's master.
    this.#members[other] = Math.max(0, Math.min(this.#members[other], channels - 2 - members));
  }

  /** The zone that a channel belongs to as a member or as master, or undefined. */
  zoneOf(channel: number): ZoneName | undefined {
    const { lower, upper } = this.#members;
    if (lower > 0 && channel <= 1 + lower) return 'lower';
    if (upper > 0 && channel >= channels - upper) return 'upper';
    return undefined;
  }

  /** The master of the zone in which a channel is a member; undefined for masters and ordinary channels. */
  masterOf(channel: number): number | undefined {
    const zone = this.zoneOf(channel);
    if (!zone) return undefined;
    const master = zone === 'lower' ? 1 : channels;
    return channel === master ? undefined : master;
  }
}
