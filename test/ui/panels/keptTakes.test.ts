// Takes that wait to be saved: none is lost by recording again.
import { afterEach, expect, it, vi } from 'vitest';
import type { Take } from '../../../src/output/recorder.ts';
import { KeptTakes } from '../../../src/ui/panels/keptTakes.ts';

const takeOf = (seconds: number): Take => ({
  ...{ seconds, frames: 48_000 * seconds, lostFrames: 0 },
  blob: new Blob([new Uint8Array(seconds)]),
});

afterEach(() => vi.restoreAllMocks());

it('keeps what was not saved beside the next take, and gives up the memory of what was saved or discarded', () => {
  const revoked = vi.spyOn(URL, 'revokeObjectURL');
  const takes = new KeptTakes();
  let changes = 0;
  takes.subscribe(() => changes++);
  const seconds = () => takes.all.map(({ take }) => take.seconds);
  expect(takes.isUnsaved).toBe(false);
  takes.add(takeOf(1));
  takes.forgetSaved();
  takes.add(takeOf(2));
  expect([seconds(), takes.isUnsaved]).toEqual([[1, 2], true]);
  const [first, second] = takes.all;
  takes.save(first);
  expect([seconds(), takes.isUnsaved]).toEqual([[1, 2], true]);
  takes.save(second);
  expect(takes.isUnsaved).toBe(false);
  takes.add(takeOf(3));
  takes.forgetSaved();
  expect([seconds(), takes.isUnsaved]).toEqual([[3], true]);
  expect(revoked.mock.calls.map(([address]) => address)).toEqual([first.address, second.address]);
  takes.discard(takes.all[0]);
  expect([seconds(), takes.isUnsaved, revoked.mock.calls.length]).toEqual([[], false, 3]);
  expect(changes).toBe(8);
});

it('takes a take once that is handed in twice, and knows which ones broke off', () => {
  const takes = new KeptTakes();
  const [broken, whole] = [takeOf(1), takeOf(2)];
  takes.add(broken, true);
  takes.add(broken);
  takes.add(whole);
  expect(takes.all.map(({ take, hasBroken }) => [take.seconds, hasBroken])).toEqual([
    [1, true],
    [2, false],
  ]);
  expect(takes.all[0].name).toMatch(/^numvox-\d{8}-\d{6}\.wav$/);
});
