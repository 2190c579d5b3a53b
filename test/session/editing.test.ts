// Undo and redo of scenes and gestures on the page, and gestures edited by their points.
import { describe, expect, it } from 'vitest';
import type { Gesture } from '../../src/patch/preset.ts';
import { isGestureFile, readGestureFile } from '../../src/patch/presetSchema.ts';
import { factoryPresets } from '../../src/patch/factoryPresets.ts';
import { sessionRig } from '../helpers/sessionRig.ts';

const gestureOf = (points: Gesture['points'], more: Partial<Gesture> = {}): Gesture => ({
  name: 'drawn',
  unit: 'seconds',
  length: 4,
  loop: true,
  points,
  ...more,
});
const sweep = gestureOf([
  { at: 0, id: 'sceneX', value: 0 },
  { at: 0, id: 'lfoShape', value: 0 },
  { at: 1, id: 'attack', value: 0.001 },
  { at: 2, id: 'sceneX', value: 1 },
  { at: 2, id: 'sceneY', value: 0.5 },
  { at: 3, id: 'attack', value: 1 },
  { at: 4, id: 'sceneX', value: 0 },
]);

async function withSweep() {
  const all = await sessionRig();
  all.state.edit('Record gesture', { gesture: sweep });
  return all;
}

describe('a gesture as JSON', () => {
  it('is written as presets have it, and reads back', async () => {
    const { gesture } = await withSweep();
    expect(gesture.exportText()).toContain('"value": "sine"');
    expect(readGestureFile(gesture.exportText())).toEqual({ gesture: sweep, notices: [] });
    const text = gesture.exportText();
    expect(isGestureFile(text)).toBe(true);
    gesture.clear();
    expect(() => gesture.exportText()).toThrow('there is no gesture; record one');
    expect(gesture.importText(text, 'mine.json')).toEqual([]);
    expect(gesture.exportText()).toBe(text);
    expect(() => gesture.importText('{"points": 3}', 'mine.json')).toThrow(/mine\.json is not a gesture/);
    expect(gesture.exportText()).toBe(text);
  });
});

describe('the history of scenes', () => {
  it('takes back and brings again what was stored and cleared, each as a step of its own', async () => {
    const { state, sounding } = await sessionRig();
    state.set('formant', -6);
    state.scenes.store(0);
    state.set('sceneAmount', 1);
    state.set('formant', 6);
    // Twice at once: two steps, not one turn.
    state.scenes.store(0);
    state.scenes.store(0);
    expect(sounding.get('formant')).toBe(6);
    state.scenes.clear(0);
    expect(state.history.undoLabel).toBe('Clear scene A');
    state.history.undo();
    expect(state.scenes.stored[0]).toBe(true);
    state.history.undo();
    expect(state.history.undoLabel).toBe('Store scene A');
    state.history.undo();
    expect(sounding.get('formant')).toBe(-6);
    state.history.redo();
    expect(sounding.get('formant')).toBe(6);
    state.history.redo();
    state.history.redo();
    expect(state.scenes.stored[0]).toBe(false);
    expect(state.history.redoLabel).toBeNull();
  });

  it('brings back the blend of the pad after the knob has taken it over, and that of the knob', async () => {
    const { state, sounding } = await sessionRig();
    for (const [scene, formant] of [-6, 6, 2].entries()) {
      state.set('formant', formant);
      state.scenes.store(scene);
    }
    state.set('sceneAmount', 1);
    state.set('sceneX', 1);
    expect(sounding.get('formant')).toBe(6);
    state.set('sceneKnob', 2);
    expect(sounding.get('formant')).toBe(2);
    state.history.undo();
    expect(sounding.get('formant')).toBe(6);
    state.history.redo();
    expect(sounding.get('formant')).toBe(2);
  });

  it('brings back scenes, gesture and sounds of keys that a preset has replaced', async () => {
    const { state, presets } = await withSweep();
    state.set('formant', -6);
    state.scenes.store(2);
    const pads = [{ note: 40, digit: 3, speaker: 0, style: [1, 2] }];
    state.edit('Store on E2', { pads });
    const withScenes = factoryPresets.findIndex(({ scenes }) => scenes);
    presets.load(`factory:${withScenes}`);
    expect(state.gesture).toBe(factoryPresets[withScenes].gestures?.[0] ?? null);
    expect(state.pads).toEqual([]);
    expect(presets.edited).toBe(false);
    state.history.undo();
    expect(state.gesture).toBe(sweep);
    expect(state.pads).toBe(pads);
    expect(state.scenes.stored).toEqual([false, false, true, false]);
    expect(presets.edited).toBe(true);
    state.history.redo();
    expect(presets.edited).toBe(false);
    expect(state.pads).toEqual([]);
    // The same preset again is no step.
    const label = state.history.undoLabel;
    state.set('pan', 0.5);
    state.history.undo();
    presets.load(`factory:${withScenes}`);
    expect(state.history.undoLabel).toBe(label);
  });

  it('says what a link leaves out', async () => {
    const { state } = await sessionRig();
    expect(state.history.notShared()).toEqual([]);
    state.scenes.store(1);
    state.edit('Record gesture', { gesture: sweep });
    state.edit('Store on E2', { pads: [{ note: 40, digit: 3, speaker: 0, style: [1, 2] }] });
    expect(state.history.notShared()).toEqual(['scenes', 'the gesture', 'sounds of drum keys']);
  });
});

