// Corpora by name from a local server: what arrives, what is resumed after a cut, and every way in which it can be the wrong thing.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import { openCorpus } from '../../../training/corpus/corpus.ts';
import { fetchCorpora, parseCorpusNames, type Fetchable } from '../../../training/corpus/fetchCorpora.ts';

const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const people = ['bb05582b', '0a7c2a8d', '11111111'];

let home = '';
let server: Server;
let address = '';
let requests: IncomingMessage[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
let tarGz = Buffer.alloc(0);
let zip = Buffer.alloc(0);

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'numvox-fetch-'));
  const tar = pack();
  for (const word of [...words, 'marvin']) {
    // What hardly shrinks makes an archive that arrives in pieces.
    for (const person of people) {
      const noise = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) =>
        createHash('sha512').update(`${word}${person}${n}`).digest(),
      );
      tar.entry({ name: `./${word}/${person}_nohash_0.wav` }, Buffer.concat(noise));
    }
  }
  tar.entry({ name: 'testing_list.txt' }, 'zero/bb05582b_nohash_0.wav\n');
  tar.entry({ name: '../outside.wav' }, 'x');
  tar.entry({ name: 'zero/../../outside.wav' }, 'x');
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk);
  tarGz = gzipSync(Buffer.concat(chunks));
  const entries: Record<string, Uint8Array> = { 'AudioMNIST-master/README.md': new Uint8Array(3) };
  for (const speaker of ['01', '05']) {
    for (let digit = 0; digit < 10; digit++) {
      entries[`AudioMNIST-master/data/${speaker}/${digit}_${speaker}_0.wav`] = new Uint8Array(2000).fill(
        digit,
      );
    }
  }
  entries['AudioMNIST-master/data/audioMNIST_meta.txt'] = new TextEncoder().encode(
    '{"01": {"gender": "female"}}',
  );
  zip = Buffer.from(zipSync(entries, { level: 0 }));
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(home, { recursive: true, force: true });
});

let cacheFolder = '';
beforeEach(() => {
  cacheFolder = mkdtempSync(join(home, 'cache-'));
  requests = [];
});

const small = (bytes: Buffer): Pick<Fetchable, 'bytes' | 'sha256'> => ({
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});
const speechCommands = (more: Partial<Fetchable> = {}): Fetchable => ({
  name: 'Speech Commands',
  url: `${address}/sc.tar.gz`,
  ...small(tarGz),
  folder: 'speech-commands',
  kind: 'tar.gz',
  placeOf: (name) =>
    /^(?:(?:zero|one|two|three|four|five|six|seven|eight|nine)\/[^/]+\.wav|testing_list\.txt)$/.test(name)
      ? name
      : undefined,
  files: 31,
  ...more,
});
const audioMnist = (more: Partial<Fetchable> = {}): Fetchable => ({
  name: 'AudioMNIST',
  url: `${address}/master.zip`,
  folder: 'audiomnist',
  kind: 'zip',
  placeOf: (name) => /\/data\/(.+)$/.exec(name)?.[1],
  files: 21,
  ...more,
});

/** A server that knows ranges and says what its file is. */
function serve(bytes: Buffer, etag = '"1"') {
  return (request: IncomingMessage, response: ServerResponse) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const isSame = request.headers['if-range'] === etag;
    const start = isSame ? from : 0;
    const range = start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(start > 0 ? 206 : 200, { etag, 'content-length': bytes.length - start, ...range });
    response.end(bytes.subarray(start));
  };
}

/** Sends the first bytes and breaks the connection. */
function cutOff(bytes: Buffer, count: number, etag: string | undefined = '"1"') {
  return (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { 'content-length': bytes.length, ...(etag ? { etag } : {}) });
    response.write(bytes.subarray(0, count), () => setTimeout(() => response.destroy(), 30));
  };
}

const fetchSc = (more: Partial<Fetchable> = {}) =>
  fetchCorpora(['speech-commands'], { cacheFolder, sources: { 'speech-commands': speechCommands(more) } });

