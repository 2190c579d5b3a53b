// The song player on a clock that stands still until a test moves it: frames, transport, seek, tempo, loop, no hanging notes.
import { expect, test } from 'vitest';
import { writeSong } from '../../src/midi/midiFile.ts';
import type { SongEvent } from '../../src/midi/song.ts';
import { SongPlayer } from '../../src/midi/songPlayer.ts';
import { fakeTransports } from '../helpers/fakeTransport.ts';
import { fakeWaits } from '../helpers/fakeWaits.ts';
import { performerRig, readNotes, rigRate } from '../helpers/performerRig.ts';

/** Keys on every half second of two seconds, the third a semitone up by the wheel. */
const events: SongEvent[] = [
  { seconds: 0, type: 'control', channel: 1, controller: 7, data: 90 },
  { seconds: 0.5, type: 'program', channel: 1, data: 4 },
  ...[0, 0.5, 1, 1.5].flatMap((seconds, k): SongEvent[] => [
    { seconds, type: 'noteOn', channel: 1, note: 48 + k, velocity: 100 },
    { seconds: seconds + 0.4, type: 'noteOff', channel: 1, note: 48 + k, velocity: 64 },
  ]),
  { seconds: 0.9, type: 'bend', channel: 1, bend: 0.5 },
];
const song = writeSong(events, { name: 'steps', durationSeconds: 2 });

function playerRig() {
  const rig = performerRig();
  const transports = fakeTransports(() => rig.clock.seconds);
  const waits = fakeWaits(() => 1000 * rig.clock.seconds);
  const player = new SongPlayer({
    performer: rig.performer,
    sampleRate: rigRate,
    now: () => rig.clock.seconds,
    openTransport: transports.open,
    startWait: waits.startWait,
    loadDemo: () => Promise.resolve(song),
  });
  /** Lets time pass with ticks every 25 ms. */
  const pass = (seconds: number) => {
    const end = rig.clock.seconds + seconds;
    while (rig.clock.seconds < end - 1e-9) {
      rig.clock.seconds = Math.min(end, rig.clock.seconds + 0.025);
      waits.pass();
      transports.tick();
    }
  };
  const starts = () => rig.of('noteOn').map(({ frame }) => frame! / rigRate);
  return { ...rig, player, transports, waits, pass, starts };
}

test('every note starts at its very frame, sent before it is due', () => {
  const { player, clock, pass, kernel, of, starts } = playerRig();
  player.load(song, 'steps.mid');
  expect([player.name, player.state, player.durationSeconds]).toEqual(['steps', 'stopped', 2]);
  clock.seconds = 10;
  player.play();
  expect(player.state).toBe('playing');
  // Before a tick the first note is on its way.
  expect(starts()).toEqual([10.02]);
  let sent = 1;
  for (let k = 0; k < 80; k++) {
    pass(0.025);
    for (const { frame } of of('noteOn').slice(sent)) expect(frame! / rigRate).toBeGreaterThan(clock.seconds);
    sent = of('noteOn').length;
    expect(player.seconds).toBeCloseTo(Math.min(2, clock.seconds - 10.02), 6);
  }
  expect(starts()).toHaveLength(4);
  starts().forEach((time, k) => expect(time).toBeCloseTo(10.02 + 0.5 * k, 3));
  expect(of('noteOff').map(({ frame }) => Math.round(frame! / 48))).toEqual([10420, 10920, 11420, 11920]);
  pass(0.1);
  expect([player.state, player.seconds]).toEqual(['stopped', 0]);
  expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
});

