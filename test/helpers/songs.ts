// The songs of the tests and of the page: each as events, and the files that hold them. Run as a program it writes the files.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parameterById } from '../../src/contract/parameters.ts';
import { writeSong } from '../../src/midi/songWriter.ts';
import type { ChannelMessage } from '../../src/midi/message.ts';
import type { SongEvent } from '../../src/midi/song.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** One key from its begin to its end, in seconds. */
function key(at: number, lasts: number, note: number, velocity = 127, channel = 1): SongEvent[] {
  return [
    { seconds: at, type: 'noteOn', channel, note, velocity },
    { seconds: at + lasts, type: 'noteOff', channel, note, velocity: 64 },
  ];
}

function control(seconds: number, controller: number, data: number, channel = 1): SongEvent {
  return { seconds, type: 'control', channel, controller, data };
}

function bend(seconds: number, amount: number, channel = 1): SongEvent {
  return { seconds, type: 'bend', channel, bend: amount };
}

/** A registered (RPN 101, 100) or other (NRPN 99, 98) parameter number with its coarse value. */
function numbered(seconds: number, kind: 'rpn' | 'nrpn', number: number, data: number, channel = 1) {
  const [coarse, fine] = kind === 'rpn' ? [101, 100] : [99, 98];
  return [
    control(seconds, coarse, number >> 7, channel),
    control(seconds, fine, number & 127, channel),
    control(seconds, 6, data, channel),
  ];
}

/** A demonstration for the page: chords, a bass and a tune above them, in A minor. */
function demo(): SongEvent[] {
  const beat = 60 / 88;
  const bar = 4 * beat;
  const events: SongEvent[] = [{ seconds: 0, type: 'tempo', bpm: 88 }];
  const say = (event: ChannelMessage, seconds: number) => events.push({ seconds, ...event });
  // The second factory preset: a choir.
  say({ type: 'program', channel: 1, data: 1 }, 0);
  const mix: [number, number, number][] = [
    [1, 100, 64],
    [2, 70, 38],
    [3, 84, 90],
  ];
  for (const [channel, volume, pan] of mix) {
    say({ type: 'control', channel, controller: 7, data: volume }, 0);
    say({ type: 'control', channel, controller: 10, data: pan }, 0);
  }
  const chords: [number, readonly number[]][] = [
    [45, [60, 64, 69]],
    [41, [57, 60, 65]],
    [48, [60, 64, 67]],
    [43, [59, 62, 67]],
    [45, [60, 64, 69]],
    [50, [57, 62, 65]],
    [40, [59, 64, 68]],
    [45, [60, 64, 69]],
  ];
  // Tune: note (0 for a rest) and beats, two bars a line.
  const tune: [number, number][] = [
    ...([
      [69, 1.5],
      [71, 0.5],
      [72, 1],
      [76, 1],
      [74, 2],
      [72, 1],
      [71, 1],
    ] as [number, number][]),
    ...([
      [72, 1.5],
      [74, 0.5],
      [76, 1],
      [79, 1],
      [74, 3],
      [0, 1],
    ] as [number, number][]),
    ...([
      [76, 1],
      [77, 0.5],
      [76, 0.5],
      [72, 2],
      [74, 1],
      [72, 1],
      [69, 2],
    ] as [number, number][]),
    ...([
      [71, 1],
      [72, 1],
      [71, 1],
      [68, 1],
      [69, 3],
      [0, 1],
    ] as [number, number][]),
  ];
  for (let verse = 0; verse < 2; verse++) {
    const begin = verse * chords.length * bar;
    chords.forEach(([bass, notes], k) => {
      const at = begin + k * bar;
      for (const note of notes) events.push(...key(at, bar - 0.05, note, verse === 0 ? 60 : 76, 2));
      events.push(
        ...key(at, 2 * beat - 0.05, bass, 92, 3),
        ...key(at + 2 * beat, 2 * beat - 0.05, bass, 76, 3),
      );
    });
    let at = begin;
    for (const [note, beats] of tune) {
      const lasts = beats * beat;
      if (note > 0) {
        events.push(...key(at, lasts - 0.04, note + (verse === 1 ? 0 : -12), 90 + 10 * verse, 1));
        // A scoop into the long notes, and a swell on them.
        if (beats >= 2) {
          for (let step = 0; step <= 8; step++) events.push(bend(at + 0.015 * step, -0.5 + step / 16));
          for (let step = 0; step <= 12; step++) {
            events.push(
              control(at + (lasts * step) / 13, 1, Math.round(50 * Math.sin((Math.PI * step) / 12))),
            );
          }
        }
      }
      at += lasts;
    }
  }
  return events;
}

