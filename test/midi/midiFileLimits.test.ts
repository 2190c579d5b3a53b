// MIDI files at the ends of their ranges: chunks of every length, data bytes, times, and what a message says of a damaged file.
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/contract/errors.ts';
import { readSong, writeSong } from '../../src/midi/midiFile.ts';
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

  it('of more than 64 MiB is refused for that, not read', () => {
    const most = 64 * 2 ** 20;
    expect(() => readSong(new Uint8Array(most + 1), 'x.mid')).toThrow(
      `x.mid is ${most + 1} bytes long; MIDI files up to ${most} are read`,
    );
    expect(() => readSong(new Uint8Array(most), 'x.mid')).toThrow(/not a MIDI file/);
  });

  it('lasts a day at most, and says in hours how long it would last', () => {
    // One tick a quarter, a quarter a second: 86 400 and one more.
    const lasting = (...delta: number[]) => file(0, 1, [...tempo(0, 1_000_000), ...delta, ...end.slice(1)]);
    expect(readSong(lasting(0x85, 0xa3, 0)).durationSeconds).toBe(86_400);
    expect(() => readSong(lasting(0x85, 0xa3, 1))).toThrow(InputError);
    expect(() => readSong(lasting(0x87, 0xa3, 0))).toThrow(/would last 33 hours; songs up to 24 are read/);
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
    expect(() => read(...whole, ...bytesOf('MTrk'), 0)).toThrow(
      'x.mid is truncated: its chunk 2 should have eight bytes of id and length, 5 are there',
    );
    expect(() => read(...header(0, 1, 96), 1, 2, 3)).toThrow(
      'x.mid is truncated: its chunk 1 should have eight bytes of id and length, 3 are there',
    );
    expect(() => read(...header(0, 1, 96), ...chunk('MTrk', [1, 2, 3]).slice(0, -1))).toThrow(
      'x.mid is truncated: its chunk 1 should have 3 bytes, 2 are there',
    );
    expect(() => read(...bytesOf('MThd'), 0, 0)).toThrow(
      /its header should have eight bytes .*, 6 are there/,
    );
  });

  it('of a header need six bytes', () => {
    expect(() => read(...chunk('MThd', [0, 0, 0, 1, 0]), ...tracks(track))).toThrow(
      'x.mid is damaged: its header should have 6 bytes, it has 5',
    );
  });

  it('of a RIFF file come before its MIDI data in even lengths', () => {
    const song = [...file(0, 96, track)];
    const piece = (id: string, data: number[]) => [...bytesOf(id), data.length, 0, 0, 0, ...data];
    const riff = (...pieces: number[][]) =>
      read(...bytesOf('RIFF'), 0, 0, 0, 0, ...bytesOf('RMID'), ...pieces.flat());
    const data = piece('data', song);
    expect(riff(piece('LIST', [1, 2]), data).events).toHaveLength(1);
    expect(riff(piece('LIST', [1, 2, 3]), [0], piece('LIST', [1]), [0], data, [9, 9]).events).toHaveLength(1);
    expect(riff(piece('LIST', []), data).events).toHaveLength(1);
    for (const none of [[], piece('LIST', [1, 2]), [...bytesOf('data'), 0, 0, 0]]) {
      expect(() => riff(none)).toThrow('x.mid is a RIFF file without MIDI data; export it again');
    }
    // Of another kind it is no RIFF file with MIDI data.
    expect(() => read(...bytesOf('RIFF'), 0, 0, 0, 0, ...bytesOf('WAVE'), ...data)).toThrow(
      /begins with "RIFF"/,
    );
  });
});

describe('formats and divisions', () => {
  it('are refused beyond format 2, and named', () => {
    expect(readSong(file(2, 96, track)).events).toHaveLength(1);
    expect(() => readSong(file(3, 96, track), 'x.mid')).toThrow(
      'x.mid is a MIDI file of format 3; 0, 1 and 2 are read',
    );
  });

  it.each([24, 25, 30])('of %d frames a second have ticks of their own', (frames) => {
    const division = ((256 - frames) << 8) | 100;
    const song = readSong(file(0, division, [100, 0x90, 60, 1, ...end]));
    expect(song.events[0].seconds).toBeCloseTo(1 / frames, 9);
    expect(song.durationSeconds).toBeCloseTo(1 / frames, 9);
  });

  it('need a tick a frame', () => {
    expect(readSong(file(0, 0xe701, track)).events).toHaveLength(1);
    expect(() => readSong(file(0, 0xe700, track))).toThrow(/got 25 and 0/);
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
    expect(song.events.map(({ seconds }) => seconds)).toEqual([0, 0.75]);
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
  it.each([
    ['a note', [0, 0x90, 128, 1]],
    ['a velocity', [0, 0x90, 60, 128]],
    ['a release velocity', [0, 0x80, 60, 128]],
    ['a key that is pressed', [0, 0xa0, 128, 1]],
    ['a pressure of a key', [0, 0xa0, 60, 128]],
    ['a controller', [0, 0xb0, 128, 1]],
    ['a value', [0, 0xb0, 7, 128]],
    ['a program', [0, 0xc0, 128]],
    ['a pressure', [0, 0xd0, 128]],
    ['a wheel', [0, 0xe0, 0, 129]],
  ])('of %s beyond seven bits are refused with their number', (_, event) => {
    expect(() => readSong(file(0, 96, [...track.slice(0, 4), ...event, ...end]), 'x.mid')).toThrow(
      'track 1 of x.mid is damaged: its event 2 should hold numbers from 0 to 127 and a time, and does not; export it again',
    );
  });

  it('are refused where the track ends before them', () => {
    expect(() => readSong(file(0, 96, [0, 0xe0]), 'x.mid')).toThrow(
      /^track 1 of x\.mid is damaged: its event 1/,
    );
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

  it('name the track that holds them', () => {
    expect(() => readSong(file(1, 96, track, [0, 0x90, 200, 1, ...end]), 'x.mid')).toThrow(
      /^track 2 of x\.mid/,
    );
  });

  it('end with the track: what follows its end is not played', () => {
    expect(readSong(file(0, 96, [...track, 0, 0x90, 62, 1, ...end])).events).toHaveLength(1);
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
