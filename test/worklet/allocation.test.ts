// Nothing that `process` reaches allocates: read from the source, and measured on the heap.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { allocationsFrom } from '../helpers/allocations.ts';

test('no function reachable from Kernel.process allocates', () => {
  const { reached, allocations, outside } = allocationsFrom('src/worklet/kernel.ts', 'Kernel', 'process');
  expect(allocations).toEqual([]);
  // Were the walk cut short, it would find nothing either.
  for (const name of [
    'Voice.mix',
    'Voice.start',
    'Voice.read',
    'Voice.release',
    'PhaseEngine.plan',
    'PhaseEngine.step',
    'PhaseEngine.emit',
    'FlyingFrame.reset',
    'HarmonicPart.take',
    'HarmonicPart.piece',
    'MelInverter.invert',
    'Resampler.push',
    'Resampler.pull',
    'Resampler.available',
    'WasmLoops.startPhases',
    'JavascriptLoops.startPhases',
    'JsFft.forward',
    'ClipBank.nearest',
    'EventQueue.shift',
    'EventQueue.defer',
    'Voice.changeWord',
    'ReadHead.advance',
    'Modulation.evaluate',
    'Amplitude.mix',
    'SharedVoiceState.set',
    'Air.push',
    'Air.add',
    'LoadGovernor.update',
    'LoadGovernor.shed',
    'Smoother.add',
    'f0OfTrack',
  ]) {
    expect(reached).toContain(name);
  }
  // All that is called and cannot be read: a clock, fft.js, and the exports of the compiled loops.
  expect(outside).toEqual([
    'FFT.inverseTransform',
    'FFT.transform',
    'Kernel.#clock',
    ...[
      'emit',
      'gather',
      'harmonics',
      'interpolate',
      'invertMel',
      'invertMelColumns',
      'logarithms',
      'project',
      'split',
      'startPhases',
      'synthesise',
    ].map((name) => `LoopExports.${name}`),
  ]);
});

test('the same check finds allocations where there are some', () => {
  const { allocations } = allocationsFrom('src/worklet/kernel.ts', 'Kernel', 'status');
  expect(allocations.join('\n')).toMatch(/object literal[\s\S]*closure|closure[\s\S]*object literal/);
  expect(allocations.join('\n')).toMatch(/filter/);
});

test('the heap does not grow while notes play', () => {
  const probe = fileURLToPath(new URL('../helpers/heapProbe.ts', import.meta.url));
  const printed = execFileSync(
    process.execPath,
    // On a busy machine the compiler's own thread might not have come to it.
    ['--expose-gc', '--no-concurrent-recompilation', '--import', 'tsx', probe],
    { encoding: 'utf8' },
  );
  // 188 blocks of 128 frames; one number boxed per sample would be 290 kB.
  expect(Number(printed.trim())).toBeLessThan(20_000);
});
