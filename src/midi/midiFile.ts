// Standard MIDI files: read to a song, and written from events.
//
// The events are parsed by `midi-file`, which trusts every length it reads; the chunks are therefore walked and
// checked here first, and every number it hands on is checked after.
// Long, since reading checks what the library trusts, and writing mirrors it.
import { parseMidi, writeMidi, type MidiEvent } from 'midi-file';
import { InputError, requireInteger, requireNumber } from '../contract/errors.ts';
import type { Seconds } from '../contract/units.ts';
import { bendOf, type ChannelMessage } from './message.ts';
import type { BeatsPerMinute, Song, SongEvent, TempoChange } from './song.ts';

/** Until a file says otherwise (Standard MIDI Files 1.0). */
const defaultBpm: BeatsPerMinute = 120;
const microsecondsPerMinute = 60e6;
const bendCentre = 8192;
/** Larger files are no songs; a megabyte holds some hours of piano. */
const largestFileBytes = 64 * 2 ** 20;
/** A day: longer songs come from damaged times. */
const longestSeconds: Seconds = 86_400;
const headerBytes = 14;
/** "29 frames" means drop-frame time code, 30000/1001 frames a second (SMPTE 12M). */
const dropFrameRate = 30_000 / 1001;

interface Chunk {
  readonly id: string;
  /** Chunk with its eight bytes of id and length. */
  readonly bytes: Uint8Array;
}

/** A parsed event with its place in the file's ticks. */
interface TickEvent {
  readonly ticks: number;
  readonly event: ChannelMessage | { readonly type: 'tempo'; readonly bpm: BeatsPerMinute };
}

interface Track {
  readonly name: string;
  readonly lastTick: number;
  readonly events: readonly TickEvent[];
}

/** How ticks count. */
type Division =
  | { readonly unit: 'quarters'; readonly ticksPerQuarter: number }
  | { readonly unit: 'seconds'; readonly ticksPerSecond: number };

/**
 * Reads a standard MIDI file of format 0, 1 or 2 (whose tracks follow each other), also inside a RIFF file
 * (.rmi). Chunks of unknown kinds are skipped.
 * @param where what to call it in errors: the file's name
 * @throws InputError saying what was expected and what was found
 */
export function readSong(bytes: Uint8Array, where = 'this file'): Song {
  if (bytes.length > largestFileBytes) {
    throw new InputError(
      `${where} is ${bytes.length} bytes long; MIDI files up to ${largestFileBytes} are read`,
    );
  }
  const chunks = chunksOf(unwrapped(bytes, where), where);
  const header = chunks[0].bytes;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const format = view.getUint16(8);
  if (format > 2) throw new InputError(`${where} is a MIDI file of format ${format}; 0, 1 and 2 are read`);
  const division = divisionOf(view.getUint16(12), where);
  const tracks = chunks
    .filter(({ id }) => id === 'MTrk')
    .map((chunk, index) => readTrack(chunk, `track ${index + 1} of ${where}`));
  if (tracks.length === 0) throw new InputError(`${where} holds no tracks; export it again`);
  const { events, lastTick } = format === 2 ? oneAfterTheOther(tracks) : allAtOnce(tracks);
  const song = timed(events, lastTick, division);
  if (!(song.durationSeconds <= longestSeconds)) {
    const hours = (song.durationSeconds / 3600).toFixed(0);
    throw new InputError(`${where} would last ${hours} hours; songs up to ${longestSeconds / 3600} are read`);
  }
  return { ...song, name: tracks.find(({ name }) => name)?.name ?? '' };
}

/** The MIDI file inside a RIFF file, or the bytes as they are. */
function unwrapped(bytes: Uint8Array, where: string): Uint8Array {
  if (textAt(bytes, 0, 4) !== 'RIFF' || textAt(bytes, 8, 4) !== 'RMID') return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    if (textAt(bytes, at, 4) === 'data') return bytes.subarray(at + 8, at + 8 + length);
    // RIFF chunks are padded to even lengths.
    at += 8 + length + (length & 1);
  }
  throw new InputError(`${where} is a RIFF file without MIDI data; export it again`);
}

