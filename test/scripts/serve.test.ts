// The server behind `npm start`, on a small build of its own: codings, headers, caches, parts of files, refusals.
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compressFolder } from '../../scripts/precompress.mjs';
import { servePage } from '../../scripts/start.mjs';

const folder = mkdtempSync(join(tmpdir(), 'numvox-serve-'));
const outDir = join(folder, 'page');
const script = 'export const digit = 4;\n'.repeat(200);
/** Bytes that no code makes smaller. */
const noise = Buffer.from(
  Array.from(
    { length: 4000 },
    (_, k) => Math.floor(256 * Math.abs(Math.sin(k * k * 12.9898) * 43758.5453)) & 255,
  ),
);
const files: Record<string, string | Buffer> = {
  'index.html': '<!doctype html><title>page</title>'.repeat(20),
  'assets/index-12345678.js': script,
  'assets/engine-12345678.wasm': Buffer.alloc(3000, 7),
  'models/fsdd/manifest.json': JSON.stringify(Array(500).fill('digit')),
  'models/fsdd/decoder.bin': noise,
  'songs/50% more.mid': Buffer.alloc(100),
};

let address: string;
let close: () => Promise<void>;
beforeAll(async () => {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(join(outDir, file, '..'), { recursive: true });
    await writeFile(join(outDir, file), content);
  }
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await compressFolder(outDir);
  ({ address, close } = await servePage({ port: 4390, outDir }));
});
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Asks with a path just as it is written: fetch would tidy it up and undo the codings. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers, method }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }),
      );
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'cross-origin',
};
const scriptPath = '/assets/index-12345678.js';

describe('compressFolder', () => {
  it('writes brotli and gzip where they save 3 % or more', async () => {
    const found = await readdir(outDir, { recursive: true });
    for (const file of Object.keys(files)) {
      const pays = file !== 'models/fsdd/decoder.bin';
      expect(found.includes(join(`${file}.br`)), file).toBe(pays);
      expect(found.includes(join(`${file}.gz`)), file).toBe(pays);
    }
  });

  it('writes the same again in the next build', async () => {
    const wasm = 'assets/engine-12345678.wasm';
    const again = join(folder, 'again');
    await mkdir(again);
    await writeFile(join(again, 'engine.wasm'), files[wasm]);
    await compressFolder(again);
    for (const extension of ['.br', '.gz']) {
      const packed = await readFile(join(again, `engine.wasm${extension}`));
      expect(packed.equals(await readFile(join(outDir, wasm + extension)))).toBe(true);
    }
    expect(gunzipSync(await readFile(join(again, 'engine.wasm.gz'))).equals(files[wasm] as Buffer)).toBe(
      true,
    );
  });

  it('compresses nothing twice', async () => {
    const twice = join(folder, 'twice');
    await mkdir(twice);
    for (const name of ['a.br', 'b.gz', '_headers']) await writeFile(join(twice, name), Buffer.alloc(1000));
    await compressFolder(twice);
    expect((await readdir(twice)).sort()).toEqual(['_headers', 'a.br', 'b.gz']);
  });
});

describe('codings', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['gzip;q=1, br;q=0', 'gzip'],
    ['*', 'br'],
    ['zstd', undefined],
    ['identity', undefined],
    ['', undefined],
  ])('a browser that takes %j gets %s', async (accepted, coding) => {
    const { status, headers, body } = await ask(scriptPath, { 'Accept-Encoding': accepted });
    expect(status).toBe(200);
    expect(headers['content-encoding']).toBe(coding);
    expect(headers.vary).toMatch(/Accept-Encoding/);
    expect(headers['content-length']).toBe(String(body.length));
    const plain = coding === 'br' ? brotliDecompressSync(body) : coding ? gunzipSync(body) : body;
    expect(plain.toString()).toBe(script);
  });

  it('differ in their tags', async () => {
    const tags = await Promise.all(
      ['br', 'gzip', 'identity'].map(
        async (accepted) => (await ask(scriptPath, { 'Accept-Encoding': accepted })).headers.etag,
      ),
    );
    expect(new Set(tags).size).toBe(3);
    expect(tags).not.toContain(undefined);
  });

  it('a file that does not get smaller is sent as it is, whatever is asked for', async () => {
    const { headers, body } = await ask('/models/fsdd/decoder.bin', { 'Accept-Encoding': 'br, gzip' });
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers.vary ?? '').not.toMatch(/Accept-Encoding/);
    expect(body.equals(noise)).toBe(true);
  });
});

