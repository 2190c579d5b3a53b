// The player's state on the page: presets, undo, A/B, scenes and gestures over one set of values, without a page.
import { describe, expect, it } from 'vitest';
import { parameterIds } from '../../src/contract/parameters.ts';
import { decodePatch } from '../../src/patch/patchAddress.ts';
import { factoryPresets } from '../../src/patch/factoryPresets.ts';
import { sessionRig as rig } from '../helpers/sessionRig.ts';

describe('the state of the page', () => {
  it('undoes a turn of a knob in one step, and takes it again', async () => {
    const { state, sounding, pass } = await rig();
    state.set('attack', 0.1);
    pass(0.1);
    state.set('attack', 0.2);
    pass(2);
    state.set('sustain', 0.5);
    expect(state.history.undoLabel).toBe('Sustain');
    state.history.undo();
    expect(state.values.sustain).toBe(1);
    state.history.undo();
    expect(state.values.attack).toBe(0.001);
    expect(sounding.get('attack')).toBe(0.001);
    expect(state.history.undoLabel).toBeNull();
    state.history.redo();
    expect(sounding.get('attack')).toBe(0.2);
  });

  it('moves a pad in one step, though it is two parameters', async () => {
    const { state, pass } = await rig();
    for (let k = 1; k <= 5; k++) {
      state.set('sceneX', k / 10, 'Scene pad');
      state.set('sceneY', k / 20, 'Scene pad');
      pass(0.02);
    }
    state.history.undo();
    expect([state.values.sceneX, state.values.sceneY]).toEqual([0, 0]);
  });

  it('takes over what a song moves, without a step, and tells it to what plays', async () => {
    const { state, sounding } = await rig();
    state.set('formant', 3);
    state.takeOver('vibratoDepth', 55);
    expect(state.values.vibratoDepth).toBe(55);
    expect(sounding.get('vibratoDepth')).toBe(55);
    expect(state.history.undoLabel).toBe('Formant');
    state.history.undo();
    expect(sounding.get('formant')).toBe(0);
    expect(state.values.vibratoDepth).toBe(55);
  });

  it('compares two sides and copies one to the other', async () => {
    const { state, sounding } = await rig();
    state.set('formant', 3);
    state.history.switchSide();
    expect(state.history.side).toBe('B');
    expect(sounding.get('formant')).toBe(0);
    state.set('formant', -4);
    state.history.switchSide();
    expect(state.values.formant).toBe(3);
    state.history.copySide();
    state.history.switchSide();
    expect(state.values.formant).toBe(3);
  });

  it('goes back to the side of a step when it is undone, and keeps what was made on the other', async () => {
    const { state } = await rig();
    state.set('formant', 3);
    state.history.switchSide();
    state.set('formant', -4);
    state.history.switchSide();
    expect(state.history.side).toBe('A');
    state.history.undo();
    expect([state.history.side, state.values.formant]).toEqual(['B', -4]);
    state.history.switchSide();
    expect([state.history.side, state.values.formant]).toEqual(['A', 3]);
    state.history.undo();
    state.history.undo();
    state.history.undo();
    expect([state.history.side, state.values.formant]).toEqual(['A', 3]);
    state.history.redo();
    expect([state.history.side, state.values.formant]).toEqual(['B', 0]);
    state.history.switchSide();
    expect([state.history.side, state.values.formant]).toEqual(['A', 3]);
  });

  it('blends scenes into what sounds and leaves the knobs where they are', async () => {
    const { state, sounding } = await rig();
    state.set('formant', -6);
    state.scenes.store(0);
    state.set('formant', 6);
    state.scenes.store(1);
    expect(state.scenes.stored).toEqual([true, true, false, false]);
    state.set('sceneAmount', 1);
    expect(sounding.get('formant')).toBe(-6);
    state.set('sceneX', 0.5);
    expect(sounding.get('formant')).toBe(0);
    expect(state.values.formant).toBe(6);
    state.set('sceneKnob', 1);
    expect(sounding.get('formant')).toBe(6);
    state.scenes.recall(0);
    expect(state.values.formant).toBe(-6);
    state.scenes.clear(1);
    expect(state.scenes.stored[1]).toBe(false);
  });

  it('shares itself in an address that brings it back', async () => {
    const { state } = await rig();
    state.set('digit', 7);
    state.setLyrics('3 1 4');
    const address = new URL(state.history.shareAddress());
    expect(address.search).toBe('?backend=wasm');
    const read = decodePatch(address.hash);
    expect(read?.patch.values.digit).toBe(7);
    expect(read?.patch.lyrics).toBe('3 1 4');
  });

  it('keeps the lyrics that were there when new ones cannot be read', async () => {
    const { state, lyrics } = await rig();
    state.setLyrics('1 2');
    expect(() => state.setLyrics('nonsense')).toThrow('no lyrics');
    expect(state.lyrics).toBe('1 2');
    state.history.undo();
    expect(lyrics).toEqual(['1 2', '']);
  });
});