test('pause and stop release every note and pedal; play goes on from there, or from the front', () => {
  const { player, pass, kernel, performer, starts, transports } = playerRig();
  const pedalled: SongEvent[] = [{ seconds: 0, type: 'control', channel: 1, controller: 64, data: 127 }];
  player.load(writeSong([...pedalled, ...events], { durationSeconds: 2 }), 'steps.mid');
  expect(player.name).toBe('steps.mid');
  player.play();
  pass(0.72);
  player.pause();
  expect([player.state, transports.playing]).toEqual(['paused', 0]);
  expect(player.seconds).toBeCloseTo(0.7, 6);
  expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
  const before = starts().length;
  pass(1);
  expect(starts()).toHaveLength(before);
  player.play();
  pass(0.4);
  // The third note, 0.3 s after the place of the pause; the program that came before stands.
  expect(starts().at(-1)).toBeCloseTo(1.72 + 0.02 + 0.3, 3);
  expect(performer.parameter('digit')).toBe(4);
  player.stop();
  expect([player.state, player.seconds]).toEqual(['stopped', 0]);
  expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
});

test('seeking takes programs, controllers and bends along, not keys', () => {
  const { player, pass, of, performer, starts, kernel } = playerRig();
  player.load(song, 'steps.mid');
  player.seek(0.95);
  expect(player.seconds).toBe(0.95);
  player.play();
  pass(0.1);
  expect(starts()).toHaveLength(1);
  expect(performer.parameter('digit')).toBe(4);
  const last = of('noteOn')[0].noteId;
  const bent = of('control').find(({ noteId, pitchRatio }) => noteId === last && pitchRatio !== undefined);
  expect(bent?.pitchRatio).toBeCloseTo(2 ** (1 / 12), 3);
  player.seek(0);
  pass(0.1);
  expect(starts()).toHaveLength(2);
  player.seek(99);
  expect(player.seconds).toBe(2);
  pass(0.2);
  expect(player.state).toBe('stopped');
  expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
});

test('a tempo factor moves what is not sent yet, and the tempo parameter with it', () => {
  const { player, pass, starts, performer } = playerRig();
  player.load(song, 'steps.mid');
  player.play();
  pass(0.25);
  player.setTempoFactor(2);
  expect(performer.parameter('tempo')).toBe(240);
  pass(1);
  const [, second, third, fourth] = starts();
  // Up to 0.35 s is sent as it was; the rest comes at twice the speed.
  expect(second).toBeCloseTo(0.35 + (0.52 - 0.35) / 2, 3);
  expect(third - second).toBeCloseTo(0.25, 3);
  expect(fourth - third).toBeCloseTo(0.25, 3);
  expect(() => player.setTempoFactor(9)).toThrow(/tempo factor must be .*0\.25.*4.*9/);
});

test('a loop goes round without a gap and without a hanging note', () => {
  const { player, pass, starts, kernel } = playerRig();
  player.load(song, 'steps.mid');
  player.setLoop(true);
  player.play();
  pass(4.5);
  expect(player.state).toBe('playing');
  expect(player.seconds).toBeCloseTo(0.48, 6);
  starts().forEach((time, k) => expect(time).toBeCloseTo(0.02 + 0.5 * k, 3));
  expect(starts()).toHaveLength(10);
  player.dispose();
  expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
});

test('a page in the background, ticked once a second, plays on time from the second tick', () => {
  const { player, clock, transports, starts } = playerRig();
  player.load(song, 'steps.mid');
  player.setLoop(true);
  player.play();
  for (let second = 1; second <= 6; second++) {
    clock.seconds = second;
    const before = starts().length;
    transports.tick();
    if (second < 2) continue;
    for (const time of starts().slice(before)) expect(time).toBeGreaterThan(second);
  }
  expect(starts().length).toBeGreaterThan(12);
});

test('says what changes, loads the demo, and leaves a song in place when a file cannot be read', async () => {
  const { player } = playerRig();
  let changes = 0;
  const unsubscribe = player.subscribe(() => changes++);
  expect([player.state, player.name, player.seconds]).toEqual(['empty', null, 0]);
  player.play();
  player.stop();
  player.seek(3);
  expect([player.state, changes]).toEqual(['empty', 0]);
  await player.loadDemo();
  expect([player.name, player.state, changes]).toEqual(['steps', 'stopped', 1]);
  expect(() => player.load(Uint8Array.of(1, 2, 3), 'broken.mid')).toThrow(/broken\.mid is not a MIDI file/);
  expect(player.name).toBe('steps');
  unsubscribe();
  player.setLoop(true);
  expect(changes).toBe(1);
});
