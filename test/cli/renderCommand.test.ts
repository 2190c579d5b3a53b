// Songs through performer, decoder and kernel: what each MIDI message does to the sound, measured; and `numvox render`.
// Long, since each message has its own song and measure.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { OfflineInstrument, type OfflineOptions } from '../../src/offline/offlineInstrument.ts';
import { renderSong, type SongRenderOptions } from '../../src/offline/renderSong.ts';
import { readWav } from '../../src/node/wav.ts';
import { arpModes, holdModes, parameterIds, playModes } from '../../src/contract/parameters.ts';
import { divisions, keyUpModes } from '../../src/contract/choices.ts';
import { completeValues, presetOf, type PartialValues } from '../../src/patch/preset.ts';
import { trackPitch } from '../../src/dsp/pitch.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { factoryPreset, factoryPresets } from '../../src/patch/factoryPresets.ts';
import { readSong } from '../../src/midi/midiFile.ts';
import { writeSong } from '../../src/midi/songWriter.ts';
import type { Song, SongEvent } from '../../src/midi/song.ts';
import { openModel, type NodeModel } from '../../src/model/nodeModel.ts';
import { finished, numvox, startNumvox, type Finished } from '../helpers/command.ts';
import { committedSong } from '../helpers/songs.ts';
import { webAudioLoads } from '../helpers/webAudio.ts';

const shipped = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));
const modules = loadEngineModules();
const rate = 16_000;
const hasWebAudio = await webAudioLoads();
let model: NodeModel;
let home = '';
const at = (name: string): string => join(home, name);

beforeAll(async () => {
  model = await openModel(shipped);
  home = mkdtempSync(join(tmpdir(), 'numvox-render-'));
});
afterAll(() => {
  model.dispose();
  rmSync(home, { recursive: true, force: true });
});

/** Steady "one" on every key, at exactly the key's pitch. */
const sung: PartialValues = {
  mode: playModes.indexOf('sing'),
  hold: holdModes.indexOf('hold'),
  intonation: 0,
  digit: 1,
};

interface Rendered {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly instrument: OfflineInstrument;
}

async function rendered(
  song: Song,
  values: PartialValues = sung,
  options: Partial<OfflineOptions> & SongRenderOptions = {},
): Promise<Rendered> {
  const instrument = await OfflineInstrument.open({ model, sampleRate: rate, modules, ...options });
  instrument.session.state.putAll(values);
  const left: number[] = [];
  const right: number[] = [];
  await renderSong(
    instrument,
    song,
    (a, b) => {
      for (const value of a) left.push(value);
      for (const value of b) right.push(value);
    },
    options,
  );
  expect(instrument.missedNotes).toBe(0);
  return { left: Float32Array.from(left), right: Float32Array.from(right), instrument };
}

const file = (name: string): Song => readSong(committedSong(`test/midi/files/${name}.mid`), name);
const played = (events: SongEvent[]): Song => readSong(writeSong(events));

/** Level in dB between two times. */
function level(samples: Float32Array, from: number, to: number): number {
  const part = samples.subarray(from * rate, to * rate);
  return 10 * Math.log10(part.reduce((sum, value) => sum + value * value, 0) / part.length + 1e-12);
}

