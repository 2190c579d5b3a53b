// A song: MIDI events in seconds, its beats, and what must be told where it is entered in the middle.
import type { Seconds } from '../contract/units.ts';
import { fastestBeat, slowestBeat } from '../performer/beatClock.ts';
import type { ChannelMessage } from './message.ts';
import type { MidiTarget } from './midiTarget.ts';

/** Quarter notes per minute. */
export type BeatsPerMinute = number;

/** Until a file says otherwise (Standard MIDI Files 1.0). */
export const defaultBpm: BeatsPerMinute = 120;
/** A day: longer songs come from damaged times. */
export const longestSongSeconds: Seconds = 86_400;

/** One event of a song, at a time from its begin at the tempo as written. */
export type SongEvent = {
  readonly seconds: Seconds;
  /** Index of its track in the file; the first where absent. */
  readonly track?: number;
  /** The port whose channels it means, counted from 0; the first where absent. */
  readonly port?: number;
} & (ChannelMessage | { readonly type: 'tempo'; readonly bpm: BeatsPerMinute });

/** A key of a song that goes down. */
export interface SongNote {
  readonly seconds: Seconds;
  readonly track?: number;
  readonly port?: number;
  readonly type: 'noteOn';
  /** 1..16 */
  readonly channel: number;
  readonly note: number;
  readonly velocity: number;
}

/** True for keys that go down. */
export function isNoteOn(event: SongEvent): event is SongEvent & SongNote {
  return event.type === 'noteOn' && event.velocity > 0;
}

/** Names what plays a channel of a track: `track.port.channel`, tracks and ports counted from 0. */
export function partIdOf(event: {
  readonly track?: number;
  readonly port?: number;
  readonly channel: number;
}): string {
  return `${event.track ?? 0}.${event.port ?? 0}.${event.channel}`;
}

/** A syllable or word (meta event 5) of a track. */
export interface SongLyric {
  readonly seconds: Seconds;
  readonly track: number;
  readonly text: string;
}

/** A tempo from one moment to the next. */
export interface TempoChange {
  readonly seconds: Seconds;
  /** The same moment in quarter notes from the begin. */
  readonly quarters: number;
  readonly bpm: BeatsPerMinute;
}

/**
 * A song as its file has it.
 * @example
 * const { name, events }: Song = readSong(await readFile('song.mid'), 'song.mid');
 */
export interface Song {
  /** Name of the first track that has one; empty without. */
  readonly name: string;
  readonly durationSeconds: Seconds;
  /** In order of time; the first begins at 0. Of a file that counts frames of film: 120 all along. */
  readonly tempoMap: readonly TempoChange[];
  /** All tracks together in order of time, events of one moment in the order of the file. */
  readonly events: readonly SongEvent[];
  /** In order of time. */
  readonly lyrics: readonly SongLyric[];
  /** Of each track of the file; empty without. */
  readonly trackNames: readonly string[];
  /** A sentence that says what of the file was damaged and mended; empty for a whole file. */
  readonly mended: string;
}

/** Quarter notes from the begin of a song to a place of it. */
function quartersAt(tempoMap: readonly TempoChange[], place: Seconds): number {
  const { seconds, quarters, bpm } = tempoMap.findLast((change) => change.seconds <= place) ?? tempoMap[0];
  return quarters + ((place - seconds) * bpm) / 60;
}

/**
 * Tells a target how a song's beat goes on from a place, the whole way to the end: arpeggios may be played further ahead
 * than the song itself is told.
 * @param ms when the place is played, on the target's clock
 * @param factor on the tempo as written
 */
export function tellBeats(
  target: MidiTarget,
  tempoMap: readonly TempoChange[],
  place: Seconds,
  ms: number,
  factor = 1,
): void {
  const tell = (quarters: number, bpm: BeatsPerMinute, at: Seconds) => {
    const beats = Math.min(fastestBeat, Math.max(slowestBeat, bpm * factor));
    target.beat(quarters, beats, ms + (1000 * (at - place)) / factor, false);
  };
  const current = tempoMap.findLastIndex(({ seconds }) => seconds <= place);
  tell(quartersAt(tempoMap, place), tempoMap[current].bpm, place);
  for (const { quarters, bpm, seconds } of tempoMap.slice(current + 1)) tell(quarters, bpm, seconds);
}

/** Banks, parameter numbers and their data entry (MIDI 1.0): what they mean depends on their order. */
const orderedControllers: ReadonlySet<number> = new Set([0, 32, 6, 38, 96, 97, 98, 99, 100, 101]);
const firstModeMessage = 120;
const resetControllers = 121;

/**
 * What must be told before playing goes on from the middle, in order: the last tempo, program, bend, pressure
 * and value of every controller before that moment, and every setting of a parameter number. Keys that went
 * down before stay silent.
 */
export function stateAt(song: Song, seconds: Seconds): SongEvent[] {
  const state = new Map<string, SongEvent>();
  for (const [index, event] of song.events.entries()) {
    if (event.seconds >= seconds) break;
    const key = stateKey(event, index);
    if (key === null) continue;
    // Taken out first: the order is that of the last moves.
    state.delete(key);
    state.set(key, event);
  }
  return [...state.values()];
}

/** Names what an event sets; null for what is over at once. */
function stateKey(event: SongEvent, index: number): string | null {
  switch (event.type) {
    case 'tempo':
      return 'tempo';
    case 'program':
    case 'pressure':
    case 'bend':
      return `${event.type} ${event.port ?? 0}.${event.channel}`;
    case 'control': {
      const { controller, channel, port = 0 } = event;
      if (orderedControllers.has(controller) || controller === resetControllers) return `event ${index}`;
      return controller < firstModeMessage ? `control ${port}.${channel} ${controller}` : null;
    }
    default:
      return null;
  }
}
