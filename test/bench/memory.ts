// Benchmark: the heap before, during and after ten minutes of 64-voice play under Node.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { MemoryLook } from '../helpers/memoryRun.ts';
import { row, type Row } from './row.ts';

const program = fileURLToPath(new URL('../helpers/memoryRun.ts', import.meta.url));
const SECONDS = 600;
const LOOKS = 9;

/** Heap after collections, in a process of its own; the first look is after a minute, when all code is compiled. */
export async function benchMemory(): Promise<Row[]> {
  const begin = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--expose-gc', '--import', 'tsx', program],
    ...[String(SECONDS), String(LOOKS)],
  ]);
  const took = (performance.now() - begin) / 1000;
  const looks = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as MemoryLook);
  const [first] = looks;
  const last = looks[looks.length - 1];
  return [
    ...looks.map(({ seconds, heapBytes, bufferBytes, voices }) =>
      row(
        `heap after ${Math.round(seconds)} s`,
        heapBytes / 1000,
        0,
        'kB',
        `${(bufferBytes / 1e6).toFixed(2)} MB in buffers, ${voices} voices`,
      ),
    ),
    row('growth of the heap', (last.heapBytes - first.heapBytes) / 1000, 1, 'kB', `in ${SECONDS} s of sound`),
    row('growth of buffers', (last.bufferBytes - first.bufferBytes) / 1000, 1, 'kB'),
    row('time taken', took, 0, 's'),
  ];
}