/** Fundamental every 5 ms, hertz. */
function pitches(samples: Float32Array, from: number, to: number): number[] {
  const part = samples.slice(from * rate, to * rate);
  const hopSamples = rate / 200;
  const frames = Math.floor(part.length / hopSamples);
  const f0 = trackPitch(part, { sampleRate: rate, hopSamples, frames, f0LowHz: 70, f0HighHz: 900 });
  // The ends are less sure: they look past what is there.
  return [...f0].slice(10, -10).filter((hz) => hz > 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function cents(hz: number, wanted: number): number {
  return 1200 * Math.log2(hz / wanted);
}

/** How far the middle of a stretch is from a key's pitch, in cents. */
function outOfTune(samples: Float32Array, from: number, to: number, note: number): number {
  return Math.abs(cents(median(pitches(samples, from, to)), 440 * 2 ** ((note - 69) / 12)));
}

/** Half the way from the lowest to the highest pitch, in cents. */
function vibrato(samples: Float32Array, from: number, to: number): number {
  const sorted = pitches(samples, from, to).toSorted((a, b) => a - b);
  const share = (k: number) => sorted[Math.round(k * (sorted.length - 1))];
  return cents(share(0.98), share(0.02)) / 2;
}

/** First sample at or after `from` whose magnitude passes a thousandth of the peak, in seconds. */
function onsetAfter(samples: Float32Array, from: number): number {
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let n = Math.round(from * rate); n < samples.length; n++) {
    if (Math.abs(samples[n]) > peak / 1000) return n / rate;
  }
  return Infinity;
}

describe('what MIDI does to the sound', () => {
  test('notes from E2 to E5 are in tune within 5 cents and as loud as their velocity', async () => {
    const { left } = await rendered(file('notes'));
    for (const [k, note] of [40, 45, 57, 64, 76].entries()) {
      expect(outOfTune(left, k + 0.15, k + 0.6, note)).toBeLessThan(5);
    }
    const loud = level(left, 2.2, 2.5);
    // Full scale 0 dB, velocity v at 40 log10(v / 127).
    expect(level(left, 5.2, 5.5) - loud).toBeCloseTo(40 * Math.log10(64 / 127), 0);
    expect(level(left, 6.2, 6.5) - loud).toBeCloseTo(40 * Math.log10(32 / 127), 0);
  });

  test('the bend range of RPN 0 decides how far the wheel goes, both ways and back', async () => {
    const { left } = await rendered(file('bend'));
    expect(outOfTune(left, 0.3, 0.9, 57)).toBeLessThan(5);
    expect(outOfTune(left, 0.95, 1.65, 69)).toBeLessThan(5);
    expect(outOfTune(left, 1.75, 2.45, 51)).toBeLessThan(5);
    expect(outOfTune(left, 2.55, 3.2, 57)).toBeLessThan(5);
  });

  test('RPN 1 and 2 tune their channel, sounding notes too, and no other', async () => {
    const { left } = await rendered(file('tuning'));
    for (const [from, to, note] of [
      [0.2, 0.7, 57],
      [1.2, 1.7, 57.5],
      [2.2, 2.85, 57.5],
      [3, 3.65, 64.5],
      [4.2, 4.7, 64],
      [5.2, 5.7, 57],
    ]) {
      expect(outOfTune(left, from, to, note)).toBeLessThan(5);
    }
  });

  test('a new bend range moves a bent note at its time, whatever the tempo does', async () => {
    const { left } = await rendered(file('ranges'));
    for (const [from, to, note] of [
      [0.2, 0.6, 57],
      [0.65, 1.2, 63],
      [1.25, 2.75, 69],
      [2.8, 3.4, 51],
    ]) {
      expect(outOfTune(left, from, to, note)).toBeLessThan(5);
    }
    const at = (seconds: number) => median(pitches(left, seconds - 0.06, seconds + 0.06));
    // Half of the window on either side.
    expect(at(1.17)).toBeLessThan(340);
    expect(at(1.23)).toBeGreaterThan(400);
  });

  test('a stutter keeps to the beat of the song, also for a key between the beats', async () => {
    const stutter = { ...sung, hold: holdModes.indexOf('stutter'), stutterRate: divisions.indexOf('1/4') };
    const of = async (begin: number) => {
      const { left } = await rendered(
        played([
          { seconds: 0, type: 'tempo', bpm: 120 },
          { seconds: 1, type: 'tempo', bpm: 75 },
          { seconds: begin, type: 'noteOn', channel: 1, note: 57, velocity: 127 },
          { seconds: 3, type: 'noteOff', channel: 1, note: 57, velocity: 64 },
        ]),
        stutter,
      );
      // Every 10 ms, down to where nothing is heard.
      return (from: number) =>
        Array.from({ length: 40 }, (_, k) =>
          Math.max(-60, level(left, from + k / 100, from + (k + 1) / 100)),
        );
    };
    const [onBeat, between] = [await of(0), await of(0.17)];
    const difference = (a: number[], b: number[]) =>
      Math.sqrt(a.reduce((sum, value, k) => sum + (value - b[k]) ** 2, 0) / a.length);
    // Beats at 0.5, 1, and from there every 0.8 s.
    for (const beat of [0.5, 1, 1.8]) {
      const wanted = onBeat(beat);
      expect(difference(between(beat), wanted)).toBeLessThan(4);
      expect(difference(between(beat + 0.17), wanted)).toBeGreaterThan(15);
    }
  });

  test('sustain and sostenuto hold what they should and no longer; soft is softer', async () => {
    const { left } = await rendered(file('pedals'));
    // The key is up from 0.4 s, the pedal from 1.4 s.
    expect(level(left, 1, 1.3)).toBeCloseTo(level(left, 0.25, 0.4), -1);
    expect(level(left, 2, 2.15)).toBeLessThan(-80);
    // Sostenuto holds the C; the E that came after it ends with its key at 2.9 s.
    expect(outOfTune(left, 3.3, 3.9, 60)).toBeLessThan(5);
    expect(level(left, 4.7, 4.95)).toBeLessThan(-80);
    const plain = level(left, 5.2, 5.7);
    const soft = level(left, 6.5, 7);
    expect(plain - soft).toBeGreaterThan(3);
    expect(plain - soft).toBeLessThan(8);
  });

  test('volume and 14-bit expression follow 40 log10; pan goes fully left and right', async () => {
    const { left, right } = await rendered(file('levels'));
    const full = level(left, 0.5, 0.95);
    const decibels = (data: number) => 40 * Math.log10(data / 127);
    expect(level(left, 1.3, 1.9) - full).toBeCloseTo(decibels(50), 0);
    expect(level(left, 2.3, 2.9) - full).toBeCloseTo(decibels(100) + decibels(63 + 127 / 128), 0);
    // Far left all the power of both sides is on one.
    expect(level(left, 3.3, 3.9) - full).toBeCloseTo(decibels(100) + 3, 0);
    expect(level(right, 3.3, 3.9)).toBeLessThan(-100);
    expect(level(right, 4.3, 4.9) - full).toBeCloseTo(decibels(100) + 3, 0);
    expect(level(left, 4.3, 4.9)).toBeLessThan(-100);
  });

  test('the wheel, channel pressure and the pressure of a key bring vibrato, and take it away', async () => {
    const { left } = await rendered(file('pressure'));
    expect(vibrato(left, 0.4, 1.2)).toBeLessThan(10);
    // The wheel's range is 200 ct, that of pressure 60 ct.
    const wheel = vibrato(left, 1.4, 2.4);
    expect(wheel).toBeGreaterThan(85);
    expect(wheel).toBeLessThan(110);
    expect(vibrato(left, 2.5, 3)).toBeLessThan(10);
    for (const [from, to] of [
      [3.1, 4.2],
      [4.9, 6],
    ]) {
      expect(vibrato(left, from, to)).toBeGreaterThan(50);
      expect(vibrato(left, from, to)).toBeLessThan(70);
    }
    expect(vibrato(left, 4.25, 4.8)).toBeLessThan(10);
  });

  test('programs choose the digit that NRPN numbers choose too; without programs nothing changes', async () => {
    const byProgram = await rendered(file('program'));
    // The parameter `digit` by its place in the table; the range of a digit ends at 9.
    const place = parameterIds.indexOf('digit');
    const byNrpn = file('program').events.flatMap((event): SongEvent[] => {
      if (event.type !== 'program') return [event];
      const raw = Math.round((event.data / 9) * 127 * 128);
      const said: [number, number][] = [
        [99, place >> 7],
        [98, place & 127],
        [6, raw >> 7],
        [38, raw & 127],
      ];
      return said.map(([controller, data]) => ({ ...event, type: 'control', controller, data }));
    });
    expect(byProgram.instrument.performer.parameter('digit')).toBe(7);
    const other = await rendered({ ...file('program'), events: byNrpn });
    expect(other.instrument.performer.parameter('digit')).toBeCloseTo(7, 1);
    const without = await rendered(file('program'), sung, { followsPrograms: false });
    expect(without.instrument.performer.parameter('digit')).toBe(1);
    const first = (r: Rendered) => r.left.subarray(0.3 * rate, 0.7 * rate);
    const likeness = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, value, n) => sum + value * b[n], 0) /
      Math.sqrt(a.reduce((s, v) => s + v * v, 0) * b.reduce((s, v) => s + v * v, 0));
    expect(likeness(first(byProgram), first(other))).toBeGreaterThan(0.99);
    expect(likeness(first(byProgram), first(without))).toBeLessThan(0.95);
  });

  test('keys sound at their times through changes of tempo', async () => {
    const song = file('tempo');
    const { left } = await rendered(song, { ...sung, hold: holdModes.indexOf('hold') });
    const onsets = song.events.filter(({ type }) => type === 'noteOn').map(({ seconds }) => seconds);
    for (const [k, wanted] of [0, 0.5, 1, 2, 3, 3.25, 3.5].entries()) {
      expect(onsets[k]).toBeCloseTo(wanted, 2);
    }
    // The first note has nothing before it; those after a pause tell their time by their sound.
    const delay = onsetAfter(left, 0) - onsets[0];
    for (const k of [3, 4]) {
      const onset = onsetAfter(left, onsets[k] - 0.05);
      expect(Math.abs(onset - onsets[k] - delay)).toBeLessThan(0.003);
    }
  });

  test('notes of an MPE zone bend apart over 48 semitones, each with its own level and place', async () => {
    const { left, right } = await rendered(file('mpe'));
    expect(outOfTune(left, 0.3, 0.95, 57)).toBeLessThan(5);
    expect(outOfTune(right, 0.3, 0.95, 64)).toBeLessThan(5);
    expect(outOfTune(left, 1.1, 3, 62)).toBeLessThan(5);
    expect(outOfTune(right, 1.1, 3, 67)).toBeLessThan(5);
    expect(level(right, 1.3, 1.9) - level(right, 2.3, 2.9)).toBeGreaterThan(5);
    expect(level(left, 1.3, 1.9) - level(left, 2.3, 2.9)).toBeCloseTo(0, 0);
  });

  test('the upper zone bends by the range of its members, and all of it by its master', async () => {
    const { left, right } = await rendered(file('upper'));
    for (const [from, to, bent, other] of [
      [0.3, 0.95, 57, 64],
      [1.1, 1.95, 62, 65],
      [2.1, 4.4, 64, 67],
    ]) {
      expect(outOfTune(left, from, to, bent)).toBeLessThan(5);
      expect(outOfTune(right, from, to, other)).toBeLessThan(5);
    }
    const quieter = 40 * Math.log10(64 / 127);
    expect(level(left, 3.3, 4.3) - level(left, 2.3, 2.9)).toBeCloseTo(quieter, 0);
    expect(level(right, 3.3, 4.3) - level(right, 2.3, 2.9)).toBeCloseTo(quieter, 0);
    // Neither bent, nor faded, nor on one side.
    expect(outOfTune(left, 5.2, 5.8, 57)).toBeLessThan(5);
    expect(level(left, 5.2, 5.8) - level(right, 5.2, 5.8)).toBeCloseTo(0, 1);
  });

  test('controller 74 of a finger changes the sound of its note alone, pressure the level of its own', async () => {
    const song = file('fingers');
    const moved = await rendered(song);
    const still = await rendered({
      ...song,
      events: song.events.filter((event) => event.type !== 'control' || event.controller !== 74),
    });
    const rest = (from: number, to: number) => {
      const part = (r: Rendered) => r.left.subarray(from * rate, to * rate);
      return level(
        part(moved).map((value, n) => value - part(still)[n]),
        0,
        to - from,
      );
    };
    expect(rest(0.3, 0.99)).toBeLessThan(-100);
    expect(rest(1.3, 1.9) - level(still.left, 1.3, 1.9)).toBeGreaterThan(-20);
    const worst = moved.right.reduce((most, value, n) => Math.max(most, Math.abs(value - still.right[n])), 0);
    expect(worst).toBeLessThan(1e-6);
    expect(outOfTune(moved.left, 1.2, 3, 45)).toBeLessThan(5);
    const full = level(moved.right, 1.4, 1.95);
    expect(level(moved.right, 2.15, 2.45) - full).toBeCloseTo(20 * Math.log10(0.25), -1);
    expect(level(moved.right, 2.65, 3.05) - full).toBeCloseTo(0, -1);
    expect(level(moved.left, 2.15, 2.45) - level(moved.left, 2.65, 3.05)).toBeCloseTo(0, 0);
  });

  test('all notes off releases keys but not what the pedal holds, all sound off ends all, reset lets go', async () => {
    const { left } = await rendered(file('modes'), {
      ...sung,
      keyUp: keyUpModes.indexOf('release'),
      release: 0.05,
    });
    // Keys of 1.8 s: the first ends after 0.9, as from its own note-off; the second goes on until the pedal is up.
    expect(level(left, 0.5, 0.95)).toBeGreaterThan(-40);
    expect(level(left, 1.4, 1.9)).toBeLessThan(-80);
    expect(level(left, 3, 3.5)).toBeCloseTo(level(left, 2.4, 2.7), -1);
    expect(level(left, 4, 4.4)).toBeLessThan(-80);
    expect(level(left, 5.3, 5.48)).toBeGreaterThan(-40);
    expect(level(left, 5.52, 6.4)).toBeLessThan(-80);
    // Bent, faded and held until the reset at 8 s; the other channel's note does not care.
    const full = level(left, 9.3, 9.8);
    expect(outOfTune(left, 6.75, 7.55, 59)).toBeLessThan(5);
    expect(level(left, 6.8, 7.5) - full).toBeCloseTo(40 * Math.log10(40 / 127), 0);
    expect(outOfTune(left, 8.3, 8.95, 64)).toBeLessThan(5);
    expect(outOfTune(left, 9.25, 9.85, 57)).toBeLessThan(5);
    // Nothing is held any more.
    expect(left.length / rate).toBeLessThan(10.2);
  });

  test('numbers without a register set parameters by 7 and 14 bits and by steps; the null number none', async () => {
    const song = file('nrpn');
    const byNumber = await rendered(song);
    const { performer } = byNumber.instrument;
    expect(performer.parameter('digit')).toBeCloseTo(7, 3);
    // Two steps of 1/127 of the 72 semitones down: rounded, a semitone.
    expect(performer.parameter('transpose')).toBeCloseTo((-2 * 72) / 127, 6);
    expect(outOfTune(byNumber.left, 2.7, 3.25, 56)).toBeLessThan(5);
    const notes = song.events.filter(({ type }) => type === 'noteOn' || type === 'noteOff');
    const digit = async (value: number) =>
      (await rendered({ ...song, events: notes }, { ...sung, digit: value })).left;
    const likeness = (a: Float32Array, b: Float32Array, from: number) => {
      const [x, y] = [a, b].map((samples) => samples.subarray(from * rate, (from + 0.5) * rate));
      const dot = (p: Float32Array, q: Float32Array) => p.reduce((sum, value, n) => sum + value * q[n], 0);
      return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
    };
    const [coarse, fine] = [await digit((42 / 127) * 9), await digit(7)];
    expect(likeness(byNumber.left, coarse, 0.2)).toBeGreaterThan(0.99);
    expect(likeness(byNumber.left, fine, 0.2)).toBeLessThan(0.95);
    expect(likeness(byNumber.left, fine, 1.3)).toBeGreaterThan(0.99);
    expect(likeness(byNumber.left, coarse, 1.3)).toBeLessThan(0.95);
  });

  test('an arpeggio keeps the tempo of the song, not that of the preset', async () => {
    const chord = played([
      { seconds: 0, type: 'tempo', bpm: 150 },
      { seconds: 0, type: 'noteOn', channel: 1, note: 57, velocity: 127 },
      { seconds: 0, type: 'noteOn', channel: 1, note: 69, velocity: 127 },
      { seconds: 1.6, type: 'noteOff', channel: 1, note: 57, velocity: 64 },
      { seconds: 1.6, type: 'noteOff', channel: 1, note: 69, velocity: 64 },
    ]);
    const { left } = await rendered(chord, {
      ...sung,
      arpMode: arpModes.indexOf('up'),
      arpRate: divisions.indexOf('1/4'),
      arpGate: 0.9,
      release: 0.01,
      tempo: 60,
    });
    for (const [k, note] of [57, 69, 57, 69].entries()) {
      expect(outOfTune(left, 0.4 * k + 0.08, 0.4 * k + 0.36, note)).toBeLessThan(10);
    }
    expect(level(left, 2.1, 2.2)).toBeLessThan(-80);
  });

  test('a style that moves during a note moves its sound, decoded for the very frame', async () => {
    const moving = played([
      { seconds: 0, type: 'noteOn', channel: 1, note: 57, velocity: 127 },
      { seconds: 1, type: 'control', channel: 1, controller: 70, data: 127 },
      { seconds: 2, type: 'noteOff', channel: 1, note: 57, velocity: 64 },
    ]);
    const moved = await rendered(moving);
    expect(moved.instrument.decodes).toBe(2);
    const still = await rendered({
      ...moving,
      events: moving.events.filter(({ type }) => type !== 'control'),
    });
    const before = 1 * rate;
    expect(moved.left.subarray(0, before)).toEqual(still.left.subarray(0, before));
    const after = (r: Rendered) => r.left.subarray(1.1 * rate, 1.8 * rate);
    const difference = after(moved).map((value, n) => value - after(still)[n]);
    expect(level(difference, 0, 0.7)).toBeGreaterThan(level(after(still), 0, 0.7) - 20);
    expect(outOfTune(moved.left, 1.2, 1.9, 57)).toBeLessThan(5);
  });
});

