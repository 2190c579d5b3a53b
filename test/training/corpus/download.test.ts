// Downloading FSDD, against a local server: the way it should go, and every way it can fail, with no half cache left.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import { openCorpus } from '../../../training/corpus/corpus.ts';
import { fetchFsdd, userCacheFolder, type FetchFsddOptions } from '../../../training/corpus/download.ts';
import { writeSyntheticCorpus } from '../../helpers/syntheticCorpus.ts';

let home = '';
let server: Server;
let url = '';
let answer: (response: ServerResponse) => void = () => {};
let requests = 0;
let files: Record<string, Uint8Array> = {};

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'numvox-download-'));
  const source = writeSyntheticCorpus(join(home, 'source'), {
    layout: 'fsdd',
    speakers: 1,
    takes: 6,
    seed: 1,
  });
  files = Object.fromEntries(
    readdirSync(source)
      .filter((name) => name.endsWith('.wav'))
      .map((name) => [
        `free-spoken-digit-dataset-1.0.10/recordings/${name}`,
        readFileSync(join(source, name)),
      ]),
  );
  server = createServer((_, response) => {
    requests++;
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fsdd.zip`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(home, { recursive: true, force: true });
});

let cacheFolder = '';
beforeEach(() => {
  cacheFolder = mkdtempSync(join(home, 'cache-'));
  requests = 0;
});

function fetchSmall(more: FetchFsddOptions = {}): Promise<string> {
  return fetchFsdd({ cacheFolder, url, speakers: ['voice01'], takesPerDigit: 6, ...more });
}

function archiveOf(change: (entries: Record<string, Uint8Array>) => void = () => {}): Uint8Array {
  const entries = { 'free-spoken-digit-dataset-1.0.10/README.md': new Uint8Array([35]), ...files };
  change(entries);
  return zipSync(entries);
}

/** What is not one of the recordings asked for stays out of the cache. */
const extra = 'free-spoken-digit-dataset-1.0.10/recordings/0_voice01_9.wav';
const first = 'free-spoken-digit-dataset-1.0.10/recordings/0_voice01_0.wav';

test('downloads once, tells progress, and leaves a corpus that can be opened', async () => {
  const archive = archiveOf((entries) => (entries[extra] = entries[first]));
  answer = (response) => response.writeHead(200, { 'content-length': archive.length }).end(archive);
  const told: [number, number | undefined][] = [];
  const folder = await fetchSmall({ onProgress: (bytes, total) => told.push([bytes, total]) });
  expect(openCorpus(folder).takes.length).toBe(60);
  expect(told.at(-1)).toEqual([archive.length, archive.length]);
  expect(await fetchSmall()).toBe(folder);
  expect(requests).toBe(1);
  // A cache that lost a file is downloaded again.
  rmSync(join(folder, '4_voice01_2.wav'));
  await fetchSmall();
  expect(requests).toBe(2);
  expect(existsSync(join(folder, '4_voice01_2.wav'))).toBe(true);
});

test('a server that does not say the size', async () => {
  const archive = archiveOf();
  answer = (response) => {
    response.writeHead(200);
    response.write(archive.subarray(0, 1000));
    response.end(archive.subarray(1000));
  };
  const totals: (number | undefined)[] = [];
  await fetchSmall({ onProgress: (_, total) => totals.push(total) });
  expect(totals.at(-1)).toBeUndefined();
});

describe('failures leave the cache as it was', () => {
  const send =
    (bytes: () => Uint8Array, status = 200) =>
    (response: ServerResponse): void => {
      response.writeHead(status).end(bytes());
    };
  test.each<[string, (response: ServerResponse) => void, RegExp]>([
    [
      '404',
      send(() => new Uint8Array(), 404),
      /cannot download FSDD from http.*: the server answered 404; try again/,
    ],
    ['no zip', send(() => new TextEncoder().encode('<html>sorry</html>')), /the archive is damaged/],
    ['a cut archive', send(() => archiveOf().subarray(0, 20000)), /the archive is damaged/],
    [
      'an interrupted download',
      (response) => {
        response.writeHead(200, { 'content-length': 100000 });
        response.write(archiveOf().subarray(0, 5000), () => response.destroy());
      },
      /cannot download FSDD/,
    ],
    [
      'damaged bytes inside',
      send(() => {
        const archive = archiveOf().slice();
        archive.fill(0x55, 3000, 3300);
        return archive;
      }),
      /is not FSDD v1\.0\.10|cannot download/,
    ],
    [
      'a missing recording',
      send(() => archiveOf((entries) => delete entries[first])),
      /holds 59 of 60 recordings/,
    ],
    [
      'a recording that is none',
      send(() => archiveOf((entries) => (entries[first] = new Uint8Array(10)))),
      /0_voice01_0\.wav is not a WAV/,
    ],
  ])('%s', async (_, respond, message) => {
    answer = respond;
    const result = fetchSmall();
    await expect(result).rejects.toThrow(InputError);
    await expect(result).rejects.toThrow(message);
    expect(readdirSync(cacheFolder)).toEqual([]);
  });

  test('nobody answers', async () => {
    await expect(fetchSmall({ url: 'http://127.0.0.1:1/fsdd.zip' })).rejects.toThrow(/cannot download FSDD/);
    expect(readdirSync(cacheFolder)).toEqual([]);
  });

  test('a server that falls silent is given up', async () => {
    answer = (response) => {
      response.writeHead(200);
      response.write(new Uint8Array(10));
    };
    await expect(fetchSmall({ stallSeconds: 0.2 })).rejects.toThrow(/nothing arrived for 0\.2 s/);
  });

  test('aborted by the user', async () => {
    answer = (response) => {
      response.writeHead(200);
      response.write(new Uint8Array(10));
    };
    const abort = new AbortController();
    const result = fetchSmall({ signal: abort.signal, onProgress: () => abort.abort() });
    await expect(result).rejects.toThrow(InputError);
    expect(readdirSync(cacheFolder)).toEqual([]);
  });

  test('a cache folder that cannot be made', async () => {
    answer = send(() => archiveOf());
    writeFileSync(join(cacheFolder, 'file'), 'x');
    await expect(fetchSmall({ cacheFolder: join(cacheFolder, 'file', 'cache') })).rejects.toThrow(
      /cannot keep FSDD in/,
    );
  });
});

test('the cache folder follows XDG_CACHE_HOME', () => {
  const before = process.env['XDG_CACHE_HOME'];
  try {
    process.env['XDG_CACHE_HOME'] = '/somewhere/cache';
    expect(userCacheFolder()).toBe('/somewhere/cache/numvox');
    process.env['XDG_CACHE_HOME'] = 'relative';
    expect(userCacheFolder()).toMatch(/\.cache\/numvox$/);
  } finally {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
  }
});