test('a tar is fetched once, and what is not wanted of it stays out', async () => {
  answer = serve(tarGz);
  const told: string[] = [];
  const [folder] = await fetchCorpora(['speech-commands'], {
    cacheFolder,
    sources: { 'speech-commands': speechCommands() },
    onStep: (name, step, done, total) => told.push(`${name} ${step} ${done}/${total}`),
  });
  expect(told).toContain(`Speech Commands downloading ${tarGz.length}/${tarGz.length}`);
  expect(told.at(-1)).toBe('Speech Commands unpacking 31/31');
  expect(readdirSync(folder).sort()).toEqual([...words, 'complete.json', 'testing_list.txt'].sort());
  expect(readdirSync(cacheFolder)).toEqual(['speech-commands']);
  expect(existsSync(join(home, 'outside.wav'))).toBe(false);
  expect(await fetchSc()).toEqual([folder]);
  expect(requests).toHaveLength(1);
  const { takes, speakers, name, licence } = openCorpus(folder);
  expect([takes.length, speakers, name, licence]).toEqual([
    30,
    [...people].sort(),
    'Speech Commands',
    'CC BY 4.0',
  ]);
  expect(takes.filter(({ split }) => split === 'test').every(({ speaker }) => speaker === 'bb05582b')).toBe(
    true,
  );
  expect(takes.find(({ digit }) => digit === 7)?.file).toContain(join('seven', ''));
});

test('a zip is unpacked into the layout of AudioMNIST', async () => {
  answer = serve(zip);
  const [folder] = await fetchCorpora(['audiomnist'], { cacheFolder, sources: { audiomnist: audioMnist() } });
  const { takes, name } = openCorpus(folder);
  expect([takes.length, name]).toEqual([20, 'AudioMNIST']);
  expect(takes[0].attributes).toEqual({ gender: 'female' });
});

describe('a download that was cut off', () => {
  test('goes on at its last byte', async () => {
    answer = cutOff(tarGz, 3000);
    await expect(fetchSc()).rejects.toThrow(/cannot download Speech Commands from http.*; try again/);
    expect(statSync(join(cacheFolder, 'speech-commands.tar.gz.part')).size).toBe(3000);
    answer = serve(tarGz);
    const [folder] = await fetchSc();
    expect(requests[1].headers.range).toBe('bytes=3000-');
    expect(openCorpus(folder).takes).toHaveLength(30);
    expect(readdirSync(cacheFolder)).toEqual(['speech-commands']);
  });

  test('begins anew when the file has changed meanwhile, or the server knows no ranges', async () => {
    answer = cutOff(tarGz, 3000);
    await expect(fetchSc()).rejects.toThrow(InputError);
    answer = serve(tarGz, '"2"');
    const [folder] = await fetchSc();
    expect(requests[1].headers['if-range']).toBe('"1"');
    expect(openCorpus(folder).takes).toHaveLength(30);
  });

  test('begins anew when nobody can tell whether it is the same file', async () => {
    answer = cutOff(tarGz, 3000, '');
    await expect(fetchSc()).rejects.toThrow(InputError);
    answer = serve(tarGz);
    await fetchSc();
    expect(requests[1].headers.range).toBeUndefined();
  });

  test('is not trusted when the server has no rest of it', async () => {
    answer = cutOff(tarGz, 3000);
    await expect(fetchSc()).rejects.toThrow(InputError);
    answer = (_, response) => response.writeHead(416).end();
    await expect(fetchSc()).rejects.toThrow(/the server answered 416/);
    answer = serve(tarGz);
    await fetchSc();
    expect(requests[2].headers.range).toBeUndefined();
  });

  test('by the user is kept as well', async () => {
    const abort = new AbortController();
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': tarGz.length, etag: '"1"' });
      response.write(tarGz.subarray(0, 2000));
    };
    const options = { cacheFolder, sources: { 'speech-commands': speechCommands() } };
    await expect(
      fetchCorpora(['speech-commands'], { ...options, signal: abort.signal, onStep: () => abort.abort() }),
    ).rejects.toThrow(InputError);
    answer = serve(tarGz);
    await fetchSc();
    expect(readdirSync(cacheFolder)).toEqual(['speech-commands']);
  });

  test('by silence is given up', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': 100_000 });
      response.write(new Uint8Array(10));
    };
    await expect(
      fetchCorpora(['audiomnist'], { cacheFolder, stallSeconds: 0.2, sources: { audiomnist: audioMnist() } }),
    ).rejects.toThrow(/nothing arrived for 0\.2 s/);
  });
});

