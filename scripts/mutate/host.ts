// A host process of a mutation run: keeps one vitest alive and runs one test file at a time, with or without a mutant.
// The mutant exists in the memory of this process alone; the working tree is only read.
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createVitest, type TestModule, type Vitest } from 'vitest/node';
import { applied, instrumented } from './mutants.ts';
import { onlyKey, type Answer, type Ask, type TestFile, type TestReach } from './mutant.ts';

/** Enough for any test; a mutant that fills memory ends here and not with the machine. */
const heapMegabytes = 2048;

const root = process.cwd();

/** Where tests print to: of a mutation run only the fates count. */
const silence = new Writable({ write: (_chunk, _encoding, done) => done() });

/** What stands in place of source files at the moment, by absolute path. */
const replaced = new Map<string, string>();

async function openVitest(test: object): Promise<Vitest> {
  return createVitest(
    'test',
    {
      ...test,
      config: false,
      root,
      watch: false,
      pool: 'forks',
      maxWorkers: 1,
      // Not `bail`: vitest counts what failed for earlier mutants too and would skip everything. The runner stops by itself.
      bail: 0,
      reporters: [{}],
      runner: fileURLToPath(new URL('runner.ts', import.meta.url)),
      execArgv: [`--max-old-space-size=${heapMegabytes}`],
      onConsoleLog: () => false,
    },
    {
      logLevel: 'silent',
      plugins: [
        { name: 'mutate', enforce: 'pre', transform: (_code, id) => replaced.get(id.split('?')[0] ?? id) },
      ],
    },
    { stdout: silence, stderr: silence },
  );
}

/** Puts texts in place of source files, and the files of the last call back. */
function replace(vitest: Vitest, texts: ReadonlyMap<string, string>): void {
  const changed = new Set([...replaced.keys(), ...texts.keys()]);
  for (const path of changed) {
    if (replaced.get(path) === texts.get(path)) changed.delete(path);
  }
  replaced.clear();
  for (const [path, text] of texts) replaced.set(path, text);
  for (const path of changed) vitest.invalidateFile(path);
}

/** Runs one test file. */
async function run(
  vitest: Vitest,
  test: string,
): Promise<{ passed: boolean; module: TestModule | undefined }> {
  const specification = vitest.getRootProject().createSpecification(resolve(root, test));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications([specification]);
  // Vitest hands back the modules of earlier runs as well.
  const module = testModules.find(({ moduleId }) => moduleId === specification.moduleId);
  return { passed: unhandledErrors.length === 0 && module?.ok() === true, module };
}

async function related(vitest: Vitest, files: readonly string[]): Promise<string[]> {
  vitest.config.related = files.map((file) => resolve(root, file));
  const specifications = await vitest.getRelevantTestSpecifications();
  vitest.config.related = [];
  return specifications.map(({ moduleId }) => relative(root, moduleId)).sort();
}

async function reach(vitest: Vitest, files: readonly string[], test: string): Promise<TestFile> {
  const texts = files.map((file) => {
    const path = resolve(root, file);
    return [path, instrumented(file, readFileSync(path, 'utf8'))] as const;
  });
  replace(vitest, new Map(texts));
  vitest.provide(onlyKey, null);
  const start = performance.now();
  const { passed, module } = await run(vitest, test);
  const milliseconds = performance.now() - start;
  const tests: Record<string, TestReach> = {};
  for (const task of module?.children.allTests() ?? []) {
    const { mutateReach = {} } = task.meta();
    tests[task.fullName] = { reach: mutateReach, milliseconds: task.diagnostic()?.duration ?? 0 };
  }
  const loading = module?.meta().mutateLoading ?? {};
  return { path: test, passed, milliseconds, loading, tests };
}

async function answer(vitest: Vitest, ask: Ask): Promise<Answer> {
  switch (ask.kind) {
    case 'related':
      return { kind: 'related', tests: await related(vitest, ask.files) };
    case 'reach':
      return { kind: 'reach', testFile: await reach(vitest, ask.files, ask.test) };
    case 'try': {
      const path = resolve(root, ask.mutant.file);
      replace(vitest, new Map([[path, applied(readFileSync(path, 'utf8'), ask.mutant)]]));
      vitest.provide(onlyKey, ask.only ? [...ask.only] : null);
      const { passed, module } = await run(vitest, ask.test);
      const tests = [...(module?.children.allTests() ?? [])];
      if (passed && !tests.some((test) => test.result().state === 'passed')) {
        throw new Error(`none of the tests that reach ${ask.mutant.file} in ${ask.test} ran`);
      }
      return { kind: 'try', passed };
    }
  }
}

const say = (message: Answer): void => void process.send?.(message);
const options: unknown = JSON.parse(process.argv[2] ?? '{}');
if (typeof options !== 'object' || options === null)
  throw new TypeError('the first argument must be a JSON object of vitest options');
const vitest = await openVitest(options);
// A parent that died must not leave a process that runs an endless loop: the whole group goes.
process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
process.on('message', (ask: Ask) => {
  answer(vitest, ask).then(say, (error: unknown) => say({ kind: 'fault', message: String(error) }));
});
say({ kind: 'ready' });
