// How the training commands end: one line for what the user can mend, a stack for a defect of ours, exit code 1.
import { InputError, printable } from '../src/contract/errors.ts';

/** Runs a command of the given name. */
export function runMain(name: string, main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    const expected = error instanceof InputError || error instanceof RangeError;
    const text =
      error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`${name}: ${expected ? printable(text) : text}\n`);
    process.exitCode = 1;
  });
}
