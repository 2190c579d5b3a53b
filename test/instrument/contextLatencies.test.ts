// Latencies of contexts: as they are told, 0 where they are not, and never asked of Firefox, whose page would stand still.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { latenciesOf } from '../../src/instrument/contextLatencies.ts';

afterEach(() => vi.unstubAllGlobals());

describe('latencies of a context', () => {
  it('are what it tells', () => {
    const context = { baseLatency: 0.01, outputLatency: 0.03 } as AudioContext;
    expect(latenciesOf(context)).toEqual({ base: 0.01, output: 0.03 });
    expect(latenciesOf({} as OfflineAudioContext)).toEqual({ base: 0, output: 0 });
  });

  it('do not hang Firefox', () => {
    vi.stubGlobal('mozInnerScreenX', 0);
    const context = {
      baseLatency: 0.01,
      get outputLatency(): number {
        throw new Error('the page stands still');
      },
    };
    expect(latenciesOf(context as unknown as AudioContext)).toEqual({ base: 0.01, output: 0 });
  });
});
