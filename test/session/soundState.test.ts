// The owner of all values: what is told to what plays, to whoever draws, keeps, compares or records, and what makes a step.
import { describe, expect, it } from 'vitest';
import { defaultValues, type ParameterValues } from '../../src/contract/parameters.ts';
import { presetFormatVersion, type PartialValues, type Preset } from '../../src/patch/preset.ts';
import { plainSnapshot, SoundState } from '../../src/session/soundState.ts';

const gesture = {
  name: 'rise',
  unit: 'beats' as const,
  length: 2,
  loop: false,
  points: [{ at: 0, id: 'style1' as const, value: 1 }],
};
const pads = [{ note: 40, digit: 3, speaker: 0, style: [1, 2] }];
const tuning = { scale: { name: 'a.scl', text: 'a' } };

/** A state with everything that it says; `taken` gives what was said since it was asked last. */
function rig() {
  const applied: {
    readonly changed: PartialValues;
    readonly all: ParameterValues;
    readonly time?: number;
  }[] = [];
  const lyrics: string[] = [];
  const clock = { seconds: 10 };
  let said: string[] = [];
  const state = new SoundState(
    {
      apply: (changed, all, time) => {
        applied.push({ changed, all: { ...all }, ...(time === undefined ? {} : { time }) });
      },
      setLyrics: (text) => {
        if (text === 'nonsense') throw new Error('no lyrics');
        lyrics.push(text);
      },
      now: () => clock.seconds,
      labelOf: (id) => `label of ${id}`,
      address: () => 'https://numvox.example/#old#er',
    },
    (task) => task(),
  );
  const {
    moved,
    changed,
    touched,
    loading,
    gestureChanged,
    padsChanged,
    tuningChanged,
    live,
    history,
    scenes,
  } = state;
  moved.subscribe(() => said.push('moved'));
  const emitters = {
    changed,
    touched,
    loading,
    gestureChanged,
    padsChanged,
    tuningChanged,
    live,
    history,
    scenes,
  };
  for (const [name, emitter] of Object.entries(emitters)) emitter.subscribe(() => void said.push(name));
  const taken = () => {
    const names = said;
    said = [];
    return names.sort();
  };
  return { state, applied, lyrics, clock, taken };
}

describe('a control that is set', () => {
  it('is told with what has changed alone, at its frame, and to everybody once', () => {
    const { state, applied, taken } = rig();
    state.set('formant', 3, undefined, 480);
    expect(applied).toEqual([
      { changed: { formant: 3 }, all: { ...defaultValues(), formant: 3 }, time: 480 },
    ]);
    expect(taken()).toEqual(['changed', 'history', 'live', 'moved', 'touched']);
    expect(state.history.undoLabel).toBe('label of formant');
    state.set('formant', 3);
    expect(applied).toHaveLength(1);
    expect(taken()).toEqual([]);
  });

  it('is one step with its next move within half a second, else another', () => {
    const { state, clock } = rig();
    state.set('formant', 1);
    clock.seconds = 10.5;
    state.set('formant', 2);
    clock.seconds = 11.1;
    state.set('formant', 3);
    state.history.undo();
    expect(state.values.formant).toBe(2);
    state.history.undo();
    expect(state.values.formant).toBe(0);
  });

  it('is a step of its own once it was let go', () => {
    const { state } = rig();
    state.set('formant', 1);
    state.settle();
    state.set('formant', 2);
    state.history.undo();
    expect(state.values.formant).toBe(1);
  });

  it('sounds as the scenes blend it, and tells nothing that they hide', () => {
    const { state, applied, taken } = rig();
    state.scenes.store(0);
    state.set('sceneAmount', 1);
    applied.length = 0;
    taken();
    state.set('formant', 3);
    expect(applied).toEqual([]);
    expect(taken()).toContain('live');
    expect([state.values.formant, state.sounding.formant]).toEqual([3, 0]);
    state.set('sceneKnob', 1);
    expect(applied.at(-1)?.changed).toEqual({ sceneKnob: 1, formant: 3 });
    // The pad blends again when the step of the knob is undone.
    state.history.undo();
    expect([state.snapshot.mover, state.sounding.formant]).toEqual(['pad', 0]);
    state.history.redo();
    expect([state.snapshot.mover, state.sounding.formant]).toEqual(['knob', 3]);
  });
});