/** @throws InputError when the first chunk is no header or a chunk reaches past the end */
function chunksOf(bytes: Uint8Array, where: string): Chunk[] {
  const start = textAt(bytes, 0, 4);
  if (start !== 'MThd') {
    const found = bytes.length === 0 ? 'nothing' : JSON.stringify(start);
    throw new InputError(
      `${where} is not a MIDI file: it should begin with "MThd", but begins with ${found}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 0; at < bytes.length;) {
    const name = chunks.length === 0 ? 'header' : `chunk ${chunks.length}`;
    const length = at + 8 <= bytes.length ? view.getUint32(at + 4) : Infinity;
    const end = at + 8 + length;
    if (!(end <= bytes.length)) {
      // Some programs leave a few bytes behind the last track.
      if (chunks.length > 1 && textAt(bytes, at, 4) !== 'MTrk') break;
      const wanted = length < Infinity ? `${length} bytes` : 'eight bytes of id and length';
      const there = Math.max(0, bytes.length - at - (length < Infinity ? 8 : 0));
      throw new InputError(`${where} is truncated: its ${name} should have ${wanted}, ${there} are there`);
    }
    if (chunks.length === 0 && length < headerBytes - 8) {
      throw new InputError(`${where} is damaged: its header should have 6 bytes, it has ${length}`);
    }
    chunks.push({ id: textAt(bytes, at, 4), bytes: bytes.subarray(at, end) });
    at = end;
  }
  return chunks;
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function divisionOf(raw: number, where: string): Division {
  if (raw & 0x8000) {
    const framesPerSecond = 256 - (raw >> 8);
    const ticksPerFrame = raw & 0xff;
    if (![24, 25, 29, 30].includes(framesPerSecond) || ticksPerFrame === 0) {
      throw new InputError(
        `${where} is damaged: it should count 24, 25, 29 or 30 frames a second and one or more ticks a frame, ` +
          `got ${framesPerSecond} and ${ticksPerFrame}`,
      );
    }
    const rate = framesPerSecond === 29 ? dropFrameRate : framesPerSecond;
    return { unit: 'seconds', ticksPerSecond: rate * ticksPerFrame };
  }
  if (raw === 0)
    throw new InputError(`${where} is damaged: a quarter note should have 1 or more ticks, got 0`);
  return { unit: 'quarters', ticksPerQuarter: raw };
}

function readTrack(chunk: Chunk, where: string): Track {
  const parsed = parsedTrack(chunk, where);
  const events: TickEvent[] = [];
  let ticks = 0;
  let name = '';
  for (const [index, raw] of parsed.entries()) {
    if (!(raw.deltaTime >= 0)) throw damaged(where, index);
    ticks += raw.deltaTime;
    if (raw.type === 'endOfTrack') break;
    if (raw.type === 'trackName') name ||= raw.text.trim();
    const event = eventOf(raw);
    if (event === null) continue;
    if (!isSound(event)) throw damaged(where, index);
    events.push({ ticks, event });
  }
  return { name, lastTick: ticks, events };
}

/** One track through the library, as a file of its own. */
function parsedTrack(chunk: Chunk, where: string): readonly MidiEvent[] {
  const header = [0x4d, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, 0, 0, 1, 0, 96];
  const file = new Uint8Array(header.length + chunk.bytes.length);
  file.set(header);
  file.set(chunk.bytes, header.length);
  try {
    return parseMidi(file).tracks[0] ?? [];
  } catch (fault) {
    // The library throws bare strings.
    const reason = typeof fault === 'string' ? fault : (fault as Error).message;
    throw new InputError(`${where} is damaged (${reason}); export it again`);
  }
}

function damaged(where: string, index: number): InputError {
  return new InputError(
    `${where} is damaged: its event ${index + 1} should hold numbers from 0 to 127 and a time, and does not; ` +
      'export it again',
  );
}

/** What is played of an event; null for the rest. Channels count from 1 here. */
function eventOf(raw: MidiEvent): TickEvent['event'] | null {
  switch (raw.type) {
    case 'noteOn':
      return { type: 'noteOn', channel: raw.channel + 1, note: raw.noteNumber, velocity: raw.velocity };
    case 'noteOff': {
      // A note-on of velocity 0 does not say how fast the key went up: 64 (MIDI 1.0).
      const velocity = raw.byte9 ? 64 : raw.velocity;
      return { type: 'noteOff', channel: raw.channel + 1, note: raw.noteNumber, velocity };
    }
    case 'noteAftertouch':
      return { type: 'polyPressure', channel: raw.channel + 1, note: raw.noteNumber, data: raw.amount };
    case 'channelAftertouch':
      return { type: 'pressure', channel: raw.channel + 1, data: raw.amount };
    case 'programChange':
      return { type: 'program', channel: raw.channel + 1, data: raw.programNumber };
    case 'controller':
      return { type: 'control', channel: raw.channel + 1, controller: raw.controllerType, data: raw.value };
    case 'pitchBend':
      return { type: 'bend', channel: raw.channel + 1, bend: bendOf(raw.value + bendCentre) };
    case 'setTempo':
      return { type: 'tempo', bpm: microsecondsPerMinute / raw.microsecondsPerBeat };
    default:
      return null;
  }
}

/** False where the library read past the end of the track or a data byte has its highest bit set. */
function isSound(event: TickEvent['event']): boolean {
  const is7Bit = (value: number) => value >= 0 && value <= 127;
  switch (event.type) {
    case 'tempo':
      return event.bpm > 0 && event.bpm < Infinity;
    case 'bend':
      return event.bend >= -1 && event.bend <= 1;
    case 'control':
      return is7Bit(event.controller) && is7Bit(event.data);
    case 'noteOn':
    case 'noteOff':
      return is7Bit(event.note) && is7Bit(event.velocity);
    case 'polyPressure':
      return is7Bit(event.note) && is7Bit(event.data);
    default:
      return is7Bit(event.data);
  }
}

/** Format 0 and 1: all tracks begin together; events of one moment keep the order of the tracks. */
function allAtOnce(tracks: readonly Track[]): Omit<Track, 'name'> {
  const events = tracks.flatMap((track) => track.events).sort((a, b) => a.ticks - b.ticks);
  return { events, lastTick: tracks.reduce((last, track) => Math.max(last, track.lastTick), 0) };
}

/** Format 2: each track is a pattern of its own. */
function oneAfterTheOther(tracks: readonly Track[]): Omit<Track, 'name'> {
  const events: TickEvent[] = [];
  let begin = 0;
  for (const track of tracks) {
    for (const { ticks, event } of track.events) events.push({ ticks: begin + ticks, event });
    begin += track.lastTick;
  }
  return { events, lastTick: begin };
}

/** Ticks become seconds along the tempo. */
function timed(events: readonly TickEvent[], lastTick: number, division: Division): Omit<Song, 'name'> {
  const byTempo = division.unit === 'quarters';
  const tempoMap: TempoChange[] = [{ seconds: 0, quarters: 0, bpm: defaultBpm }];
  const secondsAt = (ticks: number): Seconds => {
    if (!byTempo) return ticks / division.ticksPerSecond;
    const { seconds, quarters, bpm } = tempoMap[tempoMap.length - 1];
    return seconds + ((ticks / division.ticksPerQuarter - quarters) * 60) / bpm;
  };
  const song: SongEvent[] = [];
  for (const { ticks, event } of events) {
    const seconds = secondsAt(ticks);
    song.push({ seconds, ...event });
    if (event.type !== 'tempo' || !byTempo) continue;
    const change = { seconds, quarters: ticks / division.ticksPerQuarter, bpm: event.bpm };
    if (tempoMap[tempoMap.length - 1].quarters === change.quarters) tempoMap.pop();
    tempoMap.push(change);
  }
  return { durationSeconds: secondsAt(lastTick), tempoMap, events: song };
}

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
    requireNumber('seconds', event.seconds, 0, longestSeconds);
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
