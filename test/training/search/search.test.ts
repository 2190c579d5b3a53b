// A search with a trainer that only pretends: nothing is run twice, nothing is lost, and the report ranks what there is.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import type { EpochRecord } from '../../../training/vae/checkpoint.ts';
import type { TrainingConfig } from '../../../training/vae/trainingConfig.ts';
import { readGrid, runId } from '../../../training/search/grid.ts';
import { ranked, requireFigure, searchReport, varyingFields } from '../../../training/search/searchReport.ts';
import {
  mergeResults,
  parseShard,
  readResults,
  runSearch,
  type SearchOptions,
  type SearchTrainer,
} from '../../../training/search/searchRuns.ts';
import { figureNames, figuresOf } from '../../../training/search/searchTrainer.ts';
import { smallManifest } from '../../helpers/manifest.ts';

const grid = { base: { epochs: 2 }, grid: { styleDimensions: [8, 16, 24], encoderFilters: [[8], [8, 16]] } };
const configs = readGrid(JSON.stringify(grid), 'grid.json');

let out = '';
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'numvox-search-'));
});
afterEach(() => {
  rmSync(out, { recursive: true });
});

/** Lower error with more dimensions and with more filters. */
function figures({ styleDimensions, encoderFilters }: TrainingConfig): Record<string, number> {
  const validationErrorShare = 1 / (styleDimensions + encoderFilters.length);
  return { validationErrorShare, validationKl: styleDimensions, heldOutDigitAccuracy: styleDimensions / 100 };
}

/** A trainer that keeps what it was asked for. */
function fakeTrainer(answer: (config: TrainingConfig) => Record<string, number> | null = figures) {
  const asked: TrainingConfig[] = [];
  const train: SearchTrainer = (config) => {
    asked.push(config);
    return new Promise((resolve) => resolve(answer(config)));
  };
  return { train, asked };
}

const search = (train: SearchTrainer, more: Partial<SearchOptions> = {}) =>
  runSearch({ configs, corpus: 'toy', out, train, ...more });

describe('runSearch', () => {
  it('runs every configuration in a folder of its own and keeps a line of each', async () => {
    const folders: string[] = [];
    const lines: string[] = [];
    const train: SearchTrainer = (config, folder) => {
      folders.push(folder);
      return Promise.resolve(figures(config));
    };
    expect(await search(train, { say: (line) => lines.push(line) })).toBe(true);
    expect(folders).toEqual(configs.map((config) => join(out, 'runs', runId(config, 'toy'))));
    const results = readResults(out);
    expect(results.map(({ config }) => config)).toEqual(configs);
    expect(results[3].figures).toEqual(figures(configs[3]));
    expect(lines[0]).toMatch(/^run 1\/6, [0-9a-f]{12}: time left unknown/);
    expect(lines[5]).toMatch(/^run 6\/6, .*about 0 h [01] min left/);
  });

  it('does not repeat what is done, and goes on where it was stopped', async () => {
    const abort = new AbortController();
    const stopped = fakeTrainer((config) => {
      if (config !== configs[2]) return figures(config);
      abort.abort();
      return null;
    });
    expect(await search(stopped.train, { signal: abort.signal })).toBe(false);
    expect(readResults(out)).toHaveLength(2);
    const rest = fakeTrainer();
    expect(await search(rest.train)).toBe(true);
    expect(rest.asked).toEqual(configs.slice(2));
    const none = fakeTrainer();
    expect(await search(none.train)).toBe(true);
    expect(none.asked).toEqual([]);
    expect(await search(none.train, { corpus: 'another' })).toBe(true);
    expect(none.asked).toHaveLength(6);
  });

  it('records a failure with its message, goes on, and repeats it only when asked to', async () => {
    const failing = fakeTrainer((config) => {
      if (config === configs[1]) throw new InputError('frames must be multiples of 16\n    at a thread');
      return figures(config);
    });
    expect(await search(failing.train)).toBe(true);
    expect(failing.asked).toHaveLength(6);
    expect(readResults(out)[1]).toMatchObject({ figures: {}, failed: 'frames must be multiples of 16' });
    const again = fakeTrainer();
    await search(again.train);
    expect(again.asked).toEqual([]);
    await search(again.train, { retry: true });
    expect(again.asked).toEqual([configs[1]]);
    expect(readResults(out).filter((result) => result.failed !== undefined)).toEqual([]);
  });

  it('takes an error after Ctrl-C for a stop: the run is not a failed one', async () => {
    const abort = new AbortController();
    const { train } = fakeTrainer(() => {
      abort.abort();
      throw new Error('a thread ended');
    });
    expect(await search(train, { signal: abort.signal })).toBe(false);
    expect(readResults(out)).toEqual([]);
  });

  it('leaves out figures that are not finite', async () => {
    const { train } = fakeTrainer(() => ({ validationErrorShare: NaN, validationKl: 3 }));
    await search(train, { configs: configs.slice(0, 1) });
    expect(readResults(out)[0].figures).toEqual({ validationKl: 3 });
  });

  it('does a run again whose line a crash cut off, and names a line that is damaged', async () => {
    await search(fakeTrainer().train, { configs: configs.slice(0, 2) });
    const file = join(out, 'results.jsonl');
    appendFileSync(file, '{"id":"abc","corp');
    const { train, asked } = fakeTrainer();
    await search(train, { configs: configs.slice(0, 3) });
    expect(asked).toEqual([configs[2]]);
    expect(readResults(out)).toHaveLength(3);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"figures"', '"numbers"'));
    await expect(search(train)).rejects.toThrow(/results\.jsonl, line 1 is not a result/);
  });
});

