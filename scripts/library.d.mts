// Types of library.mjs, for the tests.

/** Builds the library into `outDir`; `entry`, relative to the repository, stands in for the library's own module. */
export function buildLibrary(options: {
  readonly outDir: string;
  readonly entry?: string;
  readonly withModel?: boolean;
  readonly logLevel?: 'info' | 'warn' | 'error' | 'silent';
}): Promise<void>;
