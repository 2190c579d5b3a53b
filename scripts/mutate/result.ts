// The result of a mutation run on disk: written as it grows, read back to resume.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Mutant, Outcome } from './mutant.ts';
import { describeMutant, scoreOf, type Score } from './score.ts';

/** A file under mutation. */
export interface Target {
  readonly file: string;
  readonly text: string;
  readonly possible: number;
  readonly chosen: readonly Mutant[];
}

/** What is kept of a run. */
interface Saved {
  readonly scores: readonly Score[];
  readonly outcomes: readonly (Outcome & { readonly change: string })[];
}

/** Names a mutant within one version of its file. */
export function keyOf({ file, start, end, replacement }: Mutant): string {
  return `${file} ${start} ${end} ${replacement}`;
}

/** What the last run killed in the same lines at the same places. What survived is tried again: tests may have come. */
export function knownOutcomes(path: string, targets: readonly Target[]): Map<string, Outcome> {
  const known = new Map<string, Outcome>();
  if (!existsSync(path)) return known;
  const texts = new Map(targets.map(({ file, text }) => [file, text]));
  const { outcomes } = JSON.parse(readFileSync(path, 'utf8')) as Saved;
  for (const { change, ...outcome } of outcomes) {
    const text = texts.get(outcome.mutant.file);
    const done = outcome.fate === 'killed' || outcome.fate === 'timedOut';
    if (done && text !== undefined && describeMutant(outcome.mutant, text) === change) {
      known.set(keyOf(outcome.mutant), outcome);
    }
  }
  return known;
}

/** Writes what has come out so far, and returns it counted by file. */
export function save(targets: readonly Target[], outcomes: readonly Outcome[], path: string): Score[] {
  const texts = new Map(targets.map(({ file, text }) => [file, text]));
  const scores = targets.map(({ file, possible }) =>
    scoreOf(
      file,
      possible,
      outcomes.filter(({ mutant }) => mutant.file === file),
    ),
  );
  const saved: Saved = {
    scores,
    outcomes: outcomes.map((outcome) => ({
      ...outcome,
      change: describeMutant(outcome.mutant, texts.get(outcome.mutant.file) ?? ''),
    })),
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(saved, undefined, 1));
  return scores;
}
