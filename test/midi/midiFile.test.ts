// MIDI files: bytes by hand for every form of them, round trips of what is written, and clear words for what is no song.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/contract/errors.ts';
import { gestureToControllers } from '../../src/patch/gestureControllers.ts';
import { readSong } from '../../src/midi/midiFile.ts';
import { writeSong } from '../../src/midi/songWriter.ts';
import { stateAt, type Song, type SongEvent } from '../../src/midi/song.ts';
import { bytesOf, chunk, end, file, header } from '../helpers/midiBytes.ts';
import { committedSong, songBytes, songs } from '../helpers/songs.ts';

describe('reading', () => {
  test('every kind of channel message, running status, and note-ons of velocity 0', () => {
    const song = readSong(
      file(0, 100, [
        ...[0, 0x91, 60, 100, 50, 64, 90, 50, 60, 0],
        ...[0, 0x81, 64, 33, 0, 0xa1, 60, 7, 0, 0xb1, 7, 99, 0, 0xc1, 5, 0, 0xd1, 44],
        ...[0, 0xe1, 0, 64, 0, 0xe1, 127, 127, 0, 0xe1, 0, 0],
        ...end,
      ]),
    );
    expect(song.durationSeconds).toBe(0.5);
    expect(song.events).toEqual([
      { seconds: 0, type: 'noteOn', channel: 2, note: 60, velocity: 100 },
      { seconds: 0.25, type: 'noteOn', channel: 2, note: 64, velocity: 90 },
      { seconds: 0.5, type: 'noteOff', channel: 2, note: 60, velocity: 64 },
      { seconds: 0.5, type: 'noteOff', channel: 2, note: 64, velocity: 33 },
      { seconds: 0.5, type: 'polyPressure', channel: 2, note: 60, data: 7 },
      { seconds: 0.5, type: 'control', channel: 2, controller: 7, data: 99 },
      { seconds: 0.5, type: 'program', channel: 2, data: 5 },
      { seconds: 0.5, type: 'pressure', channel: 2, data: 44 },
      { seconds: 0.5, type: 'bend', channel: 2, bend: 0 },
      { seconds: 0.5, type: 'bend', channel: 2, bend: 1 },
      { seconds: 0.5, type: 'bend', channel: 2, bend: -1 },
    ]);
  });

  test('tracks of format 1 are merged in order, the tempo of one rules all', () => {
    const tempo = (delta: number, micros: number) => [
      delta,
      0xff,
      0x51,
      3,
      (micros >> 16) & 255,
      (micros >> 8) & 255,
      micros & 255,
    ];
    const song = readSong(
      file(
        1,
        96,
        [0, 0xff, 3, 4, ...bytesOf('Tune'), ...tempo(0, 500_000), ...tempo(96, 1_000_000), ...end],
        [0, 0x90, 60, 1, 96, 0x90, 61, 1, 96, 0x90, 62, 1, ...end],
        [96, 0x91, 70, 1, 0, 0xff, 0x2f, 0],
      ),
    );
    expect(song.name).toBe('Tune');
    expect(song.tempoMap).toEqual([
      { seconds: 0, quarters: 0, bpm: 120 },
      { seconds: 0.5, quarters: 1, bpm: 60 },
    ]);
    const notes = song.events.flatMap((event) => (event.type === 'noteOn' ? [event] : []));
    expect(notes.map(({ note, seconds }) => [note, seconds])).toEqual([
      [60, 0],
      [61, 0.5],
      [70, 0.5],
      [62, 1.5],
    ]);
  });

  test('patterns of format 2 follow each other', () => {
    const pattern = [0, 0x90, 60, 1, 96, 0x80, 60, 0, ...end];
    const { events, durationSeconds } = readSong(file(2, 96, pattern, pattern));
    expect(events.map(({ seconds }) => seconds)).toEqual([0, 0.5, 0.5, 1]);
    expect(durationSeconds).toBe(1);
  });

  test.each([
    ['25 frames of 40 ticks', 0xe728, 1],
    ['30 frames of 80 ticks', 0xe250, 1000 / 2400],
    ['drop frames: 30000/1001 of 40 ticks', 0xe328, 1001 / 1200],
  ])('film time: %s, whatever the tempo says', (_, division, seconds) => {
    const track = [0, 0xff, 0x51, 3, 1, 0, 0, 0x87, 0x68, 0x90, 60, 1, ...end];
    const song = readSong(file(0, division, track));
    expect(song.events[1].seconds).toBeCloseTo(seconds, 9);
    expect(song.tempoMap).toEqual([{ seconds: 0, quarters: 0, bpm: 120 }]);
  });

  test('what is foreign is passed over: chunks, texts, system messages, a RIFF wrapper', () => {
    const track = [
      ...[0, 0xff, 1, 2, 104, 105, 0, 0xf0, 2, 1, 0xf7, 0, 0xff, 0x7f, 1, 9, 0, 0xff, 0x60, 1, 9],
      ...[0, 0x90, 60, 1, ...end],
    ];
    const plain = [...header(1, 1, 96), ...chunk('XFIH', [1, 2, 3]), ...chunk('MTrk', track)];
    const wanted = [{ seconds: 0, type: 'noteOn', channel: 1, note: 60, velocity: 1 }];
    expect(readSong(Uint8Array.from(plain)).events).toEqual(wanted);
    expect(readSong(Uint8Array.from([...plain, 0, 0, 0])).events).toEqual(wanted);
    const length = plain.length;
    const riff = [...bytesOf('RIFF'), 0, 0, 0, 0, ...bytesOf('RMIDdata'), length & 255, length >> 8, 0, 0];
    expect(readSong(Uint8Array.from([...riff, ...plain])).events).toEqual(wanted);
  });

  const good = file(0, 96, [0, 0x90, 60, 1, 96, 0x80, 60, 0, ...end]);
  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /x\.mid is not a MIDI file: it should begin with "MThd", .* nothing/],
    ['text', Uint8Array.from(bytesOf('{"a": 1}')), /begins with "{\\"a\\""/],
    ['a cut header', good.subarray(0, 10), /holds no tracks/],
    ['no track', Uint8Array.from(header(0, 0, 96)), /holds no tracks/],
    ['no ticks', file(0, 0, end), /a quarter note should have 1 or more ticks, got 0/],
    ['no ticks of frames', file(0, 0xe700, end), /one or more ticks a frame, got 0 at 25 frames/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readSong(bytes, 'x.mid')).toThrow(InputError);
    expect(() => readSong(bytes, 'x.mid')).toThrow(message);
  });

  test('damaged bytes give a song or an InputError, and numbers in their ranges', () => {
    const whole = committedSong('test/midi/files/pedals.mid');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(whole.length),
        (changes, length) => {
          const bytes = whole.slice(0, length > whole.length / 2 ? length : whole.length);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          try {
            const { events, durationSeconds } = readSong(bytes);
            for (const event of events) {
              expect(event.seconds).toBeLessThanOrEqual(durationSeconds + 1e-9);
              if (event.type === 'noteOn') expect(event.note + event.velocity).toBeLessThanOrEqual(254);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
      { numRuns: 2000, seed: 5 },
    );
  });
});

