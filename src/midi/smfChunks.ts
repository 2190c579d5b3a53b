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

/** The bytes of a file with what is known of its chunks. */
interface ChunkSource extends TrackSource {
  readonly landings: Landings;
  /** Tracks that the header counts. */
  readonly trackCount: number;
}

/** Hours of dense piano; an event costs some hundred bytes of memory before it is played. */
const mostEvents = 300_000;
/** Places looked at for where damaged tracks go on, songs with a few wrong bytes need some hundred. */
const mostSearched = 500_000;
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
/** The head of a track with a few bytes more. */
const longestHead = 16;
/** Events without a head need this much proof. */
const headlessProof = 8;

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
  const landings = new Landings(file);
  const header = readHeader(file, landings, headerAt, firstTrack, where, repairs);
  const { division, trackCount } = header;
  let events = 0;
  const countEvent = (): void => {
    if (++events <= mostEvents) return;
    throw new InputError(
      `${where} holds more than ${mostEvents} events; a song has fewer: give another file`,
    );
  };
  const longestDelta = longestWait * ticksPerSecond(division);
  let searched = 0;
  const maySearch = () => ++searched <= mostSearched;
  const source = { bytes: file, landings, trackCount, longestDelta, countEvent, maySearch };
  const tracks = readTracks(source, header.end, repairs);
  if (tracks.length === 0) throw new InputError(`${where} holds no tracks; export it again`);
  if (tracks.length !== trackCount) repairs.add('trackCount', `${trackCount}, found ${tracks.length}`);
  return { format: header.format, division, tracks };
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
  const size = wrappedSize(bytes, headerAt);
  if (size === null) {
    if (headerAt > 0 && found === headerAt) repairs.add('wrapper', `${headerAt} bytes`);
    return { headerAt, end: bytes.length };
  }
  // A size that cuts the file off is wrong, and so is one that nothing is left for.
  const end = headerAt + size;
  if (end <= bytes.length && end >= chainEnd(bytes, headerAt)) return { headerAt, end };
  repairs.add('wrapperSize', `${size} of ${bytes.length - headerAt} bytes`);
  return { headerAt, end: bytes.length };
}

/** Bytes that a container of a known kind says the file in it has; null without one. */
function wrappedSize(bytes: Uint8Array, headerAt: number): number | null {
  const view = viewOf(bytes);
  const isRiff =
    textAt(bytes, 0, idBytes) === 'RIFF' &&
    headerAt >= 20 &&
    textAt(bytes, headerAt - chunkHeadBytes, idBytes) === 'data';
  if (isRiff) return view.getUint32(headerAt - 4, true);
  // MacBinary: 128 bytes of header, of which the first is 0, and the length of what follows at 83.
  return headerAt === 128 && bytes[0] === 0 ? view.getUint32(83) : null;
}

