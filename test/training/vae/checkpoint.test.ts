// Checkpoints: what is saved comes back, also from before the first epoch's end.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  loadCheckpoint,
  readHistory,
  saveCheckpoint,
  type RunState,
} from '../../../training/vae/checkpoint.ts';
import { parseConfig } from '../../../training/vae/trainingConfig.ts';
import type { Trainer } from '../../../training/vae/trainer.ts';

const root = mkdtempSync(join(tmpdir(), 'numvox-checkpoint-'));
afterAll(() => rmSync(root, { recursive: true }));

const config = parseConfig({});

/** The arrays of a trainer, filled with `value`. */
function trainerOf(value: number): Trainer {
  const array = () => new Float32Array(5).fill(value);
  const adam = { first: array(), second: array(), step: value };
  return { parameters: array(), statistics: array(), adam } as unknown as Trainer;
}

function stateOf(bestObjective: number, history: RunState['history']): RunState {
  const best = new Float32Array(5).fill(9);
  return {
    config,
    fingerprint: 'f',
    history,
    bestObjective,
    bestParameters: best,
    bestStatistics: best.slice(),
  };
}

describe('a checkpoint', () => {
  it('brings back a run and its history', async () => {
    const losses = { objective: 3 } as RunState['history'][number]['train'];
    const history = [{ epoch: 0, seconds: 2, train: losses, validation: losses }];
    await saveCheckpoint(join(root, 'later'), stateOf(3, history), trainerOf(4));
    const trainer = trainerOf(0);
    const state = await loadCheckpoint(join(root, 'later'), config, 'f', trainer);
    expect(state).toEqual(stateOf(3, history));
    expect(trainer).toEqual(trainerOf(4));
    expect(await readHistory(join(root, 'later'))).toEqual(history);
    expect(await readHistory(join(root, 'none'))).toBeUndefined();
  });

  it('stopped in the first epoch still lets the next one be the best', async () => {
    await saveCheckpoint(join(root, 'first'), stateOf(Infinity, []), trainerOf(1));
    const state = await loadCheckpoint(join(root, 'first'), config, 'f', trainerOf(0));
    expect(state.bestObjective).toBe(Infinity);
  });
});