describe('writing', () => {
  const data = fc.nat(127);
  const channel = fc.integer({ min: 1, max: 16 });
  const seconds = fc.double({ min: 0, max: 60, noNaN: true });
  const event: fc.Arbitrary<SongEvent> = fc.oneof(
    fc.record({
      seconds,
      type: fc.constantFrom('noteOn' as const, 'noteOff' as const),
      channel,
      note: data,
      velocity: fc.integer({ min: 1, max: 127 }),
    }),
    fc.record({ seconds, type: fc.constant('polyPressure' as const), channel, note: data, data }),
    fc.record({
      seconds,
      type: fc.constantFrom('pressure' as const, 'program' as const),
      channel,
      data,
    }),
    fc.record({ seconds, type: fc.constant('control' as const), channel, controller: data, data }),
    fc.record({
      seconds,
      type: fc.constant('bend' as const),
      channel,
      bend: fc.integer({ min: -8192, max: 8191 }).map((raw) => (raw < 0 ? raw / 8192 : raw / 8191)),
    }),
    fc.record({
      seconds,
      type: fc.constant('tempo' as const),
      bpm: fc.double({ min: 20, max: 400, noNaN: true }),
    }),
  );

  test('what is written is read back: the same events, times within half a tick', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const sorted = events.toSorted((a, b) => a.seconds - b.seconds);
        const song = readSong(writeSong(events, { ticksPerQuarter: 9600, durationSeconds: 61 }));
        expect(song.events.map(({ type }) => type)).toEqual(sorted.map(({ type }) => type));
        song.events.forEach((read, k) => {
          const written = sorted[k];
          // Half a tick at 20 a minute.
          expect(Math.abs(read.seconds - written.seconds)).toBeLessThan(0.5 * (3 / 9600) + 1e-9);
          if (read.type === 'tempo') {
            expect(read.bpm / (written as typeof read).bpm).toBeCloseTo(1, 4);
          } else if (read.type === 'bend') {
            expect(read).toEqual({ ...written, seconds: read.seconds, bend: read.bend });
            expect(read.bend).toBeCloseTo((written as typeof read).bend, 9);
          } else {
            expect(read).toEqual({ ...written, seconds: read.seconds });
          }
        });
        expect(song.durationSeconds).toBeCloseTo(61, 3);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  test('a gesture becomes a file of control changes', () => {
    const gesture = {
      name: 'rise',
      unit: 'beats' as const,
      length: 2,
      loop: false,
      points: [
        { at: 0, id: 'style1' as const, value: -2 },
        { at: 2, id: 'style1' as const, value: 2 },
      ],
    };
    const { events } = gestureToControllers(gesture, 90);
    const said = events.map((each): SongEvent => ({
      ...each,
      type: 'control',
      channel: 1,
      data: each.value,
    }));
    const song = readSong(writeSong([{ seconds: 0, type: 'tempo', bpm: 90 }, ...said], { name: 'rise' }));
    expect(song.name).toBe('rise');
    const moves = song.events.flatMap((each) => (each.type === 'control' ? [each] : []));
    expect(moves.map((move) => move.data)).toEqual(Array.from({ length: 128 }, (_, k) => k));
    expect(moves[64].seconds).toBeCloseTo(2 / 3, 1);
    expect(moves.every((move) => move.controller === 70)).toBe(true);
  });

  test('refuses events out of range, naming them', () => {
    const note = { seconds: 0, type: 'noteOn' as const, channel: 1, note: 60, velocity: 1 };
    expect(() => writeSong([{ ...note, channel: 17 }])).toThrow(/channel .*1.*16.*17/);
    expect(() => writeSong([{ ...note, note: 128 }])).toThrow(/note .*127.*128/);
    expect(() => writeSong([{ ...note, seconds: -1 }])).toThrow(/seconds/);
    expect(() => writeSong([{ seconds: 0, type: 'tempo', bpm: 1 }])).toThrow(/bpm/);
  });
});

test('the state at a place: last values in order, parameter numbers whole, no keys', () => {
  const cc = (seconds: number, controller: number, data: number): SongEvent => ({
    seconds,
    type: 'control',
    channel: 1,
    controller,
    data,
  });
  const events: SongEvent[] = [
    cc(0, 101, 0),
    cc(0, 100, 0),
    cc(0, 6, 12),
    cc(0.1, 7, 10),
    { seconds: 0.2, type: 'noteOn', channel: 1, note: 60, velocity: 9 },
    cc(0.3, 10, 20),
    cc(0.4, 7, 30),
    cc(0.5, 123, 0),
    { seconds: 1, type: 'bend', channel: 1, bend: 0.5 },
  ];
  const song: Song = {
    ...{ name: '', durationSeconds: 2, tempoMap: [], events, lyrics: [], trackNames: [], mended: '' },
  };
  expect(stateAt(song, 1)).toEqual([events[0], events[1], events[2], events[5], events[6]]);
  expect(stateAt(song, 1.5).at(-1)).toEqual(events[8]);
  expect(stateAt(song, 0)).toEqual([]);
});

test.each(Object.keys(songs))('%s is what its script makes, and small', (path) => {
  const bytes = committedSong(path);
  expect(Buffer.from(bytes).equals(Buffer.from(songBytes(path)))).toBe(true);
  expect(bytes.length).toBeLessThan(10_000);
  const song = readSong(bytes);
  expect(song.name).toBe(songs[path].name);
  expect(song.events).toHaveLength(songs[path].events.length);
  const half = 0.5 * (60 / Math.min(...song.tempoMap.map(({ bpm }) => bpm)) / 480);
  const written = songs[path].events.toSorted((a, b) => a.seconds - b.seconds);
  song.events.forEach(({ seconds }, k) => {
    expect(Math.abs(seconds - written[k].seconds)).toBeLessThanOrEqual(half + 1e-9);
  });
});
