// `numvox listen`: a line for every recording, bad ones at the end, and models that cannot listen.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeWav } from '../../src/node/wav.ts';
import { Random } from '../../src/dsp/random.ts';
import { saveBundle } from '../../src/model/bundle.node.ts';
import { syntheticTake } from '../helpers/syntheticCorpus.ts';
import { tinyManifest, tinyManifestVersion1, tinyTensors } from '../helpers/bundle.ts';
import { numvox } from '../helpers/command.ts';
import { formatChunk, wavFile } from '../helpers/wavBytes.ts';

let home = '';
const at = (name: string): string => join(home, name);

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'numvox-listen-'));
  const tiny = tinyManifest();
  const manifest = { ...tiny, format: { ...tiny.format, frames: 48 } };
  await saveBundle(at('model'), manifest, tinyTensors(manifest));
  await saveBundle(at('deaf'), tinyManifestVersion1(), tinyTensors(tinyManifestVersion1()));
  for (let k = 0; k < 27; k++) {
    writeWav(at(`word${k}.wav`), syntheticTake(k % 10, k % 3, 8000, new Random(k)), 8000);
  }
  writeWav(at('wide.wav'), syntheticTake(4, 1, 48000, new Random(4)), 48000);
  writeWav(at('silent.wav'), new Float32Array(4000), 8000);
  writeFileSync(at('text.wav'), 'no sound at all');
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

test('tells digit, speaker and every other head with confidences, in the order of the files', async () => {
  const files = Array.from({ length: 27 }, (_, k) => at(`word${k}.wav`));
  const { code, stdout, stderr } = await numvox('listen', '--model', at('model'), at('wide.wav'), ...files);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  expect(rows.map(([file]) => file)).toEqual([at('wide.wav'), ...files]);
  for (const [, digit, digitSurely, speaker, speakerSurely, gender, genderSurely, ...rest] of rows) {
    expect(rest).toEqual([]);
    expect(digit).toMatch(/^[0-9]$/);
    expect(speaker).toMatch(/^(ann|ben)$/);
    expect(gender).toMatch(/^(female|male)$/);
    for (const [confidence, least] of [
      [digitSurely, 0.1],
      [speakerSurely, 0.5],
      [genderSurely, 0.5],
    ] as const) {
      expect(confidence).toMatch(/^[01]\.[0-9]{3}$/);
      expect(Number(confidence)).toBeGreaterThanOrEqual(least);
      expect(Number(confidence)).toBeLessThanOrEqual(1);
    }
  }
  // What is heard follows from the recording alone, not from those beside it.
  const alone = await numvox('listen', '--model', at('model'), files[26]);
  expect(alone.stdout).toBe(`${rows[27].join('\t')}\n`);
});

test('bad files are named, the others are heard, and the exit code is 1', async () => {
  const files = ['text.wav', 'word1.wav', 'silent.wav', 'nowhere.wav', 'word2.wav'].map(at);
  const { code, stdout, stderr } = await numvox('listen', '--model', at('model'), ...files);
  expect(code).toBe(1);
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')[0]),
  ).toEqual([at('word1.wav'), at('word2.wav')]);
  expect(stderr).toMatch(/text\.wav is not a WAV file/);
  expect(stderr).toMatch(/silent\.wav is silent: there is no word in it/);
  expect(stderr).toMatch(/nowhere\.wav/);
  expect(stderr.trimEnd().split('\n').at(-1)).toBe('numvox: 3 of 5 files failed');
});

test('recordings that had to be mended are heard, with one notice each; other formats are named', async () => {
  const sound = readFileSync(at('word1.wav')).subarray(58);
  const streamed = wavFile([
    formatChunk({ coding: 3, bits: 32, rate: 8000 }),
    { id: 'data', content: sound, size: 0 },
  ]);
  writeFileSync(at('streamed.wav'), streamed);
  writeFileSync(at('renamed.wav'), 'fLaC\0\0\0\x22');
  const files = ['streamed.wav', 'word1.wav', 'renamed.wav'].map(at);
  const { code, stdout, stderr } = await numvox('listen', '--model', at('model'), ...files);
  const heard = stdout.trimEnd().split('\n');
  expect(heard.map((line) => line.replace(/^[^\t]*/, ''))).toEqual([
    heard[1].replace(/^[^\t]*/, ''),
    heard[1].replace(/^[^\t]*/, ''),
  ]);
  expect(code).toBe(1);
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringMatching(
      /^numvox: .*streamed\.wav was mended: its header leaves the length of the sound open/,
    ),
    expect.stringMatching(/^numvox: .*renamed\.wav is not a WAV file but a FLAC recording: convert it/),
    'numvox: 1 of 3 files failed',
  ]);
});

test('a model without a listener is refused in one line', async () => {
  const { code, stdout, stderr } = await numvox('listen', '--model', at('deaf'), at('word1.wav'));
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^numvox: the model tiny has no listener; .*--model\n$/);
});

test('no files', async () => {
  const { code, stderr } = await numvox('listen', '--model', at('model'));
  expect(code).toBe(1);
  expect(stderr).toMatch(/missing required argument 'files'/);
});
