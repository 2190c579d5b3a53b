// The mutation run: what it finds on a small module with a good and a bad test, and the parts it is made of.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applied, findMutants, instrumented } from '../../scripts/mutate/mutants.ts';
import type { Outcome, TestFile } from '../../scripts/mutate/mutant.ts';
import { describeMutant, scoreOf, wilson, type Score } from '../../scripts/mutate/score.ts';
import { trialsOf } from '../../scripts/mutate/trial.ts';

const root = process.cwd();

/** Each change of a text, as the whole text after it. */
function changed(text: string): string[] {
  return findMutants('a.ts', text).mutants.map((mutant) => applied(text, mutant));
}

describe('the operators', () => {
  it.each([
    ['a + b;', ['a - b;']],
    ['a < b;', ['a <= b;', 'a >= b;']],
    ['a === b;', ['a !== b;']],
    ['a && b;', ['a || b;']],
    ['a ?? b;', ['(a);', '(b);']],
    ['f(true);', [';', 'f(false);']],
    ['x = 3;', [';', 'x = 4;', 'x = 0;']],
    ['if (ready) go();', ['if (!(ready)) go();', 'if (ready) ;']],
    ['if (!ready) throw new RangeError(`${1 + 1}`);', ['if (ready) throw new RangeError(`${1 + 1}`);']],
    ['x = Math.min(a, b);', [';', 'x = Math.max(a, b);']],
    ['x = -a;', [';', 'x = a;']],
    ['x = a.filter(f);', [';', 'x = a;']],
    ['x = a?.b;', [';', 'x = a.b;']],
    ['function f() { return a; }', ['function f() { return; }']],
    [
      'for (;;) { if (a > b) break; }',
      ['for (;;) { if (a >= b) break; }', 'for (;;) { if (a <= b) break; }', 'for (;;) { if (a > b) ; }'],
    ],
  ])('change %s', (text, after) => {
    expect(new Set(changed(text))).toEqual(new Set(after));
  });

  it.each([
    "x + 'a';",
    'type A = 1 | 2;',
    'interface A { b: true }',
    "import { a } from 'b';",
    'console.log(1);',
  ])('leave %s alone', (text) => {
    expect(changed(text)).toEqual([]);
  });

  it('leave every mutant of a real file, and its text with notes, without a syntax error', () => {
    const text = readFileSync(join(root, 'src/dsp/random.ts'), 'utf8');
    const texts = [...changed(text), instrumented('a.ts', text)];
    expect(texts.length).toBeGreaterThan(50);
    for (const source of texts) {
      expect(ts.transpileModule(source, { reportDiagnostics: true }).diagnostics).toEqual([]);
    }
  });
});