describe('the history of gestures', () => {
  it('has a step for recording, looping, trimming and clearing, and brings each again', async () => {
    const { state, gesture, pass } = await sessionRig();
    gesture.record();
    for (let k = 0; k <= 10; k++) {
      state.move('sceneX', k / 10);
      pass(0.1);
    }
    gesture.stop();
    const recorded = state.gesture;
    gesture.setLoop(false);
    gesture.trim(0.5, 1);
    gesture.clear();
    const labels: (string | null)[] = [];
    while (state.history.undoLabel) {
      labels.push(state.history.undoLabel);
      state.history.undo();
    }
    expect(labels).toEqual(['Clear gesture', 'Trim gesture', 'Loop of the gesture', 'Record gesture']);
    expect(gesture.seconds).toBe(0);
    state.history.redo();
    expect(state.gesture).toBe(recorded);
    expect(gesture.loop).toBe(true);
    state.history.redo();
    expect(gesture.loop).toBe(false);
    state.history.redo();
    expect(gesture.seconds).toBeCloseTo(0.55, 6);
    state.history.redo();
    expect(gesture.seconds).toBe(0);
  });

  it('keeps what is being recorded when a preset is loaded: undo brings it back', async () => {
    const { state, gesture, presets, pass } = await sessionRig();
    gesture.record();
    state.move('pan', 0.5);
    pass(1);
    presets.load('factory:1');
    expect(gesture.state).toBe('idle');
    expect(gesture.seconds).toBe(0);
    state.history.undo();
    expect(gesture.seconds).toBeCloseTo(1, 9);
  });

  it('stops a gesture that undo takes away, and goes on at the same place of one that it puts back', async () => {
    const { state, gesture, pass } = await withSweep();
    gesture.play();
    pass(1);
    expect(gesture.place).toBeCloseTo(0.25, 9);
    gesture.setSynced(true);
    expect(gesture.place).toBeCloseTo(0.25, 9);
    expect(gesture.state).toBe('playing');
    state.history.undo();
    expect(gesture.synced).toBe(false);
    expect(gesture.place).toBeCloseTo(0.25, 9);
    state.history.undo();
    expect(gesture.state).toBe('idle');
    expect(gesture.place).toBeNull();
  });

  it('stays as it is, and plays on, when next to nothing of it is to be kept', async () => {
    const { gesture, state } = await withSweep();
    gesture.play();
    expect(() => gesture.trim(0.5, 0.502)).toThrow('keep more of it');
    expect(gesture.state).toBe('playing');
    expect(state.gesture).toBe(sweep);
  });

  it('has no part of the tempo of a clock or a song that runs while it is recorded', async () => {
    const { gesture, state, pass, sounding } = await sessionRig();
    gesture.record();
    state.followTempo(90);
    expect(sounding.get('tempo')).toBe(90);
    pass(0.5);
    state.set('sceneX', 0.5);
    state.takeOver('tempo', 100);
    pass(0.5);
    gesture.stop();
    expect(gesture.names).toEqual(['Scene X']);
    expect(state.values.tempo).toBe(100);
    expect(state.history.undoLabel).toBe('Record gesture');
    gesture.record();
    state.set('tempo', 80);
    gesture.stop();
    expect(gesture.names).toEqual(['Tempo']);
  });

  it('plays its round to the end when the loop is switched off in a later round', async () => {
    const { gesture, state, pass } = await withSweep();
    gesture.play();
    pass(9);
    expect(gesture.place).toBeCloseTo(0.25, 9);
    gesture.setLoop(false);
    pass(1);
    expect(gesture.state).toBe('playing');
    expect(state.values.sceneX).toBe(1);
    pass(2);
    expect(gesture.state).toBe('idle');
  });
});

