// The song player on a clock that stands still until a test moves it: frames, transport, seek, tempo, loop, no hanging notes. Long,
// since all of them share one rig.
import { describe, expect, test } from 'vitest';
import { parameterIds, type ParameterId } from '../../src/contract/parameters.ts';
import type { Performer } from '../../src/performer/performer.ts';
import { writeSong } from '../../src/midi/songWriter.ts';
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

function playerRig(
  onMove?: (id: ParameterId, value: number) => void,
  onProgram?: (performer: Performer, time: number | undefined) => boolean,
) {
  /** Owns the values, as a session does. */
  const setParameter = (id: ParameterId, value: number, time: number | undefined) => {
    onMove?.(id, value);
    rig.performer.setParameter(id, value, time);
  };
  const rig = performerRig({
    onMove: setParameter,
    ...(onProgram ? { onProgram: (_program, _channel, _bank, time) => onProgram(rig.performer, time) } : {}),
  });
  const transports = fakeTransports(() => rig.clock.seconds);
  const waits = fakeWaits(() => 1000 * rig.clock.seconds);
  const player = new SongPlayer({
    performer: rig.performer,
    sampleRate: rigRate,
    now: () => rig.clock.seconds,
    openTransport: transports.open,
    setParameter,
    startWait: waits.startWait,
    loadDemo: () => Promise.resolve(song),
  });
  let nextTick = 0;
  /** Lets time pass with ticks every 25 ms, timers as exact as `step`. */
  const pass = (seconds: number, step = 0.025) => {
    const end = rig.clock.seconds + seconds;
    while (rig.clock.seconds < end - 1e-9) {
      rig.clock.seconds = Math.min(end, rig.clock.seconds + step);
      waits.pass();
      if (step < 0.025 && rig.clock.seconds < nextTick) continue;
      nextTick = rig.clock.seconds + 0.025;
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

test('after a time without ticks, notes that are over are left out, and those that are held are played', () => {
  const { player, clock, pass, kernel, starts, of } = playerRig();
  const held: SongEvent[] = [
    { seconds: 0.6, type: 'noteOn', channel: 2, note: 70, velocity: 100 },
    { seconds: 1.9, type: 'noteOff', channel: 2, note: 70, velocity: 64 },
  ];
  player.load(writeSong([...events, ...held], { durationSeconds: 2 }), 'steps.mid');
  player.play();
  pass(0.025);
  const before = starts().length;
  clock.seconds = 1.45;
  pass(0.025);
  // Keys 49 and 50 are over; 70 is held, and 51 is to come.
  expect(of('noteOn').slice(before)).toHaveLength(2);
  expect(starts().at(-1)).toBeCloseTo(1.52, 3);
  pass(1);
  expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
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

test('a loop that is chosen when the end has been told already goes round from that end', () => {
  const { player, pass, starts, kernel } = playerRig();
  player.load(song, 'steps.mid');
  player.play();
  // 60 ms before the end.
  pass(1.96);
  player.setLoop(true);
  pass(1);
  expect(player.state).toBe('playing');
  expect(starts().length).toBe(7);
  expect(starts()[4]).toBeCloseTo(2.02, 3);
  player.dispose();
  expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
});

describe('what a song tells ahead', () => {
  const at = (seconds: number, event: Partial<SongEvent>): SongEvent => ({ seconds, ...event }) as SongEvent;
  const controls = (seconds: number, ...pairs: [number, number][]): SongEvent[] =>
    pairs.map(([controller, data]) => at(seconds, { type: 'control', channel: 1, controller, data }));
  const note = (seconds: number, key: number): SongEvent[] => [
    at(seconds, { type: 'noteOn', channel: 1, note: key, velocity: 100 }),
    at(seconds + 0.1, { type: 'noteOff', channel: 1, note: key, velocity: 64 }),
  ];
  /** Number of a parameter of the table. */
  const numberOf = (id: (typeof parameterIds)[number]): [number, number][] => [
    [99, parameterIds.indexOf(id) >> 7],
    [98, parameterIds.indexOf(id) & 127],
  ];
  /** Plays events and writes down when each parameter moves, in ms of the song. */
  function moves(song: SongEvent[], step = 0.001) {
    const told: [string, number, number][] = [];
    const rig = playerRig((id, value) =>
      told.push([id, value, Math.round(1000 * (rig.clock.seconds - 0.02))]),
    );
    rig.player.load(writeSong(song, { durationSeconds: 1 }), 'ahead.mid');
    rig.player.play();
    rig.pass(1.1, step);
    return { ...rig, told };
  }

  test('moves tempo and parameters of the page at their time, not when they are sent', () => {
    const { told } = moves([
      at(0.3, { type: 'tempo', bpm: 90 }),
      ...controls(0.5, ...numberOf('reverb'), [6, 127]),
      ...controls(0.7, [70, 127]),
    ]);
    const when = (id: string, value: number) =>
      told.find(([other, given]) => other === id && Math.abs(given - value) < 1e-3)?.[2];
    // A few milliseconds before, so that what goes to the kernel is there for its frame.
    for (const [moved, due] of [
      [when('tempo', 90), 300],
      [when('reverb', 1), 500],
      [when('style1', 2), 700],
    ]) {
      expect(moved).toBeGreaterThanOrEqual(due! - 5);
      expect(moved).toBeLessThanOrEqual(due!);
    }
  });

  test('never lets a note overtake the digit that it is to sing, or a bend its range', () => {
    const { of, told } = moves([
      ...controls(0, ...numberOf('mode'), [6, 43]),
      ...controls(0.4, [14, 127]),
      ...note(0.41, 60),
      ...controls(0.5, [101, 0], [100, 0], [6, 12]),
      ...note(0.5, 60),
      at(0.501, { type: 'bend', channel: 1, bend: 1 }),
    ]);
    expect(of('noteOn').map(({ slot }) => slot % 10)).toEqual([9, 9]);
    const ratios = of('control').flatMap(({ pitchRatio, frame }) =>
      pitchRatio === undefined ? [] : [[pitchRatio, Math.round((frame! / rigRate - 0.02) * 1000)]],
    );
    // From the bend on: the range itself moves nothing.
    expect(ratios[0]).toEqual([expect.closeTo(2, 6), 501]);
    expect(told.find(([id]) => id === 'digit')?.[2]).toBeLessThan(400);
  });

  test('gives programs and parameters of the kernel their frames', () => {
    const rig = playerRig(undefined, (performer, time) => {
      performer.setParameters({ vibratoDepth: 50 }, time);
      return true;
    });
    rig.player.load(
      writeSong([at(0.5, { type: 'program', channel: 1, data: 7 }), ...controls(0.7, [1, 127])], {
        durationSeconds: 1,
      }),
      'ahead.mid',
    );
    rig.player.play();
    rig.pass(1.1, 0.001);
    const sent = rig
      .of('parameters')
      .flatMap(({ parameters, frame }) =>
        parameters.vibratoCents > 0 ? [[parameters.vibratoCents, frame! / rigRate - 0.02]] : [],
      );
    expect(sent.map(([cents]) => cents)).toEqual([50, 200]);
    expect(sent[0][1]).toBeCloseTo(0.5, 3);
    expect(sent[1][1]).toBeCloseTo(0.7, 3);
  });

  test('drops what had not come to pass when it pauses, and says it when it goes on', () => {
    const { performer, player, pass } = playerRig();
    player.load(writeSong(controls(0.5, [70, 127]), { durationSeconds: 1 }), 'ahead.mid');
    player.play();
    pass(0.47);
    player.pause();
    pass(0.5);
    expect(performer.parameter('style1')).toBe(0);
    player.play();
    pass(0.1);
    expect(performer.parameter('style1')).toBe(2);
  });

  test('lets a channel that it tuned go when it stops', () => {
    const { player, pass, of } = playerRig();
    player.load(
      writeSong([...controls(0, [101, 0], [100, 2], [6, 76]), ...note(0.1, 60)], { durationSeconds: 1 }),
      'ahead.mid',
    );
    player.play();
    pass(0.05);
    expect(of('control').at(-1)?.pitchRatio).toBeCloseTo(2, 6);
    player.stop();
    expect(of('control').at(-1)?.pitchRatio).toBeCloseTo(1, 6);
  });
});

describe('a song that ends', () => {
  /** What a key of channel 2 is played with. */
  const playedWith = ({ performer, kernel, of }: ReturnType<typeof playerRig>) => {
    performer.pitchBend(2, 1);
    performer.noteOn(2, 60, 100);
    const { noteId, pan } = of('noteOn').at(-1)!;
    const told = kernel.flatMap((message) =>
      message.type === 'control' && message.noteId === noteId ? [message] : [],
    );
    const [gain, pitchRatio] = (['gain', 'pitchRatio'] as const).map((name) =>
      told.reduce((last, message) => message[name] ?? last, 1),
    );
    performer.noteOff(2, 60);
    performer.pitchBend(2, 0);
    return { gain, pan, pitchRatio };
  };
  const plain = { gain: 1, pan: 0, pitchRatio: expect.closeTo(2 ** (2 / 12), 6) as number };
  const levels: SongEvent[] = [7, 10].map((controller) => ({
    seconds: 0,
    type: 'control',
    channel: 2,
    controller,
    data: 32,
  }));
  const rpn = (number: number, data: number, channel: number): SongEvent[] =>
    [
      [101, 0],
      [100, number],
      [6, data],
    ].map(([controller, data]) => ({ seconds: 0, type: 'control', channel, controller, data }));

  test.each(['stopped', 'paused', 'ended'])('leaves no volume, pan or bend range behind: %s', (how) => {
    const rig = playerRig();
    rig.mode('sing');
    rig.player.load(writeSong([...levels, ...rpn(0, 12, 2)], { durationSeconds: 1 }), 'mixed.mid');
    rig.player.play();
    rig.pass(0.5);
    expect(playedWith(rig)).toEqual({
      gain: expect.closeTo((32 / 127) ** 2, 6) as number,
      pan: -0.5,
      pitchRatio: expect.closeTo(2, 6) as number,
    });
    if (how === 'stopped') rig.player.stop();
    else if (how === 'paused') rig.player.pause();
    else rig.pass(0.7);
    expect(rig.player.state).toBe(how === 'paused' ? 'paused' : 'stopped');
    expect(playedWith(rig)).toEqual(plain);
  });

  test('leaves what rings of its notes as loud as they were', () => {
    const rig = playerRig();
    const keys: SongEvent[] = [
      { seconds: 0.1, type: 'noteOn', channel: 2, note: 60, velocity: 100 },
      { seconds: 0.9, type: 'noteOff', channel: 2, note: 60, velocity: 64 },
    ];
    rig.player.load(writeSong([...levels, ...keys], { durationSeconds: 1 }), 'mixed.mid');
    rig.player.play();
    rig.pass(0.95);
    const before = rig.of('control').length;
    rig.pass(0.3);
    expect(rig.player.state).toBe('stopped');
    expect(rig.of('control').slice(before)).toEqual([]);
  });

  test('gives the zones back that were there before it', () => {
    const { player, pass, performer } = playerRig();
    performer.setZone('lower', 4);
    performer.setZone('upper', 5);
    player.load(writeSong(rpn(6, 12, 1), { durationSeconds: 1 }), 'zones.mid');
    const zones = () => [performer.zoneMembers('lower'), performer.zoneMembers('upper')];
    player.play();
    pass(0.5);
    expect(zones()).toEqual([12, 2]);
    player.seek(0.7);
    pass(0.1);
    expect(zones()).toEqual([12, 2]);
    pass(0.5);
    expect([player.state, ...zones()]).toEqual(['stopped', 4, 5]);
  });
});

test('programs of a song leave its tempo alone, also where their notes are told ahead', () => {
  const tempi: number[] = [];
  const { player, pass, performer } = playerRig(
    (id, value) => id === 'tempo' && tempi.push(value),
    (performer, time) => {
      performer.setParameters({ tempo: 77, breath: 0.5 }, time);
      return true;
    },
  );
  player.load(
    writeSong([{ seconds: 0, type: 'tempo', bpm: 90 }, ...events], { durationSeconds: 2 }),
    'steps.mid',
  );
  player.play();
  pass(0.3);
  expect(performer.parameter('tempo')).toBeCloseTo(90, 3);
  pass(1);
  expect(performer.parameter('breath')).toBe(0.5);
  expect(performer.parameter('tempo')).toBeCloseTo(90, 3);
});

test('arpeggio and oscillator keep to the beat of the song, over a change of tempo and after a seek', () => {
  const { player, pass, performer, of, clock } = playerRig();
  performer.setParameters({ arpMode: 1, arpRate: 4, lfoSync: 3, lfoTo: 1, lfoAmount: 0.5 });
  const tempi: SongEvent[] = [
    { seconds: 0, type: 'tempo', bpm: 120 },
    { seconds: 1.1, type: 'tempo', bpm: 60 },
  ];
  player.load(writeSong(tempi, { durationSeconds: 4 }), 'beat.mid');
  player.play();
  pass(0.1);
  performer.noteOn(2, 60, 100);
  for (let k = 0; k < 20; k++) {
    pass(0.1);
    performer.advance(Math.round((clock.seconds + 0.12) * rigRate));
  }
  // Eighths: every quarter of a second up to 1.1 s, where the song is at 2.2 quarters, then every half second.
  const grid = [0.25, 0.5, 0.75, 1, 1.4, 1.9].map((seconds): unknown => expect.closeTo(seconds + 0.02, 3));
  expect(
    of('noteOn')
      .slice(0, 6)
      .map(({ frame }) => frame! / rigRate),
  ).toEqual(grid);
  const phases = of('parameters').flatMap(({ parameters }) =>
    parameters.lfoTurns === null
      ? []
      : [[parameters.phaseFrame / rigRate - 0.02, parameters.lfoTurns, parameters.lfoHz]],
  );
  expect(phases).toEqual(
    [
      [0, 0, 2],
      [1.1, 2.2, 1],
    ].map((row) => row.map((value): unknown => expect.closeTo(value, 2))),
  );
  player.seek(0.5);
  expect(of('parameters').at(-1)?.parameters.lfoTurns).toBeNull();
  pass(0.1);
  expect(of('parameters').at(-1)?.parameters.lfoTurns).toBeCloseTo(1, 6);
  player.stop();
  expect(of('parameters').at(-1)?.parameters.lfoTurns).toBeNull();
});

describe('what is set of a song', () => {
  const drums = writeSong([
    ...events,
    { seconds: 1, type: 'noteOn', channel: 10, note: 36, velocity: 100 },
    { seconds: 1.2, type: 'noteOff', channel: 10, note: 36, velocity: 64 },
  ]);

  test('is kept by the content of its file, and told', () => {
    const { player } = playerRig();
    let told = 0;
    player.subscribe(() => told++);
    expect([player.arrangement, player.notices]).toEqual([null, []]);
    player.load(drums, 'a.mid');
    const before = told;
    player.arrangement!.setPart('0.0.1', { muted: true });
    expect(told).toBe(before + 1);
    player.load(song, 'b.mid');
    expect(player.arrangement!.settings.parts).toEqual({});
    player.load(drums, 'renamed.mid');
    // Without a keeper it lasts as long as the song is loaded.
    expect(player.arrangement!.settings.parts).toEqual({});
  });

  test('lets go at once of what is muted, and of drums where keys begin to sing', () => {
    const { player, performer, pass, of, kernel } = playerRig();
    performer.setParameter('mode', 0);
    player.load(drums, 'a.mid');
    player.play();
    pass(1.05);
    expect(player.arrangement!.drums).toBe('words');
    const [kick] = of('noteOn').slice(-1);
    performer.setParameter('mode', 1);
    player.modeMoved();
    expect(player.arrangement!.drums).toBe('muted');
    expect(of('noteOff').some(({ noteId }) => noteId === kick.noteId)).toBe(true);
    pass(1.2);
    expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
  });

  test('is said: what was mended, and that there are no notes', () => {
    const { player } = playerRig();
    player.load(song.slice(0, -4), 'cut.mid');
    expect(player.notices).toEqual([
      expect.stringMatching(/^cut\.mid is damaged .* 1 track without its end/),
    ]);
    player.load(writeSong([{ type: 'program', seconds: 0, channel: 1, data: 3 }]), 'mute.mid');
    expect(player.notices).toEqual(['It holds no notes.']);
    expect(() => player.load(writeSong([]), 'empty.mid')).toThrow(/^empty\.mid holds nothing to play/);
    expect(player.name).toBe('mute.mid');
  });
});
