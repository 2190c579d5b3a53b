// What live playing sends to a MIDI output: hands, arpeggio, songs, knobs and gestures, with the times at which they are heard.
import { describe, expect, it } from 'vitest';
import { arpModes } from '../../src/contract/parameters.ts';
import { writeSong } from '../../src/midi/songWriter.ts';
import { MidiOut } from '../../src/midi/midiOut.ts';
import { PortSettings } from '../../src/midi/portSettings.ts';
import { Performer } from '../../src/performer/performer.ts';
import { memoryStore } from '../../src/session/keyValueStore.ts';
import { LivePlay } from '../../src/session/livePlay.ts';
import { Session } from '../../src/session/session.ts';
import { fakeTransports } from '../helpers/fakeTransport.ts';
import { memoryStore as textStore } from '../helpers/midiTarget.ts';
import { sessionManifest } from '../helpers/openSession.ts';

const sampleRate = 48_000;
const song = writeSong(
  [
    { seconds: 0, type: 'control', channel: 2, controller: 64, data: 127 },
    { seconds: 0, type: 'control', channel: 2, controller: 70, data: 127 },
    { seconds: 0.5, type: 'noteOn', channel: 2, note: 50, velocity: 90 },
    { seconds: 0.9, type: 'noteOff', channel: 2, note: 50, velocity: 64 },
  ],
  { name: 'song', durationSeconds: 1 },
);

async function rig() {
  const clock = { seconds: 0 };
  const silenced: string[] = [];
  const sent: { bytes: readonly number[]; ms: number }[] = [];
  const performer = new Performer({
    manifest: sessionManifest,
    sendKernel: () => undefined,
    sendInference: () => undefined,
    sampleRate,
    now: () => clock.seconds,
    startTimer: () => () => undefined,
    onMove: (id, value, time) => session.takeOver(id, value, time),
  });
  const gestures = new Set<() => void>();
  const session = await Session.open({
    performer,
    manifest: sessionManifest,
    bundle: { name: 'small', weightsHash: 'abc' },
    map: null,
    applyOutput: () => undefined,
    now: () => clock.seconds,
    startTicks: (tick) => {
      gestures.add(tick);
      return () => void gestures.delete(tick);
    },
    store: memoryStore(),
  });
  const settings = new PortSettings(textStore());
  const clocks = new Set<() => void>();
  const port = new MidiOut({
    settings,
    nowMs: () => 1000 * clock.seconds,
    tempo: () => session.state.values.tempo,
    startTicks: (tick) => {
      clocks.add(tick);
      return () => void clocks.delete(tick);
    },
  });
  port.setPorts([{ device: 'Synth', send: (bytes, ms) => sent.push({ bytes, ms: Math.round(ms) }) }]);
  settings.setOutput({ device: 'Synth', clock: false });
  const transports = fakeTransports(() => clock.seconds);
  const play = new LivePlay({
    session,
    performer,
    sampleRate,
    audioNow: () => clock.seconds,
    nowMs: () => 1000 * clock.seconds,
    frameOf: (ms) => (ms === undefined ? undefined : Math.round((ms * sampleRate) / 1000)),
    learnStore: textStore(),
    openTransport: transports.open,
    loadDemo: () => Promise.resolve(song),
    silenceAll: () => {
      performer.allSoundOff();
      silenced.push('all');
    },
    silenceEffects: () => void silenced.push('effects'),
    out: { port, millisecondsOf: (frame) => (1000 * frame) / sampleRate },
  });
  const pass = (seconds: number) => {
    const end = clock.seconds + seconds - 1e-9;
    while (clock.seconds < end) {
      clock.seconds += 0.01;
      performer.advance(Math.round((clock.seconds + 0.1) * sampleRate));
      transports.tick();
      for (const tick of [...gestures, ...clocks]) tick();
    }
  };
  const taken = () => sent.splice(0);
  const bytes = () => taken().map((one) => one.bytes);
  return { play, session, performer, settings, port, pass, taken, bytes, silenced };
}