describe('the renderer', () => {
  test('gives the same samples twice and in blocks of any size, others with another seed', async () => {
    const values = { ...sung, breath: 0.3, variation: 0.5, arpMode: arpModes.indexOf('random') };
    const song = file('mpe');
    const [first, again, odd, seeded] = [
      await rendered(song, values),
      await rendered(song, values),
      await rendered(song, values, { blockFrames: 101 }),
      await rendered(song, values, { seed: 2 }),
    ];
    expect(again.left).toEqual(first.left);
    expect(odd.left).toEqual(first.left);
    expect(odd.right).toEqual(first.right);
    expect(seeded.left).not.toEqual(first.left);
  });

  test('keeps the limit, and plays scenes and gestures of a preset', async () => {
    const song = file('notes');
    const instrument = await OfflineInstrument.open({ model, sampleRate: rate, modules });
    instrument.load(factoryPreset('Morphing Vowel'));
    instrument.session.state.putAll({ outputGainDb: 6 });
    let most = 0;
    await renderSong(instrument, song, (left, right) => {
      for (const value of [...left, ...right]) most = Math.max(most, Math.abs(value));
    });
    expect(instrument.peak).toBeGreaterThan(0.3);
    expect(most).toBeLessThanOrEqual(0.97 + 1e-6);
    // The gesture walks round the pad: the style that scene C has is on its way.
    expect(instrument.decodes).toBeGreaterThan(20);
  });

  test('strikes the sounds that a preset stored on drum keys, and names those of another model', async () => {
    const strike = (note: number) =>
      played([
        { seconds: 0, type: 'noteOn', channel: 1, note, velocity: 100 },
        { seconds: 0.5, type: 'noteOff', channel: 1, note, velocity: 64 },
      ]);
    const style = model.bundle.manifest.speakers[0].styles[7];
    const pad = { note: 60, digit: 7, speaker: 0, style };
    const drum = { values: completeValues({ mode: playModes.indexOf('drum') }), lyrics: '' };
    const preset = presetOf('kit', drum, { pads: [pad] });
    const sound = async (note: number, pads: boolean) => {
      const instrument = await OfflineInstrument.open({ model, sampleRate: rate, modules });
      expect(instrument.load(pads ? preset : { ...preset, pads: [] })).toEqual([]);
      const parts: Float32Array[] = [];
      await renderSong(instrument, strike(note), (left) => parts.push(left.slice()));
      return Float32Array.from(parts.flatMap((part) => [...part]));
    };
    const likeness = (a: Float32Array, b: Float32Array) => {
      const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, v, n) => sum + v * (y[n] ?? 0), 0);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    // Key 43 says the first voice's own seven.
    const own = await sound(43, false);
    expect(likeness(await sound(60, true), own)).toBeGreaterThan(0.95);
    expect(Math.abs(likeness(await sound(60, false), own))).toBeLessThan(0.5);
    const instrument = await OfflineInstrument.open({ model, sampleRate: rate, modules });
    const foreign = { ...preset, pads: [{ ...pad, style: [1] }] };
    expect(instrument.load(foreign)).toEqual([expect.stringMatching(/C4 are of another model/)]);
  });

  test('every factory preset sounds, misses no note and comes to its end', async () => {
    const song = played([
      { seconds: 0, type: 'noteOn', channel: 1, note: 57, velocity: 100 },
      { seconds: 0.3, type: 'noteOn', channel: 1, note: 64, velocity: 100 },
      { seconds: 0.6, type: 'noteOff', channel: 1, note: 57, velocity: 64 },
      { seconds: 0.6, type: 'noteOff', channel: 1, note: 64, velocity: 64 },
    ]);
    for (const preset of factoryPresets) {
      const instrument = await OfflineInstrument.open({ model, sampleRate: rate, modules });
      instrument.load(preset);
      let frames = 0;
      await renderSong(instrument, song, (left) => void (frames += left.length));
      expect(instrument.peak, preset.name).toBeGreaterThan(0.01);
      expect(instrument.peak, preset.name).toBeLessThan(2);
      expect(instrument.missedNotes, preset.name).toBe(0);
      expect(frames / rate, preset.name).toBeLessThan(25);
    }
  });

  test('ends a drone that would never end', async () => {
    const song = played([
      { seconds: 0, type: 'control', channel: 1, controller: 64, data: 127 },
      { seconds: 0, type: 'noteOn', channel: 1, note: 57, velocity: 127 },
      { seconds: 0.5, type: 'noteOff', channel: 1, note: 57, velocity: 64 },
    ]);
    const { left } = await rendered(song, { ...sung, freeze: 1, release: 0.2 });
    expect(left.length / rate).toBeLessThan(2);
    expect(level(left, left.length / rate - 0.01, left.length / rate)).toBeLessThan(-60);
  });
});

