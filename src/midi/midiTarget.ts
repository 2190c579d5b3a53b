// What MIDI plays: the methods that the layer calls, with the time stamp of the message that caused each.
import type { ParameterId } from '../contract/parameters.ts';
import type { PartPlay } from '../performer/partPlay.ts';
import type { ZoneName } from '../performer/mpe.ts';

/** What a clock's transport messages say. */
export type TransportAction = 'start' | 'stop' | 'continue';

/**
 * Channels are 1..16, in songs 16 more for each further port, notes 0..127; `ms` is a time stamp on the source's clock: of devices performance.now(), of songs
 * the audio clock.
 */
export interface MidiTarget {
  /**
   * Velocity 1..127.
   * @param play how the note's part of a song plays; absent where it plays as the instrument is set
   */
  noteOn(channel: number, note: number, velocity: number, ms: number, play?: PartPlay): void;
  /** Release velocity 0..127; 64 where the device does not sense it. */
  noteOff(channel: number, note: number, releaseVelocity: number, ms: number): void;
  /** Bend -1..1 of the bend range. */
  pitchBend(channel: number, bend: number, ms: number): void;
  /** Pressure 0..1. */
  channelPressure(channel: number, pressure: number, ms: number): void;
  polyPressure(channel: number, note: number, pressure: number, ms: number): void;
  /**
   * Data 0..127, with fractions where a device sends 14 bits. Channel mode messages come this way too: 120 ends
   * the channel's sound, 121 resets its bend, pressure, pedals and expression, 123 to 127 release its keys.
   */
  controlChange(channel: number, controller: number, data: number, ms: number): void;
  /** Program 0..127 of bank 0..127. */
  programChange(channel: number, program: number, ms: number, bank: number): void;
  /** Bend range of RPN 0: whole semitones 0..96, and cents 0..99 beside. */
  setBendRange(channel: number, semitones: number, cents: number, ms: number): void;
  /** Tuning of RPN 1 and 2 together, semitones -65..64, with fractions. */
  setChannelTuning(channel: number, semitones: number, ms: number): void;
  /** An MPE configuration message: members 0..15, 0 ends the zone. */
  setZone(zone: ZoneName, members: number, ms: number): void;
  /** Members 0..15 of a zone as it is; 0 when it is off. */
  zoneMembers(zone: ZoneName): number;
  /** Volume, pan and bend range of a channel are as at first, for notes to come. */
  restoreChannel(channel: number): void;
  setParameter(id: ParameterId, value: number, ms: number): void;
  /** The value that was set last, also where it has not come to pass yet. */
  parameterValue(id: ParameterId): number;
  /** Tempo of a clock or song, quarter notes a minute, inside the range of the parameter `tempo`. */
  setTempo(bpm: number, ms: number): void;
  /**
   * At `ms` the clock or song stands `quarters` from its beginning and goes on at `bpm`, 5..600: what follows the
   * tempo lines up with that. Forgets what was said of later times.
   * @param isMeasured true for a clock, whose beats are an estimate: what follows is drawn towards it; false for a song,
   * which is exact
   */
  beat(quarters: number, bpm: number, ms: number, isMeasured: boolean): void;
  transport(action: TransportAction, ms: number): void;
  /** Where `continue` goes on, in quarter notes from the beginning. */
  songPosition(quarters: number, ms: number): void;
}