/** Where header and tracks end that follow each other from a place by their lengths; never before the first of them does. */
function chainEnd(bytes: Uint8Array, headerAt: number): number {
  let at = Math.min(bytes.length, headerAt + chunkHeadBytes + headerBytes);
  while (at + chunkHeadBytes <= bytes.length && textAt(bytes, at, idBytes) === 'MTrk') {
    const next = at + chunkHeadBytes + viewOf(bytes).getUint32(at + idBytes);
    if (next > bytes.length) break;
    at = next;
  }
  return at;
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
  landings: Landings,
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
    (landings.has(declaredEnd) || hasSense(bytes, at));
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

/** True for a header whose fields can be right, wherever the first track lies: it may be one whose id is damaged. */
function hasSense(bytes: Uint8Array, at: number): boolean {
  const [format, trackCount, division] = fieldsOf(bytes, at);
  const divided = divisionOf(division);
  if (format > 2 || typeof divided === 'string' || divided.isStrange) return false;
  const found = countOf(bytes, 'MTrk');
  if (trackCount !== found && trackCount !== found + 1) return false;
  // Bytes that have come into the header put another division before the first track.
  const firstTrack = indexOfId(bytes, 'MTrk', at);
  return isCommon(division) || firstTrack < 2 || !isCommon(viewOf(bytes).getUint16(firstTrack - 2));
}

/** True for ticks of a quarter as programs count them. */
const isCommon = (division: number): boolean =>
  division > 0 && division < 0x8000 && (division % 24 === 0 || (division & (division - 1)) === 0);

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
function readTracks(source: ChunkSource, begin: number, repairs: Repairs): ReadTrack[] {
  const { bytes } = source;
  const tracks: ReadTrack[] = [];
  for (let at = begin; at < bytes.length;) {
    const id = textAt(bytes, at, idBytes);
    const name = `track ${tracks.length + 1}`;
    if (id === 'MTrk') {
      const { track, next } = readTrack(source, at, name, repairs);
      tracks.push(track);
      at = next;
      continue;
    }
    const next = nextTrack(source, at);
    const headless = headlessTrack(source, at, next, tracks.length);
    if (headless !== null) {
      repairs.add('trackId', `${name}, byte ${at}`);
      const placeOf = (byte: number) => `${name}, byte ${byte}`;
      const track = readTrackEvents(source, headless, next, false, repairs, placeOf);
      tracks.push(track);
      at = track.next;
      continue;
    }
    if (id === 'MThd') {
      repairs.add('second', `byte ${at}, not read`);
      return tracks;
    }
    const length = at + chunkHeadBytes <= bytes.length ? viewOf(bytes).getUint32(at + idBytes) : Infinity;
    const end = at + chunkHeadBytes + length;
    if (isId(id) && end <= next && source.landings.has(end)) {
      at = end;
      continue;
    }
    // Some programs leave a few bytes behind the last track.
    if (next === bytes.length) return tracks;
    repairs.add('foreign', `byte ${at}`);
    at = next;
  }
  return tracks;
}

/**
 * Where the events of a track begin whose head is damaged; null where there is none. Chunks of other kinds are tracks only where
 * one is missing.
 */
function headlessTrack(source: ChunkSource, at: number, limit: number, found: number): number | null {
  const { bytes } = source;
  const id = textAt(bytes, at, idBytes);
  const right = [...id].filter((letter, k) => letter === 'MTrk'[k]).length;
  if (
    id === 'MThd' ||
    (isId(id) && right < 2 && found + countOf(bytes.subarray(at), 'MTrk') >= source.trackCount)
  ) {
    return null;
  }
  for (let begin = at; begin <= Math.min(limit, at + longestHead); begin++) {
    if (isBegin(source, begin, limit)) return begin;
  }
  return null;
}

/** True where events begin that prove themselves; a track does not begin with a wait that looks like a meta event. */
function isBegin(source: ChunkSource, begin: number, limit: number): boolean {
  const place = { next: begin, running: 0, startsWithDelta: true };
  return source.bytes[begin] !== 0xff && proof(source, place, limit) >= headlessProof;
}

/** One track by its length where that is right, else by its end-of-track event or the next track. */
function readTrack(
  source: ChunkSource,
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
    declared <= bytes.length &&
    ((source.landings.has(declared) && other >= declared) ||
      isFlawless(source, at + chunkHeadBytes, declared));
  const limit = isRight ? declared : other;
  // The next track may begin where this one's length should be.
  const begin = Math.min(limit, isRight ? at + chunkHeadBytes : beginOf(source, at, limit));
  const track = readTrackEvents(source, begin, limit, isRight, repairs, placeOf);
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

/** Where a track's events begin; its head may have lost bytes or have too many. */
function beginOf(source: ChunkSource, at: number, limit: number): number {
  const usual = at + chunkHeadBytes;
  const others = [
    usual,
    usual - 1,
    usual - 2,
    usual - 3,
    usual - 4,
    usual + 1,
    usual + 2,
    usual + 3,
    usual + 4,
  ];
  return others.find((begin) => isBegin(source, begin, limit)) ?? usual;
}

/** A length that lands well may still have swallowed tracks, while their letters may also stand in a text. */
function isFlawless(source: ChunkSource, begin: number, end: number): boolean {
  const trial = new Repairs();
  const { next } = readTrackEvents(source, begin, end, false, trial, String);
  return trial.isEmpty && next === end;
}

/** The next place that a track begins at, or the end of the file. */
function nextTrack(source: ChunkSource, begin: number): number {
  const { bytes } = source;
  for (let at = begin; ; at++) {
    at = indexOfId(bytes, 'MTrk', at);
    if (at < 0) return bytes.length;
    if (isTrackStart(source, at)) return at;
  }
}

/** The four letters may stand in a text: a track's length is right, or events follow. */
function isTrackStart(source: ChunkSource, at: number): boolean {
  const { bytes } = source;
  const begin = at + chunkHeadBytes;
  if (begin > bytes.length) return false;
  return (
    source.landings.has(begin + viewOf(bytes).getUint32(at + idBytes)) ||
    proof(source, { next: begin, running: 0, startsWithDelta: true }, bytes.length) >= 2
  );
}

/** Where chunks begin: a question that is asked often, of places that lead to each other. */
class Landings {
  readonly #bytes: Uint8Array;
  readonly #known = new Map<number, boolean>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True at a track, at the end of the file, and where chunks of other kinds lead to one of them. */
  has(from: number): boolean {
    const bytes = this.#bytes;
    const way: number[] = [];
    let at = from;
    let found = this.#known.get(at);
    while (found === undefined) {
      way.push(at);
      const id = textAt(bytes, at, idBytes);
      if (at === bytes.length || id === 'MTrk') found = true;
      else if (at + chunkHeadBytes > bytes.length || !isId(id)) found = false;
      else {
        at += chunkHeadBytes + viewOf(bytes).getUint32(at + idBytes);
        found = this.#known.get(at);
      }
    }
    for (const place of way) this.#known.set(place, found);
    return found;
  }
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
