// Benchmark: corpora of growing size, synthesised at 48 kHz, prepared to a cache on disk and read as an epoch reads them.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Random } from '../../src/dsp/random.ts';
import { writeWav } from '../../src/node/wav.ts';
import type { CorpusLook } from '../helpers/corpusRun.ts';
import { syntheticTake } from '../helpers/syntheticCorpus.ts';
import { row, type Row } from './row.ts';

const program = fileURLToPath(new URL('../helpers/corpusRun.ts', import.meta.url));
const rate = 48_000;
const speakers = 60;
/** Recordings that differ; the clips beyond them are links, so that a corpus of 30,000 needs no 2 GB of disk. */
const recordings = 300;
/** Twenty speakers, some of whom are held out. */
const fewestClips = 200;
const defaultSizes = [300, 1000];

/**
 * Each size in a process of its own, whose peak memory is its.
 * @param asked numbers of clips, such as 3000,10000,30000, and "bands" among them for features without pitch and voicing, which are most
 *   of the time
 */
export async function benchCorpus(asked?: string): Promise<Row[]> {
  const words = asked?.split(',') ?? [];
  const what = words.includes('bands') ? 'bands' : 'tracks';
  const sizes = words.filter((word) => word !== 'bands').map(Number);
  const clips = sizes.length > 0 ? sizes : defaultSizes;
  if (clips.some((count) => !Number.isInteger(count) || count < fewestClips)) {
    throw new RangeError(`sizes must be whole numbers from ${fewestClips} on, got ${asked}`);
  }
  const home = mkdtempSync(join(tmpdir(), 'numvox-bench-corpus-'));
  try {
    const pool = Array.from({ length: recordings }, (_, r) => {
      const path = join(home, `${r}.wav`);
      const digit = r % 10;
      writeWav(path, syntheticTake(digit, Math.floor(r / 10) % 12, rate, new Random(r)), rate);
      return path;
    });
    const rows: Row[] = [];
    for (const count of clips) {
      const folder = join(home, `${count}`);
      for (let clip = 0; clip < count; clip++) {
        const digit = clip % 10;
        const speaker = String(1 + (Math.floor(clip / 10) % speakers)).padStart(2, '0');
        mkdirSync(join(folder, speaker), { recursive: true });
        const take = Math.floor(clip / (10 * speakers));
        symlinkSync(pool[clip % recordings], join(folder, speaker, `${digit}_${speaker}_${take}.wav`));
      }
      const { stdout } = await promisify(execFile)(process.execPath, [
        ...['--import', 'tsx', program],
        ...[folder, join(home, `cache-${count}`), what],
      ]);
      rows.push(...rowsOf(JSON.parse(stdout) as CorpusLook));
      rmSync(folder, { recursive: true });
      rmSync(join(home, `cache-${count}`), { recursive: true });
    }
    return rows;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function rowsOf({ clips, prepareSeconds, reopenSeconds, epochSeconds, peakBytes }: CorpusLook): Row[] {
  const name = `${clips} clips:`;
  return [
    row(
      `${name} prepared`,
      prepareSeconds,
      1,
      's',
      `${((1000 * prepareSeconds) / clips).toFixed(2)} ms a clip`,
    ),
    row(`${name} opened again`, reopenSeconds, 2, 's'),
    row(
      `${name} an epoch read`,
      epochSeconds,
      2,
      's',
      `${((1e6 * epochSeconds) / clips).toFixed(0)} us a clip`,
    ),
    row(`${name} peak memory`, peakBytes / 1e6, 0, 'MB'),
  ];
}