describe('the notes of reach', () => {
  /** Regions entered by running a text as a script. */
  function entered(text: string): number[] {
    const { outputText } = ts.transpileModule(instrumented('a.ts', text), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    globalThis.mutateReach = undefined;
    runInThisContext(`{${outputText}}`);
    const flags: Uint8Array = globalThis.mutateReach?.['a.ts'] ?? new Uint8Array();
    return [...flags.keys()].filter((index) => flags[index] === 1);
  }

  it('tell branches, default values and short circuits that run from those that do not', () => {
    const text = `
      const f = (a: number, b = 1 + 1) => (a > 0 ? a + 1 : a - 2);
      switch (f(1)) { case 2: f(3, 4); break; default: f(5 * 5); }
      if (f(1) > 7) f(6 * 6); else { f(7 * 7); }`;
    const reached = new Set(entered(text));
    const places = findMutants('a.ts', text).mutants.map((mutant) => ({
      of: text.slice(mutant.start - 2, mutant.end + 2),
      runs: reached.has(mutant.region),
    }));
    const runs = (of: string): boolean | undefined => places.find((place) => place.of === of)?.runs;
    expect([runs('1 + 1'), runs('a + 1'), runs('7 * 7')]).toEqual([true, true, true]);
    expect([runs('a - 2'), runs('5 * 5'), runs('6 * 6')]).toEqual([false, false, false]);
  });
});

describe('the order of trials', () => {
  const mutant = { file: 'a.ts', start: 0, end: 1, replacement: '', operator: 'constant', region: 3 };
  const limit = { factor: 2, slackSeconds: 1 };
  const testFile = (path: string, milliseconds: number, loading: number[], region: number): TestFile => ({
    path,
    passed: true,
    milliseconds,
    loading: { 'a.ts': loading },
    tests: {
      one: { reach: { 'a.ts': [region] }, milliseconds: milliseconds / 4 },
      other: { reach: {}, milliseconds: milliseconds / 2 },
    },
  });
  const files = [
    testFile('slow', 4000, [0], 3),
    testFile('loads', 100, [0, 3], 1),
    testFile('elsewhere', 10, [0], 2),
  ];

  it('takes the tests that reach the mutant, all of a file that reaches it while loading, the quickest first', () => {
    expect(trialsOf(mutant, files, limit, new Map())).toEqual([
      { test: 'loads', only: null, limitMs: 1200 },
      { test: 'slow', only: ['one'], limitMs: 9000 },
    ]);
  });

  it('prefers what has killed much', () => {
    const [first] = trialsOf(mutant, files, limit, new Map([['slow', 30]]));
    expect(first?.test).toBe('slow');
  });
});

describe('the score', () => {
  it('has the interval of Wilson', () => {
    // Newcombe 1998, table I: 81 of 263 and 0 of 20.
    expect(wilson(81, 263).map((end) => end.toFixed(4))).toEqual(['0.2553', '0.3662']);
    expect(wilson(0, 20).map((end) => end.toFixed(4))).toEqual(['0.0000', '0.1611']);
  });

  it('counts the endless as killed and the unreached as not', () => {
    const [mutant] = findMutants('a.ts', 'a + b').mutants;
    if (!mutant) throw new Error('no mutant');
    const fates = ['killed', 'timedOut', 'survived', 'unreached'] as const;
    const { score, counts } = scoreOf(
      'a.ts',
      9,
      [...fates, 'killed' as const].map((fate) => ({ mutant, fate })),
    );
    expect(score).toBeCloseTo(0.6);
    expect(counts).toEqual({ killed: 2, timedOut: 1, survived: 1, unreached: 1 });
  });
});

describe('a whole run', () => {
  const source = `// A module to mutate.
export function grown(x: number): number {
  return x < 0 ? 0 : x + 1;
}
export function counted(n: number): number {
  let i = 0;
  while (i !== n) i++;
  return i;
}
export function tripled(x: number): number {
  return x * 3;
}
export function unused(x: number): number {
  return x / 2;
}
`;
  const tests = `import { expect, it } from 'vitest';
import { counted, grown } from './value.ts';
it('grows', () => expect(grown(5)).toBe(6));
it('runs, but says nothing', () => void grown(-1));
it('counts', () => expect(counted(3)).toBe(3));
`;
  let folder = '';
  let printed = '';
  let saved: { scores: Score[]; outcomes: Outcome[] };

  async function mutate(...args: string[]): Promise<number> {
    const loader = import.meta.resolve('tsx');
    const program = join(root, 'scripts/mutate/mutateCommand.ts');
    const run = spawn(process.execPath, ['--import', loader, program, ...args], { cwd: folder });
    printed = '';
    run.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    run.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const [code] = (await once(run, 'close')) as [number];
    return code;
  }

  beforeAll(async () => {
    // Inside the checkout, where the tests of the tests find vitest.
    mkdirSync(join(root, 'tmp'), { recursive: true });
    folder = mkdtempSync(join(root, 'tmp', 'mutate-'));
    writeFileSync(join(folder, 'value.ts'), source);
    writeFileSync(join(folder, 'value.test.ts'), tests);
    // A second file, run by the same process, which alone notices one of the changes: what one file said must not stand
    // for the other.
    writeFileSync(
      join(folder, 'other.test.ts'),
      `import { expect, it } from 'vitest';
import { tripled } from './value.ts';
it('triples', () => expect(tripled(2)).toBe(6));
`,
    );
    expect(
      await mutate('value.ts', '--workers', '1', '--slack', '1', '--factor', '2', '--least', '99'),
      printed,
    ).toBe(1);
    saved = JSON.parse(readFileSync(join(folder, 'runs/mutation.json'), 'utf8')) as typeof saved;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What became of the change of a line into another. */
  function fateOf(replacement: string, after: string): string | undefined {
    return saved.outcomes.find(
      ({ mutant }) => applied(source, mutant).includes(after) && mutant.replacement === replacement,
    )?.fate;
  }

  it('finds what a test kills, what it lets live, what never ends and what no test runs', () => {
    expect(fateOf('-', 'x - 1')).toBe('killed');
    expect(fateOf('/', 'x / 3')).toBe('killed');
    expect(fateOf('1', '? 1 :')).toBe('survived');
    expect(fateOf('i--', 'i !== n) i--')).toBe('timedOut');
    expect(fateOf('*', 'x * 2')).toBe('unreached');
  });

  it('prints survivors with the line before and after, the score, and fails below what is asked', () => {
    const survivor = saved.outcomes.find(({ fate }) => fate === 'survived');
    expect(printed).toContain(describeMutant(survivor?.mutant ?? saved.outcomes[0].mutant, source));
    expect(printed).toMatch(
      /value\.ts:3:18 {2}constant\n {2}- return x < 0 \? 0 : x \+ 1;\n {2}\+ return x < 0 \? 1 : x \+ 1;/,
    );
    expect(printed).toContain('mutate: the score is below 99 %');
  });

  it('leaves the source as it was', () => {
    expect(readFileSync(join(folder, 'value.ts'), 'utf8')).toBe(source);
  });

  it('refuses a file that is not there', async () => {
    expect(await mutate('absent.ts')).toBe(1);
    expect(printed).toContain('absent.ts must be a TypeScript source file that exists');
  });
});
