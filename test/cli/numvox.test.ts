// The command line as a user meets it: names, rates, seeds, results on stdout, one line and a non-zero exit on every error.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWav, writeWav } from '../../src/node/wav.ts';
import { Random } from '../../src/dsp/random.ts';
import { saveBundle } from '../../src/model/bundle.node.ts';
import { syntheticTake } from '../helpers/syntheticCorpus.ts';
import { tinyManifest, tinyTensors } from '../helpers/bundle.ts';
import { numvox, type Finished } from '../helpers/command.ts';

let home = '';
let model = '';
const at = (...parts: string[]): string => join(home, ...parts);

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'numvox-cli-'));
  model = at('model');
  await saveBundle(model, tinyManifest(), tinyTensors());
  mkdirSync(at('in'));
  for (const digit of [1, 7]) {
    writeWav(at('in', `word${digit}.wav`), syntheticTake(digit, 0, 8000, new Random(digit)), 8000);
  }
  writeWav(at('in', 'wide.wav'), syntheticTake(4, 1, 96000, new Random(4)), 96000);
  writeFileSync(at('in', 'text.wav'), 'no sound at all');
  writeFileSync(at('in', 'empty.wav'), '');
  writeWav(at('in', 'silent.wav'), new Float32Array(4000), 8000);
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

/** A failed command says one line on stderr, without a stack. */
function expectFailure(finished: Finished, message: RegExp): void {
  expect(finished.code).toBe(1);
  expect(finished.stderr).toMatch(message);
  expect(finished.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(finished.stderr).not.toMatch(/\n\s+at /);
}

describe('say', () => {
  test('writes {digit}_{kkk}.wav, tells voice by voice, and repeats itself for the same seed only', async () => {
    const run = (out: string, ...more: string[]): Promise<Finished> =>
      numvox('say', '--model', model, '--digits', '37', '--count', '2', '--out', at(out), ...more);
    const first = await run('say1', '--seed', '5');
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    const names = ['3_000.wav', '3_001.wav', '7_000.wav', '7_001.wav'];
    expect(readdirSync(at('say1')).sort()).toEqual(names);
    const lines = first.stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split('\t')[0])).toEqual(names.map((name) => at('say1', name)));
    for (const line of lines) expect(line.split('\t')[1]).toMatch(/^(ann|ben)$/);
    for (const name of names) {
      const { samples, sampleRate, channels } = readWav(at('say1', name));
      expect([sampleRate, channels]).toEqual([8000, 1]);
      expect(Math.max(...samples)).toBeGreaterThan(0.001);
    }
    await run('say2', '--seed', '5');
    await run('say3', '--seed', '6');
    const bytes = (folder: string): Buffer => readFileSync(at(folder, '7_001.wav'));
    expect(bytes('say2').equals(bytes('say1'))).toBe(true);
    expect(bytes('say3').equals(bytes('say1'))).toBe(false);
    // A clip is the same whatever else was asked for.
    await numvox(
      'say',
      '--model',
      model,
      '--digits',
      '7',
      '--count',
      '3',
      '--seed',
      '5',
      '--out',
      at('say4'),
    );
    expect(bytes('say4').equals(bytes('say1'))).toBe(true);
  });

  test('a voice and a rate', async () => {
    const out = at('voice');
    const { code, stdout } = await numvox(
      ...[
        'say',
        '--model',
        model,
        '--digits',
        '0',
        '--count',
        '3',
        '--voice',
        'ben',
        '--rate',
        '44100',
        '--out',
        out,
      ],
    );
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t')[1]),
    ).toEqual(['ben', 'ben', 'ben']);
    expect(readWav(join(out, '0_002.wav')).sampleRate).toBe(44100);
  });
});

test('sample numbers its clips through and draws several digits', async () => {
  const { code, stdout } = await numvox(
    'sample',
    '--model',
    model,
    '--count',
    '12',
    '--out',
    at('sample', 'below'),
  );
  expect(code).toBe(0);
  const names = readdirSync(at('sample', 'below'));
  expect(
    names.map((name) => Number(/^[0-9]_([0-9]{3})\.wav$/.exec(name)?.[1])).sort((a, b) => a - b),
  ).toEqual(Array.from({ length: 12 }, (_, k) => k));
  expect(new Set(names.map((name) => name[0])).size).toBeGreaterThan(3);
  expect(stdout.trimEnd().split('\n')).toHaveLength(12);
});

