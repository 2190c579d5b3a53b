// Songs as people bring them: odd headers, lengths, events, wrappers and names, each as small as it can be; what plays, and what is
// said of it.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Arrangement } from '../../src/midi/arrangement.ts';
import { readSong } from '../../src/midi/midiFile.ts';
import type { Song } from '../../src/midi/song.ts';
import { bytesOf, chunk, end, file, header } from '../helpers/midiBytes.ts';

const perQuarter = 480;
const quarter = [0x81, 0x70];
/** Quarter seconds of four keys, as events of a channel. */
const four = (keys: readonly number[], status = 0x90, first = 0) =>
  keys.flatMap((key, k) => [
    ...[k === 0 ? first : 0, status, key, 100],
    ...[...quarter, status - 0x10, key, 64],
  ]);
const keysA = [60, 62, 64, 65];
const keysB = [67, 69, 71, 72];
const a = [...four(keysA), ...end];
/** From the second on. */
const b = [0x87, 0x40, ...four(keysB, 0x91).slice(1), ...end];
const meta = (kind: number, ...data: number[]) => [0, 0xff, kind, data.length, ...data];
const chunkOf = (id: string, length: number, data: number[]) => [
  ...bytesOf(id),
  ...[24, 16, 8, 0].map((shift) => (length / 2 ** shift) & 255),
  ...data,
];
const one = (...track: number[]) => file(0, perQuarter, track);
/** Two tracks, the first with a length that is said to be another. */
const withLength = (length: number) =>
  Uint8Array.from([...header(1, 2, perQuarter), ...chunkOf('MTrk', length, a), ...chunk('MTrk', b)]);
const whole = file(1, perQuarter, a, b);

const notes = (song: Song) => song.events.flatMap((event) => (event.type === 'noteOn' ? [event] : []));
const heard = (song: Song) => notes(song).map(({ note, seconds }) => [note, Number(seconds.toFixed(4))]);
const times = (keys: readonly number[], first = 0) => keys.map((key, k) => [key, first + k / 4]);
const onlyA = times(keysA);
const both = [...times(keysA), ...times(keysB, 1)];

/** Between two notes of A. */
const between = (...bytes: number[]) => {
  const events = four(keysA);
  return one(...events.slice(0, 18), ...bytes, ...events.slice(18), ...end);
};

