// What the instrument's status takes over from the kernel's, and when that is news.
import { expect, test } from 'vitest';
import { initialStatus, isNews, kernelReadout } from '../../src/instrument/instrumentStatus.ts';
import type { KernelStatus } from '../../src/worklet/kernel.ts';

const kernel: KernelStatus = {
  frame: 0,
  failedBlocks: 0,
  activeVoices: 3,
  clips: 10,
  missedNotes: 1,
  underruns: 2,
  load: 0.12345,
  lookAheadFrames: 3,
  sweeps: 2,
  nonFinite: 4,
  loops: 'simd',
};

test('the status shows every counter of the kernel but its clips, and the load in hundredths', () => {
  expect(kernelReadout(kernel)).toEqual({
    activeVoices: 3,
    missedNotes: 1,
    underruns: 2,
    load: 0.12,
    lookAheadFrames: 3,
    sweeps: 2,
    nonFinite: 4,
    loops: 'simd',
  });
});

test('a load that moves by less than a hundredth is no news, any other change is', () => {
  const shown = { ...initialStatus, ...kernelReadout(kernel) };
  expect(isNews(kernelReadout(kernel), initialStatus)).toBe(true);
  expect(isNews(kernelReadout(kernel), shown)).toBe(false);
  expect(isNews(kernelReadout({ ...kernel, load: 0.1187, clips: 60 }), shown)).toBe(false);
  const changes: Partial<KernelStatus>[] = [
    { activeVoices: 4 },
    { missedNotes: 2 },
    { underruns: 3 },
    { load: 0.131 },
    { lookAheadFrames: 2 },
    { sweeps: 1 },
    { nonFinite: 5 },
    { loops: 'scalar' },
  ];
  for (const change of changes) expect(isNews(kernelReadout({ ...kernel, ...change }), shown)).toBe(true);
});
