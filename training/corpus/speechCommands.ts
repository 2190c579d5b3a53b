// Google Speech Commands: its licence, its speakers, and its official split by them.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileText } from '../../src/contract/fileText.ts';
import { refuseNames, type CorpusSource, type Take } from './takes.ts';

const personPrefix = 'speech-commands ';

/** Speech Commands' own source. */
export function describeSpeechCommands(): CorpusSource {
  return {
    name: 'Speech Commands',
    licence: 'CC BY 4.0',
    attribution: 'Speech Commands by Pete Warden and Google, arXiv 1804.03209',
    url: 'http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz',
  };
}

/** Who a speaker of Speech Commands is, by the hash in the names of the recordings. */
export function personOfSpeechCommands(hash: string): string {
  return `${personPrefix}${hash}`;
}

/** Its README's rule for 10 % of validation and 10 % of test speakers; the division is the README's too. */
const mostPerClass = 2n ** 27n - 1n;
const [validationPercent, testPercent] = [10, 10];

/** Whether a person is one of Speech Commands' official test speakers, by the README's function of the speaker's hash. */
export function isHeldOutOfSpeechCommands(person: string | undefined): boolean {
  if (!person?.startsWith(personPrefix)) return false;
  const digest = createHash('sha1').update(person.slice(personPrefix.length)).digest('hex');
  const place = BigInt(`0x${digest}`) % (mostPerClass + 1n);
  const percent = (Number(place) * 100) / Number(mostPerClass);
  return percent >= validationPercent && percent < validationPercent + testPercent;
}

/** Names of the folders that hold digits, by the digit. */
export const digitWords = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
] as const;

const takeName = /^(.+)_nohash_(\d{1,9})\.(?:wav|flac)$/i;

/** Whether a folder is named as a digit. */
export function isDigitFolder(name: string): boolean {
  return digitWords.some((word) => word === name);
}

/**
 * Takes of the folders of digits; the other words are passed over. Test speakers are those of `testing_list.txt`, or without one those of the
 * README's rule; validation speakers are trained on.
 * @throws InputError for misnamed files
 */
export function listSpeechCommands(
  root: string,
  folders: readonly { name: string; files: readonly string[] }[],
): Take[] {
  refuseNames(
    root,
    folders.flatMap(({ name, files }) =>
      files.filter((file) => !takeName.test(file)).map((file) => `${name}/${file}`),
    ),
    '{speaker}_nohash_{take}.wav or .flac',
  );
  const listed = testingSpeakers(root);
  return folders.flatMap(({ name, files }) =>
    files.flatMap((file) => {
      const match = takeName.exec(file);
      if (!match) return [];
      const speaker = match[1].normalize('NFC');
      const person = personOfSpeechCommands(speaker);
      const isHeld = listed ? listed.has(speaker) : isHeldOutOfSpeechCommands(person);
      const digit = digitWords.findIndex((word) => word === name);
      const split = isHeld ? 'test' : 'train';
      return [
        { file: join(root, name, file), digit, speaker, take: Number(match[2]), split, person } as const,
      ];
    }),
  );
}

function testingSpeakers(root: string): ReadonlySet<string> | undefined {
  const file = join(root, 'testing_list.txt');
  if (!existsSync(file)) return undefined;
  const lines = fileText(readFileSync(file)).split(/\r?\n/);
  return new Set(lines.flatMap((line) => takeName.exec(line.slice(line.lastIndexOf('/') + 1))?.[1] ?? []));
}
