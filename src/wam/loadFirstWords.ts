// Fetches the words that the plugin plays by until its decoder is there.
import { messageOf } from '../contract/errors.ts';
import { readFirstWords, type FirstWords } from '../instrument/firstWords.ts';
import { logWarning } from '../log.ts';
import type { Manifest } from '../model/manifest.ts';

/** In a variable: see numvoxModule.ts. */
const here = import.meta.url;
const wordsFile = 'firstWords.bin';

/**
 * The words beside the plugin; undefined where they cannot be had, and the decoder is waited for.
 * @param model address of the shipped model's folder, ending in '/'
 */
export async function loadFirstWords(model: string): Promise<FirstWords | undefined> {
  try {
    const [manifest, bytes] = await Promise.all([
      // Built with the plugin: it need not be checked as one from elsewhere, and the worker checks it all the same.
      answerOf(new URL('manifest.json', model).href).then((answer) => answer.json() as Promise<Manifest>),
      answerOf(new URL(wordsFile, here).href).then((answer) => answer.arrayBuffer()),
    ]);
    return readFirstWords(bytes, manifest);
  } catch (reason) {
    logWarning(`the plugin waits for its decoder: ${messageOf(reason)}`);
    return undefined;
  }
}

async function answerOf(address: string): Promise<Response> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer;
}