describe('headers', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', 'no-cache'],
    ['/?model=models/none/', 'text/html; charset=utf-8', 'no-cache'],
    ['/index.html', 'text/html; charset=utf-8', 'no-cache'],
    [scriptPath, 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['/assets/engine-12345678.wasm', 'application/wasm', 'public, max-age=31536000, immutable'],
    ['/models/fsdd/manifest.json', 'application/json; charset=utf-8', 'no-cache'],
    ['/models/fsdd/decoder.bin', 'application/octet-stream', 'no-cache'],
    ['/songs/50%25%20more.mid', 'audio/midi', 'no-cache'],
    // The file counts, not how its address is written.
    ['/assets/../index.html', 'text/html; charset=utf-8', 'no-cache'],
  ])('of %s: %s, %s', async (path, type, cache) => {
    for (const accepted of ['br', 'identity']) {
      const { status, headers } = await ask(path, { 'Accept-Encoding': accepted });
      expect(status).toBe(200);
      expect(headers['content-type']).toBe(type);
      expect(headers['cache-control']).toBe(cache);
      expect(headers).toMatchObject(isolation);
    }
  });

  it('a file that is known is not sent again', async () => {
    const accepted = { 'Accept-Encoding': 'br' };
    const first = await ask('/models/fsdd/manifest.json', accepted);
    const again = await ask('/models/fsdd/manifest.json', {
      ...accepted,
      'If-None-Match': first.headers.etag ?? '',
    });
    expect(again.status).toBe(304);
    expect(again.body).toHaveLength(0);
    expect(again.headers).toMatchObject({
      ...isolation,
      'cache-control': 'no-cache',
      etag: first.headers.etag,
    });
    const other = await ask('/models/fsdd/manifest.json', { 'If-None-Match': first.headers.etag ?? '' });
    expect(other.status).toBe(200);
  });

  it('HEAD gives those of GET and no body', async () => {
    const accepted = { 'Accept-Encoding': 'br' };
    const [head, get] = await Promise.all([ask(scriptPath, accepted, 'HEAD'), ask(scriptPath, accepted)]);
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' });
  });
});

describe('parts of files', () => {
  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=100-199', 100, 200],
    ['bytes=3990-', 3990, 4000],
    ['bytes=-10', 3990, 4000],
    ['bytes=3990-9999', 3990, 4000],
  ])('%s', async (range, from, to) => {
    const { status, headers, body } = await ask('/models/fsdd/decoder.bin', { Range: range });
    expect(status).toBe(206);
    expect(headers['content-range']).toBe(`bytes ${from}-${to - 1}/4000`);
    expect(headers).toMatchObject(isolation);
    expect(body.equals(noise.subarray(from, to))).toBe(true);
  });

  it('are parts of the plain file', async () => {
    const { status, headers, body } = await ask(scriptPath, { Range: 'bytes=0-5', 'Accept-Encoding': 'br' });
    expect(status).toBe(206);
    expect(headers['content-encoding']).toBeUndefined();
    expect(body.toString()).toBe('export');
  });

  it('beyond the end are refused', async () => {
    const { status, headers } = await ask('/models/fsdd/decoder.bin', { Range: 'bytes=4000-' });
    expect(status).toBe(416);
    expect(headers['content-range']).toBe('bytes */4000');
  });
});

describe('refusals', () => {
  it.each([
    ['/models/none/manifest.json', 404],
    ['/assets/index-87654321.js', 404],
    ['/models', 404],
    ['/models/', 404],
    ['/none/', 404],
    ['/../secret.txt', 404],
    ['/%2e%2e/secret.txt', 404],
    ['/assets/%2e%2e%2f%2e%2e%2fsecret.txt', 404],
    ['/..%5csecret.txt', 403],
    ['http://localhost/index.html', 400],
    ['/%zz', 400],
    ['/index.html%00', 400],
  ])('%s is answered %d, isolated and not kept', async (path, status) => {
    for (const accepted of ['br', 'identity']) {
      const answer = await ask(path, { 'Accept-Encoding': accepted });
      expect(answer.status).toBe(status);
      expect(answer.headers).toMatchObject({
        ...isolation,
        'cache-control': 'no-cache',
        'content-type': 'text/plain; charset=utf-8',
      });
      expect(answer.headers['content-encoding']).toBeUndefined();
      expect(answer.body.toString()).not.toMatch(/secret|doctype/);
    }
  });

  it('what holds for a file does not hold for the answer that it has changed', async () => {
    const { status, headers } = await ask(scriptPath, { 'Accept-Encoding': 'br', 'If-Match': '"other"' });
    expect(status).toBe(412);
    expect(headers).toMatchObject({ ...isolation, 'cache-control': 'no-cache' });
    expect([headers['content-encoding'], headers.etag]).toEqual([undefined, undefined]);
  });

  it('nothing can be sent in', async () => {
    const { status, headers } = await ask('/', {}, 'POST');
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET, HEAD');
    expect((await stat(join(outDir, 'index.html'))).size).toBe(String(files['index.html']).length);
  });
});
