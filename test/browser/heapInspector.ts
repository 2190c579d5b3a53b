// The heaps of a page and of its audio worklet, by the inspector's protocol.
import type { CDPSession, Page } from 'playwright-core';

interface Sender {
  send(method: string, values: object): Promise<unknown>;
}

/** Speaks the inspector's protocol to the audio worklet of a page, which has a heap of its own. */
export class HeapInspector {
  readonly #session: CDPSession;
  readonly #answers = new Map<number, (result: unknown) => void>();
  #target: string | undefined;
  #nextId = 1;

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'audio_worklet' || targetInfo.type === 'worklet') this.#target = sessionId;
    });
    session.on('Target.receivedMessageFromTarget', ({ message }) => {
      const { id, result } = JSON.parse(message) as { id?: number; result?: unknown };
      if (id !== undefined) this.#answers.get(id)?.(result);
    });
  }

  static async of(page: Page): Promise<HeapInspector> {
    const inspector = new HeapInspector(await page.context().newCDPSession(page));
    const attach = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
    await inspector.#session.send('Target.setAutoAttach', attach);
    return inspector;
  }

  /** Bytes in use in the worklet's heap after a collection. */
  async heapBytes(): Promise<number> {
    await this.#ask('HeapProfiler.collectGarbage');
    return ((await this.#ask('Runtime.getHeapUsage')) as { usedSize: number }).usedSize;
  }

  /** Bytes in use in the page's heap after a collection. */
  async pageHeapBytes(): Promise<number> {
    await this.#session.send('HeapProfiler.collectGarbage');
    return (await this.#session.send('Runtime.getHeapUsage')).usedSize;
  }

  async #ask(method: string): Promise<unknown> {
    const id = this.#nextId++;
    const answer = new Promise((resolve) => this.#answers.set(id, resolve));
    // Playwright's types know only the protocol with flat sessions, in which it keeps the worklet's to itself.
    const session = this.#session as unknown as Sender;
    const message = JSON.stringify({ id, method, params: {} });
    await session.send('Target.sendMessageToTarget', { sessionId: this.#target, message });
    return answer;
  }
}
