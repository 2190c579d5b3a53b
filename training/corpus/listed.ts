// Corpora with a manifest.csv: one row for each recording, of many speakers, sources and licences, in whatever folders they lie.
import { existsSync, readFileSync } from 'node:fs';
import { basename, isAbsolute, join, normalize } from 'node:path';
import { parse } from 'csv-parse/sync';
import { InputError, printable } from '../../src/contract/errors.ts';
import { reasonOf } from '../../src/contract/fileFaults.ts';
import { fileText } from '../../src/contract/fileText.ts';
import { describeAudioMnist, personOfAudioMnist } from './audiomnist.ts';
import { holdOut } from './heldOut.ts';
import { parseTakeName } from './fsdd.ts';
import { describeSpeechCommands, personOfSpeechCommands } from './speechCommands.ts';
import type { CorpusSource, Take } from './takes.ts';

const manifestName = 'manifest.csv';
const needed = ['file', 'digit', 'speaker'] as const;
const kinds = ['recording', 'synthetic'] as const;
const longestText = 200;

/** Sources that are part of corpora whose people and authors are known: how a speaker of theirs is known, whatever stands before the name. */
const knownSources: Readonly<
  Record<string, { describe: () => CorpusSource; person: (name: string) => string }>
> = {
  audiomnist: { describe: describeAudioMnist, person: personOfAudioMnist },
  'speech-commands': { describe: describeSpeechCommands, person: personOfSpeechCommands },
};

/** Whether a folder has a manifest that lists recordings. */
export function isListed(folder: string): boolean {
  const file = join(folder, manifestName);
  if (!existsSync(file)) return false;
  const [head] = fileText(readFileSync(file)).split(/\r\n?|\n/, 1);
  const names = head.split(/[,;\t]/).map(columnName);
  return needed.every((name) => names.includes(name));
}

/**
 * Takes of the folder's manifest: columns file (below the folder), digit and speaker, and where there are any sex (or gender), kind
 * (recording or synthetic), source, licence, bandwidth_hz and split (train or test); others are passed over. Without a split it is made by
 * `holdOut`.
 * @throws InputError naming the row and what is wrong with it
 */
export function listListed(folder: string): Take[] {
  const path = join(folder, manifestName);
  let rows: Record<string, string>[];
  try {
    rows = parse(fileText(readFileSync(path)), {
      columns: (names: string[]) => names.map(columnName),
      delimiter: [',', ';', '\t'],
      skip_empty_lines: true,
      trim: true,
    });
  } catch (error) {
    throw new InputError(`${path} is not CSV: ${reasonOf(error)}; correct it`);
  }
  if (rows.length === 0) throw new InputError(`${path} lists no recordings; add them or remove it`);
  const counts = new Map<string, number>();
  const takes = rows.map((row, r) => takeOf(folder, row, `${path}, row ${r + 1}`, counts));
  return rows.some((row) => row['split']) ? takes : holdOut(takes);
}

/** Sources of a listed corpus: those that are known by their authors, the others by name. */
export function describeListed(name: string, takes: readonly Take[]): CorpusSource {
  const licences = new Map(takes.map(({ source = name, licence = 'unknown' }) => [source, licence]));
  const known = [...licences.keys()].flatMap((source) => knownSources[source]?.describe() ?? []);
  const others = [...licences].filter(([source]) => !(source in knownSources));
  const attributions = [
    ...known.map(({ attribution }) => attribution),
    ...others.map(([source, licence]) => `${source} (${licence})`),
  ];
  const licence = [...new Set(licences.values())].join(', ');
  return {
    name,
    licence: licence.length <= longestText ? licence : 'several licences: see each recording',
    attribution: attributions.join('; '),
    url: known.map(({ url }) => url).join(' '),
  };
}

/** Whom a part of a corpus is from: its own authors where they are known, else those of the corpus. */
export function describeSource(
  source: string,
  corpus: Pick<CorpusSource, 'name' | 'attribution' | 'url'>,
): Pick<CorpusSource, 'attribution' | 'url'> {
  const known = knownSources[source]?.describe();
  return known ?? { attribution: `${source}, of ${corpus.name}`, url: '' };
}

/** "Rate Hz" and "licence" are one with "rate_hz" and "license". */
function columnName(text: string): string {
  const name = text
    .replace(/^\uFEFF/, '')
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase()
    .replace(/\s+/g, '_');
  const other: Readonly<Record<string, string>> = { gender: 'sex', license: 'licence', path: 'file' };
  return other[name] ?? name;
}

function takeOf(
  folder: string,
  row: Record<string, string>,
  where: string,
  counts: Map<string, number>,
): Take {
  const fault = (what: string) => new InputError(`${where}: ${what}; correct the row or remove it`);
  const { file, digit: said, speaker: given } = row;
  if (file === '' || isAbsolute(file) || normalize(file).startsWith('..')) {
    throw fault(`file must be a path below the folder, got "${printable(file)}"`);
  }
  if (!/^[0-9]$/.test(said)) throw fault(`digit must be 0-9, got "${printable(said)}"`);
  const speaker = given.normalize('NFC');
  if (speaker === '' || speaker.length > longestText) {
    throw fault(`speaker must be a name of 1 to ${longestText} characters, got "${printable(speaker)}"`);
  }
  const digit = Number(said);
  const named = parseTakeName(basename(file));
  if (named && named.digit !== digit)
    throw fault(`${file} is named digit ${named.digit} and listed as ${digit}`);
  const kind = kinds.find((one) => one === (row['kind'] || 'recording').toLowerCase());
  if (!kind) throw fault(`kind must be recording or synthetic, got "${printable(row['kind'])}"`);
  const split = row['split'] ? row['split'].toLowerCase() : 'train';
  if (split !== 'train' && split !== 'test')
    throw fault(`split must be train or test, got "${printable(split)}"`);
  const bandwidth = row['bandwidth_hz'] ? Number(row['bandwidth_hz']) : undefined;
  if (bandwidth !== undefined && !(bandwidth >= 500)) {
    throw fault(`bandwidth_hz must be 500 or more, got "${printable(row['bandwidth_hz'])}"`);
  }
  const key = `${digit} ${speaker}`;
  const count = counts.get(key) ?? 0;
  counts.set(key, count + 1);
  const gender = genderOf(row['sex'] ?? '');
  const { source, licence } = row;
  for (const [name, text = ''] of [
    ['source', source],
    ['licence', licence],
  ] as const) {
    if (text.length > longestText)
      throw fault(`${name} must have at most ${longestText} characters, got ${text.length}`);
  }
  const name = speaker.slice(speaker.lastIndexOf('-') + 1);
  const person = source ? knownSources[source]?.person(name) : undefined;
  return {
    file: join(folder, file),
    digit,
    speaker,
    take: named && named.speaker === speaker ? named.take : count,
    split,
    kind,
    ...(gender ? { attributes: { gender } } : {}),
    ...(source ? { source } : {}),
    ...(licence ? { licence } : {}),
    ...(person === undefined ? {} : { person }),
    ...(bandwidth === undefined ? {} : { bandwidthHz: bandwidth }),
  };
}

/** Undefined of what is not known. */
function genderOf(text: string): string | undefined {
  if (/^(f|female|w|woman)$/i.test(text)) return 'female';
  return /^(m|male|man)$/i.test(text) ? 'male' : undefined;
}
