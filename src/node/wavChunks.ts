// The chunks of a WAV file, found leniently: sizes that streams leave open or that are wrong, chunks without their padding, and
// what stands before and behind. What was mended is told in words.
import { InputError } from '../contract/errors.ts';
import { endOfId3, fileKind } from './fileKinds.ts';

/** What a WAV file holds. */
export interface WavChunks {
  /** RIFX has its numbers the other way round. */
  readonly bigEndian: boolean;
  /** Content of `fmt `. */
  readonly format: Uint8Array;
  /** Content of `data`. */
  readonly sound: Uint8Array;
  /** Frames by the chunk `fact`, which coded samples have. */
  readonly factFrames: number | undefined;
  /** What had to be mended, each a part of a sentence. */
  readonly repairs: readonly string[];
}

/** "1 byte", "2 bytes". */
export function countOf(bytes: number): string {
  return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
}

interface Chunk {
  readonly id: string;
  readonly start: number;
  readonly size: number;
}

/** Sizes from here on to 2^31 and the largest one are what programs write that do not know how much will come. */
const streamedSizes = 0x7fff0000;
const openSize = 0xffffffff;
/** Chunks that may follow the sound are looked for as far from the end, where the sound's own size is wrong. */
const trailerBytes = 65536;
/** As far from its beginning a file may hold something else before its header. */
const leadBytes = 65536;
const knownIds =
  /^(fmt |data|LIST|fact|PEAK|JUNK|junk|FLLR|PAD |bext|iXML|axml|chna|cue |plst|labl|smpl|inst|acid|id3 |ID3 |afsp|_PMX|DISP|cart|ds64|minf|elm1|regn|umid|RIFF)$/;

/** Reads the numbers of a container, and the names of its chunks. */
class Cursor {
  readonly bytes: Uint8Array;
  readonly bigEndian: boolean;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, bigEndian: boolean) {
    this.bytes = bytes;
    this.bigEndian = bigEndian;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  idAt(at: number): string {
    return String.fromCharCode(...this.bytes.subarray(at, at + 4));
  }

  /** Whether a chunk may begin here: four printable letters and a size. */
  isChunk(at: number): boolean {
    return at + 8 <= this.bytes.length && /^[ -~]{4}$/.test(this.idAt(at));
  }

  /** The same, by a name that is in use or a size that fits: samples can look like letters. */
  isLikely(at: number): boolean {
    if (!this.isChunk(at)) return false;
    const { id, start, size } = this.chunkAt(at);
    return knownIds.test(id) || start + size <= this.bytes.length;
  }

  uint32(at: number): number {
    return this.#view.getUint32(at, !this.bigEndian);
  }

  uint64(at: number): number {
    const [low, high] = this.bigEndian ? [at + 4, at] : [at, at + 4];
    return this.uint32(high) * 2 ** 32 + this.uint32(low);
  }

  chunkAt(at: number): Chunk {
    return { id: this.idAt(at), start: at + 8, size: this.uint32(at + 4) };
  }

  /** Where the chunk behind this one begins; `unpadded` where an odd one lacks the byte that fills it up. */
  behind({ start, size }: Chunk): { at: number; unpadded: boolean } {
    const end = start + size;
    if (size % 2 === 0 || end >= this.bytes.length) return { at: end, unpadded: false };
    const unpadded =
      this.bytes[end] !== 0 && this.isChunk(end) && (knownIds.test(this.idAt(end)) || !this.isChunk(end + 1));
    return { at: unpadded ? end : end + 1, unpadded };
  }

  /** Whether chunks follow one another from here exactly to the end of the file. */
  isChain(at: number): boolean {
    let place = at;
    while (place < this.bytes.length) {
      if (!this.isChunk(place)) return false;
      const chunk = this.chunkAt(place);
      if (chunk.start + chunk.size > this.bytes.length) return false;
      place = this.behind(chunk).at;
    }
    return true;
  }

  /** Where the sound from `start` on ends if its size cannot be believed: before the chunks at the end, if there are some. */
  endOfSound(start: number): number {
    const { length } = this.bytes;
    for (let at = Math.max(start, length - trailerBytes); at + 8 <= length; at++) {
      if (knownIds.test(this.idAt(at)) && this.isChain(at)) return at;
    }
    return length;
  }
}