describe('damaged or odd files play, and one sentence says what was mended', () => {
  it.each<[string, Uint8Array, readonly (readonly number[])[], RegExp | '']>([
    ['a length that is too long', withLength(48), both, /1 wrong track length \(track 1: 48, found 40\)/],
    ['a length of nothing', withLength(0), both, /1 wrong track length \(track 1: 0, found 40\)/],
    ['a length that is too short', withLength(17), both, /1 wrong track length/],
    ['a length up to the next but one', withLength(40 + 8 + 41), both, /1 wrong track length/],
    ['a length of 4 GiB', withLength(0xffffffff), both, /1 wrong track length/],
    ['a last byte that is missing', whole.slice(0, -1), both, /1 wrong track length/],
    ['a track that is cut off', whole.slice(0, -20), both.slice(0, 6), /1 track without its end \(track 2/],
    ['no end of track', one(...four(keysA)), onlyA, /1 track without its end/],
    ['a sequence number of no length', one(...meta(0), ...a), onlyA, /1 odd length of a meta event/],
    ['a key signature of three bytes', one(...meta(0x59, 0, 0, 0), ...a), onlyA, /1 odd length/],
    ['a time signature of five', one(...meta(0x58, 4, 2, 24, 8, 0), ...a), onlyA, /1 odd length/],
    ['a film offset of four', one(...meta(0x54, 0, 0, 0, 0), ...a), onlyA, /1 odd length/],
    ['a channel prefix of none', one(...meta(0x20), ...a), onlyA, /1 odd length/],
    ['a port of two', one(...meta(0x21, 0, 0), ...a), onlyA, /1 odd length/],
    ['a tempo of four', one(...meta(0x51, 7, 0xa1, 0x20, 0), ...a), onlyA, /1 odd length/],
    ['an end of track of one byte', one(...four(keysA), 0, 0xff, 0x2f, 1, 0), onlyA, /1 odd length/],
    [
      'a meta event longer than the track',
      one(0, 0xff, 0x58, 0x7f, 4, 2, 24, 8, ...a),
      onlyA,
      /1 odd length/,
    ],
    [
      'a text longer than the track',
      one(0, 0xff, 1, 0xff, 0x7f, 65, 66, ...a),
      onlyA,
      /1 stretch that cannot/,
    ],
    ['a tempo of nothing', one(...meta(0x51, 0, 0, 0), ...a), onlyA, /1 senseless tempo/],
    ['a clock with a time of its own', between(0, 0xf8), onlyA, /1 stray system message/],
    ['active sensing', between(0, 0xfe), onlyA, /1 stray system message/],
    ['a song select', between(0, 0xf3, 1), onlyA, /1 stray system message/],
    ['a song position', between(0, 0xf2, 1, 1), onlyA, /1 stray system message/],
    ['undefined system bytes', between(0, 0xf4, 0, 0xf9), onlyA, /2 stray system messages \(first track 1/],
    ['a value of 255', one(0, 0xb0, 7, 255, ...a), onlyA, /1 data byte over 127/],
    [
      'many values over 127',
      one(...[128, 200, 255].flatMap((v) => [0, 0xb0, 7, v]), ...a),
      onlyA,
      /3 data bytes/,
    ],
    ['a clock within a note', one(0, 0x90, 60, 0xf8, 100, ...a.slice(4)), onlyA, /1 stray system message/],
    [
      'system exclusive without a length',
      one(0, 0xf0, 0x7e, 0x7f, 9, 1, 0xf7, ...a),
      onlyA,
      /1 system exclusive/,
    ],
    ['a long text', one(0, 0xff, 1, 0x82, 0x9c, 0x20, ...Array<number>(36_384).fill(65), ...a), onlyA, ''],
    [
      'a header that counts nine tracks',
      Uint8Array.from([...header(1, 9, perQuarter), ...chunk('MTrk', a), ...chunk('MTrk', b)]),
      both,
      /9, found 2/,
    ],
    [
      'a longer header',
      Uint8Array.from([...chunk('MThd', [0, 0, 0, 1, 1, 0xe0, 1, 2, 3, 4]), ...chunk('MTrk', a)]),
      onlyA,
      '',
    ],
    [
      'bytes before the header',
      Uint8Array.from([0, 0, 0, 0, ...one(...a)]),
      onlyA,
      /1 stray start before the header \(4 bytes\)/,
    ],
    [
      'a MacBinary header',
      Uint8Array.from([...macBinary(one(...a).length), ...one(...a), ...Array<number>(70).fill(0)]),
      onlyA,
      '',
    ],
    ['a RIFF file whose list comes first', riff(one(...a)), onlyA, ''],
    [
      'a header without its letters',
      Uint8Array.from([1, 2, 3, 4, ...whole.subarray(4)]),
      both,
      /1 damaged header/,
    ],
    [
      'a track without its letters',
      Uint8Array.from([...header(1, 2, perQuarter), ...chunk('MTr\0', a), ...chunk('MTrk', b)]),
      both,
      /1 track without its "MTrk"/,
    ],
    [
      'bytes between tracks',
      Uint8Array.from([...header(1, 2, perQuarter), ...chunk('MTrk', a), 7, 7, 7, ...chunk('MTrk', b)]),
      both,
      /bytes between|wrong track length/,
    ],
    ['a second song behind it', Uint8Array.from([...one(...a), ...whole]), onlyA, /1 second song/],
    ['system exclusive in parts', one(0, 0xf0, 3, 0x43, 0x12, 0, 0, 0xf7, 2, 0x43, 0xf7, ...a), onlyA, ''],
    [
      'running status over a meta event',
      one(0, 0x90, 60, 100, ...meta(1, 65), ...quarter, 62, 100, ...end),
      times([60, 62]),
      '',
    ],
  ])('%s', (_, bytes, wanted, said) => {
    const song = readSong(bytes, 'x.mid');
    expect(heard(song)).toEqual(wanted);
    if (said === '') expect(song.mended).toBe('');
    else {
      expect(song.mended).toMatch(/^x\.mid is damaged and plays as far as it could be mended: /);
      expect(song.mended).toMatch(said);
    }
  });
});

function macBinary(length: number): number[] {
  const head = Array<number>(128).fill(0);
  head.splice(1, 4, 3, ...bytesOf('abc'));
  head.splice(83, 4, ...[24, 16, 8, 0].map((shift) => (length >> shift) & 255));
  return head;
}

function riff(song: Uint8Array): Uint8Array {
  const piece = (id: string, data: readonly number[]) => [
    ...bytesOf(id),
    ...[data.length & 255, data.length >> 8, 0, 0],
    ...data,
    ...(data.length % 2 ? [0] : []),
  ];
  const body = [...bytesOf('RMID'), ...piece('LIST', bytesOf('INFOabc')), ...piece('data', [...song])];
  return Uint8Array.from(piece('RIFF', body));
}

/** Sixteen notes, so that what is lost of them is seen. */
const long = [...a.slice(0, -end.length), ...a.slice(0, -end.length), ...a.slice(0, -end.length), ...a];
const sixteen = [0, 1, 2, 3].flatMap((round) => times(keysA, round));
const withB = (head: number[]) =>
  Uint8Array.from([...header(1, 2, perQuarter), ...head, ...a, ...chunk('MTrk', b)]);
const riffSize = (size: number) => {
  const bytes = riff(one(...a));
  const at = bytes.indexOf(0x64, 12);
  const from = [...bytes].findIndex(
    (_, k) => k >= at && String.fromCharCode(...bytes.subarray(k, k + 4)) === 'data',
  );
  bytes.set([size & 255, size >> 8, 0, 0], from + 4);
  return bytes;
};

describe('one wrong length, event or head costs no more than itself', () => {
  it.each<[string, Uint8Array, readonly (readonly number[])[], RegExp]>([
    ['a tempo of 127 bytes', one(0, 0xff, 0x51, 0x7f, 7, 0xa1, 0x20, ...long), sixteen, /1 odd length/],
    ['a port of 128', one(0, 0xff, 0x21, 0x81, 0, ...long), sixteen, /1 odd length/],
    ['a key signature of 128', one(0, 0xff, 0x59, 0x81, 0, 0, ...long), sixteen, /1 odd length/],
    ['a key signature of 66', one(0, 0xff, 0x59, 0x42, 0, 0, ...long), sixteen, /1 odd length/],
    [
      'a short system exclusive',
      one(...long.slice(0, 9), 0, 0xf0, 3, 1, 2, 3, 4, 0xf7, ...long.slice(9)),
      sixteen,
      /1 system exclusive/,
    ],
    [
      'an unknown meta event',
      one(...long.slice(0, 9), 0, 0xff, 0x81, 2, 0x41, 0x42, ...long.slice(9)),
      sixteen,
      /1 stretch/,
    ],
    ['an empty unknown meta event', one(0, 0xff, 0x80, 0, ...long), sixteen, /1 stretch/],
    [
      'a meta event that has become system exclusive',
      one(...long.slice(0, 9), 0, 0xf7, 0x58, 4, 4, 2, 24, 8, ...long.slice(9)),
      sixteen,
      /1 odd length/,
    ],
    [
      'an end of track in the middle',
      one(...a, ...long),
      [...onlyA, ...sixteen.map(([key, time]) => [key, time + 1])],
      /1 end of track before/,
    ],
    [
      'a text of a byte too many',
      one(0, 0xff, 1, 6, ...bytesOf('Hello'), ...meta(0x51, 7, 0xa1, 0x20), ...long),
      sixteen,
      /1 odd length/,
    ],
    [
      'a tempo that lacks its bytes',
      one(0, 0xff, 0x51, 3, 0, 0xff, 0x58, 4, 4, 2, 24, 8, ...long),
      sixteen,
      /mended/,
    ],
    [
      'a track without a letter',
      withB([...bytesOf('Trk'), 0, 0, 0, a.length]),
      both,
      /1 track without its "MTrk"/,
    ],
    ['a track without its head', withB([0, 0, 0, 0, 0, 0, 0, 0]), both, /1 track without its "MTrk"/],
    ['a track with another name', withB(chunk('Junk', a).slice(0, 8)), both, /1 track without its "MTrk"/],
    ['a RIFF file that is said to be shorter', riffSize(20), onlyA, /1 wrong size of a wrapper/],
    ['a RIFF file of no size', riffSize(0), onlyA, /1 wrong size of a wrapper/],
    [
      'a MacBinary file that is said to be shorter',
      Uint8Array.from([...macBinary(20), ...one(...a)]),
      onlyA,
      /1 wrong size of a wrapper/,
    ],
    [
      'an unknown chunk that would swallow a track',
      Uint8Array.from([
        ...header(1, 2, perQuarter),
        ...chunkOf('XFIH', 4 + 48, [1, 2, 3, 4]),
        ...chunk('MTrk', a),
        ...chunk('MTrk', b),
      ]),
      both,
      /1 stretch of bytes between/,
    ],
  ])('%s', (_, bytes, wanted, said) => {
    const song = readSong(bytes, 'x.mid');
    expect(heard(song)).toEqual(wanted);
    expect(song.mended).toMatch(said);
  });

  it.each([9, 10, 11, 12, 14, 16, 18, 20, 22])('a byte that has come in at %i', (at) => {
    const song = readSong(Uint8Array.from([...whole.subarray(0, at), 0x37, ...whole.subarray(at)]));
    expect(heard(song)).toEqual(both);
    expect(song.mended).not.toBe('');
  });

  it.each([14, 15, 17, 18, 19, 20, 21])('a byte of the head that is gone at %i', (at) => {
    const song = readSong(Uint8Array.from([...whole.subarray(0, at), ...whole.subarray(at + 1)]));
    expect(heard(song)).toEqual(both);
    expect(song.mended).not.toBe('');
  });

  it('a head or a tempo of nothing but ones', () => {
    const head = whole.slice().fill(255, 14, 22);
    expect(heard(readSong(head))).toEqual(both);
    const tempo = one(0, 0xff, 0x51, 3, ...Array<number>(8).fill(255), 0, 0xc0, 5, ...long);
    expect(heard(readSong(tempo))).toEqual(sixteen);
  });

  it('a length that is right is not called wrong for what lies behind it', () => {
    expect(readSong(Uint8Array.from([...whole, 0x0d, 0x0a])).mended).toBe('');
    expect(readSong(Uint8Array.from([...whole, 0x1a])).mended).toBe('');
  });

  it('chunks of nothing are passed over in one go', () => {
    const empty = chunk('abcd', []);
    const many = Array.from({ length: 20_000 }, () => empty).flat();
    const song = readSong(Uint8Array.from([...header(0, 1, perQuarter), ...many, ...chunk('MTrk', a)]));
    expect(heard(song)).toEqual(onlyA);
  });
});

describe('times', () => {
  it('of every division', () => {
    const quarters = (division: number, ...delta: number[]) =>
      notes(readSong(file(0, division, [...delta, 0x90, 60, 1, ...end])))[0].seconds;
    expect(quarters(0x7fff, 0x81, 0xff, 0x7f)).toBeCloseTo(0.5, 3);
    expect(quarters(0xe728, 0x83, 0x74)).toBeCloseTo(0.5, 6);
    expect(quarters(0xe250, 0x89, 0x30)).toBeCloseTo(0.5, 6);
    expect(quarters(0xe350, 0x89, 0x30)).toBeCloseTo(0.5005, 6);
    expect(quarters(1, 3)).toBeCloseTo(1.5, 9);
  });

  it('of format 2: each pattern at a tempo of its own, from 120 on', () => {
    const pattern = (keys: number[]) => keys.flatMap((key) => [0, 0x90, key, 100, 0x83, 0x60, 0x80, key, 64]);
    const bytes = file(
      2,
      perQuarter,
      [...meta(0x51, 0x0f, 0x42, 0x40), ...pattern([60, 62]), ...end],
      [...pattern([64, 65]), ...end],
    );
    const song = readSong(bytes);
    expect(heard(song)).toEqual([
      [60, 0],
      [62, 1],
      [64, 2],
      [65, 2.5],
    ]);
    expect(song.tempoMap.map(({ seconds, bpm }) => [seconds, bpm])).toEqual([
      [0, 60],
      [2, 120],
    ]);
    expect(song.events.filter(({ type }) => type === 'tempo')).toHaveLength(2);
  });
});

describe('names', () => {
  const named = (...bytes: number[]) => readSong(one(...meta(3, ...bytes), ...a)).name;
  it('are UTF-8 where that is valid, else Latin-1, without control characters', () => {
    expect(named(...Buffer.from('Für Elise – 数字'))).toBe('Für Elise – 数字');
    expect(named(...Buffer.from('Für Élise', 'latin1'))).toBe('Für Élise');
    expect(named(0x90, 0x94, 0x8e, 0x9a, 0x82, 0xcc)).not.toContain('\ufffd');
    expect(named(0, 65, 7, 66, 0)).toBe('AB');
    expect(named(0xef, 0xbb, 0xbf, 65)).toBe('A');
  });
});

describe('ports', () => {
  it('have sixteen channels of their own, counted in the order of their numbers', () => {
    const track = (port: number) => [...meta(0x21, port), 0, 0x90, 60, 1, ...end];
    const song = readSong(file(1, perQuarter, track(5), track(2), track(5)));
    expect(notes(song).map(({ port = 0, track = 0 }) => [track, port])).toEqual([
      [0, 1],
      [1, 0],
      [2, 1],
    ]);
  });
});

const field = new URL('../../../shared/field/', import.meta.url);
const brought: readonly (readonly [readonly string[], readonly (readonly number[])[]])[] = [
  [['track1-length-too-long', 'track1-length-zero', 'header-ntracks-wrong', 'trunc-last-byte'], both],
  [['trunc-mid-track2'], both.slice(0, 6)],
  [
    [
      ...['track-length-ffffffff', 'no-eot', 'seqnum-length0', 'keysig-length3', 'timesig-length5'],
      ...['smpteoffset-length4', 'chprefix-length0', 'port-length2', 'tempo-length4', 'eot-length1'],
      ...['stray-realtime-f8', 'stray-active-sensing-fe', 'stray-song-select-f3', 'cc-value-255'],
      ...['tempo-zero', 'long-text-200k', 'utf8-name', 'latin1-name', 'sjis-name', 'macbinary-header'],
      ...['leading-zero-bytes', 'header-extra-4'],
    ],
    onlyA,
  ],
];

describe.runIf(existsSync(field))('the files that people brought', () => {
  const song = (name: string) => readSong(readFileSync(new URL(name, field)), name);
  const cases = brought.flatMap(([names, wanted]) => names.map((name) => ({ name, wanted })));
  it.each(cases)('$name plays', ({ name, wanted }) => {
    expect(heard(song(`${name}.mid`))).toEqual(wanted);
  });

  it.each<[string, readonly (readonly number[])[]]>([
    [
      'sysex-split-f0-f7',
      [
        [60, 0],
        [62, 0.5625],
        [64, 0.8125],
      ],
    ],
    [
      'running-status-over-meta',
      [
        [60, 0],
        [62, 0.25],
      ],
    ],
    [
      'overlap-same-key',
      [
        [60, 0],
        [60, 0.5],
      ],
    ],
    [
      'zero-length-notes',
      [
        [60, 0],
        [61, 0.5],
        [62, 1],
        [63, 1.5],
      ],
    ],
    [
      'note-never-off',
      [
        [60, 0],
        [64, 0.5],
      ],
    ],
    ['modwheel', [[57, 0]]],
    [
      'ppq-32767',
      [
        [60, 0],
        [62, 0.2441],
        [64, 0.4883],
      ],
    ],
    [
      'smpte-25x40',
      [
        [60, 0],
        [62, 0.5],
        [64, 1],
      ],
    ],
    [
      'smpte-30df',
      [
        [60, 0],
        [62, 0.5005],
        [64, 1.001],
      ],
    ],
    [
      'type2-own-tempo',
      [
        [60, 0],
        [62, 1],
        [64, 2],
        [65, 2.5],
      ],
    ],
  ])('%s plays as it is', (name, wanted) => {
    const read = song(`${name}.mid`);
    expect(heard(read)).toEqual(wanted);
    expect(read.mended).toBe('');
  });

  it.each([
    ['drums35', 11, 8],
    ['drums-ch10', 8, 0],
    ['bass28', 12, 12],
  ])('%s: drums are muted where keys sing, and low keys sing', (name, inFile, inSing) => {
    const read = song(`${name}.mid`);
    const arrangement = new Arrangement(read, () => 'sing');
    const plays = notes(read).map((note) => arrangement.playOf({ ...note, type: 'noteOn' }));
    expect(plays).toHaveLength(inFile);
    const heardOf = plays.filter((play) => play !== null);
    expect(heardOf).toHaveLength(inSing);
    expect(heardOf.every((play) => play.hasKeyswitches === false)).toBe(true);
    arrangement.set({ drums: 'drum' });
    expect(notes(read).every((note) => arrangement.playOf({ ...note, type: 'noteOn' }))).toBe(true);
  });

  it('each of three ports has channels of its own', () => {
    const read = song('many-tracks-40.mid');
    const places = notes(read).map(({ port = 0, channel }) => `${port} ${channel}`);
    expect(new Set(places).size).toBe(40);
    expect(new Set(notes(read).map(({ port = 0 }) => port))).toEqual(new Set([0, 1, 2]));
  });

  it('a RIFF file plays', () => {
    expect(heard(song('rmi-list-first.rmi'))).toEqual(onlyA);
  });

  it('refuses ticks without a length', () => {
    expect(() => song('division-zero.mid')).toThrow(/a quarter note should have 1 or more ticks, got 0/);
  });
});
