// The corpus that tests run on: FSDD where it lies beside the repository, a synthesised one otherwise (said on the console).
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSyntheticCorpus } from './syntheticCorpus.ts';

const recordings = fileURLToPath(new URL('../../../shared/fsdd/recordings', import.meta.url));

/** Whether FSDD's own recordings are there. */
export const hasFsdd = existsSync(join(recordings, '0_george_0.wav'));

/** A corpus folder in FSDD's layout, and which one it is. */
export function testCorpus(): { folder: string; isFsdd: boolean } {
  if (hasFsdd) return { folder: recordings, isFsdd: true };
  const folder = mkdtempSync(join(tmpdir(), 'numvox-corpus-'));
  writeSyntheticCorpus(folder, { layout: 'fsdd', speakers: 3, takes: 7, seed: 1 });
  console.info('FSDD is not beside the repository: this test runs on a synthesised corpus');
  return { folder, isFsdd: false };
}
