// Folders that are made when they are missing, with their parents.
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InputError } from './errors.ts';

/**
 * Makes a folder and its parents where they are missing. Not by Node's recursive `mkdir`, which never returns where a folder that
 * exists lets nothing be made in it (as `/proc` of Linux does).
 * @throws InputError or the file system's error when it cannot be made
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  let there = resolve(folder);
  for (; !existsSync(there) && dirname(there) !== there; there = dirname(there)) missing.unshift(there);
  for (const path of missing) {
    try {
      mkdirSync(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') throw new InputError(`nothing can be made in ${dirname(path)}`);
      // Somebody else was faster; whether it is a folder is seen below.
      if (code !== 'EEXIST') throw error;
    }
  }
  if (!statSync(folder).isDirectory()) throw new InputError('a file of that name is in the way');
}