describe('presets of the page', () => {
  it('load each factory preset so that exactly its values sound', async () => {
    const { state, presets, sounding } = await rig();
    const factory = presets.entries.filter(({ kind }) => kind === 'factory');
    expect(factory.map(({ name }) => name)).toEqual(factoryPresets.map(({ name }) => name));
    factory.forEach(({ id }, k) => {
      presets.load(id);
      const { values, scenes } = factoryPresets[k];
      expect(presets.current?.id).toBe(id);
      expect(presets.edited).toBe(false);
      for (const name of parameterIds) {
        const wanted = values[name];
        if (wanted === undefined) continue;
        expect(state.values[name]).toBe(wanted);
        if (!scenes) expect(sounding.get(name) ?? state.values[name]).toBe(wanted);
      }
    });
  });

  it('undo the loading of one as one step', async () => {
    const { state, presets } = await rig();
    state.set('formant', 5);
    presets.load('factory:1');
    state.history.undo();
    expect(state.values.formant).toBe(5);
    expect(presets.edited).toBe(true);
  });

  it('save, save over, rename, duplicate, delete, bring back, export and import', async () => {
    const { state, presets, user } = await rig();
    state.set('formant', 5);
    expect(presets.edited).toBe(true);
    await presets.save('Mine');
    expect(presets.current?.name).toBe('Mine');
    expect(presets.edited).toBe(false);
    state.set('formant', 7);
    await presets.save('Mine');
    expect(user.list).toHaveLength(1);
    expect(user.list[0].preset.values.formant).toBe(7);
    const { id } = user.list[0];
    await presets.duplicate(id);
    await presets.duplicate('factory:0');
    expect(user.list.map(({ preset }) => preset.name)).toEqual(['Mine', 'Mine 2', factoryPresets[0].name]);
    await presets.rename(id, 'Yours');
    await presets.remove(id);
    expect(presets.deleted).toBe('Yours');
    expect(presets.current).toBeNull();
    await presets.undoRemove();
    expect(user.list[0].preset.name).toBe('Yours');
    const text = presets.exportText();
    for (const entry of [...user.list]) await presets.remove(entry.id);
    expect(await presets.importText(text)).toEqual([]);
    expect(user.list.map(({ preset }) => preset.name)).toEqual(['Yours', 'Mine 2', factoryPresets[0].name]);
    await expect(presets.save('  ')).rejects.toThrow(/name must be/);
  });

  it('answer program changes in the order of the list', async () => {
    const { presets } = await rig();
    expect(presets.loadProgram(2)).toBe(true);
    expect(presets.current?.name).toBe(factoryPresets[2].name);
    expect(presets.loadProgram(factoryPresets.length)).toBe(false);
  });

  it("answer program changes of bank 1 with the user's own, of others with none", async () => {
    const { presets } = await rig();
    expect(presets.loadProgram(0, 1)).toBe(false);
    for (const name of ['First', 'Second']) await presets.save(name);
    expect(presets.loadProgram(1, 1)).toBe(true);
    expect(presets.current?.name).toBe('Second');
    expect(presets.loadProgram(factoryPresets.length, 0)).toBe(true);
    expect(presets.current?.name).toBe('First');
    expect([presets.loadProgram(2, 1), presets.loadProgram(0, 2)]).toEqual([false, false]);
  });
});

describe('a gesture', () => {
  async function recorded() {
    const all = await rig();
    const { state, gesture, pass } = all;
    gesture.record();
    expect(gesture.state).toBe('recording');
    state.set('sceneX', 0);
    for (let k = 1; k <= 10; k++) {
      pass(0.1);
      state.set('sceneX', k / 10, 'Scene pad');
    }
    gesture.stop();
    return all;
  }

  it('is recorded from moves, drawn, looped without steps of the history, and stopped', async () => {
    const { state, gesture, pass, ticks } = await recorded();
    expect(gesture.seconds).toBeCloseTo(1, 9);
    expect(gesture.names).toEqual(['Scene X']);
    const path = gesture.path('sceneX', 'sceneY');
    expect(path[0][0]).toBeLessThan(0.11);
    expect(path.at(-1)?.[0]).toBeCloseTo(1, 3);
    expect(gesture.path('mapX', 'mapY')).toEqual([]);
    const label = state.history.undoLabel;
    gesture.play();
    pass(0.55);
    expect(state.values.sceneX).toBeCloseTo(0.55, 6);
    pass(0.95);
    expect(state.values.sceneX).toBeCloseTo(0.5, 6);
    expect(gesture.state).toBe('playing');
    gesture.stop();
    expect(ticks.size).toBe(0);
    expect(state.history.undoLabel).toBe(label);
  });

  it('ends by itself without a loop, at its end', async () => {
    const { state, gesture, pass } = await recorded();
    gesture.setLoop(false);
    gesture.play();
    pass(3);
    expect(gesture.state).toBe('idle');
    expect(state.values.sceneX).toBeCloseTo(1, 6);
  });

  it('follows the tempo, without a jump when the tempo changes on the way', async () => {
    const { state, gesture, pass } = await recorded();
    gesture.setSynced(true);
    expect(gesture.seconds).toBeCloseTo(1, 9);
    gesture.play();
    pass(0.25);
    const before = state.values.sceneX;
    state.set('tempo', 60);
    pass(0);
    expect(state.values.sceneX).toBeCloseTo(before, 9);
    pass(0.5);
    expect(state.values.sceneX).toBeCloseTo(0.5, 2);
  });

  it('is trimmed to a part', async () => {
    const { gesture } = await recorded();
    gesture.trim(0.5, 1);
    expect(gesture.seconds).toBeCloseTo(0.5, 9);
    expect(gesture.path('sceneX', 'sceneY')[0][0]).toBeCloseTo(0.5, 2);
  });

  it('says so when nothing was moved, and keeps the one before', async () => {
    const { gesture, pass } = await recorded();
    gesture.record();
    pass(1);
    gesture.stop();
    expect(gesture.fault).toMatch(/empty/);
    expect(gesture.seconds).toBeCloseTo(1, 9);
    gesture.clear();
    expect(gesture.seconds).toBe(0);
  });
});