describe('moves that are no steps', () => {
  it('of a gesture are part of what is recorded, and no change of the player', () => {
    const { state, applied, taken } = rig();
    state.move('formant', 3, 480);
    expect(taken()).toEqual(['live', 'moved', 'touched']);
    expect(applied.map(({ time }) => time)).toEqual([480]);
    expect(state.history.undoLabel).toBeNull();
  });

  it('of a host are one change, refused whole when one value is out of range', () => {
    const { state, applied, taken } = rig();
    state.putAll({ formant: 3, air: 0.5 }, 480);
    expect(applied.map(({ changed, time }) => [changed, time])).toEqual([[{ formant: 3, air: 0.5 }, 480]]);
    expect(taken()).toEqual(['changed', 'live', 'live', 'touched', 'touched']);
    expect(() => state.putAll({ formant: 1, air: 2 })).toThrow(/air/);
    expect([state.values.formant, applied.length, taken().length]).toEqual([3, 1, 0]);
    expect(state.history.undoLabel).toBeNull();
  });

  it('of a clock are told at their frame unless it is the same tempo, and change nothing of the player', () => {
    const { state, applied, taken } = rig();
    state.followTempo(90, 480);
    expect(applied.map(({ changed, time }) => [changed, time])).toEqual([[{ tempo: 90 }, 480]]);
    expect(taken()).toEqual(['live', 'touched']);
    state.followTempo(90);
    expect(taken()).toEqual([]);
    expect(() => state.followTempo(1000)).toThrow(/tempo/);
  });

  it('of a song are part of what is recorded, but for its tempo', () => {
    const { state, applied, taken } = rig();
    state.takeOver('formant', 3, 480);
    expect(taken()).toEqual(['changed', 'live', 'moved', 'touched']);
    state.takeOver('tempo', 90, 960);
    expect(taken()).toEqual(['changed', 'live', 'touched']);
    expect(applied.map(({ time }) => time)).toEqual([480, 960]);
    state.takeOver('formant', 3);
    state.takeOver('tempo', 90);
    expect(taken()).toEqual([]);
    expect(state.history.undoLabel).toBeNull();
  });
});

describe('lyrics', () => {
  it('are told once, as a step', () => {
    const { state, lyrics, taken } = rig();
    state.setLyrics('1 2');
    expect(taken()).toEqual(['changed', 'history', 'touched']);
    state.setLyrics('1 2');
    expect([lyrics, taken()]).toEqual([['1 2'], []]);
    expect(state.history.undoLabel).toBe('Lyrics');
    state.history.undo();
    expect([state.lyrics, lyrics]).toEqual(['', ['1 2', '']]);
    state.history.redo();
    expect([state.lyrics, lyrics.length]).toEqual(['1 2', 3]);
    // A step that leaves them alone does not tell them again.
    state.set('formant', 1);
    state.history.undo();
    expect(lyrics).toHaveLength(3);
  });
});

