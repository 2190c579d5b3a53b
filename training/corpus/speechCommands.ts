// Google Speech Commands: its licence, its speakers, and its official split by them.
import { createHash } from 'node:crypto';
import type { CorpusSource } from './takes.ts';

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
