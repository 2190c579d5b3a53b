// Screen and computer keys: releases after an octave move, two fingers on one key, and texts of the recorder.
import { describe, expect, it } from 'vitest';
import { PressedKeys } from '../../../src/ui/keys/pressedKeys.ts';
import { clockText, takeName } from '../../../src/ui/panels/takeText.ts';

describe('pressed keys', () => {
  function rig() {
    const calls: [string, number][] = [];
    const keys = new PressedKeys(
      (note) => calls.push(['on', note]),
      (note) => calls.push(['off', note]),
    );
    return { calls, keys };
  }

  it('releases the note that was started, though the octave moved in between', () => {
    const { calls, keys } = rig();
    keys.press('row', 48, 5, performance.now());
    keys.press('row', 60, 5, performance.now());
    keys.release('row', 5);
    keys.release('row', 5);
    expect(calls).toEqual([
      ['on', 53],
      ['off', 53],
    ]);
  });

  it('leaves out a press that comes long after it was made, with its release, and plays one that is held', async () => {
    const { calls, keys } = rig();
    const longAgo = performance.now() - 2000;
    keys.press('row', 48, 5, longAgo);
    keys.release('row', 5);
    keys.press('row', 48, 6, longAgo);
    expect(calls).toEqual([]);
    await expect.poll(() => calls).toEqual([['on', 54]]);
    keys.release('row', 6);
    expect(calls).toEqual([
      ['on', 54],
      ['off', 54],
    ]);
  });

  it('holds a note until the last finger leaves it', () => {
    const { calls, keys } = rig();
    keys.press('pointer1', 48, 5, performance.now());
    keys.press('pointer2', 48, 5, performance.now());
    keys.release('pointer1', 5);
    expect(calls).toEqual([
      ['on', 53],
      ['on', 53],
    ]);
    keys.release('pointer2', 5);
    expect(calls.at(-1)).toEqual(['off', 53]);
  });
});

describe('texts of a take', () => {
  it('writes lengths and names', () => {
    expect(clockText(0)).toBe('0:00.0');
    expect(clockText(59.96)).toBe('0:59.9');
    expect(clockText(754.3)).toBe('12:34.3');
    expect(takeName(new Date(2026, 0, 2, 3, 4, 5))).toBe('numvox-20260102-030405.wav');
  });
});