describe('live playing sends', () => {
  it('keys of hands with their times, and what they do to their channel', async () => {
    const { play, performer, taken } = await rig();
    play.target.noteOn(3, 60, 100, 40);
    play.target.controlChange(3, 64, 127, 41);
    play.target.noteOff(3, 60, 30, 90);
    performer.noteOn(1, 61, 5);
    expect(taken()).toEqual([
      { bytes: [0x92, 60, 100], ms: 40 },
      { bytes: [0xb2, 64, 127], ms: 41 },
      { bytes: [0x82, 60, 30], ms: 90 },
      { bytes: [0x90, 61, 5], ms: 0 },
    ]);
  });

  it('what the arpeggiator makes of a key, each note with its end', async () => {
    const { play, session, pass, taken } = await rig();
    session.set('arpMode', arpModes.indexOf('up'));
    taken();
    play.target.noteOn(1, 60, 100, 0);
    play.target.noteOn(1, 64, 100, 0);
    pass(1);
    play.target.noteOff(1, 60, 64, 1000);
    play.target.noteOff(1, 64, 64, 1000);
    pass(1);
    const events = taken();
    const ons = events.filter(({ bytes }) => bytes[0] === 0x90);
    expect(ons.slice(0, 4).map(({ bytes }) => bytes[1])).toEqual([60, 64, 60, 64]);
    expect(ons[1].ms).toBeGreaterThan(ons[0].ms + 50);
    expect(events.filter(({ bytes }) => bytes[0] === 0x80)).toHaveLength(ons.length);
  });

  it('no key back to the device that it is played on, but what the arpeggiator makes of it', async () => {
    const { play, session, port, pass, bytes } = await rig();
    const strike = (note: number) => port.carryOut('Synth', () => play.target.noteOn(1, note, 100, 0));
    strike(60);
    port.carryOut('Keys', () => play.target.noteOn(1, 61, 100, 0));
    expect(bytes()).toEqual([[0x90, 61, 100]]);
    play.target.noteOff(1, 60, 64, 0);
    play.target.noteOff(1, 61, 64, 0);
    session.set('arpMode', arpModes.indexOf('up'));
    bytes();
    strike(62);
    expect(bytes()).toContainEqual([0x90, 62, 100]);
    pass(0.3);
  });

  it('knobs and gestures as the controllers that move them, also learned ones', async () => {
    const { play, session, pass, bytes } = await rig();
    session.set('style1', 2);
    session.set('reverb', 0.5);
    expect(bytes()).toEqual([[0xb0, 70, 127]]);
    play.learn.arm('reverb');
    play.learn.handle({ device: 'Knobs', channel: 1, kind: 'cc', number: 21, data: 0 }, 0);
    session.gesture.setLoop(false);
    session.gesture.record();
    for (const value of [0.2, 0.4, 0.6]) {
      pass(0.1);
      session.set('reverb', value);
    }
    pass(0.1);
    session.gesture.stop();
    bytes();
    session.gesture.play();
    pass(0.5);
    const sent = bytes();
    expect(sent.length).toBeGreaterThanOrEqual(3);
    expect(sent.every(([status, controller]) => status === 0xb0 && controller === 21)).toBe(true);
    expect(sent.at(-1)).toEqual([0xb0, 21, Math.round(0.6 * 127)]);
  });

  it('songs with their notes and channels, and lets go where they stop', async () => {
    const { play, pass, taken, bytes } = await rig();
    play.song.load(song, 'song.mid');
    play.song.play();
    pass(0.6);
    const begun = taken();
    expect(begun.map((one) => one.bytes)).toEqual([
      [0xb1, 64, 127],
      [0xb0, 70, 127],
      [0x91, 50, 90],
    ]);
    expect(begun[2].ms).toBe(520);
    play.song.stop();
    expect(bytes()).toEqual([
      [0x81, 50, 64],
      [0xb1, 121, 0],
    ]);
  });

  it('the transport of songs, in place and time', async () => {
    const { play, settings, pass, bytes } = await rig();
    settings.setOutput({ clock: true, notes: false, controllers: false });
    play.song.load(song, 'song.mid');
    pass(0.2);
    expect(bytes().every(([status]) => status === 0xf8)).toBe(true);
    play.song.play();
    pass(0.3);
    play.song.pause();
    const started = bytes();
    expect(started.filter(([status]) => status !== 0xf8)).toEqual([[0xfa], [0xfc]]);
    play.song.seek(0.5);
    play.song.play();
    pass(0.2);
    play.song.stop();
    expect(bytes().filter(([status]) => status !== 0xf8)).toEqual([
      [0xf2, 4, 0],
      [0xfb],
      [0xfc],
      [0xf2, 0, 0],
    ]);
  });

  it('that pedals and pressures are let go of at a panic, channel by channel', async () => {
    const { play, performer, bytes } = await rig();
    play.target.controlChange(3, 64, 127, 0);
    play.target.controlChange(3, 69, 127, 0);
    play.target.controlChange(3, 66, 127, 0);
    play.target.controlChange(3, 66, 0, 0);
    play.target.controlChange(5, 67, 100, 0);
    play.target.controlChange(6, 67, 100, 0);
    play.target.controlChange(6, 121, 0, 0);
    play.target.channelPressure(4, 1, 0);
    play.target.noteOn(3, 60, 100, 0);
    bytes();
    performer.allSoundOff();
    const sent = bytes();
    expect(sent).toHaveLength(5);
    for (const expected of [
      [0xb2, 64, 0],
      [0xb2, 69, 0],
      [0xb4, 67, 0],
      [0xd3, 0],
      [0x82, 60, 64],
    ]) {
      expect(sent).toContainEqual(expected);
    }
    performer.allSoundOff();
    expect(bytes()).toEqual([]);
  });

  it.each(['stop', 'seek', 'pause'] as const)(
    'no pedal that stays down where a song ends: %s',
    async (how) => {
      const { play, pass, taken } = await rig();
      const steps = [0.1, 0.2, 0.3, 0.4].flatMap((seconds) => [
        { seconds, type: 'control' as const, channel: 2, controller: 64, data: 127 },
        { seconds, type: 'bend' as const, channel: 2, bend: 1 },
        { seconds: seconds + 0.05, type: 'control' as const, channel: 2, controller: 64, data: 0 },
      ]);
      play.song.load(writeSong(steps, { name: 'pedal', durationSeconds: 5 }), 'pedal.mid');
      play.song.play();
      pass(0.24);
      if (how === 'seek') {
        play.song.seek(4);
        pass(0.1);
        play.song.pause();
      } else {
        play.song[how]();
      }
      // What is told last leaves last.
      const sent = taken();
      expect(Math.max(...sent.map(({ ms }) => ms))).toBe(sent.at(-1)!.ms);
      expect(sent.at(-1)!.bytes).toEqual([0xb1, 121, 0]);
    },
  );

  it('one start of a song, whatever an outer clock says meanwhile', async () => {
    const { play, settings, pass, bytes } = await rig();
    settings.setOutput({ clock: true, notes: false, controllers: false });
    play.song.load(song, 'song.mid');
    play.song.setLoop(true);
    play.song.play();
    pass(0.5);
    play.target.transport('start', 500);
    play.target.beat(0, 120, 500, true);
    play.song.setTempoFactor(0.9);
    pass(0.2);
    play.target.transport('continue', 700);
    play.song.setTempoFactor(0.8);
    pass(0.2);
    expect(bytes().filter(([status]) => status > 0xf8)).toEqual([[0xfa]]);
    // And obeys it again behind the song.
    play.song.stop();
    play.target.transport('start', 1000);
    play.target.beat(0, 120, 1000, true);
    pass(0.2);
    expect(bytes().filter(([status]) => status > 0xf8)).toEqual([[0xfc], [0xfa]]);
  });

  it('nothing that is left on when it ends', async () => {
    const { play, bytes, performer } = await rig();
    performer.noteOn(1, 60, 100);
    bytes();
    play.close();
    expect(bytes()).toEqual([[0x80, 60, 64]]);
    performer.noteOn(1, 61, 100);
    expect(bytes()).toEqual([]);
  });
});