describe('points of a gesture', () => {
  it('lie on a lane for each parameter', async () => {
    const { editor } = await withSweep();
    expect(editor.lanes.map(({ label, isStepped }) => [label, isStepped])).toEqual([
      ['Scene X', false],
      ['LFO shape', true],
      ['Attack', false],
      ['Scene Y', false],
    ]);
    expect(editor.lanes[0].points[1]).toEqual({ at: 0.5, position: 1, time: '2.00 s', value: '1.00' });
    expect(editor.lanes).toBe(editor.lanes);
  });

  it('are heard where they were moved to while the gesture plays on', async () => {
    const { state, gesture, editor, pass } = await withSweep();
    gesture.play();
    pass(2);
    expect(state.values.sceneX).toBe(1);
    editor.move({ id: 'sceneX', index: 1 }, 0.5, 0.25);
    pass(0);
    expect(state.values.sceneX).toBe(0.25);
    state.history.undo();
    pass(0);
    expect(state.values.sceneX).toBe(1);
    state.history.redo();
    pass(0);
    expect(state.values.sceneX).toBe(0.25);
    expect(gesture.state).toBe('playing');
  });

  it('make one step of a drag, stay between the points beside them and inside the range', async () => {
    const { state, editor, pass } = await withSweep();
    for (const at of [0.6, 0.8, 1.3]) {
      editor.move({ id: 'attack', index: 0 }, at, 2);
      pass(0.1);
    }
    const points = state.gesture?.points.filter(({ id }) => id === 'attack');
    expect(points?.map(({ at }) => at)).toEqual([3, 3]);
    expect(points?.[0].value).toBe(5);
    editor.move({ id: 'attack', index: 1 }, 0.9, 0.5);
    expect(state.gesture?.points.filter(({ id }) => id === 'attack')[1].at).toBeCloseTo(3.6, 9);
    state.settle();
    state.history.undo();
    state.history.undo();
    expect(state.gesture).toBe(sweep);
    expect(() => editor.move({ id: 'attack', index: 2 }, 0, 0)).toThrow(/one of the lane of attack, got 2/);
  });

  it('step by keys: a hundredth of the time, a step of the control', async () => {
    const { state, editor } = await withSweep();
    editor.nudge({ id: 'sceneX', index: 1 }, 'time', -1);
    editor.nudge({ id: 'sceneX', index: 1 }, 'value', -1);
    expect(editor.lanes[0].points[1].at).toBeCloseTo(0.49, 9);
    expect(editor.lanes[0].points[1].value).toBe('0.99');
    editor.nudge({ id: 'lfoShape', index: 0 }, 'value', 1);
    expect(state.gesture?.points.find(({ id }) => id === 'lfoShape')?.value).toBe(1);
    // At the end of the range and of the time there is nowhere to go.
    editor.nudge({ id: 'sceneX', index: 0 }, 'time', -1);
    editor.nudge({ id: 'sceneX', index: 0 }, 'value', -1);
    expect(editor.lanes[0].points[0]).toMatchObject({ at: 0, position: 0 });
  });

  it('take typed times and values, and say what is no good', async () => {
    const { editor } = await withSweep();
    const place = { id: 'sceneX', index: 1 } as const;
    editor.type(place, 'time', '1.5 s');
    editor.type(place, 'value', '0.3');
    expect(editor.lanes[0].points[1]).toMatchObject({ time: '1.50 s', value: '0.30' });
    editor.type({ id: 'lfoShape', index: 0 }, 'value', 'Square');
    expect(() => editor.type(place, 'time', '5')).toThrow(/from 0\.00 s to 4\.00 s, .* got "5"/);
    expect(() => editor.type(place, 'time', 'soon')).toThrow(/got "soon"/);
    expect(() => editor.type(place, 'value', '2')).toThrow(/Scene X must be .* from 0 to 1/);
    expect(editor.lanes[0].points[1]).toMatchObject({ time: '1.50 s', value: '0.30' });
  });

  it('are added where the path is, and deleted one step at a time, the last with its gesture', async () => {
    const { state, gesture, editor } = await sessionRig();
    state.edit('Record gesture', { gesture: gestureOf(sweep.points.filter(({ id }) => id === 'sceneX')) });
    expect(editor.add('sceneX', 0.25)).toEqual({ id: 'sceneX', index: 1 });
    expect(editor.lanes[0].points[1]).toMatchObject({ at: 0.25, position: 0.5 });
    for (let left = 4; left > 0; left--) {
      expect(editor.lanes[0].points).toHaveLength(left);
      editor.remove({ id: 'sceneX', index: 0 });
    }
    expect(editor.lanes).toEqual([]);
    expect(gesture.seconds).toBe(0);
    state.history.undo();
    expect(editor.lanes[0].points).toHaveLength(1);
    state.history.undo();
    expect(editor.lanes[0].points).toHaveLength(2);
    expect(() => editor.add('pan', 0)).toThrow(/must be a parameter that the gesture moves, got pan/);
  });

  it('have handles over a pad, one for each moment, which move both parameters', async () => {
    const { state, editor } = await withSweep();
    expect(editor.handles('mapX', 'mapY')).toEqual([]);
    const handles = editor.handles('sceneX', 'sceneY');
    expect(handles).toEqual([
      { at: 0, x: 0, y: 0.5 },
      { at: 0.5, x: 1, y: 0.5 },
      { at: 1, x: 0, y: 0.5 },
    ]);
    expect(editor.placeOf('sceneX', 'sceneY', handles[1])).toEqual({ id: 'sceneX', index: 1 });
    editor.moveHandle('sceneX', 'sceneY', handles[1], { x: 0.7, y: 0.2 });
    expect(editor.handles('sceneX', 'sceneY')[1]).toEqual({ at: 0.5, x: 0.7, y: 0.2 });
    // Only left and right: the other axis gets no corner there.
    editor.moveHandle('sceneX', 'sceneY', editor.handles('sceneX', 'sceneY')[0], { x: 0.1, y: 0.2 });
    expect(state.gesture?.points.filter(({ id }) => id === 'sceneY')).toHaveLength(1);
    editor.moveHandle('sceneX', 'sceneY', editor.handles('sceneX', 'sceneY')[2], { x: 0, y: 0.9 });
    expect(state.gesture?.points.filter(({ id }) => id === 'sceneY')).toHaveLength(2);
    state.settle();
    editor.removeHandle('sceneX', 'sceneY', editor.handles('sceneX', 'sceneY')[1]);
    expect(editor.handles('sceneX', 'sceneY').map(({ at }) => at)).toEqual([0, 1]);
    state.history.undo();
    expect(editor.handles('sceneX', 'sceneY')).toHaveLength(3);
  });
});