describe('shards', () => {
  const sharded = (index: number, count: number, train: SearchTrainer) =>
    search(train, { shard: { index, count } });

  it('do every run once between them, and the folder is one ranked table', async () => {
    const trainers = [1, 2, 3, 4].map(() => fakeTrainer());
    const tables: string[] = [];
    for (const [k, { train }] of trainers.entries()) {
      await search(train, {
        shard: { index: k + 1, count: 4 },
        onResults: (results) => tables.push(searchReport(results, 'validationErrorShare', [])),
      });
    }
    expect(trainers.map(({ asked }) => asked.length)).toEqual([2, 2, 1, 1]);
    expect(new Set(trainers.flatMap(({ asked }) => asked))).toEqual(new Set(configs));
    const best = ranked(readResults(out), 'validationErrorShare').map(
      ({ figures: f }) => f.validationErrorShare,
    );
    expect(best).toHaveLength(6);
    expect(best).toEqual([...best].sort((a, b) => a - b));
    // Whoever is last writes the table of all.
    expect(tables.at(-1)).toContain('6 runs ranked');
    expect(readdirSync(out).sort()).toEqual([1, 2, 3, 4].map((k) => `results-${k}-of-4.jsonl`));
  });

  it('repeat nothing that another shard, or the whole search, has done', async () => {
    await sharded(1, 2, fakeTrainer().train);
    const rest = fakeTrainer();
    await search(rest.train);
    expect(rest.asked).toHaveLength(3);
    const none = fakeTrainer();
    await sharded(2, 3, none.train);
    expect(none.asked).toEqual([]);
  });

  it('leave the line alone that another is just writing', async () => {
    await sharded(1, 2, fakeTrainer().train);
    const other = join(out, 'results-2-of-2.jsonl');
    writeFileSync(other, '{"id":"abc","corp');
    const { train, asked } = fakeTrainer();
    await sharded(1, 3, train);
    expect(readFileSync(other, 'utf8')).toBe('{"id":"abc","corp');
    expect(asked).toHaveLength(1);
    // Its own it mends.
    await sharded(2, 2, fakeTrainer().train);
    expect(readResults(out).length).toBeGreaterThanOrEqual(6);
  });

  it('of which one failed are repaired by another that did not', async () => {
    const failing = fakeTrainer(() => {
      throw new Error('no memory');
    });
    await sharded(1, 1, failing.train);
    await search(fakeTrainer().train, { retry: true });
    expect(readResults(out).filter(({ failed }) => failed !== undefined)).toEqual([]);
    expect(ranked(readResults(out), 'validationErrorShare')).toHaveLength(6);
  });

  it('of machines without a common folder are merged', async () => {
    const places = ['a', 'b'].map((name) => join(out, name));
    for (const [k, place] of places.entries()) {
      mkdirSync(place);
      await search(fakeTrainer().train, { out: place, shard: { index: k + 1, count: 2 } });
    }
    const merged = join(out, 'merged');
    expect(mergeResults(places, merged)).toBe(6);
    expect(mergeResults(places, merged)).toBe(6);
    expect(new Set(readResults(merged).map(({ id }) => id))).toEqual(
      new Set(configs.map((config) => runId(config, 'toy'))),
    );
    expect(() => mergeResults([join(out, 'nowhere')], merged)).toThrow(/nowhere has no results of a search/);
  });

  it('are told as i/n', () => {
    expect(parseShard('2/8')).toEqual({ index: 2, count: 8 });
    for (const text of ['0/4', '5/4', '1', '1/0', 'a/b', '1/4/2', '-1/4', '1.5/4', '']) {
      expect(() => parseShard(text)).toThrow(/--shard must be i\/n with i from 1 to n/);
    }
  });
});

