// Files written aside and renamed: what stands at their place already.
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputError } from '../../src/contract/errors.ts';
import { writeWhole } from '../../src/node/files.ts';
import { WavStream } from '../../src/node/wavStream.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'numvox-whole-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const streamed = (path: string) => {
  const wav = new WavStream(path, 48000);
  try {
    wav.append(new Float32Array(8), new Float32Array(8));
    wav.finish();
  } finally {
    wav.discard();
  }
};
const writers: [string, (path: string) => void][] = [
  ['a stream', streamed],
  ['a whole file', (path) => writeWhole(path, 'new')],
];

for (const [name, write] of writers) {
  test(`${name}: what is no file is refused, and stands there afterwards`, async () => {
    // A socket of the test's own: a fault of the program must not meet a device of the machine.
    const path = join(folder, 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      symlinkSync('socket', join(folder, 'link.wav'));
      for (const place of [path, join(folder, 'link.wav')]) {
        expect(() => write(place)).toThrow('it is a device or a pipe, no file; give the name of a file');
      }
      expect(lstatSync(path).isSocket()).toBe(true);
      expect(lstatSync(join(folder, 'link.wav')).isSymbolicLink()).toBe(true);
      expect(readdirSync(folder).sort()).toEqual(['link.wav', 'socket']);
    } finally {
      server.close();
    }
  });

  test(`${name}: a link stays a link, and its file gets what is written`, () => {
    const path = join(folder, 'link.wav');
    writeFileSync(join(folder, 'file.wav'), 'old');
    symlinkSync('file.wav', path);
    write(path);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'file.wav'), 'latin1')).not.toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['file.wav', 'link.wav']);
  });
}

test('a folder or no name in place of a WAV file is told before anything is rendered', () => {
  mkdirSync(join(folder, 'song.wav'));
  expect(() => new WavStream(join(folder, 'song.wav'), 48000)).toThrow(InputError);
  expect(() => new WavStream(join(folder, 'song.wav'), 48000)).toThrow('it is a folder, not a file');
  expect(() => new WavStream('', 48000)).toThrow('there must be a name of a file, got ""');
  expect(readdirSync(folder)).toEqual(['song.wav']);
});