/**
 * Finds format and sound in a WAV file: RIFF, RIFX, RF64 or BW64.
 * @param name what messages call the file
 * @throws InputError saying what the file is where it is no WAV, or what it lacks
 */
export function wavChunks(file: Uint8Array, name: string): WavChunks {
  if (file.length === 0) throw new InputError(`${name} is empty (0 bytes): give a WAV recording`);
  const repairs: string[] = [];
  const lead = leadOf(file, name);
  if (lead > 0) repairs.push(`${countOf(lead)} before its header ${lead === 1 ? 'was' : 'were'} passed over`);
  const bytes = file.subarray(lead);
  const container = String.fromCharCode(...bytes.subarray(0, 4));
  const cursor = new Cursor(bytes, container === 'RIFX');
  const found = new ChunkSearch(cursor, container === 'RF64' || container === 'BW64', repairs);
  found.walk(12);
  if (!found.format || !found.sound) found.searchOn();
  if (!found.format) {
    throw new InputError(`${name} is no WAV file that can be read: it has no format chunk; export it again`);
  }
  if (!found.sound) {
    throw new InputError(`${name} is no WAV file that can be read: it has no data chunk; export it again`);
  }
  const { format, sound, factFrames } = found;
  return { bigEndian: cursor.bigEndian, format, sound, factFrames, repairs };
}

/** Where the header begins. */
function leadOf(file: Uint8Array, name: string): number {
  const isHeader = (at: number) =>
    /^(RIFF|RIFX|RF64|BW64).{4}WAVE$/s.test(String.fromCharCode(...file.subarray(at, at + 12)));
  if (isHeader(0)) return 0;
  const kind = fileKind(file);
  const tagEnd = endOfId3(file);
  if (kind === undefined || tagEnd > 0) {
    const last = Math.min(file.length - 12, Math.max(leadBytes, tagEnd));
    for (let at = 1; at <= last; at++) if (file[at] === 0x52 && isHeader(at)) return at;
  }
  const isCut = file.length < 12 && 'RIFF'.startsWith(String.fromCharCode(...file.subarray(0, 4)));
  const what = isCut ? 'a WAV file cut off in its header' : kind?.name;
  const remedy = kind?.isSound ? 'convert it (ffmpeg -i IN OUT.wav does)' : 'give a WAV recording';
  throw new InputError(`${name} is not a WAV file${what === undefined ? '' : ` but ${what}`}: ${remedy}`);
}

/** What has been found on the way through the chunks. */
class ChunkSearch {
  format: Uint8Array | undefined;
  sound: Uint8Array | undefined;
  factFrames: number | undefined;
  readonly #cursor: Cursor;
  readonly #isWide: boolean;
  readonly #repairs: string[];
  /** Sizes of a file of 64 bits. */
  #wide: { readonly riff: number; readonly data: number } | undefined;
  #isUnpaddedTold = false;

  constructor(cursor: Cursor, isWide: boolean, repairs: string[]) {
    this.#cursor = cursor;
    this.#isWide = isWide;
    this.#repairs = repairs;
  }

  /** Goes from chunk to chunk as far as there are some. */
  walk(from: number): void {
    const cursor = this.#cursor;
    const { length } = cursor.bytes;
    let at = from;
    while (cursor.isChunk(at)) {
      const chunk = cursor.chunkAt(at);
      if (chunk.id === 'RIFF') {
        this.#repairs.push('another recording behind its end was left out');
        return;
      }
      if (chunk.id === 'data' && !this.sound) {
        const end = this.#takeSound(chunk);
        if (end === undefined) return;
        at = end;
        continue;
      }
      const end = chunk.start + chunk.size;
      if (end > length) {
        if (this.sound) this.#repairs.push(`its last chunk (${chunk.id.trim()}) is cut off`);
        return;
      }
      this.#take(chunk, cursor.bytes.subarray(chunk.start, end));
      at = this.#behind(chunk);
    }
    this.#checkEnd(at);
  }