test('walk writes {digit}_{kkk}.wav from one anchor to the other, each clip named by the nearer', async () => {
  const { code, stdout, stderr } = await numvox(
    ...['walk', '--model', model, '--from', '3:ann', '--to', '8:ben', '--steps', '5', '--out', at('walk')],
  );
  expect([code, stderr]).toEqual([0, '']);
  const names = ['3_000.wav', '3_001.wav', '3_002.wav', '8_003.wav', '8_004.wav'];
  expect(readdirSync(at('walk')).sort()).toEqual(names);
  expect(stdout).toBe(names.map((name, k) => `${at('walk', name)}\t${(k / 4).toFixed(3)}\n`).join(''));
  expect(Math.max(...readWav(at('walk', '8_003.wav')).samples)).toBeGreaterThan(0.001);
});

test('sweep writes {digit}_{kkk}.wav for each digit; a knob goes by number or name', async () => {
  const run = (knob: string, out: string): Promise<Finished> =>
    numvox(
      ...['sweep', '--model', model, '--knob', knob, '--steps', '3', '--digits', '05'],
      ...['--voice', 'ben', '--out', at(out)],
    );
  const { code, stdout, stderr } = await run('2', 'sweep1');
  expect([code, stderr]).toEqual([0, '']);
  const names = ['0_000.wav', '0_001.wav', '0_002.wav', '5_000.wav', '5_001.wav', '5_002.wav'];
  expect(readdirSync(at('sweep1')).sort()).toEqual(names);
  const notes = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[1]);
  expect(notes).toEqual(['-2.00', '0.00', '2.00', '-2.00', '0.00', '2.00']);
  expect((await run('ann to ben', 'sweep2')).code).toBe(0);
  for (const name of names) {
    expect(readFileSync(at('sweep2', name)).equals(readFileSync(at('sweep1', name)))).toBe(true);
  }
});

describe('regenerate', () => {
  test('keeps base names and goes on past bad files', async () => {
    const out = at('regenerated');
    const files = ['word1.wav', 'text.wav', 'wide.wav', 'silent.wav', 'word7.wav'].map((name) =>
      at('in', name),
    );
    const { code, stdout, stderr } = await numvox('regenerate', '--model', model, '--out', out, ...files);
    expect(code).toBe(1);
    expect(readdirSync(out).sort()).toEqual(['wide.wav', 'word1.wav', 'word7.wav']);
    for (const name of readdirSync(out)) expect(readWav(join(out, name)).sampleRate).toBe(8000);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => /\t[0-9]\t[01]\.[0-9]{3}$/.test(line)),
    ).toEqual([true, true, true]);
    expect(stderr).toMatch(/text\.wav is not a WAV file/);
    expect(stderr).toMatch(/silent\.wav is silent/);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('numvox: 2 of 5 files failed');
  });

  test('takes the digit that is told, and no other word for it', async () => {
    const told = await numvox(
      ...['regenerate', '--model', model, '--out', at('told'), '--digit', '4', at('in', 'word7.wav')],
    );
    expect(told.code).toBe(0);
    expect(told.stdout).toMatch(/word7\.wav\t4\t[01]\.[0-9]{3}$/m);
    expect(told.stderr).not.toMatch(/not surely/);
    const wrong = await numvox(
      ...['regenerate', '--model', model, '--out', at('told'), '--digit', '10', at('in', 'word7.wav')],
    );
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/--digit.*0 to 9/);
  });

  test('a recording longer than a clip is used up to its length, and that is said', async () => {
    writeWav(
      at('in', 'long.wav'),
      Float32Array.from({ length: 40000 }, (_, i) => 0.5 * Math.sin(0.4 * i)),
      8000,
    );
    const { code, stderr } = await numvox(
      'regenerate',
      '--model',
      model,
      '--out',
      at('cut'),
      at('in', 'long.wav'),
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/long\.wav is longer than a clip of the model: only its first 0\.22 s are used/);
  });

  test('of a recording with a second word after a pause the louder one is used, and that is said', async () => {
    const word = syntheticTake(2, 0, 8000, new Random(2));
    const samples = new Float32Array(40000);
    samples.set(word, 4000);
    samples.set(
      word.map((v) => v / 8),
      30000,
    );
    writeWav(at('in', 'two.wav'), samples, 8000);
    const { code, stderr } = await numvox(
      'regenerate',
      '--model',
      model,
      '--out',
      at('two'),
      at('in', 'two.wav'),
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/two\.wav is 5 s long: only its loudest word is used/);
  });

  test('colliding and overwriting names are refused before anything is written', async () => {
    mkdirSync(at('other'), { recursive: true });
    writeWav(at('other', 'word1.wav'), new Float32Array(100).fill(0.1), 8000);
    const collide = await numvox(
      ...[
        'regenerate',
        '--model',
        model,
        '--out',
        at('collide'),
        at('in', 'word1.wav'),
        at('other', 'word1.wav'),
      ],
    );
    expectFailure(collide, /word1\.wav and .*word1\.wav would both be written/);
    expect(readdirSync(at('collide'))).toEqual([]);
    const overwrite = await numvox('regenerate', '--model', model, '--out', at('in'), at('in', 'word1.wav'));
    expectFailure(overwrite, /would be overwritten; give another folder/);
  });
});

