// Where a command reads and writes: the output folder, and base names that must not collide.
import { realpathSync, accessSync, constants } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../contract/errors.ts';
import { makeFolder } from '../contract/folders.node.ts';
import { reasonOf } from '../contract/fileFaults.ts';

/**
 * Makes the output folder, and its parents, when they are missing.
 * @throws InputError when that cannot be done or nothing can be written there
 */
export function openOutput(folder: string): string {
  if (folder === '') throw new InputError('--out must name a folder, got ""; give one, or . for this one');
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new InputError(`cannot write into --out ${folder}: ${reasonOf(error)}`);
  }
  return folder;
}

/**
 * Output paths for input files: the same base names in the output folder.
 * @throws InputError when two inputs share a base name, or an output would overwrite an input
 */
export function outputPaths(files: readonly string[], outFolder: string): Map<string, string> {
  const byName = new Map<string, string>();
  for (const file of files) {
    const name = basename(file);
    const other = byName.get(name);
    if (other !== undefined) {
      throw new InputError(
        `${other} and ${file} would both be written to ${join(outFolder, name)}; run them apart`,
      );
    }
    byName.set(name, file);
    if (realPath(dirname(file)) === realPath(outFolder)) {
      throw new InputError(
        `${file} lies in --out ${outFolder} and would be overwritten; give another folder`,
      );
    }
  }
  return new Map(files.map((file) => [file, join(outFolder, basename(file))]));
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It does not exist; reading the file will say so.
    return path;
  }
}