describe('an edit', () => {
  it.each([
    ['a gesture', { gesture }, 'gestureChanged'],
    ['sounds of keys', { pads }, 'padsChanged'],
    ['a tuning', { tuning }, 'tuningChanged'],
    ['scenes', { scenes: [defaultValues(), null, null, null] }, 'scenes'],
  ] as const)('of %s tells of that and nothing else, moves no value, and is undone', (_, parts, event) => {
    const { state, applied, taken } = rig();
    state.edit('Edit', parts);
    expect(taken()).toEqual(['changed', 'history', event, 'touched'].sort());
    expect(state.snapshot).toMatchObject(parts);
    expect(applied).toEqual([]);
    state.history.undo();
    expect(taken()).toEqual(['changed', 'history', event, 'touched'].sort());
    expect(state.snapshot).toEqual(plainSnapshot());
  });

  it('of pads is what the player owns', () => {
    const { state } = rig();
    state.edit('Edit', { gesture });
    expect(state.snapshot.ownPads).toEqual([]);
    state.edit('Edit', { pads });
    expect(state.snapshot.ownPads).toBe(pads);
  });

  it('is a step of its own, but for the turns of a drag', () => {
    const { state } = rig();
    const others = [gesture, { ...gesture, length: 3 }, { ...gesture, length: 4 }];
    for (const other of others.slice(0, 2)) state.edit('Edit', { gesture: other });
    state.history.undo();
    expect(state.gesture).toBe(gesture);
    for (const other of others.slice(1)) state.edit('Drag', { gesture: other }, true);
    state.history.undo();
    expect(state.gesture).toBe(gesture);
    // An edit is none of the drag before it, nor what follows at once.
    state.edit('Drag', { gesture: others[1] }, true);
    state.edit('Drag', { gesture: others[2] });
    state.history.undo();
    expect(state.gesture).toBe(others[1]);
    state.history.undo();
    expect(state.gesture).toBe(gesture);
    state.edit('Drag', { gesture: others[1] });
    state.edit('Drag', { gesture: others[2] }, true);
    state.history.undo();
    expect(state.gesture).toBe(others[1]);
  });
});

