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
});
