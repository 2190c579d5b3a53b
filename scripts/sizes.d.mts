// Types of sizes.mjs for vite.config.ts and the tests.
import type { Plugin } from 'vite';

/** Bytes as they lie and as they are sent by each coding. */
export interface Sizes {
  readonly plain: number;
  readonly gzip: number;
  readonly br: number;
}
/** One line of the table. */
export interface SizeRow extends Sizes {
  readonly name: string;
  readonly files: readonly (Sizes & { readonly file: string })[];
  /** Most bytes by the better coding. */
  readonly budgetBytes: number | undefined;
  readonly over: boolean;
}
/**
 * Sizes of a build by part, and last of all of it, in bytes.
 * @throws Error when a part of the page is not where the table looks for it
 */
export function measureBuild(folder: string): Promise<SizeRow[]>;
/** The table as text, in kB of 1000 bytes. */
export function sizeTable(rows: readonly SizeRow[]): string;
/** A Vite plugin that prints the table behind a build; it stands behind `precompress`. */
export function printSizes(): Plugin;
