// The heap does not grow while 64 voices play; `npm run bench -- memory` does the same for ten minutes.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { MemoryLook } from '../helpers/memoryRun.ts';

test('forty seconds of 64 voices leave nothing on the heap', () => {
  const program = fileURLToPath(new URL('../helpers/memoryRun.ts', import.meta.url));
  const printed = execFileSync(process.execPath, ['--expose-gc', '--import', 'tsx', program, '40', '6'], {
    encoding: 'utf8',
  });
  const looks = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as MemoryLook);
  expect(looks).toHaveLength(7);
  const [first] = looks;
  const last = looks[looks.length - 1];
  expect(last.seconds).toBeCloseTo(40, 1);
  for (const { voices } of looks) expect(voices).toBeGreaterThanOrEqual(64);
  expect(last.bufferBytes - first.bufferBytes).toBeLessThan(5000);
  // What the engine notes down while it compiles comes in the first twenty seconds of sound: 130 kB were seen.
  expect(last.heapBytes - first.heapBytes).toBeLessThan(250_000);
  // In the second half one number a block that stays would be 100 kB.
  expect(last.heapBytes - looks[3].heapBytes).toBeLessThan(40_000);
});
