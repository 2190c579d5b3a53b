// Sounds of drum keys: what is stored is what sounds, lists stay in order, and a performer plays exactly what a list says.
import { describe, expect, it } from 'vitest';
import { defaultValues } from '../../src/contract/parameters.ts';
import { Performer } from '../../src/performer/performer.ts';
import {
  loadPads,
  noPads,
  padCleared,
  padStored,
  presentPad,
  type Pads,
} from '../../src/patch/storedPads.ts';
import type { DecodeTarget } from '../../src/model/inferenceProtocol.ts';
import { smallManifest } from '../helpers/manifest.ts';

const manifest = smallManifest(3);
const drum = 3;

function rig() {
  let targets: readonly DecodeTarget[] = [];
  const slots: number[] = [];
  const performer = new Performer({
    manifest,
    sendKernel: (message) => {
      if (message.type === 'noteOn') slots.push(message.slot);
    },
    sendInference: (message) => {
      if (message.type === 'targets') targets = message.targets;
    },
    sampleRate: 48000,
    now: () => 0,
    // Every wish is carried out at once.
    startTimer: (callback) => {
      queueMicrotask(callback);
      return () => undefined;
    },
  });
  performer.begin();
  performer.setParameter('mode', drum);
  /** The point that a key is decoded at. */
  const struck = async (note: number) => {
    performer.noteOn(1, note, 100);
    await Promise.resolve();
    await Promise.resolve();
    const target = targets.find(({ slot }) => slot === slots.at(-1));
    return target && { slot: target.slot, style: [...target.style], point: [...target.digitPoint] };
  };
  const present = (note: number) => presentPad(performer, manifest, performer.values(), note);
  return { performer, struck, present };
}

describe('the present sound', () => {
  it('is what the digit says in the voice, with knobs and map, and stays when they move on', async () => {
    const { performer, struck, present } = rig();
    performer.setParameters({ digit: 4, speaker: 2, style1: 0.5, style2: -1 });
    performer.setStyleTarget((digit) => [9, digit], 0.5);
    const pad = present(50);
    expect(pad).toEqual({ note: 50, digit: 4, speaker: 2, style: [...performer.styleOf(2, 4)] });
    expect(loadPads(performer, manifest, [pad])).toEqual([]);
    expect((await struck(50))?.style).toEqual(pad.style);
    performer.setParameters({ digit: 1, style1: 2, style2: 0 });
    performer.setStyleTarget(null, 0);
    const later = await struck(50);
    expect(later?.style).toEqual(pad.style);
    expect(later?.point).toEqual([4]);
    expect(performer.styleOf(2, 4)[0]).not.toBeCloseTo(pad.style[0], 3);
  });

  it('may lie between two digits', async () => {
    const { performer, struck, present } = rig();
    performer.setParameters({ digit: 6.25, speaker: 1 });
    const pad = present(40);
    expect(pad).toEqual({ note: 40, digit: 6, speaker: 1, style: [1, 6.25], digitPoint: [6.25] });
    loadPads(performer, manifest, [pad]);
    expect(await struck(40)).toMatchObject({ style: [1, 6.25], point: [6.25] });
  });

  it('is refused for a key that is none', () => {
    const { performer } = rig();
    expect(() => presentPad(performer, manifest, defaultValues(), 128)).toThrow(/MIDI note .* 0 to 127/);
  });
});

describe('a list of pads', () => {
  const pad = (note: number, digit = 1, style = [0, 0]) => ({ note, digit, speaker: 0, style });

  it('has one for each key, in order, and never changes a list that was kept', () => {
    const one = padStored(noPads, pad(60));
    const two = padStored(one, pad(40));
    const again = padStored(two, pad(60, 5));
    expect(two.map(({ note }) => note)).toEqual([40, 60]);
    expect(again[1].digit).toBe(5);
    expect(one).toHaveLength(1);
    expect(padCleared(again, 60)).toEqual([pad(40)]);
    expect(padCleared(again, 61)).toBe(again);
  });

  it('is full with fifty: another key is refused, one of them may change', () => {
    let pads: Pads = noPads;
    for (let note = 0; note < 50; note++) pads = padStored(pads, pad(note));
    expect(() => padStored(pads, pad(60))).toThrow(/all 50 places.*clear a key before storing on C4/);
    expect(padStored(pads, pad(7, 9))[7].digit).toBe(9);
  });

  it('is what a performer plays: other keys are their own again, and a new digit starts from its own', async () => {
    const { performer, struck } = rig();
    loadPads(performer, manifest, [pad(40, 6, [1, 1]), pad(41, 2, [2, 2])]);
    expect((await struck(41))?.style).toEqual([2, 2]);
    loadPads(performer, manifest, [pad(40, 3, [5, 5])]);
    expect([...performer.pads.keys()]).toEqual([40]);
    const now = await struck(40);
    expect(now?.style).toEqual([5, 5]);
    expect(now!.slot % 10).toBe(3);
  });

  it('leaves out what another model stored and what is too much, and says which keys', () => {
    const { performer } = rig();
    const foreign = [pad(60, 1, [0, 0, 0]), { ...pad(61), digitPoint: [1, 2] }];
    const many = Array.from({ length: 51 }, (_, k) => pad(k));
    const notices = loadPads(performer, manifest, [...many, ...foreign]);
    expect(notices[0]).toMatch(/sounds of C4, C♯4 are of another model/);
    expect(notices[1]).toMatch(/only 50 sounds fit; those of D3 are not played/);
    expect(performer.pads.size).toBe(50);
    // A voice that this model has not got is no reason to be silent.
    expect(loadPads(performer, manifest, [{ ...pad(40), speaker: 9 }])).toEqual([]);
    expect(performer.pads.get(40)?.speaker).toBe(2);
  });
});