  /** Looks for format and sound where the chunks do not lead to them: letters with a size that can be one. */
  searchOn(): void {
    const cursor = this.#cursor;
    const { length } = cursor.bytes;
    let isTold = false;
    const search = (id: string, isSize: (size: number, there: number) => boolean): void => {
      for (let at = 12; at + 8 <= length; at++) {
        if (cursor.bytes[at] !== id.charCodeAt(0) || cursor.idAt(at) !== id) continue;
        if (!isSize(cursor.uint32(at + 4), length - at - 8)) continue;
        if (!isTold) this.#repairs.push('the size of one of its chunks is wrong');
        isTold = true;
        this.walk(at);
        return;
      }
    };
    if (!this.format) search('fmt ', (size, there) => size >= 14 && size <= Math.min(128, there));
    if (!this.sound) {
      search('data', (size, there) => size === 0 || size <= there || size >= streamedSizes);
    }
  }

  #take({ id, start, size }: Chunk, content: Uint8Array): void {
    const cursor = this.#cursor;
    if (id === 'fmt ') this.format ??= content;
    if (id === 'fact' && size >= 4) this.factFrames = cursor.uint32(start);
    if (id === 'ds64' && size >= 16 && this.#isWide) {
      this.#wide = { riff: cursor.uint64(start), data: cursor.uint64(start + 8) };
    }
    if (id === 'data') this.#repairs.push('a second stretch of sound was left out');
  }

  /** Takes the sound, however long its chunk says that it is; returns where the chunks go on, undefined where they do not. */
  #takeSound(chunk: Chunk): number | undefined {
    const cursor = this.#cursor;
    const { length } = cursor.bytes;
    const { start } = chunk;
    const size = chunk.size === openSize && this.#wide ? this.#wide.data : chunk.size;
    const there = length - start;
    const isOpen = size === 0 && there > 0 && !cursor.isChain(start);
    if (isOpen || size > there) {
      const end = cursor.endOfSound(start);
      this.sound = cursor.bytes.subarray(start, end);
      const isStream =
        isOpen || size === openSize || (size >= streamedSizes && size <= 2 ** 31) || this.#wide?.data === 0;
      this.#repairs.push(
        isStream
          ? 'its header leaves the length of the sound open, so it was read to its end'
          : `its header promises ${countOf(size)} of sound and ${end - start} ${end - start === 1 ? 'is there, which was' : 'are there, which were'} read`,
      );
      return undefined;
    }
    const whole = { ...chunk, size };
    const next = this.#behind(whole);
    const isLost = next < length && !cursor.isLikely(next);
    if (isLost && this.#riffEnd >= length && cursor.bytes.subarray(next).some((byte) => byte !== 0)) {
      this.sound = cursor.bytes.subarray(start);
      this.#repairs.push(
        `its header promises ${countOf(size)} of sound and the file goes on with ${there - size} more, read too`,
      );
      return undefined;
    }
    this.sound = cursor.bytes.subarray(start, start + size);
    return next;
  }

  #behind(chunk: Chunk): number {
    const { at, unpadded } = this.#cursor.behind(chunk);
    if (unpadded && !this.#isUnpaddedTold) {
      this.#isUnpaddedTold = true;
      this.#repairs.push('a chunk of odd size lacks the byte behind it');
    }
    return at;
  }

  /** Where the file ends by its first size. */
  get #riffEnd(): number {
    return 8 + (this.#wide?.riff ?? this.#cursor.uint32(4));
  }

  /** Tells bytes that are no chunks, and a size of the whole file that is wrong. */
  #checkEnd(at: number): void {
    const { length } = this.#cursor.bytes;
    if (!this.sound) return;
    // Nobody reads the size of a wide file; writers have several ideas of it.
    if (at < length) {
      this.#repairs.push(
        `${countOf(length - at)} behind its chunks ${length - at === 1 ? 'was' : 'were'} left out`,
      );
    } else if (!this.#isWide && Math.abs(this.#riffEnd - length) > 1) {
      this.#repairs.push(`its header gives the file ${countOf(this.#riffEnd)}, and it has ${length}`);
    }
  }
}
