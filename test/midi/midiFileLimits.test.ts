// MIDI files at the ends of their ranges: chunks of every length, data bytes, times, and what a message says of a damaged file.
import { describe, expect, it } from 'vitest';
import { readSong } from '../../src/midi/midiFile.ts';
import { writeSong } from '../../src/midi/songWriter.ts';
import type { SongEvent } from '../../src/midi/song.ts';
import { bytesOf, chunk, end, file, header } from '../helpers/midiBytes.ts';

const near = (value: number): unknown => expect.closeTo(value, 9);
const track = [0, 0x90, 60, 1, ...end];
const tracks = (...all: number[][]) => all.flatMap((data) => chunk('MTrk', data));
const read = (...bytes: number[]) => readSong(Uint8Array.from(bytes), 'x.mid');
const titled = (name: string) => [0, 0xff, 3, name.length, ...bytesOf(name), ...end];
const tempo = (delta: number, micros: number) => [
  ...[delta, 0xff, 0x51, 3],
  ...[16, 8, 0].map((shift) => (micros >> shift) & 255),
];
/** The files in these bytes lie within a larger buffer, as those of an archive do. */
const within = (bytes: Uint8Array) => Uint8Array.from([1, 2, 3, ...bytes, 4, 5]).subarray(3, -2);

describe('a file', () => {
  it('is read wherever it lies in its buffer', () => {
    const song = file(0, 96, track);
    expect(readSong(within(song))).toEqual(readSong(song));
    const riff = [...bytesOf('RIFF'), 0, 0, 0, 0, ...bytesOf('RMIDdata'), song.length, 0, 0, 0, ...song];
    expect(readSong(within(Uint8Array.from(riff)))).toEqual(readSong(song));
  });

  it('has the name of its first track that has one, without blanks about it, and none without', () => {
    expect(readSong(file(1, 96, end, titled(' One '), titled('Two'))).name).toBe('One');
    expect(readSong(file(1, 96, titled('  '), titled('Two'))).name).toBe('Two');
    expect(readSong(file(1, 96, end)).name).toBe('');
    const twice = [...titled('First').slice(0, -end.length), ...titled('Second')];
    expect(readSong(file(0, 96, twice)).name).toBe('First');
  });

  it('of more than 16 MiB is refused for that, not read', () => {
    const most = 16 * 2 ** 20;
    expect(() => readSong(new Uint8Array(most + 1), 'x.mid')).toThrow(
      'x.mid is 16.8 MB large; a MIDI file has at most 16.8 MB: choose a smaller one',
    );
    expect(() => readSong(new Uint8Array(most), 'x.mid')).toThrow(/not a MIDI file/);
  });

  it('lasts a day at most, and says that the rest is left out', () => {
    // One tick a quarter, a quarter a second: 86 400 and one more.
    const lasting = (...delta: number[]) => file(0, 1, [...tempo(0, 1_000_000), ...delta, ...end.slice(1)]);
    expect(readSong(lasting(0x85, 0xa3, 0)).durationSeconds).toBe(86_400);
    const longer = readSong(lasting(0x85, 0xa3, 1), 'x.mid');
    expect(longer.durationSeconds).toBe(86_400);
    expect(longer.mended).toMatch(/1 ending after more than a day \(after 24 hours, left out\)/);
  });

  it('is called "this file" where nobody names it', () => {
    expect(() => readSong(new Uint8Array(0))).toThrow(/^this file is not a MIDI file/);
  });
});

