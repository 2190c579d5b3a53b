// What the parts of a mutation run say to one another: a mutant, where it may be reached, and what became of it.

/** One small change to a source file, written as a replacement of a range of its text. */
export interface Mutant {
  /** Path from the repository root, with `/`. */
  readonly file: string;
  /** First character replaced. */
  readonly start: number;
  /** One past the last character replaced. */
  readonly end: number;
  readonly replacement: string;
  readonly operator: string;
  /** Region (see `Region`) whose running means that the mutant runs. */
  readonly region: number;
}

/**
 * A stretch of a file that is entered as a whole: a body, a branch, a default value. Text is inserted at its ends to
 * note that it was entered. Region 0 is the module itself.
 */
export interface Region {
  readonly start: number;
  readonly end: number;
  readonly shape: 'module' | 'block' | 'statement' | 'expression';
}

/** `killed`: a test failed. `timedOut`: the tests did not end. `unreached`: no test runs the place. */
export type Fate = 'killed' | 'survived' | 'timedOut' | 'unreached';

/** A mutant and what became of it. */
export interface Outcome {
  readonly mutant: Mutant;
  readonly fate: Fate;
  /** Test file that killed it, path from the root. */
  readonly by?: string;
}

/** Regions entered, by file. */
export type Reach = Readonly<Record<string, readonly number[]>>;

/** What one test reaches, and how long it takes. */
export interface TestReach {
  readonly reach: Reach;
  readonly milliseconds: number;
}

/** What one test file does to the files under mutation while nothing is changed in them. */
export interface TestFile {
  readonly path: string;
  readonly passed: boolean;
  /** Wall time of running the file, start of its process included. */
  readonly milliseconds: number;
  /** Reached while the file was loaded or in hooks of whole suites: any of its tests may notice a change there. */
  readonly loading: Reach;
  /** Its tests, by full name. */
  readonly tests: Readonly<Record<string, TestReach>>;
}

/** What a host is asked. */
export type Ask =
  | { readonly kind: 'related'; readonly files: readonly string[] }
  | { readonly kind: 'reach'; readonly files: readonly string[]; readonly test: string }
  | {
      readonly kind: 'try';
      readonly mutant: Mutant;
      readonly test: string;
      readonly only: readonly string[] | null;
    };

/** What a host says, `ready` once at its start: test files, one test file's reach, whether all tests passed, or what went wrong. */
export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'related'; readonly tests: readonly string[] }
  | { readonly kind: 'reach'; readonly testFile: TestFile }
  | { readonly kind: 'try'; readonly passed: boolean }
  | { readonly kind: 'fault'; readonly message: string };

/** Name under which the worker's vitest runner gets the tests it may run: `null` for all. */
export const onlyKey = 'mutateOnly';

declare module 'vitest' {
  interface ProvidedContext {
    mutateOnly: string[] | null;
  }
  interface TaskMeta {
    mutateReach?: Reach;
    mutateLoading?: Reach;
  }
}

declare global {
  var mutateReach: Record<string, Uint8Array> | undefined;
}
