// What a command tells: results on stdout as they come, progress with time left on stderr when it takes long, faults at the end.
import { Presets, SingleBar } from 'cli-progress';
import { InputError, printable } from '../contract/errors.ts';
import type { Seconds } from '../contract/units.ts';
import { reasonOf } from '../contract/fileFaults.ts';

/** Shorter work needs no bar. */
const barAfterSeconds: Seconds = 2;

/** Collects the outcome of a command over its items. */
export class Report {
  readonly #total: number;
  readonly #startMs = Date.now();
  readonly #faults: string[] = [];
  #bar: SingleBar | undefined;
  #done = 0;

  /** @param total items (files, clips) to come */
  constructor(total: number) {
    this.#total = total;
  }

  /** One line of result. */
  result(line: string): void {
    this.#hideBar();
    process.stdout.write(`${printable(line)}\n`);
  }

  /** Something the user should know that is no failure. */
  notice(line: string): void {
    this.#hideBar();
    process.stderr.write(`numvox: ${printable(line)}\n`);
  }

  /** An item failed; the others go on. Anything but bad input is a defect and is thrown on. */
  fault(error: unknown): void {
    if (!(error instanceof InputError)) throw error;
    this.#faults.push(error.message);
    // Of one file its fault is the end of the command, which is told by itself.
    if (this.#total > 1) this.notice(reasonOf(error));
  }

  /** One more item is done, well or badly. */
  step(): void {
    this.#done++;
    if (!this.#bar && Date.now() - this.#startMs > barAfterSeconds * 1000 && this.#done < this.#total) {
      this.#bar = new SingleBar(
        {
          format: '{bar} {value}/{total}, {eta_formatted} left',
          stream: process.stderr,
          clearOnComplete: true,
        },
        Presets.shades_classic,
      );
      this.#bar.start(this.#total, this.#done);
    }
    this.#bar?.update(this.#done);
  }

  /** Takes the bar away. Call in any case. */
  close(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  /**
   * Ends the command.
   * @throws InputError when any item failed
   */
  finish(): void {
    this.close();
    const failed = this.#faults.length;
    if (failed === 0) return;
    if (this.#total === 1) throw new InputError(this.#faults[0]);
    throw new InputError(`${failed} of ${this.#total} files failed`);
  }

  #hideBar(): void {
    if (this.#bar && process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}
