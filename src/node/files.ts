// Files of the command line and of training: written whole or not at all.
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { InputError } from '../contract/errors.ts';

/**
 * Where a file of this name is to be written: its own path, or what a link leads to. A rename puts its file in the
 * place of whatever stands there, for an administrator even of a device.
 * @throws InputError where no file can stand, or something else than a file stands already
 */
export function placeOfFile(path: string): string {
  if (path === '') throw new InputError('there must be a name of a file, got ""; give one');
  const standing = statSync(path, { throwIfNoEntry: false });
  if (!standing) return path;
  if (standing.isFile()) return realpathSync(path);
  const kind = standing.isDirectory() ? 'a folder, not a file' : 'a device or a pipe, no file';
  throw new InputError(`cannot write ${path}: it is ${kind}; give the name of a file`);
}

/**
 * Writes a file aside and renames it: an interrupted write leaves neither a half file nor a lost older one.
 * @throws InputError where something else than a file stands there, or the file system's error
 */
export function writeWhole(path: string, bytes: Uint8Array | string): void {
  const place = placeOfFile(path);
  const part = `${place}.${process.pid}.part`;
  try {
    writeFileSync(part, bytes);
    renameSync(part, place);
  } catch (error) {
    removeQuietly(part);
    throw error;
  }
}

/** Removes a file or folder if it can be removed; for tidying up after an error that matters more. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The path cannot even be looked at, so nothing of ours is there.
  }
}