describe('panic', () => {
  it('ends song, held keys and what waits for its time, here and at the output', async () => {
    const { play, session, performer, pass, bytes, silenced } = await rig();
    play.song.load(song, 'song.mid');
    play.song.play();
    play.target.noteOn(3, 60, 100, 0);
    play.target.controlChange(3, 64, 127, 0);
    play.target.noteOff(3, 60, 64, 0);
    pass(0.6);
    play.target.setParameter('reverb', 0.9, 2000);
    expect(performer.holdsNotes).toBe(true);
    bytes();
    play.panic();
    expect([play.song.state, performer.holdsNotes]).toEqual(['stopped', false]);
    expect(silenced).toEqual(['all']);
    const sent = bytes();
    expect(sent).toContainEqual([0xb2, 64, 0]);
    expect(sent).toContainEqual([0x81, 50, 64]);
    for (let channel = 0; channel < 16; channel++) {
      expect(sent).toContainEqual([0xb0 + channel, 120, 0]);
      expect(sent).toContainEqual([0xb0 + channel, 123, 0]);
    }
    pass(3);
    expect(session.state.values.reverb).not.toBe(0.9);
    // The next key plays.
    play.target.noteOn(3, 61, 100, 4000);
    expect(bytes()).toEqual([[0x92, 61, 100]]);
  });

  it('leaves a paused song where it is, and a sleeping output alone', async () => {
    const { play, settings, pass, bytes } = await rig();
    settings.setOutput({ notes: false, controllers: false });
    play.song.load(song, 'song.mid');
    play.song.play();
    pass(0.3);
    play.song.pause();
    const { seconds } = play.song;
    bytes();
    play.panic();
    expect([play.song.state, play.song.seconds]).toEqual(['paused', seconds]);
    expect(bytes()).toEqual([]);
  });

  it('comes of the sound of all channels going off, and takes no tail from a channel that plays', async () => {
    const { play, silenced } = await rig();
    play.target.noteOn(1, 60, 100, 0);
    play.target.noteOn(2, 62, 100, 0);
    play.target.controlChange(1, 120, 0, 0);
    expect(silenced).toEqual([]);
    play.target.controlChange(2, 120, 0, 0);
    expect(silenced).toEqual(['effects']);
  });
});