describe('what is not the corpus leaves nothing behind', () => {
  const other = Buffer.from(tarGz.map((byte) => byte));
  test.each<[string, () => Promise<unknown>, () => Buffer, RegExp]>([
    [
      'a wrong hash',
      () => fetchSc({ sha256: 'f'.repeat(64) }),
      () => tarGz,
      /is not Speech Commands: its SHA-256 is [0-9a-f]{64}, not f{64}; try again/,
    ],
    ['a wrong length', () => fetchSc({ bytes: 12 }), () => tarGz, /it has \d+ bytes, not 12/],
    [
      'a page in its place',
      () => fetchSc({ bytes: undefined, sha256: undefined }),
      () => Buffer.from('<html>'),
      /is not Speech Commands: the archive is damaged/,
    ],
    [
      'an archive that was cut before it was sent',
      () => fetchSc({ bytes: undefined, sha256: undefined }),
      () => tarGz.subarray(0, 4000),
      /the archive is damaged/,
    ],
    ['fewer files', () => fetchSc({ files: 32 }), () => tarGz, /it holds 31 of at least 32 files/],
    [
      'a zip that is none',
      () => fetchCorpora(['audiomnist'], { cacheFolder, sources: { audiomnist: audioMnist() } }),
      () => other,
      /is not AudioMNIST: the archive is damaged/,
    ],
    [
      'a zip of wrong bytes',
      () => fetchCorpora(['audiomnist'], { cacheFolder, sources: { audiomnist: audioMnist() } }),
      () => damagedZip(),
      /checksum of .* is wrong/,
    ],
  ])('%s', async (_, run, bytes, message) => {
    answer = (request, response) => serve(bytes())(request, response);
    const result = run();
    await expect(result).rejects.toThrow(InputError);
    await expect(result).rejects.toThrow(message);
    expect(readdirSync(cacheFolder).filter((name) => !name.includes('.part'))).toEqual([]);
    expect(existsSync(join(cacheFolder, 'speech-commands'))).toBe(false);
  });

  function damagedZip(): Buffer {
    const bytes = Buffer.from(zip);
    bytes.fill(0x55, 5000, 5010);
    return bytes;
  }

  test('404, and nobody there', async () => {
    answer = (_, response) => response.writeHead(404).end('no');
    await expect(fetchSc()).rejects.toThrow(
      /the server answered 404; try again, or give a corpus folder with --data/,
    );
    await expect(fetchSc({ url: 'http://127.0.0.1:1/x' })).rejects.toThrow(/cannot download Speech Commands/);
    expect(readdirSync(cacheFolder)).toEqual([]);
  });
});

test('an unpacking that was broken off is done again, without another download', async () => {
  answer = serve(zip);
  const abort = new AbortController();
  await expect(
    fetchCorpora(['audiomnist'], {
      cacheFolder,
      sources: { audiomnist: audioMnist() },
      signal: abort.signal,
      onStep: (_, step) => {
        if (step === 'unpacking') abort.abort();
      },
    }),
  ).rejects.toThrow(/AudioMNIST was not unpacked: it was stopped; try again/);
  expect(readdirSync(cacheFolder)).toEqual(['audiomnist.zip']);
  // What a kill in the middle leaves.
  mkdirSync(join(cacheFolder, 'audiomnist'));
  writeFileSync(join(cacheFolder, 'audiomnist', '0_01_0.wav'), 'x');
  const [folder] = await fetchCorpora(['audiomnist'], { cacheFolder, sources: { audiomnist: audioMnist() } });
  expect(openCorpus(folder).takes).toHaveLength(20);
  expect(requests).toHaveLength(1);
});

test('a cache folder that cannot be made', async () => {
  answer = serve(tarGz);
  writeFileSync(join(cacheFolder, 'file'), 'x');
  await expect(
    fetchCorpora(['speech-commands'], {
      cacheFolder: join(cacheFolder, 'file', 'cache'),
      sources: { 'speech-commands': speechCommands() },
    }),
  ).rejects.toThrow(/cannot keep Speech Commands in .*; set XDG_CACHE_HOME/);
});

test('names of corpora', () => {
  expect(parseCorpusNames('fsdd, audiomnist')).toEqual(['fsdd', 'audiomnist']);
  expect(() => parseCorpusNames('fsdd,mnist')).toThrow(
    /--corpus takes fsdd, speech-commands, audiomnist, got "mnist"/,
  );
  expect(() => parseCorpusNames('')).toThrow(/got ""/);
  expect(() => parseCorpusNames('fsdd,fsdd')).toThrow(/names fsdd twice/);
});
