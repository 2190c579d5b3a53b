// Standard MIDI files as songs: what `smfChunks` finds, in seconds along the tempo, with what had to be mended.
import { requireFileSize } from '../contract/fileSizes.ts';
import type { Seconds } from '../contract/units.ts';
import { Repairs } from './repairs.ts';
import { readChunks, type Division, type SmfFile } from './smfChunks.ts';
import {
  defaultBpm,
  longestSongSeconds,
  type Song,
  type SongEvent,
  type SongLyric,
  type TempoChange,
} from './song.ts';
import type { TimedTrackEvent } from './smfEvent.ts';
import type { ReadTrack } from './trackEvents.ts';

/** An hour: longer waits of a damaged file come from its damage. */
const longestWaitOfDamaged: Seconds = 3600;
/** Names are shown in one line. */
const longestName = 200;

/** An event with its place in the file's ticks. */
interface TickEvent {
  readonly ticks: number;
  readonly track: number;
  readonly port: number;
  readonly event: TimedTrackEvent;
}

interface Track {
  readonly lastTick: number;
  readonly events: readonly TickEvent[];
}

/**
 * Reads a standard MIDI file of format 0, 1 or 2 (whose tracks follow each other, each at its own tempo), also inside
 * a RIFF file (.rmi) or a MacBinary one. Damage costs no more than it must: what can be read is read, and `mended` of the
 * song says what was wrong. Chunks of unknown kinds are passed over.
 * @param where what to call it in errors: the file's name
 * @throws InputError when it is no MIDI file, has no tracks, counts no time, holds more events than a song has, or is larger
 * than 16 MiB
 * @example
 * const { durationSeconds, mended } = readSong(await readFile('song.mid'), 'song.mid');
 */
export function readSong(bytes: Uint8Array, where = 'this file'): Song {
  requireFileSize('song', bytes.length, where);
  let repairs = new Repairs();
  let file = readChunks(bytes, where, longestSongSeconds, repairs);
  if (!repairs.isEmpty) {
    // Where bytes are damaged, a time that is still possible may well be one of them.
    repairs = new Repairs();
    file = readChunks(bytes, where, longestWaitOfDamaged, repairs);
  }
  const tracks = withPorts(file);
  const { events, lastTick } = file.format === 2 ? oneAfterTheOther(tracks) : allAtOnce(tracks);
  const song = cut(timed(events, lastTick, file.division), repairs);
  const trackNames = file.tracks.map(nameOf);
  return {
    ...song,
    trackNames,
    name: trackNames.find((name) => name) ?? '',
    mended: repairs.sentence(where),
  };
}

function nameOf({ events }: ReadTrack): string {
  for (const { event } of events) {
    if (event.type === 'name' && event.text) return event.text.replaceAll(/\s+/g, ' ').slice(0, longestName);
  }
  return '';
}

/** The tracks' events with the port of each, counted from 0 in the order of the ports' numbers. */
function withPorts({ tracks }: SmfFile): Track[] {
  const used = new Set<number>();
  const raw = tracks.map(({ events, lastTick }, track) => {
    let port = 0;
    const played: TickEvent[] = [];
    for (const { ticks, event } of events) {
      if (event.type === 'port') ({ port } = event);
      else if (event.type !== 'name' && event.type !== 'end') {
        if ('channel' in event) used.add(port);
        played.push({ ticks, track, port, event });
      }
    }
    return { lastTick, events: played };
  });
  const ports = [...used].sort((a, b) => a - b);
  return raw.map(({ lastTick, events }) => ({
    lastTick,
    events: events.map((each) => ({ ...each, port: Math.max(0, ports.indexOf(each.port)) })),
  }));
}

/** Format 0 and 1: all tracks begin together; events of one moment keep the order of the tracks. */
function allAtOnce(tracks: readonly Track[]): Track {
  const events = tracks.flatMap((track) => track.events).sort((a, b) => a.ticks - b.ticks);
  return { events, lastTick: tracks.reduce((last, track) => Math.max(last, track.lastTick), 0) };
}

/** Format 2: each track is a piece of its own, with its own tempo; no key stays down behind it. */
function oneAfterTheOther(tracks: readonly Track[]): Track {
  const events: TickEvent[] = [];
  let begin = 0;
  let bpm = defaultBpm;
  for (const [index, track] of tracks.entries()) {
    if (bpm !== defaultBpm) {
      events.push({ ticks: begin, track: index, port: 0, event: { type: 'tempo', bpm: defaultBpm } });
      bpm = defaultBpm;
    }
    const down = new Map<string, TickEvent>();
    for (const each of track.events) {
      const { event } = each;
      const moved = { ...each, ticks: begin + each.ticks };
      if (event.type === 'tempo') ({ bpm } = event);
      else if (event.type === 'noteOn' || event.type === 'noteOff') {
        const key = `${each.port} ${event.channel} ${event.note}`;
        if (event.type === 'noteOn')
          down.set(key, { ...moved, event: { ...event, type: 'noteOff', velocity: 64 } });
        else down.delete(key);
      }
      events.push(moved);
    }
    begin += track.lastTick;
    for (const end of down.values()) events.push({ ...end, ticks: begin });
  }
  return { events, lastTick: begin };
}

type Timed = Pick<Song, 'durationSeconds' | 'tempoMap' | 'events' | 'lyrics'>;

/** Ticks become seconds along the tempo. */
function timed(events: readonly TickEvent[], lastTick: number, division: Division): Timed {
  const byTempo = division.unit === 'quarters';
  const tempoMap: TempoChange[] = [{ seconds: 0, quarters: 0, bpm: defaultBpm }];
  const secondsAt = (ticks: number): Seconds => {
    if (!byTempo) return ticks / division.ticksPerSecond;
    const { seconds, quarters, bpm } = tempoMap[tempoMap.length - 1];
    return seconds + ((ticks / division.ticksPerQuarter - quarters) * 60) / bpm;
  };
  const song: SongEvent[] = [];
  const lyrics: SongLyric[] = [];
  for (const { ticks, track, port, event } of events) {
    const seconds = secondsAt(ticks);
    if (event.type === 'lyric') {
      lyrics.push({ seconds, track, text: event.text });
      continue;
    }
    song.push({ seconds, ...(track ? { track } : {}), ...(port ? { port } : {}), ...event });
    if (event.type !== 'tempo' || !byTempo) continue;
    const change = { seconds, quarters: ticks / division.ticksPerQuarter, bpm: event.bpm };
    if (tempoMap[tempoMap.length - 1].quarters === change.quarters) tempoMap.pop();
    tempoMap.push(change);
  }
  return { durationSeconds: secondsAt(lastTick), tempoMap, events: song, lyrics };
}

/** What damaged times put beyond a day is left out. */
function cut(song: Timed, repairs: Repairs): Timed {
  if (song.durationSeconds <= longestSongSeconds) return song;
  repairs.add('cut', `after ${(song.durationSeconds / 3600).toFixed(0)} hours, left out`);
  const isWithin = ({ seconds }: { readonly seconds: Seconds }) => seconds <= longestSongSeconds;
  return {
    tempoMap: song.tempoMap.filter(isWithin),
    events: song.events.filter(isWithin),
    lyrics: song.lyrics.filter(isWithin),
    durationSeconds: longestSongSeconds,
  };
}