describe('loading', () => {
  const patch = { values: { ...defaultValues(), formant: 3, air: 0.5 }, lyrics: '1' };
  const preset: Preset = {
    formatVersion: presetFormatVersion,
    name: 'P',
    tags: [],
    ...patch,
    gestures: [gesture],
    pads,
  };

  it('takes a patch at its frame as one step, and leaves the rest alone', () => {
    const { state, applied, lyrics, taken } = rig();
    state.edit('Edit', { gesture });
    taken();
    state.load('Patch', patch, undefined, 480);
    expect(applied.map(({ changed, time }) => [changed, time])).toEqual([[{ formant: 3, air: 0.5 }, 480]]);
    expect(lyrics).toEqual(['1']);
    expect(taken()).toEqual(['changed', 'history', 'live', 'touched']);
    expect([state.gesture, state.history.undoLabel]).toEqual([gesture, 'Patch']);
    state.history.undo();
    expect(state.patch).toEqual({ values: defaultValues(), lyrics: '' });
  });

  it('of a preset says so before, brings its parts and the pad to blend them, but not as the own pads', () => {
    const { state, taken } = rig();
    state.set('sceneKnob', 1);
    taken();
    const gestures: unknown[] = [];
    state.loading.subscribe(() => gestures.push(state.gesture));
    state.load('Preset', patch, preset);
    expect(gestures).toEqual([null]);
    expect(taken()).toContain('loading');
    expect(state.snapshot).toMatchObject({ gesture, pads, ownPads: [], mover: 'pad' });
    state.load('Preset', patch, { ...preset, gestures: [], pads: undefined });
    expect(state.snapshot).toMatchObject({ gesture: null, pads: [] });
  });

  it('makes no step of parts that are the same already', () => {
    const { state } = rig();
    state.load('Preset', patch, preset);
    const { undoLabel } = state.history;
    const { scenes, gesture: before, pads: kept } = state.extras;
    state.load('Again', patch, structuredClone(preset));
    expect(state.history.undoLabel).toBe(undoLabel);
    expect([state.extras.scenes === scenes, state.gesture === before, state.pads === kept]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('is a step of its own behind a turn of a knob, also under the same label', () => {
    const { state } = rig();
    state.set('formant', 1, 'Preset');
    state.load('Preset', { values: { ...defaultValues(), formant: 2 }, lyrics: '' });
    state.history.undo();
    expect(state.values.formant).toBe(1);
  });

  it('nothing begins anew: says so before, and one undo brings all of it back', () => {
    const { state, taken } = rig();
    state.load('Preset', patch, preset);
    taken();
    state.clear('New');
    expect(taken()).toContain('loading');
    expect(state.snapshot).toEqual(plainSnapshot());
    state.history.undo();
    expect(state.snapshot).toMatchObject({ gesture, pads, lyrics: '1' });
  });
});

describe('a state that is restored', () => {
  it('has no steps but the one back to own pads that a preset had replaced', () => {
    const { state, taken } = rig();
    state.set('formant', 1);
    taken();
    state.restore({ ...plainSnapshot(), pads, ownPads: structuredClone(pads) });
    expect(taken()).toEqual(
      [
        'loading',
        'changed',
        'touched',
        'live',
        'scenes',
        'history',
        'gestureChanged',
        'padsChanged',
        'tuningChanged',
      ].sort(),
    );
    expect([state.values.formant, state.history.undoLabel]).toEqual([0, null]);
    state.restore({ ...plainSnapshot(), pads, ownPads: [] });
    expect(state.history.undoLabel).toBe('Sounds of drum keys');
    state.set('formant', 1, 'Sounds of drum keys');
    state.history.undo();
    expect(state.pads).toBe(pads);
    state.history.undo();
    expect(state.pads).toEqual([]);
  });
});

describe('the history', () => {
  it('says nothing where there is nothing to undo or redo', () => {
    const { state, taken } = rig();
    state.history.undo();
    state.history.redo();
    expect(taken()).toEqual([]);
    state.set('formant', 1);
    taken();
    state.history.undo();
    expect(taken()).toEqual(['changed', 'history', 'live', 'touched']);
    expect([state.history.undoLabel, state.history.redoLabel]).toEqual([null, 'label of formant']);
  });

  it('has sides that are steps, named by where they lead, and a copy that is none', () => {
    const { state, taken } = rig();
    state.set('formant', 3);
    state.history.switchSide();
    expect([state.history.side, state.history.undoLabel]).toEqual(['B', 'A/B B']);
    state.history.switchSide();
    expect([state.history.side, state.history.undoLabel]).toEqual(['A', 'A/B A']);
    taken();
    state.history.copySide();
    expect(taken()).toEqual(['history', 'touched']);
    expect(state.snapshot.other).toEqual(state.patch);
    expect(state.history.undoLabel).toBe('A/B A');
  });

  it('names what a link leaves out, and makes it of the address without its end', () => {
    const { state } = rig();
    expect(state.history.notShared()).toEqual([]);
    state.edit('Edit', { gesture });
    expect(state.history.notShared()).toEqual(['the gesture']);
    state.edit('Edit', { pads, gesture: null });
    expect(state.history.notShared()).toEqual(['sounds of drum keys']);
    state.edit('Edit', { pads: [] });
    state.scenes.store(3);
    expect(state.history.notShared()).toEqual(['scenes']);
    expect(state.history.shareAddress()).toMatch(/^https:\/\/numvox\.example\/#[^#]+$/);
  });
});

describe('scenes', () => {
  it('are stored, cleared and recalled by name, with the lyrics as they are', () => {
    const { state } = rig();
    state.setLyrics('1');
    state.set('formant', 3);
    state.scenes.store(2);
    expect([state.history.undoLabel, state.scenes.stored]).toEqual([
      'Store scene C',
      [false, false, true, false],
    ]);
    state.set('formant', 1);
    state.scenes.recall(0);
    expect([state.values.formant, state.history.undoLabel]).toEqual([1, 'label of formant']);
    state.scenes.recall(2);
    expect([state.values.formant, state.lyrics, state.history.undoLabel]).toEqual([3, '1', 'Scene C']);
    state.scenes.clear(2);
    expect([state.history.undoLabel, state.scenes.stored.includes(true)]).toEqual(['Clear scene C', false]);
  });

  it('are part of what a preset stores only where there are any', () => {
    const { state } = rig();
    expect(state.stored).toEqual({ gestures: [], pads: [] });
    state.set('formant', 3);
    state.scenes.store(1);
    state.edit('Edit', { gesture, pads });
    expect(state.stored).toEqual({ scenes: [null, { formant: 3 }, null, null], gestures: [gesture], pads });
  });
});
