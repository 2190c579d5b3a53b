// Files of the command line and of training: written whole or not at all.
import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file aside and renames it: an interrupted write leaves neither a half file nor a lost older one.
 * @throws the file system's error
 */
export function writeWhole(path: string, bytes: Uint8Array | string): void {
  const part = `${path}.${process.pid}.part`;
  try {
    writeFileSync(part, bytes);
    renameSync(part, path);
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
