// The log of faults: told as they come, kept in bounded memory, the first and the last of them.
import { describe, expect, it, vi } from 'vitest';
import { FaultLog } from '../../src/instrument/faultLog.ts';

describe('the log of faults', () => {
  it('tells each fault and keeps the first and the last of a flood', () => {
    const onFault = vi.fn();
    const log = new FaultLog(onFault);
    for (let k = 0; k < 1000; k++) log.add('model', `What ${k}.`, 'Now.');
    expect(onFault).toHaveBeenCalledTimes(1000);
    expect(log.count).toBe(1000);
    const said = log.faults.map(({ what }) => what);
    expect(said).toHaveLength(32);
    expect(said.slice(0, 2)).toEqual(['What 0.', 'What 1.']);
    expect(said.at(-1)).toBe('What 999.');
  });

  it('keeps one that comes again and again as one, so that it drives no other out', () => {
    const onFault = vi.fn();
    const log = new FaultLog(onFault);
    log.add('model', 'The cause.', 'Now.');
    for (let k = 0; k < 1000; k++) log.add('audio', 'A block failed.', 'It was silent.');
    log.add('model', 'The end.', 'Now.');
    expect([onFault.mock.calls.length, log.count]).toEqual([1002, 1002]);
    expect(log.faults.map(({ what, times }) => [what, times])).toEqual([
      ['The cause.', undefined],
      ['A block failed.', 1000],
      ['The end.', undefined],
    ]);
  });
});
