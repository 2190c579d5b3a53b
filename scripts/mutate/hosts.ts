// The host processes of a mutation run, seen from outside: one question at a time each, and killed when the answer does not come.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Ask } from './mutant.ts';

const program = fileURLToPath(new URL('host.ts', import.meta.url));
/** tsx, found beside this file: the working folder may be one without packages. */
const loader = import.meta.resolve('tsx');

/** Several processes, each with a vitest of its own. */
export class Hosts {
  readonly #options: string;
  readonly #processes: (ChildProcess | undefined)[];

  /**
   * @param count processes, each running one test file at a time
   * @param options vitest options (`include`, `testTimeout` ...) of the tests
   */
  constructor(count: number, options: object) {
    this.#options = JSON.stringify(options);
    this.#processes = Array.from({ length: count }, () => undefined);
  }

  /**
   * Does all work, as many items at a time as there are hosts.
   *
   * @param work gets an item and the function that asks its host
   */
  async each<Item>(
    items: readonly Item[],
    work: (
      item: Item,
      ask: (question: Ask, limitMs?: number) => Promise<Answer | undefined>,
    ) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    const drain = async (slot: number): Promise<void> => {
      for (let item = items[next++]; item !== undefined; item = items[next++]) {
        await work(item, (question, limitMs) => this.#ask(slot, question, limitMs));
      }
    };
    await Promise.all(this.#processes.map((_process, slot) => drain(slot)));
  }

  /** Ends all processes and their children. */
  close(): void {
    this.#processes.forEach((_process, slot) => this.#kill(slot));
  }

  /** The answer, or undefined when it took longer than the limit; the start of a process is not counted. */
  async #ask(slot: number, question: Ask, limitMs?: number): Promise<Answer | undefined> {
    const host = this.#processes[slot] ?? (await this.#start(slot));
    host.send(question);
    const answer = await this.#hear(slot, host, limitMs);
    if (answer === undefined) this.#kill(slot);
    if (answer?.kind === 'fault') throw new Error(`vitest failed: ${answer.message}`);
    return answer;
  }

  async #start(slot: number): Promise<ChildProcess> {
    const host = fork(program, [this.#options], {
      // A group of its own, so that a test that never ends is killed together with the host.
      detached: true,
      execArgv: ['--import', loader],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.#processes[slot] = host;
    await this.#hear(slot, host);
    return host;
  }

  /** The next message of a host. */
  async #hear(slot: number, host: ChildProcess, limitMs?: number): Promise<Answer | undefined> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        host.off('message', hear).off('exit', die);
      };
      const hear = (answer: Answer): void => {
        end();
        resolve(answer);
      };
      const die = (code: number | null): void => {
        end();
        this.#processes[slot] = undefined;
        reject(new Error(`a test process of the mutation run ended by itself with code ${code}`));
      };
      const late = (): void => {
        end();
        resolve(undefined);
      };
      const timer = limitMs === undefined ? undefined : setTimeout(late, limitMs);
      host.on('message', hear).on('exit', die);
    });
  }

  #kill(slot: number): void {
    const { pid, exitCode, signalCode } = this.#processes[slot] ?? {};
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
    this.#processes[slot] = undefined;
  }
}
