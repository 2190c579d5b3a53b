// What a song costs offline: how much is decoded, and that nothing is for what is not heard. Counts, no times.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PartialValues } from '../../src/patch/preset.ts';
import { factoryPreset } from '../../src/patch/factoryPresets.ts';
import { modulationTargets, playModes } from '../../src/contract/parameters.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { readSong } from '../../src/midi/midiFile.ts';
import type { Song } from '../../src/midi/song.ts';
import { openModel, type NodeModel } from '../../src/model/nodeModel.ts';
import { OfflineInstrument } from '../../src/offline/offlineInstrument.ts';
import { renderSong } from '../../src/offline/renderSong.ts';
import type { Performer } from '../../src/performer/performer.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const modules = loadEngineModules();
const rate = 8000;
let model: NodeModel;
let song: Song;
let calls = 0;

beforeAll(async () => {
  const opened = await openModel(`${repository}public/models/fsdd`);
  model = { ...opened, decode: (points) => (calls++, opened.decode(points)) };
  const demo = readSong(readFileSync(`${repository}public/songs/demo.mid`));
  // Two bars of it: a dozen notes, held and struck.
  const events = demo.events.filter(({ seconds }) => seconds < 5.4);
  song = { ...demo, events, durationSeconds: 5.4 };
});
afterAll(() => model.dispose());

async function rendered(name: string, values: PartialValues = {}, blockFrames = 4096) {
  calls = 0;
  const instrument = await OfflineInstrument.open({ model, sampleRate: rate, modules, blockFrames });
  instrument.load(factoryPreset(name));
  instrument.session.state.putAll(values);
  const samples: number[] = [];
  await renderSong(instrument, song, (left) => samples.push(...left), { followsPrograms: false });
  return { decodes: instrument.decodes, calls, samples };
}

/** One held note that is acted on; what was decoded from then on. */
async function heldNote(values: PartialValues, act: (performer: Performer, step: number) => void) {
  const instrument = await OfflineInstrument.open({ model, sampleRate: rate, modules });
  instrument.session.state.putAll({ mode: playModes.indexOf('sing'), digit: 1, hold: 1, ...values });
  instrument.performer.noteOn(1, 57, 100);
  await instrument.renderTo(rate, () => undefined);
  const before = instrument.decodes;
  for (let step = 1; step <= 100; step++) {
    act(instrument.performer, step);
    await instrument.renderTo(rate + step * 80, () => undefined);
  }
  await instrument.renderTo(3 * rate, () => undefined);
  return instrument.decodes - before;
}

describe('a preset with the slow oscillator on a style', () => {
  it('decodes hardly more than one without, the notes of a moment together', async () => {
    const choir = await rendered('Choir');
    const tide = await rendered('Vowel Tide');
    expect(choir.decodes).toBeGreaterThan(10);
    expect(tide.decodes).toBeLessThan(2 * choir.decodes);
    expect(tide.calls).toBeLessThan(tide.decodes);
    const still = await rendered('Vowel Tide', { lfoAmount: 0 });
    const apart = tide.samples.map((value, n) => Math.abs(value - still.samples[n]));
    expect(Math.max(...apart.slice(rate))).toBeGreaterThan(0.02);
  });

  it('plays the same samples in blocks of any length', async () => {
    const [whole, parts] = [await rendered('Vowel Tide'), await rendered('Vowel Tide', {}, 700)];
    expect(parts.samples).toEqual(whole.samples);
  });
});

describe('a moving style', () => {
  const style1 = (performer: Performer, step: number) => performer.setParameter('style1', step / 100);

  it('is decoded some times a second, and at its end where it is', async () => {
    const moved = await heldNote({}, style1);
    expect(moved).toBeGreaterThan(3);
    expect(moved).toBeLessThan(12);
  });

  it('is decoded at once where it leaps', async () => {
    expect(await heldNote({}, (performer, step) => performer.setParameter('style1', step % 2))).toBe(100);
  });

  it('is not decoded for a note that has ended, nor for one that is turned down', async () => {
    const ended = await heldNote({ release: 0.05, keyUp: 1 }, (performer, step) => {
      if (step === 1) performer.noteOff(1, 57);
      if (step > 40) performer.setParameter('style1', step % 2);
    });
    expect(ended).toBe(0);
    const down = await heldNote({}, (performer, step) => {
      if (step === 1) performer.controlChange(1, 7, 0);
      else if (step < 100) performer.setParameter('style1', step % 2);
      else performer.controlChange(1, 7, 100);
    });
    expect(down).toBe(1);
  });

  it('of a swing costs nothing once its places are known', async () => {
    const lfo = { lfoTo: modulationTargets.indexOf('style 2'), lfoAmount: 0.5, lfoRate: 2 };
    expect(await heldNote(lfo, () => undefined)).toBeLessThan(4);
  });
});
