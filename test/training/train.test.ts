// `npm run train` as a process: Ctrl-C keeps what is finished, and bad input ends with one clear line.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSyntheticCorpus } from '../helpers/syntheticCorpus.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
let root = '';
let config = '';
let data = '';
const place = (name: string) => join(root, name);

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'numvox-train-'));
  data = place('corpus');
  writeSyntheticCorpus(data, { layout: 'audiomnist', speakers: 3, takes: 2, seed: 2 });
  config = place('config.json');
  const tiny = {
    batch: 8,
    validationShare: 2,
    styleDimensions: 3,
    encoderFilters: [4],
    decoderFilters: [4, 4],
    trackUnits: 4,
    listener: { epochs: 1, bands: 16, filters: [3], units: 4, vocoderShare: 0 },
    priorMap: { steps: 20, couplings: 2, units: 8 },
  };
  writeFileSync(config, JSON.stringify({ ...tiny, melBands: 16, patience: 1000, threads: 1 }));
});
afterAll(() => rmSync(root, { recursive: true }));

function start(...parts: string[]): {
  child: ChildProcess;
  ended: Promise<{ code: number | null; stderr: string }>;
} {
  const child = spawn(process.execPath, ['--import', 'tsx', 'training/train.ts', ...parts], {
    cwd: repository,
    env: { ...process.env, XDG_CACHE_HOME: place('cache') },
  });
  let stderr = '';
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stderr }));
  });
  return { child, ended };
}

describe('npm run train', () => {
  it('stops on Ctrl-C with its last epoch kept, and goes on with --resume', async () => {
    const args = ['--data', data, '--out', place('out'), '--config', config];
    const { child, ended } = start(...args, '--epochs', '5000');
    child.stderr?.on('data', (bytes: Buffer) => {
      if (bytes.toString().includes('epoch 2/')) child.kill('SIGINT');
    });
    const stopped = await ended;
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toMatch(/stopped in epoch \d+; the same command with --resume/);
    const again = start(...args, '--epochs', '5000', '--resume');
    again.child.stderr?.on('data', (bytes: Buffer) => {
      if (/epoch [3-9]\//.test(bytes.toString())) again.child.kill('SIGINT');
    });
    const resumed = await again.ended;
    expect(resumed.code).toBe(130);
    expect(resumed.stderr).not.toMatch(/epoch 1\//);
    expect(resumed.stderr).toMatch(/epoch [3-9]\d*\/5000 /);
  });

  it('says in one line what is wrong with its input', async () => {
    mkdirSync(place('empty'));
    writeFileSync(place('broken.json'), '{');
    writeFileSync(place('wrong.json'), '{"epochs": -1}');
    const out = ['--out', place('unused')];
    const cases: [string[], RegExp][] = [
      [['--data', place('nowhere'), ...out], /there is no folder .*nowhere/],
      [['--data', place('empty'), ...out], /holds no WAV or FLAC recordings/],
      [['--data', data, '--out', join(config, 'below-a-file')], /cannot write into --out .*is a file/],
      [['--data', data, ...out, '--config', place('broken.json')], /broken\.json is no JSON file/],
      [['--data', data, ...out, '--config', place('wrong.json')], /epochs/],
      [['--data', data, ...out, '--epochs', 'many'], /--epochs must be a whole number/],
      [['--data', data, ...out, '--config', config, '--resume'], /there is no checkpoint/],
    ];
    for (const [parts, reason] of cases) {
      const { code, stderr } = await start(...parts).ended;
      expect(code, parts.join(' ')).toBe(1);
      expect(stderr.trim().split('\n').at(-1)).toMatch(reason);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });
});
