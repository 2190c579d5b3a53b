// A claim on a file that one process at a time may write, also when several machines share the folder and one of them dies.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { removeQuietly } from '../../src/node/files.ts';
import type { Seconds } from '../../src/contract/units.ts';

/** A claim of another machine is over when the file that it is on has not been written for so long. */
const silentSeconds: Seconds = 600;

/** A claim; `release()` gives it back. */
export class FileClaim {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Claims a file.
   * @param path of the claim itself
   * @param claimed the file
   * @returns undefined when somebody has it who is alive
   * @throws the file system's error when no claim can be written
   */
  static take(path: string, claimed: string): FileClaim | undefined {
    if (write(path)) return new FileClaim(path);
    if (isAlive(path, claimed)) return undefined;
    removeQuietly(path);
    return write(path) ? new FileClaim(path) : undefined;
  }

  release(): void {
    removeQuietly(this.#path);
  }
}

function write(path: string): boolean {
  try {
    writeFileSync(path, `${hostname()} ${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(path: string, claimed: string): boolean {
  try {
    const [host, pid] = readFileSync(path, 'utf8').split(' ');
    if (host === hostname()) return isRunning(Number(pid));
    const written = Math.max(mtimeOf(claimed), mtimeOf(path));
    return Date.now() - written < 1000 * silentSeconds;
  } catch {
    // It has just been given back.
    return false;
  }
}

function mtimeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function isRunning(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another user, it runs all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
