// Web Audio in Node: the optional package node-web-audio-api, loaded by those who need it, and what is said where it does not load.
import { InputError } from '../contract/errors.ts';
import { reasonOf } from '../contract/fileFaults.ts';

/** A name that is not spelt out in the import: types are checked, and the project is built, without the package too. */
const packageName: string = 'node-web-audio-api';

/** What is used of it by name; the rest are Tone's own uses of Web Audio. */
export interface WebAudio {
  readonly OfflineAudioContext: typeof OfflineAudioContext;
}

/** Thrown where the package does not load. No fault of a file that needs it, and mended for all of them at once. */
export class WebAudioMissing extends InputError {}

/**
 * Loads the package, with one thread of its own: with more, version 1.0.9 may start to render before it has taken note of all
 * times at which to stand still, and fails (its issue 62).
 * @param need subject and verb of the sentence that goes on with the package's name: "the effects need"
 * @param instead what to do without it: "give --dry"
 * @throws WebAudioMissing saying what to install, and what to do instead
 */
export async function loadWebAudio(need: string, instead: string): Promise<WebAudio> {
  const name = 'TOKIO_WORKER_THREADS';
  const before = process.env[name];
  process.env[name] = '1';
  try {
    const webAudio = (await import(packageName)) as WebAudio;
    // The thread begins with the first work.
    await new webAudio.OfflineAudioContext(1, 128, 48_000).startRendering();
    return webAudio;
  } catch (error) {
    const reason = reasonOf(error);
    const missing = /libasound/.test(reason)
      ? 'the ALSA library that it needs (libasound2 or alsa-lib)'
      : 'it with npm install';
    throw new WebAudioMissing(
      `${need} the optional package ${packageName}, which does not load here (${reason}): install ${missing}, or ${instead}`,
    );
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before;
  }
}