describe('errors: one line, exit 1', () => {
  test.each<[string, () => string[], RegExp]>([
    [
      'no command',
      () => [],
      /give a command: say, sample, walk, sweep, regenerate, render, listen or invert/,
    ],
    ['an unknown command', () => ['sing'], /unknown command 'sing'/],
    ['no --out', () => ['say'], /'--out <dir>' not specified/],
    [
      'letters among the digits',
      () => ['say', '--digits', '12a', '--out', at('x')],
      /'12a' is invalid.*0 to 9/,
    ],
    ['a digit twice', () => ['say', '--digits', '11', '--out', at('x')], /Each digit may be given once/],
    ['a count of 0', () => ['sample', '--count', '0', '--out', at('x')], /'0' is invalid.*from 1 to 1000/],
    ['a count past three figures', () => ['say', '--count', '1001', '--out', at('x')], /from 1 to 1000/],
    [
      'a seed that is no number',
      () => ['say', '--seed', 'x', '--out', at('x')],
      /'x' is invalid.*from 0 to 4294967295/,
    ],
    ['a rate of 5 Hz', () => ['say', '--rate', '5', '--out', at('x')], /from 4000 to 192000/],
    ['no files', () => ['regenerate', '--out', at('x')], /missing required argument 'files'/],
    [
      'an unknown voice',
      () => ['say', '--model', model, '--voice', 'zoe', '--out', at('x')],
      /the model has no voice zoe; it has ann, ben/,
    ],
    [
      'a walk from no anchor',
      () => ['walk', '--model', model, '--from', 'ann', '--to', '3:ben', '--out', at('x')],
      /'ann' is invalid.*a digit and a voice, such as 3:george/,
    ],
    [
      'a walk to an unknown voice',
      () => ['walk', '--model', model, '--from', '3:ann', '--to', '3:zoe', '--out', at('x')],
      /the model has no voice zoe; it has ann, ben/,
    ],
    [
      'a walk of one step',
      () => ['walk', '--model', model, '--from', '3:ann', '--to', '3:ben', '--steps', '1', '--out', at('x')],
      /'1' is invalid.*from 2 to 1000/,
    ],
    [
      'a walk without an end',
      () => ['walk', '--model', model, '--from', '3:ann', '--out', at('x')],
      /'--to <digit:voice>' not specified/,
    ],
    [
      'a knob that the model lacks',
      () => ['sweep', '--model', model, '--knob', '3', '--out', at('x')],
      /--knob must be a knob of the model, got 3; it has 1 \(duration\), 2 \(ann to ben\)/,
    ],
    [
      'a sweep in an unknown voice',
      () => ['sweep', '--model', model, '--knob', '1', '--voice', 'zoe', '--out', at('x')],
      /the model has no voice zoe; it has ann, ben/,
    ],
    [
      'a missing model',
      () => ['say', '--model', at('nowhere'), '--out', at('x')],
      /nowhere.*--model takes the folder/,
    ],
    [
      // Root may write anywhere but below a file.
      'an unwritable --out',
      () => ['say', '--model', model, '--out', at('in', 'text.wav', 'below')],
      /cannot write into --out .*below: a part of the path is a file/,
    ],
    [
      '--out is a file',
      () => ['say', '--model', model, '--out', at('in', 'text.wav')],
      /cannot write into --out .*text\.wav: a file of that name is in the way/,
    ],
    ['an empty --out', () => ['say', '--model', model, '--out', ''], /--out must name a folder, got ""/],
    [
      'an empty --model',
      () => ['say', '--model', '', '--out', at('x')],
      /--model must name the folder of a model bundle, got ""/,
    ],
  ])('%s', async (_, parts, message) => {
    expectFailure(await numvox(...parts()), message);
  });

  test('a corrupt model', async () => {
    const broken = at('broken');
    await saveBundle(broken, tinyManifest(), tinyTensors());
    writeFileSync(join(broken, 'decoder.bin'), new Uint8Array(10));
    expectFailure(await numvox('say', '--model', broken, '--out', at('x')), /decoder\.bin/);
    writeFileSync(join(broken, 'manifest.json'), '{"formatVersion": 99}');
    expectFailure(
      await numvox('say', '--model', broken, '--out', at('x')),
      /manifest\.json is not a numvox bundle/,
    );
  });
});

test('--help is no error', async () => {
  const { code, stdout, stderr } = await numvox('say', '--help');
  expect(code).toBe(0);
  expect(stdout).toMatch(/--digits <digits>/);
  expect(stderr).toBe('');
});
