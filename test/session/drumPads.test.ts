// Sounds of drum keys on the page: stored and cleared by the next key, undone, saved with presets, and there again on the next visit.
import { describe, expect, it } from 'vitest';
import type { StoredPad } from '../../src/patch/preset.ts';
import { Performer } from '../../src/performer/performer.ts';
import { DrumPads } from '../../src/session/drumPads.ts';
import { smallManifest } from '../helpers/manifest.ts';
import { sessionRig } from '../helpers/sessionRig.ts';

const manifest = smallManifest(3);

async function rig() {
  const session = await sessionRig();
  const performer = new Performer({
    manifest,
    sendKernel: () => undefined,
    sendInference: () => undefined,
    sampleRate: 48000,
    now: () => 0,
    startTimer: () => () => undefined,
  });
  const pads = new DrumPads(session.state, performer, manifest);
  const storeOn = (note: number) => {
    pads.arm('store');
    pads.keyDown(note);
  };
  const keysKept = () => session.state.snapshot.ownPads.map(({ note }) => note);
  return { ...session, performer, pads, storeOn, keysKept };
}

describe('the sounds of drum keys', () => {
  it('are stored by the key that follows, once', async () => {
    const { performer, pads, state } = await rig();
    state.putAll({ digit: 7, speaker: 2 });
    pads.keyDown(40);
    expect(pads.stored.size).toBe(0);
    pads.arm('store');
    expect(pads.armed).toBe('store');
    pads.keyDown(40);
    pads.keyDown(41);
    expect([...pads.stored]).toEqual([[40, 7]]);
    expect(performer.pads.get(40)).toMatchObject({ digit: 7, speaker: 2 });
    expect(pads.message).toBe('Stored on E2.');
    expect(pads.armed).toBeNull();
    expect(state.history.undoLabel).toBe('Store on E2');
  });

  it('are cleared one by one or all, and undo and redo follow', async () => {
    const { pads, performer, state, storeOn } = await rig();
    for (const note of [40, 41, 42]) storeOn(note);
    pads.arm('clear');
    pads.keyDown(41);
    expect([...pads.stored.keys()]).toEqual([40, 42]);
    pads.arm('clear');
    pads.keyDown(50);
    expect(pads.message).toBe('D3 has no stored sound.');
    pads.clearAll();
    expect(performer.pads.size).toBe(0);
    state.history.undo();
    expect([...performer.pads.keys()].sort()).toEqual([40, 42]);
    state.history.undo();
    expect([...pads.stored.keys()].sort()).toEqual([40, 41, 42]);
    state.history.redo();
    state.history.redo();
    expect(performer.pads.size).toBe(0);
    const label = state.history.undoLabel;
    pads.clearAll();
    expect(state.history.undoLabel).toBe(label);
  });

  it('say so when all fifty places are taken, and nothing is lost', async () => {
    const { pads, state, storeOn } = await rig();
    for (let note = 0; note < 50; note++) storeOn(note);
    const before = state.pads;
    storeOn(60);
    expect(pads.fault).toMatch(/all 50 places for sounds are taken; clear a key/);
    expect(state.pads).toBe(before);
    expect(pads.stored.size).toBe(50);
    pads.arm('clear');
    expect(pads.fault).toBe('');
    pads.keyDown(7);
    storeOn(60);
    expect(pads.stored.has(60)).toBe(true);
  });

  it('that the player stored are kept though presets without any are tried out', async () => {
    const { presets, state, pads, storeOn, keysKept } = await rig();
    storeOn(40);
    presets.load('factory:0');
    state.history.undo();
    state.history.redo();
    expect(pads.stored.size).toBe(0);
    expect(keysKept()).toEqual([40]);
    state.history.undo();
    storeOn(41);
    expect(keysKept()).toEqual([40, 41]);
  });

  it('are kept as undo and redo leave them, through presets with sounds of their own too', async () => {
    const { presets, state, storeOn, user, keysKept } = await rig();
    storeOn(40);
    await presets.save('Kit');
    state.history.undo();
    expect(keysKept()).toEqual([]);
    state.history.redo();
    expect(keysKept()).toEqual([40]);
    state.history.undo();
    storeOn(50);
    presets.load(user.list[0].id);
    state.history.undo();
    state.history.redo();
    expect(state.pads.map(({ note }) => note)).toEqual([40]);
    expect(keysKept()).toEqual([50]);
    storeOn(41);
    expect(keysKept()).toEqual([40, 41]);
    state.history.undo();
    expect(keysKept()).toEqual([50]);
  });

  it('of the player are one undo away when a state is taken up in which a preset had taken their place', async () => {
    const { presets, state, storeOn, pads } = await rig();
    storeOn(40);
    presets.load('factory:0');
    const other = await rig();
    other.state.restore(state.snapshot);
    expect(other.pads.stored.size).toBe(0);
    expect(other.state.history.undoLabel).toBe('Sounds of drum keys');
    other.state.history.undo();
    expect([...other.pads.stored.keys()]).toEqual([40]);
    expect(other.state.history.undoLabel).toBeNull();
    expect(pads.stored.size).toBe(0);
  });

  it('travel in presets: saved, taken away by another, and back with their own', async () => {
    const { presets, pads, user, storeOn } = await rig();
    storeOn(40);
    await presets.save('Kit');
    expect(presets.edited).toBe(false);
    presets.load('factory:0');
    expect(pads.stored.size).toBe(0);
    const text = presets.exportText();
    const { id } = user.list[0];
    presets.load(id);
    expect(pads.stored.size).toBe(1);
    storeOn(41);
    expect(presets.edited).toBe(true);
    await presets.importText(text);
    presets.load(user.list[1].id);
    expect([...pads.stored.keys()]).toEqual([40]);
  });

  it('that another model stored are kept but not played, and can be cleared', async () => {
    const { pads, state, performer } = await rig();
    const foreign: StoredPad = { note: 60, digit: 1, speaker: 0, style: [1, 2, 3] };
    state.edit('Preset', { pads: [foreign] });
    expect(pads.fault).toMatch(/sounds of C4 are of another model/);
    expect(performer.pads.size).toBe(0);
    pads.arm('clear');
    pads.keyDown(60);
    expect(state.pads).toEqual([]);
    expect(pads.fault).toBe('');
  });
});
