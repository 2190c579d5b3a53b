// Songs damaged at random in one place: every note of every track that was not touched still plays, at its time.
import { parseMidi } from 'midi-file';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/contract/errors.ts';
import { readSong } from '../../src/midi/midiFile.ts';
import type { Song, SongEvent } from '../../src/midi/song.ts';
import { writeSong } from '../../src/midi/songWriter.ts';
import { chunk, header } from '../helpers/midiBytes.ts';
import { damagedAt, type Damaged } from '../helpers/damage.ts';
import { songs } from '../helpers/songs.ts';

const ticksPerQuarter = 480;
const headerBytes = 14;

/** A whole file, and where each of its tracks lies. */
interface Whole {
  readonly bytes: Uint8Array;
  readonly song: Song;
  readonly tracks: readonly { readonly from: number; readonly to: number }[];
}

/** One of our songs with its tempi in the first track, and its other events dealt to three more. */
function dealt(events: readonly SongEvent[]): Whole {
  const hands: SongEvent[][] = [[], [], [], []];
  events.forEach((event) => {
    const hand = event.type === 'tempo' ? 0 : 'note' in event ? 1 + (event.note % 3) : 1;
    hands[hand].push(event);
  });
  const tempi = hands[0];
  let at = headerBytes;
  const chunks = hands.map((hand, index) => {
    // Times count along the tempi, which stand in the first track alone.
    const written = writeSong(index === 0 ? hand : [...tempi, ...hand], { ticksPerQuarter });
    const bytes = index === 0 ? written.subarray(headerBytes) : withoutTempi(written);
    const place = { from: at, to: at + bytes.length };
    at += bytes.length;
    return { bytes, place };
  });
  const bytes = Uint8Array.from([
    ...header(1, chunks.length, ticksPerQuarter),
    ...chunks.flatMap((each) => [...each.bytes]),
  ]);
  return { bytes, song: readSong(bytes), tracks: chunks.map(({ place }) => place) };
}

/** A track chunk whose tempo events have become empty texts of the same place. */
function withoutTempi(file: Uint8Array): Uint8Array {
  const track = [...file.subarray(headerBytes + 8)];
  for (let k = 0; k + 3 < track.length; k++) {
    if (track[k] === 0xff && track[k + 1] === 0x51 && track[k + 2] === 3) track[k + 1] = 0x7f;
  }
  return Uint8Array.from(chunk('MTrk', track));
}

const named = (song: Song, tracks: ReadonlySet<number>, withTime: boolean): string[] =>
  song.events
    .filter((event) => event.type === 'noteOn' && tracks.has(event.track ?? 0))
    .map((event) => {
      const { channel, note, velocity } = event as Extract<SongEvent, { note: number; velocity: number }>;
      const time = withTime ? ` at ${event.seconds.toFixed(4)}` : '';
      return `${channel}: ${note} (${velocity})${time}`;
    });

/** What is in `wanted` and not in `found`, as often as it lacks. */
function lacking(wanted: readonly string[], found: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const each of found) left.set(each, (left.get(each) ?? 0) + 1);
  return wanted.filter((each) => {
    const count = left.get(each) ?? 0;
    left.set(each, count - 1);
    return count <= 0;
  });
}

/** True where nothing is wrong with a file: another reader takes it, and every length lands. */
function isSound(bytes: Uint8Array): boolean {
  try {
    const { tracks } = parseMidi(bytes);
    const isWhole = tracks.every((track) => track.at(-1)?.type === 'endOfTrack');
    const numbers = tracks.flat().flatMap((event): unknown[] => Object.values(event));
    let at = 14;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let k = 0; k < tracks.length; k++) at += 8 + view.getUint32(at + 4);
    return isWhole && at === bytes.length && numbers.every((value) => value !== undefined);
  } catch {
    return false;
  }
}

const wholes = Object.entries(songs).map(([path, { events }]) => ({ path, whole: dealt(events) }));
const all = (whole: Whole) => new Set(whole.tracks.map((_, index) => index));

/** Tracks that damage has not touched. */
function untouchedOf(whole: Whole, { from, to }: Damaged): ReadonlySet<number> {
  return new Set(
    whole.tracks.flatMap((place, index) => {
      const isAdded = from === to;
      const isTouched = isAdded ? from > place.from && from < place.to : from < place.to && to > place.from;
      return isTouched ? [] : [index];
    }),
  );
}

/** What another reader, which trusts every byte, finds of the notes of untouched tracks. */
function isReadByAnother(whole: Whole, damaged: Damaged): boolean {
  try {
    const found = parseMidi(damaged.bytes)
      .tracks.flat()
      .flatMap((event) =>
        event.type === 'noteOn' ? [`${event.channel + 1}: ${event.noteNumber} (${event.velocity})`] : [],
      );
    return lacking(named(whole.song, untouchedOf(whole, damaged), false), found).length === 0;
  } catch {
    return false;
  }
}

function check(whole: Whole, damaged: Damaged, name: string): boolean {
  const { bytes, from } = damaged;
  const untouched = untouchedOf(whole, damaged);
  // Times stand in the header and, as tempi, in the first track.
  const withTime = from >= headerBytes && untouched.has(0);
  let song: Song;
  try {
    song = readSong(bytes, name);
  } catch (error) {
    expect(error, name).toBeInstanceOf(InputError);
    const message = (error as Error).message;
    const isCutBeforeTracks = damaged.kind === 'cut off' && from < headerBytes + 4;
    // Ticks without a length are refused, as no time could be right.
    expect(isCutBeforeTracks || /ticks/.test(message), `${name}: ${message}`).toBe(true);
    return false;
  }
  const wanted = named(whole.song, untouched, withTime);
  const found = named(song, new Set(song.trackNames.map((_, index) => index)), withTime);
  expect(lacking(wanted, found), `${name}: ${song.mended}`).toEqual([]);
  expect(Number.isFinite(song.durationSeconds), name).toBe(true);
  if (found.length < named(whole.song, all(whole), false).length && !isSound(bytes)) {
    expect(song.mended, name).not.toBe('');
  }
  return true;
}

describe('songs that are damaged in one place', () => {
  it('are whole before', () => {
    for (const { path, whole } of wholes) {
      expect(whole.song.mended, path).toBe('');
      expect(isSound(whole.bytes), path).toBe(true);
      expect(named(whole.song, all(whole), false).length, path).toBeGreaterThan(0);
    }
  });

  it('still play every note of the tracks that were not touched, and say so', () => {
    const count = Number(process.env.NUMVOX_DAMAGES ?? 2000);
    let read = 0;
    let readByAnother = 0;
    for (let seed = 0; seed < count; seed++) {
      const { path, whole } = wholes[Math.floor(seed / 7) % wholes.length];
      const damaged = damagedAt(whole.bytes, seed);
      const name = `${path}, seed ${seed}, ${damaged.kind} from ${damaged.from} to ${damaged.to}`;
      if (check(whole, damaged, name)) read++;
      if (isReadByAnother(whole, damaged)) readByAnother++;
    }
    expect(read).toBeGreaterThan(0.98 * count);
    // Why there is a reader of our own.
    expect(readByAnother).toBeLessThan(0.7 * count);
  });
});
