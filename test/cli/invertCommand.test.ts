// `numvox invert` as a user meets it: same length, rate and timing, figures on stdout, options, and bad files.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readWav, writeWav } from '../../src/node/wav.ts';
import { Random } from '../../src/dsp/random.ts';
import { syntheticTake } from '../helpers/syntheticCorpus.ts';
import { numvox } from '../helpers/command.ts';
import { pcm16Wav } from '../helpers/wavBytes.ts';

let home = '';
const at = (...parts: string[]): string => join(home, ...parts);
const words = [0, 3, 8];

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'numvox-invert-'));
  mkdirSync(at('in'));
  for (const digit of words) {
    writeWav(at('in', `${digit}_voice_0.wav`), syntheticTake(digit, 0, 8000, new Random(digit)), 8000);
  }
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});
const inputs = (): string[] => words.map((digit) => at('in', `${digit}_voice_0.wav`));

/** Convergences by file and as a mean, and the FFT count, as printed. */
function figures(stdout: string): { files: number[]; mean: number; ffts: number } {
  const numbers = [...stdout.matchAll(/\t(-?[0-9.]+) dB/g)].map((match) => Number(match[1]));
  return {
    files: numbers.slice(0, -1),
    mean: numbers.at(-1) ?? NaN,
    ffts: Number(/^FFTs per hop: ([0-9.]+)$/m.exec(stdout)?.[1]),
  };
}

/** Where the energy of a sound is centred, in samples: a copy that lags behind its source has a later one. */
function centre(samples: Float32Array): number {
  const energy = samples.reduce((sum, v) => sum + v * v, 0);
  return samples.reduce((sum, v, i) => sum + i * v * v, 0) / energy;
}

test('--studio spends up to 63 FFTs per hop and comes nearer; --mel tells the distance before the bands too', async () => {
  const live = figures((await numvox('invert', ...inputs(), '--out', at('live'))).stdout);
  const { code, stdout } = await numvox('invert', ...inputs(), '--out', at('studio'), '--studio');
  expect(code).toBe(0);
  const studio = figures(stdout);
  expect(studio.mean).toBeLessThan(live.mean - 1);
  expect(studio.ffts).toBeGreaterThan(40);
  expect(studio.ffts).toBeLessThanOrEqual(63);
  expect(stdout).not.toMatch(/before the bands/);
  const mel = await numvox('invert', ...inputs(), '--out', at('mel'), '--mel');
  const own = Number(/before the bands: (-[0-9.]+) dB/.exec(mel.stdout)?.[1]);
  expect(own).toBeLessThan(-8);
  expect(own).toBeGreaterThan(figures(mel.stdout).mean);
});

test('by default: same length, rate and timing, at most 17 FFTs per hop', async () => {
  const { code, stdout, stderr } = await numvox('invert', ...inputs(), '--out', at('default'));
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const { files, mean, ffts } = figures(stdout);
  expect(files).toHaveLength(3);
  expect(mean).toBeCloseTo(files.reduce((a, b) => a + b, 0) / 3, 1);
  expect(mean).toBeLessThan(-20);
  expect(ffts).toBeLessThanOrEqual(17);
  for (const file of inputs()) {
    const source = readWav(file);
    const copy = readWav(at('default', file.slice(at('in').length + 1)));
    expect(copy.sampleRate).toBe(8000);
    expect(copy.samples.length).toBe(source.samples.length);
    expect(Math.abs(centre(copy.samples) - centre(source.samples))).toBeLessThan(16);
  }
});

test('more look-ahead and sweeps cost FFTs and come nearer; mel bands and a model folder are accepted', async () => {
  const run = async (...options: string[]): Promise<ReturnType<typeof figures>> => {
    const { code, stdout } = await numvox('invert', ...inputs(), '--out', at('options'), ...options);
    expect(code).toBe(0);
    return figures(stdout);
  };
  const bare = await run('--look-ahead', '0', '--sweeps', '0');
  const studio = await run('--look-ahead', '7', '--sweeps', '4', '--hop', '64', '--model', at('nowhere'));
  expect(bare.ffts).toBeLessThanOrEqual(2);
  expect(studio.ffts).toBeGreaterThan(17);
  expect(studio.mean).toBeLessThan(bare.mean - 6);
  const mel = await run('--mel');
  expect(mel.mean).toBeLessThan(-5);
});

test('44.1 kHz stereo keeps its rate, or takes the one asked for', async () => {
  const mono = syntheticTake(5, 1, 44100, new Random(1));
  const both = new Int16Array(2 * mono.length);
  mono.forEach((v, i) => both.fill(Math.round(v * 20000), 2 * i, 2 * i + 2));
  writeFileSync(at('stereo.wav'), pcm16Wav(both, 2, 44100));
  expect((await numvox('invert', at('stereo.wav'), '--out', at('wide'))).code).toBe(0);
  const copy = readWav(at('wide', 'stereo.wav'));
  expect([copy.sampleRate, copy.samples.length]).toEqual([44100, mono.length]);
  await numvox('invert', at('stereo.wav'), '--out', at('narrow'), '--rate', '8000');
  expect(readWav(at('narrow', 'stereo.wav')).sampleRate).toBe(8000);
});

test('bad files are named, the good ones are written', async () => {
  writeFileSync(at('in', 'text.wav'), 'words');
  writeWav(at('in', 'silent.wav'), new Float32Array(2000), 8000);
  const { code, stdout, stderr } = await numvox(
    ...['invert', at('in', 'text.wav'), at('in', 'silent.wav'), inputs()[0], '--out', at('mixed')],
  );
  expect(code).toBe(1);
  expect(stderr).toMatch(/text\.wav is not a WAV file/);
  expect(stderr.trimEnd().split('\n').at(-1)).toBe('numvox: 1 of 3 files failed');
  expect(stdout).toMatch(/silent\.wav\tsilent/);
  expect(stdout).toMatch(/^mean of 1\t/m);
  expect(readdirSync(at('mixed')).sort()).toEqual(['0_voice_0.wav', 'silent.wav']);
});

test('a hop that does not fit the window is an error that says so', async () => {
  const { code, stderr } = await numvox('invert', inputs()[0], '--out', at('hop'), '--hop', '100');
  expect(code).toBe(1);
  expect(stderr).toMatch(/hopSamples/);
  expect(stderr).not.toMatch(/\n\s+at /);
});