describe('the report', () => {
  const reported = async (answer = figures) => {
    let html = '';
    await search(fakeTrainer(answer).train, {
      onResults: (results) => {
        html = searchReport(results, 'validationErrorShare', ['validationErrorShare', 'validationKl']);
      },
    });
    return html;
  };

  it('ranks the runs, best first, with only the fields that vary', async () => {
    const html = await reported();
    const rows = [...html.matchAll(/<tr><td>(\d)<\/td>(.*?)<\/tr>/g)];
    expect(rows.map((row) => row[1])).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(rows[0][2]).toContain('<td>24</td><td>[8,16]</td><td>0.03846</td><td>24</td>');
    expect(rows[5][2]).toContain('<td>8</td><td>[8]</td><td>0.1111</td><td>8</td>');
    expect(html).toContain('<th>encoderFilters</th>');
    expect(html).not.toContain('<th>epochs</th>');
  });

  it('plots the figure against every field that varies and against KL', async () => {
    const html = await reported();
    expect(html.match(/<svg/g)).toHaveLength(3);
    for (const x of ['styleDimensions', 'encoderFilters', 'validationKl']) {
      expect(html).toContain(`validationErrorShare by ${x}`);
    }
  });

  it('lists failures with their messages, as text', async () => {
    const html = await reported((config) => {
      if (config === configs[4]) throw new Error('<b>out of memory</b>');
      return figures(config);
    });
    expect(html).toContain('1 failed');
    expect(html).toContain('<td>&lt;b&gt;out of memory&lt;/b&gt;</td>');
    expect(html.match(/<tr><td>\d<\/td>/g)).toHaveLength(5);
  });

  it('is there before the first run has finished', () => {
    expect(searchReport([], 'validationErrorShare', [])).toContain('0 runs ranked by validationErrorShare');
  });

  it('puts the highest accuracy first', async () => {
    await reported();
    const best = ranked(readResults(out), 'heldOutDigitAccuracy')[0];
    expect(best.config).toMatchObject({ styleDimensions: 24 });
  });

  it('finds fields that vary inside fields', () => {
    const some = readGrid('{"grid": {"listener.units": [8, 16]}}', 'grid.json');
    const results = some.map((config) => ({ id: '', corpus: '', config, seconds: 0, figures: {} }));
    expect(varyingFields(results)).toEqual(['listener.units']);
  });
});

describe('figures of a run', () => {
  const epoch = (number: number, objective: number, squaredError: number) =>
    ({ epoch: number, seconds: 2, train: {}, validation: { objective, squaredError, kl: 9 } }) as EpochRecord;

  it('are of the epoch that was kept; the error share is of what the mean spectrogram costs', () => {
    const manifest = smallManifest();
    const { frames, melBands } = manifest.format;
    const test = { ...manifest.figures.test, errorShare: 0.4 };
    const train = { ...manifest.figures.train, errorShare: 0.5, meanSquaredError: 0.01 };
    const found = figuresOf({ ...manifest, figures: { train, test } }, [
      epoch(0, 8, 60),
      epoch(1, 5, 0.006 * frames * melBands),
      epoch(2, 6, 20),
    ]);
    expect(found).toMatchObject({ validationObjective: 5, validationKl: 9, epochs: 3, trainingSeconds: 6 });
    expect(found.heldOutErrorShare).toBe(0.4);
    expect(found.validationErrorShare).toBeCloseTo(0.3, 9);
    expect(Object.keys(found).filter((name) => !figureNames.includes(name))).toEqual([]);
  });

  it('are named when a wrong one is asked for', () => {
    expect(requireFigure('heldOutErrorShare', figureNames)).toBe('heldOutErrorShare');
    expect(() => requireFigure('error', figureNames)).toThrow(/possible are validationErrorShare, /);
  });
});

describe('npm run search', () => {
  it('tells a bad grid in one line', async () => {
    const file = join(out, 'grid.json');
    writeFileSync(file, '{"grid": {"colour": [1]}}');
    const parts = ['--grid', file, '--data', out, '--out', join(out, 'results')];
    const { code, stderr } = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
      const cwd = fileURLToPath(new URL('../../../', import.meta.url));
      const child = spawn(process.execPath, ['--import', 'tsx', 'training/search.ts', ...parts], { cwd });
      let text = '';
      child.stderr.on('data', (bytes: Buffer) => (text += bytes.toString()));
      child.on('close', (status) => resolve({ code: status, stderr: text }));
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^search: .*grid\.json: colour = 1: .*colour.*\n$/);
    expect(existsSync(join(out, 'results'))).toBe(false);
  });
});