describe('chunks', () => {
  it('may have a longer header, be empty, or be of unknown kinds before and behind the tracks', () => {
    const longer = chunk('MThd', [0, 0, 0, 1, 0, 96, 7, 7]);
    expect(read(...longer, ...tracks(track)).events).toHaveLength(1);
    expect(read(...header(0, 1, 96), ...chunk('XXXX', []), ...tracks(track)).events).toHaveLength(1);
    expect(read(...header(0, 1, 96), ...tracks(track), ...chunk('XXXX', [])).events).toHaveLength(1);
  });

  it('may be followed by bytes that are none, but not where a track should be', () => {
    const whole = [...header(0, 1, 96), ...tracks(track)];
    for (const rest of [[0], bytesOf('MTr'), [...bytesOf('XXXX'), 0, 0, 0, 9, 1]]) {
      expect(read(...whole, ...rest).events).toHaveLength(1);
    }
    const cutTrack = read(...whole, ...bytesOf('MTrk'), 0);
    expect(cutTrack.events).toHaveLength(1);
    expect(cutTrack.mended).toMatch(/1 track without its end \(track 2/);
    expect(() => read(...header(0, 1, 96), 1, 2, 3)).toThrow('x.mid holds no tracks; export it again');
    expect(() => read(...bytesOf('MThd'), 0, 0)).toThrow('x.mid holds no tracks; export it again');
  });

  it('of a header that lacks bytes are read as far as they are there', () => {
    const song = read(...chunk('MThd', [0, 0, 0, 1, 0]), ...tracks(track));
    expect(song.events).toHaveLength(1);
    expect(song.mended).toMatch(/1 damaged header \(byte 0, read as 256 ticks a quarter note\)/);
  });

  it('of a RIFF file come before its MIDI data and behind it', () => {
    const song = [...file(0, 96, track)];
    const piece = (id: string, data: number[]) => [...bytesOf(id), data.length, 0, 0, 0, ...data];
    const riff = (...pieces: number[][]) =>
      read(...bytesOf('RIFF'), 0, 0, 0, 0, ...bytesOf('RMID'), ...pieces.flat());
    const data = piece('data', song);
    expect(riff(piece('LIST', [1, 2]), data).events).toHaveLength(1);
    expect(riff(piece('LIST', [1, 2, 3]), [0], piece('LIST', [1]), [0], data, [9, 9]).events).toHaveLength(1);
    expect(riff(piece('LIST', []), data).events).toHaveLength(1);
    // A length of its own that is wrong costs nothing: the file in it says what belongs to it.
    expect(riff([...bytesOf('data'), 1, 0, 0, 0], song).events).toHaveLength(1);
    for (const none of [[], piece('LIST', [1, 2]), [...bytesOf('data'), 0, 0, 0]]) {
      expect(() => riff(none)).toThrow('x.mid is a RIFF file without MIDI data; export it again');
    }
    // Of another kind it is no RIFF file with MIDI data.
    expect(() => read(...bytesOf('RIFF'), 0, 0, 0, 0, ...bytesOf('WAVE'))).toThrow(/begins with "RIFF"/);
  });
});

describe('formats and divisions', () => {
  it('are read as format 1 beyond format 2, and named', () => {
    expect(readSong(file(2, 96, track)).mended).toBe('');
    const song = readSong(file(3, 96, track, track), 'x.mid');
    expect(song.events.map(({ seconds }) => seconds)).toEqual([0, 0]);
    expect(song.mended).toMatch(/1 damaged header \(format 3, read as 1\)/);
  });

  it.each([24, 25, 30])('of %d frames a second have ticks of their own', (frames) => {
    const division = ((256 - frames) << 8) | 100;
    const song = readSong(file(0, division, [100, 0x90, 60, 1, ...end]));
    expect(song.events[0].seconds).toBeCloseTo(1 / frames, 9);
    expect(song.durationSeconds).toBeCloseTo(1 / frames, 9);
  });

  it('need a tick a frame', () => {
    expect(readSong(file(0, 0xe701, track)).events).toHaveLength(1);
    expect(() => readSong(file(0, 0xe700, track))).toThrow(/got 0 at 25 frames/);
    expect(readSong(file(0, 0xf028, track)).mended).toMatch(
      /frames a second, which should be 24, 25, 29 or 30/,
    );
  });

  it('of quarters reach to 32 767 ticks', () => {
    expect(readSong(file(0, 0x7fff, [0xff, 0x7f, 0x90, 60, 1, ...end])).events[0].seconds).toBeCloseTo(
      0.5 * (16_383 / 32_767),
      9,
    );
  });

  it('have patterns of format 2 begin where the one before ends', () => {
    const song = readSong(
      file(2, 96, [0, 0x90, 60, 1, 96, 0xff, 0x2f, 0], [48, 0x90, 61, 1, 48, 0xff, 0x2f, 0]),
    );
    // What nobody has let go ends with its pattern.
    expect(song.events.map(({ type, seconds }) => [type, seconds])).toEqual([
      ['noteOn', 0],
      ['noteOff', 0.5],
      ['noteOn', 0.75],
      ['noteOff', 1],
    ]);
    expect(song.durationSeconds).toBe(1);
  });

  it('have tracks of format 1 last as long as the longest, events of one moment in the order of the tracks', () => {
    const song = readSong(
      file(1, 96, [96, 0x90, 60, 1, ...end], [96, 0x90, 61, 1, 96, 0xff, 0x2f, 0], [0, 0x90, 62, 1, ...end]),
    );
    expect(song.events.map((event) => event.type === 'noteOn' && event.note)).toEqual([62, 60, 61]);
    expect(song.durationSeconds).toBe(1);
  });
});

describe('tempi', () => {
  it('count from where they stand, the last one of a moment', () => {
    const song = readSong(
      file(0, 96, [
        ...tempo(0, 1_000_000),
        ...tempo(96, 250_000),
        ...tempo(0, 2_000_000),
        48,
        0x90,
        60,
        1,
        ...end,
      ]),
    );
    expect(song.tempoMap).toEqual([
      { seconds: 0, quarters: 0, bpm: 60 },
      { seconds: 1, quarters: 1, bpm: 30 },
    ]);
    expect(song.events.at(-1)?.seconds).toBe(2);
    expect(song.events.filter(({ type }) => type === 'tempo')).toHaveLength(3);
  });
});

describe('damaged events', () => {
  const high = [
    ['a note', [0, 0x90, 128, 1], { note: 127 }],
    ['a velocity', [0, 0x90, 60, 128], { velocity: 127 }],
    ['a release velocity', [0, 0x80, 60, 128], { velocity: 127 }],
    ['a key that is pressed', [0, 0xa0, 128, 1], { note: 127 }],
    ['a pressure of a key', [0, 0xa0, 60, 128], { data: 127 }],
    ['a controller', [0, 0xb0, 128, 1], { controller: 127 }],
    ['a value', [0, 0xb0, 7, 128], { data: 127 }],
    ['a program', [0, 0xc0, 128], { data: 127 }],
    ['a pressure', [0, 0xd0, 128], { data: 127 }],
    ['a wheel', [0, 0xe0, 0, 129], { type: 'bend' }],
  ] as const;
  it.each(high)('of %s beyond seven bits are taken at their end', (_, event, wanted) => {
    const song = readSong(file(0, 96, [...track.slice(0, 4), ...event, 5, 0x91, 61, 2, ...end]), 'x.mid');
    expect(song.events).toHaveLength(3);
    expect(song.events[1]).toMatchObject(wanted);
    expect(song.events[2]).toMatchObject({ channel: 2, note: 61, velocity: 2 });
    expect(song.mended).toMatch(/mended: 1 data byte over 127 \(track 1, byte \d+\)\.$/);
  });

  it('are left out where the track ends before them', () => {
    const song = readSong(file(0, 96, [...track.slice(0, 4), 0, 0xe0]), 'x.mid');
    expect(song.events).toHaveLength(1);
    expect(song.mended).toMatch(/1 track without its end \(track 1, byte 28\)/);
  });

  it('are taken at both ends of seven bits', () => {
    const ends = [0, 127].flatMap((value) => [
      ...[
        0,
        0x80,
        value,
        value,
        0,
        0xa0,
        value,
        value,
        0,
        0xb0,
        value,
        value,
        0,
        0xc0,
        value,
        0,
        0xd0,
        value,
      ],
      ...[0, 0xe0, value, value],
    ]);
    expect(readSong(file(0, 96, [...ends, ...end])).events).toHaveLength(12);
  });

  it('name the track that holds the first of them, and their number', () => {
    const twice = [0, 0x90, 200, 1, 0, 0x90, 60, 200, ...end];
    expect(readSong(file(1, 96, track, twice), 'x.mid').mended).toBe(
      'x.mid is damaged and plays as far as it could be mended: 2 data bytes over 127 (first track 2, byte 40).',
    );
  });

  it('that follow an end of track within its length are played, and bytes that are none are not', () => {
    const song = readSong(file(0, 96, [...track, 0, 0x90, 62, 1, ...end]), 'x.mid');
    expect(song.events).toHaveLength(2);
    expect(song.mended).toMatch(/1 end of track before its end/);
    expect(readSong(file(0, 96, [...track, 0, 0, 0])).events).toHaveLength(1);
  });
});

describe('writing', () => {
  const note = { seconds: 0, type: 'noteOn', channel: 1, note: 60, velocity: 1 } as const;
  const channel = 1;
  /** Both ends of every number of every event. */
  const numbers: readonly (readonly [string, number, number, (value: number) => SongEvent])[] = [
    ['seconds', 0, 86_400, (seconds) => ({ ...note, seconds })],
    ['channel', 1, 16, (value) => ({ ...note, channel: value })],
    ['note', 0, 127, (value) => ({ ...note, note: value })],
    ['velocity', 0, 127, (velocity) => ({ ...note, type: 'noteOff', velocity })],
    ['note', 0, 127, (value) => ({ seconds: 0, type: 'polyPressure', channel, note: value, data: 1 })],
    ['data', 0, 127, (data) => ({ seconds: 0, type: 'polyPressure', channel, note: 1, data })],
    ['data', 0, 127, (data) => ({ seconds: 0, type: 'pressure', channel, data })],
    ['data', 0, 127, (data) => ({ seconds: 0, type: 'program', channel, data })],
    ['controller', 0, 127, (controller) => ({ seconds: 0, type: 'control', channel, controller, data: 1 })],
    ['data', 0, 127, (data) => ({ seconds: 0, type: 'control', channel, controller: 1, data })],
    ['bend', -1, 1, (bend) => ({ seconds: 0, type: 'bend', channel, bend })],
    ['bpm', 3.6, 60_000, (bpm) => ({ seconds: 0, type: 'tempo', bpm })],
  ];

  it.each(numbers.map(([name, least, most, event]) => ({ name, least, most, event, type: event(1).type })))(
    'takes $name of $type from $least to $most, and refuses more by name',
    ({ name, least, most, event }) => {
      for (const value of [least, most]) {
        const [read] = readSong(writeSong([event(value)])).events;
        const wanted = event(value);
        if (wanted.type === 'tempo')
          expect(read).toMatchObject({ type: 'tempo', bpm: expect.closeTo(value, 1) as unknown });
        else
          expect({ ...read, seconds: near(read.seconds) }).toEqual({
            ...wanted,
            seconds: near(wanted.seconds),
          });
      }
      const beyond = new RegExp(`^${name} must be a .*number from ${least} to ${most}, got`);
      for (const value of [least - 0.5, most + 0.5]) expect(() => writeSong([event(value)])).toThrow(beyond);
    },
  );

  it('has 960 ticks a quarter where nobody says otherwise, from 24 to 32 767', () => {
    const ticks = (bytes: Uint8Array) => bytes[12] * 256 + bytes[13];
    expect(ticks(writeSong([note]))).toBe(960);
    for (const ticksPerQuarter of [24, 32_767])
      expect(ticks(writeSong([], { ticksPerQuarter }))).toBe(ticksPerQuarter);
    for (const ticksPerQuarter of [23, 32_768]) {
      expect(() => writeSong([], { ticksPerQuarter })).toThrow(
        /^ticksPerQuarter must be .* from 24 to 32767/,
      );
    }
  });

  it('ends with its last event or later, has one track, and a name only where it was given one', () => {
    const later = { ...note, seconds: 2 };
    expect(readSong(writeSong([later])).durationSeconds).toBe(2);
    expect(readSong(writeSong([later], { durationSeconds: 1 })).durationSeconds).toBe(2);
    expect(readSong(writeSong([later], { durationSeconds: 3 })).durationSeconds).toBe(3);
    expect(readSong(writeSong([])).durationSeconds).toBe(0);
    expect([...writeSong([]).subarray(0, 22)]).toEqual([
      ...header(0, 1, 960),
      ...bytesOf('MTrk'),
      0,
      0,
      0,
      4,
    ]);
  });

  it('keeps events in order of time, however near, and times right behind a tempo of broken microseconds', () => {
    const events: SongEvent[] = [
      { ...note, seconds: 600 },
      { seconds: 0, type: 'tempo', bpm: 119.99 },
      { seconds: 0.1, type: 'tempo', bpm: 133.33 },
      { ...note, seconds: 0.1 },
    ];
    const song = readSong(writeSong(events));
    expect(song.events.map(({ type }) => type)).toEqual(['tempo', 'tempo', 'noteOn', 'noteOn']);
    expect(Math.abs(song.events[3].seconds - 600)).toBeLessThan(0.0003);
  });

  it('holds wheels exactly at their ends, in the middle and a step beside it', () => {
    const bends = [-1, -1 / 8192, 0, 1 / 8191, 1];
    const song = readSong(writeSong(bends.map((bend) => ({ seconds: 0, type: 'bend', channel, bend }))));
    expect(song.events.map((event) => event.type === 'bend' && event.bend)).toEqual(bends);
  });
});
