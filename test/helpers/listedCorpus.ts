// A small synthesised corpus with a manifest.csv: a few people who say all digits, many who say one or two, and a machine.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Random } from '../../src/dsp/random.ts';
import { writeWav } from '../../src/node/wav.ts';
import { syntheticTake } from './syntheticCorpus.ts';

const rate = 16_000;

/** A row of the manifest, and the voice that says it. */
export interface ListedRow {
  readonly digit: number;
  readonly speaker: string;
  readonly take: number;
  readonly sex: '' | 'f' | 'm';
  readonly kind: 'recording' | 'synthetic';
  readonly source: string;
  readonly licence: string;
  /** Of `syntheticTake`: the odd ones are women. */
  readonly voice: number;
}

/** Rows of two people of ten takes a digit, one machine of two, and `strangers` who each say two digits. */
export function listedRows(strangers: number): ListedRow[] {
  const rows: ListedRow[] = [];
  const add = (
    speaker: string,
    digits: readonly number[],
    takes: number,
    of: Omit<ListedRow, 'digit' | 'speaker' | 'take'>,
  ) => {
    for (const digit of digits) {
      for (let take = 0; take < takes; take++) rows.push({ ...of, digit, speaker, take });
    }
  };
  const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const own = { kind: 'recording', source: 'studio', licence: 'MIT' } as const;
  add('st-anna', digits, 10, { ...own, sex: 'f', voice: 1 });
  add('st-bert', digits, 10, { ...own, sex: 'm', voice: 2 });
  add('machine', digits, 2, {
    kind: 'synthetic',
    source: 'robot 1.0',
    licence: 'BSD-like',
    sex: 'm',
    voice: 4,
  });
  for (let s = 0; s < strangers; s++) {
    const speaker = `crowd-${String(s).padStart(3, '0')}`;
    const of = { kind: 'recording', source: 'street', licence: 'CC BY 4.0', sex: '', voice: s % 12 } as const;
    add(speaker, [s % 10, (s + 1) % 10], 1, of);
  }
  return rows;
}

/** Path of a row's recording below the corpus's folder. */
function fileOfRow({ digit, speaker, take, kind }: ListedRow): string {
  return `${kind === 'synthetic' ? 'synthetic' : 'recordings'}/${speaker}/${digit}_${speaker}_${take}.wav`;
}

/**
 * Writes rows as a corpus into `folder`.
 * @returns the folder
 */
export function writeListedCorpus(folder: string, rows: readonly ListedRow[]): string {
  const lines = ['file,digit,speaker,sex,kind,source,licence,rate_hz'];
  rows.forEach((row, r) => {
    const file = fileOfRow(row);
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeWav(join(folder, file), syntheticTake(row.digit, row.voice, rate, new Random(r + 1)), rate);
    const { digit, speaker, sex, kind, source, licence } = row;
    lines.push([file, digit, speaker, sex, kind, source, licence, rate].join(','));
  });
  writeFileSync(join(folder, 'manifest.csv'), `${lines.join('\n')}\n`);
  return folder;
}
