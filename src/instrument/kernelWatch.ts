// Keeps an eye on the kernel: is it ready to speak, is it alive, what do its counters say.
import { digitCount } from '../contract/vocabulary.ts';
import type { KernelNode } from '../worklet/kernelNode.ts';
import type { KernelStatus } from '../worklet/kernel.ts';

const pollIntervalMs = 250;
const firstWordsIntervalMs = 20;

/** Asks one question at a time: a suspended context may not answer. */
export class KernelWatch {
  readonly #kernel: Pick<KernelNode, 'status'>;
  #timer: ReturnType<typeof setInterval> | undefined;
  #asking = false;

  constructor(kernel: Pick<KernelNode, 'status'>) {
    this.#kernel = kernel;
  }

  /**
   * Waits until each digit has a clip, so that no note is ever silent: a word that is not decoded yet starts from the nearest
   * one of its digit. Gives up when the kernel does not answer (a context that the browser keeps suspended) or `wanted` is false.
   */
  async firstWords(wanted: () => boolean): Promise<void> {
    while (wanted()) {
      const status = await this.#ask();
      if (!status || status.clips >= digitCount) return;
      await new Promise((resolve) => setTimeout(resolve, firstWordsIntervalMs));
    }
  }

  /** True when the kernel answers. */
  async isAlive(): Promise<boolean> {
    return (await this.#ask()) !== null;
  }

  /**
   * Reports the counters regularly while `audible` says that the context runs, with the time on the page's clock (milliseconds) at
   * which the kernel was asked.
   */
  start(audible: () => boolean, report: (status: KernelStatus, askedMilliseconds: number) => void): void {
    this.stop();
    const poll = async () => {
      if (this.#asking || !audible()) return;
      this.#asking = true;
      const asked = performance.now();
      const status = await this.#ask();
      this.#asking = false;
      if (status && this.#timer !== undefined) report(status, asked);
    };
    this.#timer = setInterval(() => void poll(), pollIntervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #ask(): Promise<KernelStatus | null> {
    return this.#kernel.status().catch(() => null);
  }
}
