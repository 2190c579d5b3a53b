// The chunks of a standard MIDI file, found also where headers, lengths and ids are wrong: every track that is there is read.
import { InputError } from '../contract/errors.ts';
import type { Seconds } from '../contract/units.ts';
import { Repairs } from './repairs.ts';
import type { TrackSource } from './smfEvent.ts';
import { proof, readTrackEvents, type ReadTrack } from './trackEvents.ts';

/** How ticks count. */
export type Division =
  | { readonly unit: 'quarters'; readonly ticksPerQuarter: number }
  | { readonly unit: 'seconds'; readonly ticksPerSecond: number };

/** A MIDI file's tracks, not yet in seconds. */
export interface SmfFile {
  readonly format: 0 | 1 | 2;
  readonly division: Division;
  readonly tracks: readonly ReadTrack[];
}

const idBytes = 4;
const chunkHeadBytes = 8;
const headerBytes = 6;
/** Wrappers (MacBinary, RIFF) and stray bytes before the header are no longer than this. */
const longestWrapperBytes = 65_536;
/** Of a file that has lost its own: what most sequencers write. */
const usualTicksPerQuarter = 480;
/** "29 frames" means drop-frame time code, 30000/1001 frames a second (SMPTE 12M). */
const dropFrameRate = 30_000 / 1001;
/** At 120 quarters a minute. */
const quartersPerSecond = 2;
const endOfTrack = [0xff, 0x2f, 0x00];

/**
 * Reads the chunks of a MIDI file.
 * @param where what to call it in errors
 * @param longestWait between two events of a track, at 120 quarters a minute: what is longer is damage
 * @throws InputError when it is no MIDI file, holds no tracks, or its time cannot be known
 */
export function readChunks(
  bytes: Uint8Array,
  where: string,
  longestWait: Seconds,
  repairs: Repairs,
): SmfFile {
  const { headerAt, end } = fileWithin(bytes, where, repairs);
  const file = bytes.subarray(0, end);
  const firstTrack = indexOfId(file, 'MTrk', headerAt);
  const header = readHeader(file, headerAt, firstTrack, where, repairs);
  const source = { bytes: file, longestDelta: longestWait * ticksPerSecond(header.division) };
  const tracks = readTracks(source, header.end, repairs);
  if (tracks.length === 0) throw new InputError(`${where} holds no tracks; export it again`);
  if (tracks.length !== header.trackCount)
    repairs.add('trackCount', `${header.trackCount}, found ${tracks.length}`);
  return { format: header.format, division: header.division, tracks };
}

/** True for bytes that a MIDI file can be read from: its header or, where that is damaged, a track is in them. */
export function holdsSong(bytes: Uint8Array): boolean {
  return (
    indexOfId(bytes, 'MThd', 0, longestWrapperBytes) >= 0 ||
    indexOfId(bytes, 'MTrk', 0, longestWrapperBytes) >= 0
  );
}

/** Where the header lies and where the file ends: MacBinary and RIFF files hold it among other things. */
function fileWithin(bytes: Uint8Array, where: string, repairs: Repairs): { headerAt: number; end: number } {
  const found = indexOfId(bytes, 'MThd', 0, longestWrapperBytes);
  const track = indexOfId(bytes, 'MTrk', 0, longestWrapperBytes);
  if (found < 0 && track < 0) {
    const start = textAt(bytes, 0, idBytes);
    if (start === 'RIFF' && textAt(bytes, 8, idBytes) === 'RMID') {
      throw new InputError(`${where} is a RIFF file without MIDI data; export it again`);
    }
    const begins = bytes.length === 0 ? 'nothing' : JSON.stringify(start);
    throw new InputError(
      `${where} is not a MIDI file: it should begin with "MThd", but begins with ${begins}`,
    );
  }
  // A header whose id is damaged still lies before the first track.
  const headerAt =
    found >= 0 && (track < 0 || found < track) ? found : Math.max(0, track - chunkHeadBytes - headerBytes);
  const wrapper = wrapperOf(bytes, headerAt);
  if (!wrapper && headerAt > 0 && found === headerAt) repairs.add('wrapper', `${headerAt} bytes`);
  return { headerAt, end: wrapper?.end ?? bytes.length };
}

/** What holds the file, where it is a container of a known kind. */
function wrapperOf(bytes: Uint8Array, headerAt: number): { end: number } | null {
  const view = viewOf(bytes);
  if (
    textAt(bytes, 0, idBytes) === 'RIFF' &&
    headerAt >= 20 &&
    textAt(bytes, headerAt - 8, idBytes) === 'data'
  ) {
    const end = headerAt + view.getUint32(headerAt - 4, true);
    return { end: end > headerAt + chunkHeadBytes + headerBytes && end <= bytes.length ? end : bytes.length };
  }
  // MacBinary: 128 bytes of header, of which the first is 0, and the length of what follows at 83.
  if (headerAt === 128 && bytes[0] === 0) {
    const end = headerAt + view.getUint32(83);
    return { end: end > headerAt + chunkHeadBytes + headerBytes && end <= bytes.length ? end : bytes.length };
  }
  return null;
}

