// Runs the real command line as `npm run numvox` does: a process of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** What a finished command left. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `numvox` with arguments. */
export function numvox(...parts: string[]): Promise<Finished> {
  return finished(startNumvox(...parts));
}

/** Starts `numvox` with arguments. */
export function startNumvox(...parts: string[]): ChildProcess & { stdout: Readable; stderr: Readable } {
  return spawn(process.execPath, ['--import', 'tsx', 'src/cli/numvox.ts', ...parts], { cwd: repository });
}

/** What a process that was started leaves. */
export function finished(child: ReturnType<typeof startNumvox>): Promise<Finished> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
