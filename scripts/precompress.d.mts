// Types of precompress.mjs for vite.config.ts and the tests.
import type { Plugin } from 'vite';

/** Content codings, best first: name in HTTP, extension of the files, and what makes them. */
export const codings: readonly {
  readonly name: 'br' | 'gzip';
  readonly extension: string;
  readonly compress: (bytes: Uint8Array) => Promise<Uint8Array>;
}[];
/** Writes the compressed files of a folder and all below it, where they save 3 % or more. */
export function compressFolder(folder: string): Promise<void>;
/** A Vite plugin that compresses what a build wrote and what it copied from public/. */
export function precompress(): Plugin;