interface Header {
  readonly format: 0 | 1 | 2;
  readonly trackCount: number;
  readonly division: Division;
  /** Index of the first byte behind it. */
  readonly end: number;
}

function readHeader(
  bytes: Uint8Array,
  at: number,
  firstTrack: number,
  where: string,
  repairs: Repairs,
): Header {
  const view = viewOf(bytes);
  const length = at + chunkHeadBytes <= bytes.length ? view.getUint32(at + idBytes) : 0;
  const declaredEnd = at + chunkHeadBytes + length;
  const isWhole =
    textAt(bytes, at, idBytes) === 'MThd' &&
    length >= headerBytes &&
    at + chunkHeadBytes + headerBytes <= bytes.length &&
    (firstTrack < 0 || declaredEnd <= firstTrack) &&
    (landsOnChunk(bytes, declaredEnd) || hasSense(bytes, at, declaredEnd));
  if (isWhole) {
    const [rawFormat, trackCount, rawDivision] = fieldsOf(bytes, at);
    const division = divisionOf(rawDivision);
    if (typeof division === 'string') throw new InputError(`${where} is damaged: ${division}`);
    if (rawFormat > 2) repairs.add('header', `format ${rawFormat}, read as 1`);
    if (division.isStrange) repairs.add('header', 'frames a second, which should be 24, 25, 29 or 30');
    return { format: formatOf(rawFormat), trackCount, division: division.division, end: declaredEnd };
  }
  if (firstTrack < 0) throw new InputError(`${where} holds no tracks; export it again`);
  // The last two bytes before the tracks are the division, unless they are what is damaged.
  const tail = firstTrack - at >= 2 ? divisionOf(view.getUint16(firstTrack - 2)) : '';
  const isKnown = typeof tail !== 'string' && !tail.isStrange && firstTrack - at >= headerBytes;
  const division: Division = isKnown
    ? tail.division
    : { unit: 'quarters', ticksPerQuarter: usualTicksPerQuarter };
  const time =
    division.unit === 'quarters'
      ? `${division.ticksPerQuarter} ticks a quarter note`
      : `${division.ticksPerSecond} ticks a second`;
  repairs.add('header', `byte ${at}, read as ${time}`);
  const format = firstTrack - at >= headerBytes ? view.getUint16(firstTrack - headerBytes) : 1;
  return {
    format: formatOf(format),
    trackCount: countOf(bytes, 'MTrk'),
    division,
    end: firstTrack,
  };
}

/** Format, number of tracks and division of a header. */
const fieldsOf = (bytes: Uint8Array, at: number): readonly number[] =>
  [8, 10, 12].map((offset) => viewOf(bytes).getUint16(at + offset));

/** True for a header whose fields can be right, wherever the first track lies. */
function hasSense(bytes: Uint8Array, at: number, end: number): boolean {
  const [format, trackCount, division] = fieldsOf(bytes, at);
  if (format > 2 || typeof divisionOf(division) === 'string') return false;
  return trackCount === countOf(bytes, 'MTrk') || isTrackWithoutId(bytes, end);
}

const formatOf = (raw: number): 0 | 1 | 2 => (raw === 0 || raw === 2 ? raw : 1);

/** A division, or why its ticks have no length. */
function divisionOf(raw: number): { division: Division; isStrange: boolean } | string {
  if (raw & 0x8000) {
    const framesPerSecond = 256 - (raw >> 8);
    const ticksPerFrame = raw & 0xff;
    if (ticksPerFrame === 0) {
      return `it should count one or more ticks a frame, got 0 at ${framesPerSecond} frames a second; export it again`;
    }
    const rate = framesPerSecond === 29 ? dropFrameRate : framesPerSecond;
    return {
      division: { unit: 'seconds', ticksPerSecond: rate * ticksPerFrame },
      isStrange: ![24, 25, 29, 30].includes(framesPerSecond),
    };
  }
  if (raw === 0) return 'a quarter note should have 1 or more ticks, got 0; export it again';
  return { division: { unit: 'quarters', ticksPerQuarter: raw }, isStrange: false };
}

function ticksPerSecond(division: Division): number {
  return division.unit === 'quarters'
    ? quartersPerSecond * division.ticksPerQuarter
    : division.ticksPerSecond;
}

