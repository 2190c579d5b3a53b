// Types of examples.mjs, for the tests.

/** Names of the examples, which are the folders that their pages lie in. */
export const examples: readonly string[];
/** Builds the pages on the package's modules in `modules`. */
export function buildExamples(options: {
  readonly outDir: string;
  readonly modules: string;
  readonly logLevel?: 'info' | 'warn' | 'error' | 'silent';
}): Promise<void>;
