// The tuning of the keys: loaded from Scala files, part of the state, undone, reset.
import { expect, it } from 'vitest';
import type { Tuning } from '../../src/performer/tuning.ts';
import { KeyboardTuning } from '../../src/session/keyboardTuning.ts';
import { sessionRig } from '../helpers/sessionRig.ts';

const scale = '! fifths.scl\nOnly fifths\n 2\n!\n 3/2\n 2/1\n';
/** All keys in order, A4 at 400 Hz. */
const map = '0\n0\n127\n60\n69\n400.0\n0\n';

async function rig() {
  const session = await sessionRig();
  let played: Tuning | null = null;
  const tuning = new KeyboardTuning(session.state, (next) => (played = next));
  return { ...session, tuning, hz: (key: number) => played?.frequencyOf(key) };
}

it('comes back with scale and map, by name', async () => {
  const first = await rig();
  expect(first.tuning.isEqual).toBe(true);
  expect(first.hz(69)).toBeUndefined();
  first.tuning.load('mine.kbm', map);
  first.tuning.load('fifths.SCL', scale);
  expect(first.tuning.name).toBe('Only fifths, mapped by mine.kbm');
  expect(first.hz(69)).toBeCloseTo(400, 9);
  expect(first.hz(71)! / first.hz(69)!).toBeCloseTo(2, 9);
  const second = await rig();
  second.state.restore(first.state.snapshot);
  expect(second.tuning.name).toBe('Only fifths, mapped by mine.kbm');
  expect(second.tuning.isEqual).toBe(false);
  expect(second.hz(62)).toBe(first.hz(62));
  second.tuning.reset();
  expect([second.tuning.name, second.tuning.isEqual, second.hz(69)]).toEqual([
    'equal temperament',
    true,
    undefined,
  ]);
});

it('is a step that can be undone, and presets leave it alone', async () => {
  const { tuning, state, presets } = await rig();
  tuning.load('fifths.scl', scale);
  expect(state.history.undoLabel).toBe('Tuning fifths.scl');
  tuning.reset();
  tuning.reset();
  expect(state.history.undoLabel).toBe('Equal temperament');
  state.history.undo();
  expect(tuning.name).toBe('Only fifths');
  presets.load('factory:3');
  expect(tuning.name).toBe('Only fifths');
  expect(presets.edited).toBe(false);
  state.history.undo();
  state.history.undo();
  expect(tuning.isEqual).toBe(true);
});

it('stays when a file is no good', async () => {
  const { tuning, hz, state } = await rig();
  tuning.load('fifths.scl', scale);
  const before = hz(64);
  expect(() => tuning.load('broken.scl', 'nothing')).toThrow(/broken\.scl: a Scala scale needs/);
  expect(() => tuning.load('song.mid', 'MThd\0\0\0')).toThrow(/song\.mid: a Scala scale needs/);
  expect(() => tuning.load('long.scl', 'x'.repeat(2 ** 20 + 1))).toThrow(/long\.scl is no Scala file/);
  expect(() => tuning.load('unmapped.kbm', '2\n0\n127\n60\n61\n440.0\n0\n0\nx\n')).toThrow(
    /fifths\.scl with unmapped\.kbm: the mapping's reference note 61 has no degree .* such as 60/,
  );
  expect(tuning.name).toBe('Only fifths');
  expect(hz(64)).toBe(before);
  expect(state.history.undoLabel).toBe('Tuning fifths.scl');
});

it('takes bytes of any encoding, and tells scale and map apart by what they hold', async () => {
  const { tuning, hz } = await rig();
  tuning.load('SCALE', new Uint8Array(Buffer.from(scale.replace('Only', 'Nur reine'), 'latin1')));
  expect(tuning.name).toBe('Nur reine fifths');
  tuning.load('zürich.scl', new Uint8Array(Buffer.from(scale.replace('Only fifths', 'Zürich'), 'latin1')));
  expect(tuning.name).toBe('Zürich');
  tuning.load('really-a-map.scl', new Uint8Array(Buffer.from(map)));
  expect(tuning.name).toBe('Zürich, mapped by really-a-map.scl');
  expect(hz(69)).toBeCloseTo(400, 9);
});

it('tells of keys that lie out of hearing, until another tuning is in use', async () => {
  const { tuning, state } = await rig();
  expect(tuning.notice).toBe('');
  tuning.load('octaves.scl', 'octaves\n1\n2/1\n');
  expect(tuning.notice).toMatch(/^Keys 0-56, 67-127 would lie outside .* and are silent\.$/);
  state.history.undo();
  expect(tuning.notice).toBe('');
});
