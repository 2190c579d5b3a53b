// Files of the command line and of training: written whole or not at all, and failures put into words.
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

/** What went wrong, in words for a user: system error codes are spelt out. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  const words: Record<string, string> = {
    ENOENT: 'there is no such file or folder',
    ENOTDIR: 'a part of the path is a file, not a folder',
    EISDIR: 'it is a folder, not a file',
    EEXIST: 'a file of that name is in the way',
    ELOOP: 'its links lead in a circle',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
  };
  return words[code] ?? error.message;
}
