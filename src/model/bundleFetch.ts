// A bundle's files over HTTP: told while they arrive, given up when nothing comes any more, and put into words when they do not.
import { InputError, messageOf } from '../contract/errors.ts';
import type { Seconds } from '../contract/units.ts';
import { manifestFile, type ReadBundleFile } from './bundle.ts';
import type { ModelFiles } from './inferenceProtocol.ts';

/** Told so often at most: text that changes faster cannot be read. */
const tellEverySeconds: Seconds = 0.2;
/** A server that sends nothing for so long is told of; most pauses are shorter. */
const stallSeconds: Seconds = 5;
/** After this nothing more is expected of it. */
const giveUpSeconds: Seconds = 60;

/**
 * How far the loading of a bundle is.
 * @example
 * const show = ({ file, loadedBytes }: BundleProgress) => (line.textContent = `${file}: ${loadedBytes}`);
 */
export interface BundleProgress {
  readonly file: string;
  /** Of this file. */
  readonly loadedBytes: number;
  /** Length of this file; undefined for the manifest, which tells those of the others. */
  readonly fileBytes: number | undefined;
  /** Since this file was asked for. */
  readonly secondsSoFar: Seconds;
  /** Seconds for which nothing has come; 0 while bytes arrive. */
  readonly stalledSeconds: Seconds;
}

/** What is used of a browser, for tests. */
export interface FetchHost {
  readonly fetch: (
    address: string,
    options: { cache: RequestCache; signal: AbortSignal },
  ) => Promise<Response>;
  readonly seconds: () => Seconds;
  readonly every: (seconds: Seconds, tick: () => void) => () => void;
}

const browserHost: FetchHost = {
  fetch: (address, options) => fetch(address, options),
  seconds: () => performance.now() / 1000,
  every: (seconds, tick) => {
    const timer = setInterval(tick, 1000 * seconds);
    return () => clearInterval(timer);
  },
};

/** Address of a bundle's file: in the folder, or where it was put under another name. */
export function addressIn(folder: string, file: string, files: ModelFiles = {}): string {
  return Object.hasOwn(files, file) ? files[file] : new URL(file, folder).href;
}

/**
 * Reads a bundle's files over HTTP; rejects with an InputError that names the address and what is wrong there.
 * @param place address of the bundle's folder, ending in '/', or what gives the address of a file of the bundle
 * @param onProgress told while bytes arrive, and while none do
 * @example
 * const bundle = await loadBundle(readFrom('https://voices.example/mine/', show), 'mine');
 */
export function readFrom(
  place: string | ((file: string) => string),
  onProgress: (progress: BundleProgress) => void = () => undefined,
  host: FetchHost = browserHost,
): ReadBundleFile {
  return async (file, { mostBytes, isFresh = false }) => {
    const address = typeof place === 'string' ? addressIn(place, file) : place(file);
    const abort = new AbortController();
    const began = host.seconds();
    const fileBytes = file === manifestFile ? undefined : mostBytes;
    let isAnswered = false;
    let loadedBytes = 0;
    let heard = began;
    let told = -Infinity;
    const tell = (): void => {
      const now = host.seconds();
      const silence = now - heard;
      if (silence >= giveUpSeconds) abort.abort();
      if (now - told < tellEverySeconds) return;
      told = now;
      const stalledSeconds = silence >= stallSeconds ? silence : 0;
      onProgress({ file, loadedBytes, fileBytes, secondsSoFar: now - began, stalledSeconds });
    };
    const stop = host.every(1, tell);
    try {
      const response = await host.fetch(address, {
        cache: isFresh ? 'reload' : 'default',
        signal: abort.signal,
      });
      isAnswered = true;
      heard = host.seconds();
      if (!response.ok) {
        throw new InputError(`${address} answered ${response.status}; ${meaningOf(response.status)}`);
      }
      return await bytesOf(response, mostBytes, (bytes) => {
        heard = host.seconds();
        loadedBytes += bytes;
        tell();
      });
    } catch (reason) {
      if (reason instanceof InputError) throw reason;
      if (abort.signal.aborted) {
        throw new InputError(
          `${address} sent nothing for ${giveUpSeconds} s; check the connection and retry`,
        );
      }
      const how = isAnswered ? 'broke off while it was read' : 'cannot be reached';
      throw new InputError(`${address} ${how} (${messageOf(reason)}); check the connection and retry`);
    } finally {
      stop();
    }
  };
}

/** What a player reads while a bundle is loaded: how much is there, how long it will take, or that nothing comes. */
export function loadingText(progress: BundleProgress): string {
  const { loadedBytes, fileBytes, secondsSoFar, stalledSeconds } = progress;
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const there =
    fileBytes === undefined
      ? 'loading the model'
      : `loading the model, ${megabytes(loadedBytes)} of ${megabytes(fileBytes)} MB`;
  if (stalledSeconds > 0) {
    return `${there}; nothing has come for ${Math.round(stalledSeconds)} s, still waiting for the server`;
  }
  if (fileBytes === undefined || loadedBytes === 0 || secondsSoFar < 2) return there;
  const secondsLeft = Math.ceil(((fileBytes - loadedBytes) * secondsSoFar) / loadedBytes);
  return `${there}, ${secondsLeft} s left`;
}

function meaningOf(status: number): string {
  if (status === 404 || status === 410) return 'the model bundle is missing or misplaced';
  if (status === 401 || status === 403) return 'the server does not let this page read it';
  return status >= 500 ? 'the server has a fault; try again in a while' : 'the model bundle cannot be read';
}

/** The body as it arrives; cut off as soon as it is longer than it may be. */
async function bytesOf(
  response: Response,
  mostBytes: number,
  onBytes: (bytes: number) => void,
): Promise<ArrayBuffer> {
  const reader = response.body?.getReader();
  if (!reader) return response.arrayBuffer();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    length += value.length;
    onBytes(value.length);
    // One piece more than there may be says that it is another file.
    if (length > mostBytes) {
      await reader.cancel();
      break;
    }
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes.buffer;
}