/** Songs by the path of their file. */
export const songs: Readonly<
  Record<string, { readonly name: string; readonly events: readonly SongEvent[] }>
> = {
  // Five pitches from E2 to E5, then one at two lower velocities.
  'test/midi/files/notes.mid': {
    name: 'notes',
    events: [40, 45, 57, 64, 76, 57, 57].flatMap((note, k) =>
      key(k, 0.6, note, k === 5 ? 64 : k === 6 ? 32 : 127),
    ),
  },
  // A range of an octave, the wheel up, half down, and centred again.
  'test/midi/files/bend.mid': {
    name: 'bend',
    events: [...numbered(0, 'rpn', 0, 12), ...key(0.1, 3.2, 57), bend(0.9, 1), bend(1.7, -0.5), bend(2.5, 0)],
  },
  // Sustain holds the first key; sostenuto the third but not the fourth; soft is down for the last of two.
  'test/midi/files/pedals.mid': {
    name: 'pedals',
    events: [
      control(0.1, 64, 127),
      ...key(0.2, 0.2, 57),
      control(1.4, 64, 0),
      ...key(2.2, 0.4, 60),
      control(2.4, 66, 127),
      ...key(2.7, 0.2, 76),
      control(4, 66, 0),
      ...key(5, 0.8, 57),
      control(6.2, 67, 127),
      ...key(6.3, 0.8, 57),
      control(7.4, 67, 0),
    ],
  },
  // One long note: volume, expression of 14 bits, place.
  'test/midi/files/levels.mid': {
    name: 'levels',
    events: [
      ...key(0.1, 5, 57),
      control(1, 7, 50),
      control(2, 7, 100),
      control(2, 11, 63),
      control(2, 43, 127),
      control(3, 11, 127),
      control(3, 43, 127),
      control(3, 10, 0),
      control(4, 10, 127),
    ],
  },
  // Vibrato by the wheel, by channel pressure and by the pressure of a key.
  'test/midi/files/pressure.mid': {
    name: 'pressure',
    events: [
      ...key(0.1, 6, 57),
      control(1.2, 1, 64),
      control(2.4, 1, 0),
      { seconds: 3, type: 'pressure', channel: 1, data: 127 },
      { seconds: 4.2, type: 'pressure', channel: 1, data: 0 },
      { seconds: 4.8, type: 'polyPressure', channel: 1, note: 57, data: 127 },
    ],
  },
  // Programs that choose what is sung.
  'test/midi/files/program.mid': {
    name: 'program',
    events: [3, 7].flatMap((program, k): SongEvent[] => [
      { seconds: 1.2 * k, type: 'program', channel: 1, data: program },
      ...key(1.2 * k + 0.1, 0.7, 57),
    ]),
  },
  // Keys on the quarters at 120, 60 and 240.
  'test/midi/files/tempo.mid': {
    name: 'tempo',
    events: [
      ...[0, 0.5, 1, 2, 3, 3.25, 3.5].flatMap((at) => key(at, 0.15, 57)),
      { seconds: 1, type: 'tempo', bpm: 60 },
      { seconds: 3, type: 'tempo', bpm: 240 },
    ],
  },
  // Two notes of a zone that are bent apart, far left and far right.
  'test/midi/files/mpe.mid': {
    name: 'mpe',
    events: [
      ...numbered(0, 'rpn', 6, 3),
      control(0.05, 10, 0, 2),
      control(0.05, 10, 127, 3),
      ...key(0.1, 3, 57, 127, 2),
      ...key(0.1, 3, 64, 127, 3),
      bend(1, 5 / 48, 2),
      bend(1, 3 / 48, 3),
      { seconds: 2, type: 'pressure', channel: 3, data: 32 },
    ],
  },
  // A channel tuned half a semitone up, then a fifth more under a sounding note, then the half taken back; another channel.
  'test/midi/files/tuning.mid': {
    name: 'tuning',
    events: [
      ...key(0.1, 0.6, 57),
      ...numbered(1, 'rpn', 1, 96),
      ...key(1.1, 0.6, 57),
      ...key(2.1, 1.6, 57),
      ...numbered(2.9, 'rpn', 2, 71),
      ...numbered(4, 'rpn', 1, 64),
      ...key(4.1, 0.6, 57),
      ...key(5.1, 0.6, 57, 127, 2),
    ],
  },
  // The range of the wheel changes while it is up; the tempo changes twice beneath it, with keys on the beat.
  'test/midi/files/ranges.mid': {
    name: 'ranges',
    events: [
      ...numbered(0, 'rpn', 0, 12),
      ...key(0.1, 3.3, 57),
      bend(0.6, 0.5),
      ...numbered(1.2, 'rpn', 0, 24),
      { seconds: 1.5, type: 'tempo', bpm: 60 },
      { seconds: 2.5, type: 'tempo', bpm: 240 },
      bend(2.75, -0.25),
    ],
  },
  // All notes off under one key and then under one that a pedal holds; all sound off; reset of bend, expression and pedal.
  'test/midi/files/modes.mid': {
    name: 'modes',
    events: [
      ...key(0.1, 1.8, 57),
      control(1, 123, 0),
      control(2, 64, 127),
      ...key(2.1, 1.8, 60),
      control(2.8, 123, 0),
      control(3.6, 64, 0),
      ...key(4.6, 1.8, 57),
      control(5.5, 120, 0),
      bend(6.5, 1),
      control(6.5, 11, 40),
      control(6.5, 64, 127),
      ...key(6.6, 0.4, 57),
      ...key(7.6, 1.4, 64, 127, 2),
      control(8, 121, 0),
      ...key(9.1, 0.8, 57),
    ],
  },
  // A sung digit is chosen by its number, coarse and then by 14 bits; steps; the null number, behind which data means nothing.
  'test/midi/files/nrpn.mid': {
    name: 'nrpn',
    events: [
      // Of 0 to 9: 42 of 127 is 2.98, 99 and 42 of 128 are 7.
      ...numbered(0, 'nrpn', parameterById('digit').nrpn, 42),
      ...key(0.1, 0.8, 57),
      control(1.1, 6, 99),
      control(1.1, 38, 42),
      ...key(1.2, 0.8, 57),
      ...numbered(2.2, 'nrpn', parameterById('transpose').nrpn, 64),
      ...[0, 1, 2, 3].map((k) => control(2.3 + k / 100, k < 3 ? 97 : 96, 0)),
      control(2.4, 99, 127),
      control(2.4, 98, 127),
      control(2.4, 6, 127),
      ...key(2.5, 0.8, 57),
    ],
  },
  // The upper zone: master 16 bends and fades both notes, its members 15 and 14 one each; members bend an octave by RPN 0 of one.
  'test/midi/files/upper.mid': {
    name: 'upper',
    events: [
      ...numbered(0, 'rpn', 6, 3, 16),
      ...numbered(0.01, 'rpn', 0, 12, 14),
      control(0.05, 10, 0, 15),
      control(0.05, 10, 127, 14),
      ...key(0.1, 4.4, 57, 127, 15),
      ...key(0.1, 4.4, 64, 127, 14),
      bend(1, 5 / 12, 15),
      bend(1, 1 / 12, 14),
      // The master's own range is the parameter's, two semitones.
      bend(2, 1, 16),
      control(3, 11, 64, 16),
      // A channel below the zone is an ordinary one.
      ...key(5, 0.9, 57, 127, 12),
    ],
  },
  // Fingers of the lower zone: timbre of one, pressure of the other, each heard on its own side.
  'test/midi/files/fingers.mid': {
    name: 'fingers',
    events: [
      ...numbered(0, 'rpn', 6, 5),
      control(0.05, 10, 0, 2),
      control(0.05, 10, 127, 3),
      ...key(0.1, 3, 45, 127, 2),
      ...key(0.1, 3, 57, 127, 3),
      control(1, 74, 127, 2),
      { seconds: 2, type: 'pressure', channel: 3, data: 0 },
      { seconds: 2.5, type: 'pressure', channel: 3, data: 127 },
    ],
  },
  'public/songs/demo.mid': { name: 'Numvox demo', events: demo() },
};

/** Bytes that a song's file should hold. */
export function songBytes(path: string): Uint8Array {
  const { name, events } = songs[path];
  // 480: every time above falls on a tick within half a millisecond, and files stay small.
  return writeSong(events, { name, ticksPerQuarter: 480 });
}

/** Bytes of a committed file. */
export function committedSong(path: string): Uint8Array {
  return readFileSync(`${repository}${path}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const path of Object.keys(songs)) writeFileSync(`${repository}${path}`, songBytes(path));
}