describe('numvox render', () => {
  const song = fileURLToPath(new URL('../midi/files/tempo.mid', import.meta.url));
  const run = (...parts: string[]): Promise<Finished> => numvox('render', ...parts);

  test('writes a stereo file at the rate asked for, the same for the same seed', async () => {
    const effects = hasWebAudio ? ['--set', 'reverb=0.3'] : ['--dry'];
    const options = ['--preset', 'bass voice', '--set', 'hold=one-shot', ...effects, '--rate', '22050'];
    const [first, second] = await Promise.all([
      run(song, '--out', at('a.wav'), ...options),
      run(song, '--out', at('b.wav'), ...options),
    ]);
    expect([first.code, second.code]).toEqual([0, 0]);
    const fields = first.stdout.trimEnd().split('\t');
    expect(fields[0]).toBe(at('a.wav'));
    const { samples, sampleRate, channels } = readWav(at('a.wav'));
    expect([sampleRate, channels]).toEqual([22_050, 2]);
    expect(parseFloat(fields[1])).toBeCloseTo(samples.length / sampleRate, 2);
    expect(level(samples, 0, 1)).toBeGreaterThan(-50);
    expect(readFileSync(at('b.wav')).equals(readFileSync(at('a.wav')))).toBe(true);
    expect(readdirSync(home).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('Ctrl-C leaves an older file as it was, and no part of a new one', async () => {
    const folder = at('interrupted');
    mkdirSync(folder);
    writeFileSync(join(folder, 'song.wav'), 'older');
    const long = fileURLToPath(new URL('../../public/songs/demo.mid', import.meta.url));
    const child = startNumvox('render', long, '--dry', '--rate', '192000', '--out', join(folder, 'song.wav'));
    const end = finished(child);
    await vi.waitFor(() => expect(readdirSync(folder)).toHaveLength(2), { timeout: 20_000 });
    child.kill('SIGINT');
    expect((await end).code).toBe(130);
    expect(readdirSync(folder)).toEqual(['song.wav']);
    expect(readFileSync(join(folder, 'song.wav'), 'utf8')).toBe('older');
  });

  test('lyrics and a preset file are played', async () => {
    const preset = {
      formatVersion: 1,
      name: 'mine',
      tags: [],
      values: { mode: 'lyrics', hold: 'hold' },
    };
    writeFileSync(at('mine.json'), JSON.stringify(preset));
    const { code, stderr } = await run(
      ...[song, '--preset', at('mine.json'), '--lyrics', '3 1 4', '--out', at('lyrics.wav')],
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(level(readWav(at('lyrics.wav')).samples, 0, 1)).toBeGreaterThan(-50);
  });

  test('program changes call the presets of the factory, each for the notes behind it', async () => {
    const programs = fileURLToPath(new URL('../midi/files/program.mid', import.meta.url));
    const options = ['--dry', '--rate', '16000'];
    // The programs of the file.
    const wanted = [3, 7].map((program) => factoryPresets[program].name);
    const [both, ...single] = await Promise.all([
      run(programs, '--out', at('programs.wav'), ...options),
      ...wanted.map((name, k) => run(programs, '--out', at(`program${k}.wav`), '--preset', name, ...options)),
    ]);
    expect([both, ...single].map(({ code }) => code)).toEqual([0, 0, 0]);
    const sides = (name: string) => readWav(at(name)).samples;
    const power = (samples: Float32Array) => samples.reduce((sum, value) => sum + value ** 2, 0);
    /** Power of what two files differ by during a note, as a share of the first's. */
    const difference = (name: string, other: string, from: number) => {
      const [x, y] = [name, other].map((file) => sides(file).subarray(from * rate, (from + 0.7) * rate));
      return power(x.map((value, n) => value - y[n])) / power(x);
    };
    expect(difference('programs.wav', 'program0.wav', 0.1)).toBeLessThan(1e-3);
    expect(difference('programs.wav', 'program1.wav', 0.1)).toBeGreaterThan(0.5);
    // The drone rises slowly, the count-in strikes.
    expect(wanted).toEqual(['Count-In', 'Drone']);
    const second = (name: string) => level(sides(name), 1.3, 2);
    expect(second('programs.wav') - second('program0.wav')).toBeLessThan(-5);
  });

  test.skipIf(!hasWebAudio)('effects are heard and ring out; --dry leaves them out', async () => {
    const options = ['--preset', 'Choir', '--rate', '22050'];
    const [wet, dry] = await Promise.all([
      run(song, '--out', at('wet.wav'), ...options),
      run(song, '--out', at('dry.wav'), '--dry', ...options),
    ]);
    expect([wet.code, wet.stderr]).toEqual([0, '']);
    expect(dry.stderr).toMatch(/^numvox: left out by --dry: .*reverb$/m);
    const seconds = ({ stdout }: Finished) => parseFloat(stdout.split('\t')[1]);
    expect(seconds(wet)).toBeGreaterThan(seconds(dry) + 2);
    const { samples, sampleRate } = readWav(at('wet.wav'));
    const after = (from: number) =>
      10 *
      Math.log10(
        samples
          .subarray((seconds(dry) + from) * sampleRate, (seconds(dry) + from + 0.5) * sampleRate)
          .reduce((sum, x) => sum + x * x, 1e-12),
      );
    expect(after(0.2)).toBeGreaterThan(-40);
    // Its room loses 60 dB in 4 s.
    expect(after(0.2) - after(2.2)).toBeGreaterThan(20);
    expect(Math.max(...samples.slice(-sampleRate / 50).map(Math.abs))).toBeLessThan(1e-3);
  });

  test.each<[string, string[], RegExp]>([
    ['no song', ['--out', 'x.wav'], /missing required argument 'song'/],
    ['no --out', [song], /'--out <file>' not specified/],
    ['a missing song', ['nowhere.mid', '--out', 'x.wav'], /cannot read nowhere\.mid: there is no such file/],
    ['a file that is no song', ['package.json', '--out', 'x.wav'], /package\.json is not a MIDI file/],
    ['an unknown preset', [song, '--out', 'x.wav', '--preset', 'Nope'], /there is no preset "Nope"; .*Choir/],
    [
      'an unknown parameter',
      [song, '--out', 'x.wav', '--set', 'nope=1'],
      /--set: there is no parameter "nope"$/m,
    ],
    [
      'a value out of range',
      [song, '--out', 'x.wav', '--set', 'attack=99'],
      /--set: Attack must be from 0\.001 to 5, got 99$/m,
    ],
    ['no value', [song, '--out', 'x.wav', '--set', 'attack'], /--set takes a parameter and its value/],
    ['unreadable lyrics', [song, '--out', 'x.wav', '--lyrics', 'eleventy'], /eleventy/],
  ])('%s: one line, exit 1', async (_, parts, message) => {
    const { code, stderr } = await run(...parts);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
