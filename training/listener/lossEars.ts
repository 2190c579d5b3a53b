// Ears that a run's loss hears with: trained on the run's own training takes, or taken from where they were kept.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../src/contract/folders.node.ts';
import { ears, type lossEars } from './earConfig.ts';
import { readEar, recogniserOf, writeEar, type TrainedEar } from './openEar.ts';
import { trainRecogniser, type EarTake } from './trainEar.ts';

/** What a loss's ear follows from, and where it is kept. */
export interface LossEarOptions {
  /** Of the run's training side, made only where the ear has to be trained. */
  readonly takes: () => readonly EarTake[];
  /** What the takes follow from. */
  readonly fingerprint: string;
  readonly folders: readonly string[];
  readonly seed: number;
  readonly epochs: number;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * An ear by its name. The tfjs backend must be ready.
 * @throws the reason of the signal when it was stopped
 */
export async function lossEarOf(
  name: (typeof lossEars)[number],
  { takes, fingerprint, folders, seed, epochs, say, signal }: LossEarOptions,
): Promise<TrainedEar> {
  const { shape, schedule: usual } = ears[name];
  const schedule = { ...usual, epochs };
  const hash = createHash('sha256')
    .update(JSON.stringify([shape, schedule, seed, fingerprint]))
    .digest('hex');
  const file = `${name}-${hash.slice(0, 24)}.json.gz`;
  const kept = folders.map((folder) => join(folder, file)).find((path) => existsSync(path));
  if (kept) return readEar(kept);
  const tensors = await trainRecogniser({
    recogniser: recogniserOf(shape),
    schedule,
    takes: takes(),
    seed,
    say: (line) => say(`${name}: ${line}`),
    ...(signal ? { signal } : {}),
  });
  const ear = { shape, tensors };
  for (const folder of folders) {
    makeFolder(folder);
    writeEar(join(folder, file), ear, { name, seed });
  }
  return ear;
}
