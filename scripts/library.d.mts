// Types of library.mjs, for the tests.

/** Paths of the entries' sources from the repository's root, by the name of the built module. */
export function libraryEntries(): Record<string, string>;
/** Builds the package into `outDir`; `entry`, relative to the repository, stands in for all entries, with nothing left out. */
export function buildLibrary(options: {
  readonly outDir: string;
  readonly entry?: string;
  readonly withModel?: boolean;
  readonly withTypes?: boolean;
  readonly logLevel?: 'info' | 'warn' | 'error' | 'silent';
}): Promise<void>;
