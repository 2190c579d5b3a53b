// The vitest runner of a mutation run: runs only the tests that reach a mutant, and notes which regions each test enters.
import type { RunnerTestCase, RunnerTestSuite } from 'vitest';
import { inject, TestRunner } from 'vitest';
import { onlyKey, type Reach } from './mutant.ts';

/** Takes what was entered since the last call. */
function takeReach(): Reach {
  const reach: Record<string, number[]> = {};
  for (const [file, flags] of Object.entries(globalThis.mutateReach ?? {})) {
    const regions = [...flags.keys()].filter((region) => flags[region] === 1);
    if (regions.length > 0) reach[file] = regions;
    flags.fill(0);
  }
  return reach;
}

/** Joins two reaches. */
function joined(a: Reach, b: Reach): Reach {
  const reach: Record<string, readonly number[]> = { ...a };
  for (const [file, regions] of Object.entries(b))
    reach[file] = [...new Set([...(reach[file] ?? []), ...regions])];
  return reach;
}

export default class MutationRunner extends TestRunner {
  #loading: Reach = {};
  #hasFailed = false;

  override async onBeforeRunTask(test: RunnerTestCase): Promise<void> {
    const only = inject(onlyKey);
    if (this.#hasFailed || (only && !only.includes(test.fullTestName))) test.mode = 'skip';
    this.#loading = joined(this.#loading, takeReach());
    await super.onBeforeRunTask(test);
  }

  override onAfterRunTask(test: RunnerTestCase): void {
    test.meta.mutateReach = takeReach();
    this.#hasFailed ||= test.result?.state === 'fail';
    super.onAfterRunTask(test);
  }

  override async onAfterRunSuite(suite: RunnerTestSuite): Promise<void> {
    this.#loading = joined(this.#loading, takeReach());
    suite.file.meta.mutateLoading = this.#loading;
    await super.onAfterRunSuite(suite);
  }
}