/** Every track from a place on; chunks of unknown kinds are passed over. */
function readTracks(source: TrackSource, begin: number, repairs: Repairs): ReadTrack[] {
  const { bytes } = source;
  const tracks: ReadTrack[] = [];
  for (let at = begin; at < bytes.length;) {
    const id = textAt(bytes, at, idBytes);
    const isTrack = id === 'MTrk';
    if (isTrack || isTrackWithoutId(bytes, at)) {
      const name = `track ${tracks.length + 1}`;
      if (!isTrack) repairs.add('trackId', `${name}, byte ${at}`);
      const { track, next } = readTrack(source, at, name, repairs);
      tracks.push(track);
      at = next;
      continue;
    }
    if (id === 'MThd') {
      repairs.add('second', `byte ${at}, not read`);
      return tracks;
    }
    const length = at + chunkHeadBytes <= bytes.length ? viewOf(bytes).getUint32(at + idBytes) : Infinity;
    const end = at + chunkHeadBytes + length;
    if (isId(id) && landsOnChunk(bytes, end)) {
      at = end;
      continue;
    }
    const next = indexOfId(bytes, 'MTrk', at);
    // Some programs leave a few bytes behind the last track.
    if (next < 0) return tracks;
    repairs.add('foreign', `byte ${at}`);
    at = next;
  }
  return tracks;
}

/** One track by its length where that is right, else by its end-of-track event or the next track. */
function readTrack(
  source: TrackSource,
  at: number,
  name: string,
  repairs: Repairs,
): { track: ReadTrack; next: number } {
  const { bytes } = source;
  const length = at + chunkHeadBytes <= bytes.length ? viewOf(bytes).getUint32(at + idBytes) : 0;
  const declared = at + chunkHeadBytes + length;
  const other = nextTrack(source, at + idBytes);
  const placeOf = (byte: number) => `${name}, byte ${byte}`;
  const isRight =
    landsOnChunk(bytes, declared) && (other >= declared || isFlawless(source, at + chunkHeadBytes, declared));
  const limit = isRight ? declared : other;
  // The next track may begin where this one's length should be.
  const begin = Math.min(limit, at + chunkHeadBytes);
  const track = readTrackEvents(source, begin, limit, repairs, placeOf);
  if (isRight) {
    if (track.next < declared) repairs.add('trackLength', `${name}: bytes behind its end`);
    return { track, next: declared };
  }
  // A file that ends early has said so already.
  if (track.hasEnd || declared < bytes.length) {
    repairs.add('trackLength', `${name}: ${length}, found ${track.next - begin}`);
  }
  return { track, next: track.next };
}

/** A length that lands well may still have swallowed tracks, while their letters may also stand in a text. */
function isFlawless(source: TrackSource, begin: number, end: number): boolean {
  const trial = new Repairs();
  const { next } = readTrackEvents(source, begin, end, trial, String);
  return trial.isEmpty && next === end;
}

/** The next place that a track begins at, or the end of the file. */
function nextTrack(source: TrackSource, begin: number): number {
  const { bytes } = source;
  for (let at = begin; ; at++) {
    at = indexOfId(bytes, 'MTrk', at);
    if (at < 0) return bytes.length;
    if (isTrackStart(source, at)) return at;
  }
}

/** The four letters may stand in a text: a track's length is right, or events follow. */
function isTrackStart(source: TrackSource, at: number): boolean {
  const { bytes } = source;
  const begin = at + chunkHeadBytes;
  if (begin > bytes.length) return false;
  return (
    landsOnChunk(bytes, begin + viewOf(bytes).getUint32(at + idBytes)) ||
    proof(source, begin, bytes.length) >= 2
  );
}

/** True for a chunk whose id is damaged, while its length and its end are a track's. */
function isTrackWithoutId(bytes: Uint8Array, at: number): boolean {
  if (at + chunkHeadBytes + endOfTrack.length > bytes.length) return false;
  const end = at + chunkHeadBytes + viewOf(bytes).getUint32(at + idBytes);
  if (!landsOnChunk(bytes, end) || end - at < chunkHeadBytes + endOfTrack.length) return false;
  const id = textAt(bytes, at, idBytes);
  const right = [...id].filter((letter, k) => letter === 'MTrk'[k]).length;
  // Chunks of other kinds have ids of their own, in letters.
  if (isId(id) && right < 2) return false;
  return endOfTrack.every((value, k) => bytes[end - endOfTrack.length + k] === value);
}

/** True at a track, at the end of the file, and where chunks of other kinds lead to one of them. */
function landsOnChunk(bytes: Uint8Array, from: number): boolean {
  let at = from;
  while (at + chunkHeadBytes <= bytes.length) {
    const id = textAt(bytes, at, idBytes);
    if (id === 'MTrk') return true;
    if (!isId(id)) return false;
    at += chunkHeadBytes + viewOf(bytes).getUint32(at + idBytes);
  }
  return at === bytes.length;
}

const isId = (id: string): boolean => /^[\x20-\x7e]{4}$/.test(id);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

/** Where an id stands first from a place on; -1 where nowhere. */
function indexOfId(bytes: Uint8Array, id: string, from: number, end = bytes.length): number {
  const first = id.charCodeAt(0);
  for (let at = bytes.indexOf(first, from); at >= 0 && at < end; at = bytes.indexOf(first, at + 1)) {
    if (textAt(bytes, at, idBytes) === id) return at;
  }
  return -1;
}

function countOf(bytes: Uint8Array, id: string): number {
  let count = 0;
  for (let at = indexOfId(bytes, id, 0); at >= 0; at = indexOfId(bytes, id, at + 1)) count++;
  return count;
}
