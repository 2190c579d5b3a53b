// The heap does not grow while 64 voices play; `npm run bench -- memory` does the same for ten minutes.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { MemoryLook } from '../helpers/memoryRun.ts';

test('twenty seconds of 64 voices leave nothing on the heap', () => {
  const program = fileURLToPath(new URL('../helpers/memoryRun.ts', import.meta.url));
  const printed = execFileSync(process.execPath, ['--expose-gc', '--import', 'tsx', program, '20', '6'], {
    encoding: 'utf8',
  });
  const looks = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as MemoryLook);
  expect(looks).toHaveLength(7);
  const [first] = looks;
  const last = looks[looks.length - 1];
  expect(last.seconds).toBeCloseTo(20, 1);
  for (const { voices } of looks) expect(voices).toBeGreaterThanOrEqual(64);
  expect(last.bufferBytes - first.bufferBytes).toBeLessThan(5000);
  // One number a block that stays would be 100 kB; the compiler's own notes come to less.
  expect(last.heapBytes - first.heapBytes).toBeLessThan(100_000);
  // Of the second half nearly nothing.
  expect(last.heapBytes - looks[3].heapBytes).toBeLessThan(30_000);
});
