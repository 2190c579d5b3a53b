// A song's events as a standard MIDI file, for programs that read it.
import { writeMidi, type MidiEvent } from 'midi-file';
import { requireInteger, requireNumber } from '../contract/errors.ts';
import type { Seconds } from '../contract/units.ts';
import { defaultBpm, longestSongSeconds, type SongEvent } from './song.ts';

const microsecondsPerMinute = 60e6;
const bendCentre = 8192;

/** Settings of `writeSong`. */
export interface WriteOptions {
  /** Name of the track. */
  readonly name?: string;
  /** Default 960: half a millisecond at 120. */
  readonly ticksPerQuarter?: number;
  /** Time of the end of the track; that of the last event when absent or earlier. */
  readonly durationSeconds?: Seconds;
}

/**
 * A MIDI file of format 0 with the events, in order of time; their tempo events (120 before the first) are those
 * of the file. `readSong` reads it back with times within half a tick.
 * @throws RangeError on an event out of range, naming it
 */
export function writeSong(events: readonly SongEvent[], options: WriteOptions = {}): Uint8Array<ArrayBuffer> {
  const { name, durationSeconds = 0 } = options;
  const ticksPerQuarter = requireInteger('ticksPerQuarter', options.ticksPerQuarter ?? 960, 24, 32_767);
  const track: MidiEvent[] = name ? [{ deltaTime: 0, type: 'trackName', text: name }] : [];
  let tempo = { seconds: 0, ticks: 0, bpm: defaultBpm };
  let written = 0;
  const takeTicks = (seconds: Seconds): { deltaTime: number; ticks: number } => {
    const quarters = ((seconds - tempo.seconds) * tempo.bpm) / 60;
    const ticks = Math.max(written, Math.round(tempo.ticks + quarters * ticksPerQuarter));
    const deltaTime = ticks - written;
    written = ticks;
    return { deltaTime, ticks };
  };
  for (const event of events.toSorted((a, b) => a.seconds - b.seconds)) {
    requireNumber('seconds', event.seconds, 0, longestSongSeconds);
    const { deltaTime, ticks } = takeTicks(event.seconds);
    const raw = rawOf(event);
    track.push({ deltaTime, ...raw });
    if (raw.type !== 'setTempo') continue;
    // The tempo as the file holds it, in whole microseconds, or later times would drift.
    const bpm = microsecondsPerMinute / raw.microsecondsPerBeat;
    const quarters = (ticks - tempo.ticks) / ticksPerQuarter;
    tempo = { seconds: tempo.seconds + (quarters * 60) / tempo.bpm, ticks, bpm };
  }
  const { deltaTime } = takeTicks(durationSeconds);
  track.push({ deltaTime, type: 'endOfTrack' });
  const header = { format: 0 as const, numTracks: 1, ticksPerBeat: ticksPerQuarter };
  return Uint8Array.from(writeMidi({ header, tracks: [track] }));
}

function rawOf(event: SongEvent) {
  if (event.type === 'tempo') {
    // 24 bits of microseconds reach down to 3.6 quarters a minute.
    requireNumber('bpm', event.bpm, 3.6, 60_000);
    return { type: 'setTempo' as const, microsecondsPerBeat: Math.round(microsecondsPerMinute / event.bpm) };
  }
  const channel = requireInteger('channel', event.channel, 1, 16) - 1;
  switch (event.type) {
    case 'noteOn':
    case 'noteOff':
      return {
        type: event.type,
        channel,
        noteNumber: requireInteger('note', event.note, 0, 127),
        velocity: requireInteger('velocity', event.velocity, 0, 127),
      };
    case 'polyPressure':
      return {
        type: 'noteAftertouch' as const,
        channel,
        noteNumber: requireInteger('note', event.note, 0, 127),
        amount: requireInteger('data', event.data, 0, 127),
      };
    case 'pressure':
      return {
        type: 'channelAftertouch' as const,
        channel,
        amount: requireInteger('data', event.data, 0, 127),
      };
    case 'program':
      return {
        type: 'programChange' as const,
        channel,
        programNumber: requireInteger('data', event.data, 0, 127),
      };
    case 'control':
      return {
        type: 'controller' as const,
        channel,
        controllerType: requireInteger('controller', event.controller, 0, 127),
        value: requireInteger('data', event.data, 0, 127),
      };
    case 'bend': {
      const bend = requireNumber('bend', event.bend, -1, 1);
      // The inverse of bendOf: both ends and the centre are exact.
      const value = Math.round(bend < 0 ? bend * bendCentre : bend * (bendCentre - 1));
      return { type: 'pitchBend' as const, channel, value };
    }
  }
}
