// Owns the inference workers: watches the one that decodes from the page's side and puts a fresh one in its place when it fails.
// Long, since what may happen to one worker while another takes over is one state machine.
import type { BackendName, ToInference } from '../model/inferenceProtocol.ts';
import type { KernelNode } from '../worklet/kernelNode.ts';
import { messageOf } from '../contract/errors.ts';
import {
  InferenceClient,
  type InferenceWorker,
  type LoadRequest,
  type Ready,
  type WorkerFault,
} from './inferenceClient.ts';
import { InstrumentError } from './instrumentError.ts';
import { WorkerWatch } from './workerWatch.ts';

/** What becomes of the knobs: whether words follow them. */
export type Decoding = 'loading' | 'running' | 'replacing' | 'stopped';

/** The part of a kernel's node that is used here. */
export type ClipTaker = Pick<KernelNode, 'connectPort' | 'onRefused'>;

/** What the supervisor tells. */
export interface SupervisorEvents {
  /** While the first worker loads. */
  readonly onProgress: (step: string, fraction: number) => void;
  readonly onSettled: (revision: number) => void;
  /** Some word of the present revision will not be decoded: nobody should wait for it. */
  readonly onUnsettled: (reason: string) => void;
  /** The state has changed, or the backend; `reason` says why it is not the one of the start. */
  readonly onDecoding: (decoding: Decoding, backend: BackendName | null, reason: string | null) => void;
  /** Another worker decodes: everything is to be asked for again. */
  readonly onFresh: () => void;
  /** A fault and what is done about it, in sentences for the player. */
  readonly onFault: (what: string, now: string) => void;
}

/** How workers are made and what they load. */
export interface SupervisorOptions {
  readonly makeWorker: () => InferenceWorker;
  readonly request: Pick<LoadRequest, 'modelUrl' | 'modelFiles' | 'urls' | 'backend'>;
  readonly events: SupervisorEvents;
}

/** A worker and what belongs to it. */
interface Life {
  readonly client: InferenceClient;
  readonly watch: WorkerWatch;
  /** Ours until a kernel takes it. */
  port: MessagePort | null;
  /** Backend that it was asked to decode with; null where it may choose. */
  readonly asked: BackendName | null;
}

const advice =
  'check that the model folder and all files of the build are complete and reachable, then try again';
/** A worker that has lived this long has got over the fault before it. */
const lastingMs = 1500;
/** A backend is left once it has failed so often in a row. */
const mostStrikes = 2;
/** When all are left, this long before each further try; then decoding is given up. */
const pausesMs: readonly number[] = [1000, 2000, 4000];
/** After this long the point that no backend could decode has been left behind. */
const toleranceMs = 60_000;
/** A backend that has failed so often in so long is tried after the others, unless it is the one that was asked for. */
const mostFaults = 3;
const recentMs = 600_000;
/**
 * The backend of the start is tried again beside the one in its place after this long, and after twice as long each time that it
 * failed again; one that has lasted for the longest of these begins anew.
 */
const firstReturnMs = 10_000;
const longestReturnMs = 300_000;
/** One that had failed so often that it was left for that, however long it had lasted, is given so long at least. */
const restMs = 120_000;
/** All that is loaded is at hand: a replacement that takes longer is tried on the next backend. */
const replacementMs = 15_000;

/** One decoder at a time for a kernel, whatever becomes of its workers. */
export class InferenceSupervisor {
  readonly #options: SupervisorOptions;
  #current: Life | null = null;
  #next: Life | null = null;
  #kernel: ClipTaker | null = null;
  /** The first worker's answer: what was loaded, for all that come after it. */
  #loaded: Ready | null = null;
  #settleLoad: { resolve: (ready: Ready) => void; reject: (reason: InstrumentError) => void } | null = null;
  #hasRetriedLoad = false;
  #decoding: Decoding = 'loading';
  /** What ended the decoder before the one that takes over. */
  #cause = '';
  /** When the worker that decodes took over. */
  #since = 0;
  #backend: BackendName | null = null;
  /** Of faults in a row, between which no worker has lasted: the backend of the first, and how often each has failed. */
  #home: BackendName | null = null;
  readonly #strikes = new Map<BackendName, number>();
  /** Tries with a pause before them. */
  #pauses = 0;
  /** When each backend has failed. */
  readonly #faults = new Map<BackendName, number[]>();
  /** Workers in a row that gave something else than a word. */
  #refusals = 0;
  /** True once every backend has: then it is the point, and what else is decoded is kept. */
  #isTolerant = false;
  #lastRefusal = -Infinity;
  #refusalToldAt = -Infinity;
  /** The next worker is one of the backend of the start, beside one that decodes well. */
  #isReturning = false;
  #returnMs = firstReturnMs;
  #return: ReturnType<typeof setTimeout> | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #limit: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Whether words follow the knobs. */
  get decoding(): Decoding {
    return this.#decoding;
  }

  /** Backend that decodes, or did last. */
  get backend(): BackendName | null {
    return this.#backend;
  }

  /**
   * Loads the bundle in a first worker. One that falls silent or breaks down is tried once more.
   * @throws InstrumentError (rejection) when the bundle is missing or damaged or no backend can run it
   */
  load(): Promise<Ready> {
    return new Promise((resolve, reject) => {
      this.#settleLoad = { resolve, reject };
      this.#startNext(this.#options.request.backend);
    });
  }

  /** Has clips sent to a kernel: the first, or one in another's place, which is to be asked for everything. */
  connect(kernel: ClipTaker): void {
    this.#kernel = kernel;
    kernel.onRefused((reason) => {
      if (kernel === this.#kernel && this.#current)
        this.#lost(this.#current, { what: `sent the sound engine something else than words (${reason})` });
    });
    const life = this.#current;
    if (life && !life.port) {
      const { port1, port2 } = new MessageChannel();
      life.port = port1;
      life.client.connectKernel(port2);
    }
    this.#handPort();
  }

  /** Sends targets to the worker that decodes; without one they are asked for again once it is there. */
  send(message: Extract<ToInference, { type: 'targets' }>): void {
    this.#current?.client.send(message);
  }

  /** Begins anew where decoding was given up. */
  retry(): void {
    if (this.#decoding !== 'stopped') return;
    this.#faults.clear();
    this.#returnMs = firstReturnMs;
    this.#beginRow(this.#loaded?.backend ?? null);
    this.#refusals = 0;
    this.#isTolerant = false;
    this.#replace();
  }

  /** Ends every worker; a load under way is rejected. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#pause);
    clearTimeout(this.#limit);
    clearTimeout(this.#return);
    for (const life of [this.#current, this.#next]) if (life) end(life);
    this.#current = this.#next = null;
    this.#rejectLoad(
      new InstrumentError('closed', 'the instrument was closed while loading; start it again'),
    );
  }

  #startNext(backend: BackendName | undefined): void {
    const { makeWorker, request } = this.#options;
    let worker: InferenceWorker;
    try {
      worker = makeWorker();
    } catch (reason) {
      this.#startFailed(
        { what: `cannot be started (${messageOf(reason)})`, said: messageOf(reason) },
        backend ?? null,
      );
      return;
    }
    const { port1, port2 } = new MessageChannel();
    const client = new InferenceClient(worker, {
      onProgress: (step, fraction) => {
        watch.alive();
        if (!this.#loaded) this.#options.events.onProgress(step, fraction);
      },
      onReady: (ready) => this.#takeOver(life, ready),
      onSettled: (revision) => {
        watch.alive();
        if (life !== this.#current) return;
        this.#refusals = 0;
        this.#isTolerant &&= performance.now() - Math.max(this.#since, this.#lastRefusal) < toleranceMs;
        this.#options.events.onSettled(revision);
      },
      onRefused: ({ reason }) => this.#refused(life, reason),
      onPong: (decodingMilliseconds) => watch.pong(decodingMilliseconds),
      onFault: (fault) => this.#lost(life, fault),
    });
    const watch = new WorkerWatch({
      ping: () => client.send({ type: 'ping' }),
      onSilence: (seconds) => this.#suspect(life, seconds),
      onBack: () => this.#isBack(life),
    });
    const life: Life = { client, watch, port: port1, asked: backend ?? null };
    this.#next = life;
    client.load({ ...request, backend, kernelPort: port2, files: this.#loaded?.files });
    watch.start(this.#loaded !== null);
    clearTimeout(this.#limit);
    if (this.#loaded) {
      this.#limit = setTimeout(() => this.#lost(life, { what: 'did not get ready' }), replacementMs);
    }
  }

  #takeOver(life: Life, ready: Ready): void {
    if (life !== this.#next) return;
    clearTimeout(this.#limit);
    const isFirst = this.#loaded === null;
    const before = this.#isReturning ? this.#backend : null;
    this.#isReturning = false;
    this.#loaded ??= ready;
    if (this.#current) end(this.#current);
    this.#current = life;
    this.#next = null;
    this.#backend = ready.backend;
    life.watch.expect(ready.milliseconds[ready.backend] ?? 0);
    this.#since = performance.now();
    this.#set('running');
    this.#handPort();
    if (isFirst) {
      this.#settleLoad?.resolve(ready);
      this.#settleLoad = null;
      return;
    }
    this.#returnLater();
    if (before) {
      this.#options.events.onFault(
        `The decoder works on ${ready.backend} again.`,
        `It has taken over from ${before}; nothing else has changed.`,
      );
      this.#options.events.onFresh();
      return;
    }
    this.#options.events.onFault(
      this.#cause,
      this.#isTolerant
        ? `All other words follow the knobs, decoded on ${ready.backend}; that one keeps its last good sound.`
        : `A new decoder on ${ready.backend} has taken over; nothing else has changed.`,
    );
    this.#options.events.onFresh();
  }

  #handPort(): void {
    const life = this.#current;
    if (!life?.port || !this.#kernel) return;
    this.#kernel.connectPort(life.port);
    life.port = null;
  }

  /** A worker does not answer: another one is made beside it, and the first of the two that says something decodes on. */
  #suspect(life: Life, seconds: number): void {
    const what = `has not answered for ${seconds.toFixed(1)} s`;
    if (life !== this.#current) this.#lost(life, { what });
    else if (!this.#isReplacing) this.#tell(what);
  }

  /** It was busy, not dead. */
  #isBack(life: Life): void {
    if (life !== this.#current || this.#decoding !== 'replacing') return;
    clearTimeout(this.#limit);
    clearTimeout(this.#pause);
    this.#pause = undefined;
    if (this.#next) end(this.#next);
    this.#next = null;
    this.#strike(this.#backend, -1);
    if (this.#backend) this.#faults.get(this.#backend)?.pop();
    this.#set('running');
    this.#returnLater();
    this.#options.events.onFault(this.#cause, 'It answers again and goes on; nothing has changed.');
  }

  #lost(life: Life, fault: WorkerFault): void {
    if (this.#isClosed || (life !== this.#current && life !== this.#next)) return;
    end(life);
    if (life === this.#next) {
      this.#next = null;
      // One that has not begun at all says nothing against its backend.
      this.#startFailed(fault, life.asked, life.watch.hasAnswered ? mostStrikes : 1);
      return;
    }
    this.#current = null;
    // One that takes over is on its way already.
    if (!this.#isReplacing) this.#tell(fault.what);
  }

  get #isReplacing(): boolean {
    return this.#pause !== undefined || (this.#next !== null && !this.#isReturning);
  }

  /** Says what happened to the worker that decodes, and has another one made. */
  #tell(what: string): void {
    const { backend } = this;
    this.#endReturn();
    const now = performance.now();
    if (now - this.#since > longestReturnMs) this.#returnMs = firstReturnMs;
    if (now - this.#since > lastingMs || !this.#home) this.#beginRow(backend);
    this.#strike(backend, 1);
    if (backend) this.#faults.set(backend, [...this.#recentFaults(backend), now]);
    this.#cause = `The decoder on ${backend ?? 'no backend'} ${what}.`;
    this.#options.events.onFault(this.#cause, 'A new one is being started; all notes sound on.');
    this.#replace();
  }

  /** A worker failed before it was ready. */
  #startFailed(fault: WorkerFault, backend: BackendName | null, strikes = 1): void {
    if (this.#isClosed) return;
    clearTimeout(this.#limit);
    if (this.#isReturning) {
      this.#isReturning = false;
      this.#returnLater();
      return;
    }
    if (this.#loaded) {
      this.#strike(backend, strikes);
      this.#replace();
      return;
    }
    // What a worker says of itself will not be otherwise the next time; one that broke down may have had bad luck.
    if (fault.said === undefined && !this.#hasRetriedLoad) {
      this.#hasRetriedLoad = true;
      // Measuring may be what it hung on.
      this.#startNext(this.#options.request.backend ?? 'wasm');
      return;
    }
    const reason = fault.said ?? `the decoder ${fault.what}`;
    this.#rejectLoad(new InstrumentError('model', `The model could not be used: ${reason}; ${advice}.`));
  }

  #replace(): void {
    const order = this.#order();
    const next = order.find((name) => (this.#strikes.get(name) ?? 0) < mostStrikes);
    const pauseMs = next ? 0 : pausesMs.at(this.#pauses);
    if (pauseMs === undefined) {
      this.#giveUp();
      return;
    }
    const backend = next ?? order[this.#pauses++ % order.length];
    this.#set('replacing');
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#startNext(backend);
    }, pauseMs);
  }

  /** The backend that decoded first, then the next fastest ones; what has failed often comes last. */
  #order(): readonly BackendName[] {
    const measured = Object.entries(this.#loaded?.milliseconds ?? {}).sort(([, a], [, b]) => a - b);
    const all = new Set<BackendName>([
      ...(this.#home ? [this.#home] : []),
      ...measured.map(([name]) => name as BackendName),
      'wasm',
      'cpu',
    ]);
    const { backend: asked } = this.#options.request;
    const hasOthers = (asked ?? this.#loaded?.backend) !== 'cpu';
    const rank = (name: BackendName): number => {
      // Plain JavaScript is so slow that any other is better as long as it works at all.
      if (name === 'cpu' && hasOthers) return 2;
      return Number(name !== asked && this.#recentFaults(name).length >= mostFaults);
    };
    return [...all].sort((a, b) => rank(a) - rank(b));
  }

  #recentFaults(backend: BackendName): readonly number[] {
    const from = performance.now() - recentMs;
    return (this.#faults.get(backend) ?? []).filter((time) => time > from);
  }

  /** What decodes now is not what decoded fastest at the start: that is tried again when all has been quiet for a while. */
  #returnLater(): void {
    clearTimeout(this.#return);
    const home = this.#loaded?.backend;
    if (!home || this.#backend === home || this.#decoding !== 'running') return;
    const isWorn = this.#recentFaults(home).length >= mostFaults;
    this.#return = setTimeout(
      () => {
        this.#isReturning = true;
        this.#startNext(home);
      },
      isWorn ? Math.max(restMs, this.#returnMs) : this.#returnMs,
    );
    this.#returnMs = Math.min(longestReturnMs, 2 * this.#returnMs);
  }

  #endReturn(): void {
    clearTimeout(this.#return);
    if (!this.#isReturning) return;
    this.#isReturning = false;
    clearTimeout(this.#limit);
    if (this.#next) end(this.#next);
    this.#next = null;
  }

  /** A new row of faults, which begins with a backend. */
  #beginRow(home: BackendName | null): void {
    this.#home = home;
    this.#strikes.clear();
    this.#pauses = 0;
  }

  #strike(backend: BackendName | null, count: number): void {
    if (backend) this.#strikes.set(backend, (this.#strikes.get(backend) ?? 0) + count);
  }

  #giveUp(): void {
    if (this.#current) end(this.#current);
    this.#current = null;
    this.#set('stopped');
    this.#options.events.onFault(
      `${this.#cause} No new one could be started.`,
      'Notes sound on with the words that they have; knobs that change words do not reach them.',
    );
    this.#options.events.onUnsettled('the decoder could not be started again');
  }

  /** A worker found that what it had decoded was no word, and has not sent it. */
  #refused(life: Life, reason: string): void {
    life.watch.alive();
    if (life !== this.#current) return;
    const now = performance.now();
    this.#lastRefusal = now;
    if (this.#isTolerant) {
      // A point that swings in and out of such a place is told of once a minute.
      if (now - this.#refusalToldAt > toleranceMs) {
        this.#refusalToldAt = now;
        this.#options.events.onFault(
          `The decoder on ${this.backend ?? 'no backend'} gave ${reason}; that was refused.`,
          'The word keeps its last good sound, all others follow the knobs.',
        );
      }
      this.#options.events.onUnsettled(`a word could not be decoded (${reason})`);
      return;
    }
    this.#refusals++;
    if (this.#refusals > this.#order().length) {
      this.#isTolerant = true;
      this.#beginRow(this.#loaded?.backend ?? null);
    }
    this.#lost(life, { what: `gave ${reason}; that was refused, and the last good word stays` });
  }

  #set(decoding: Decoding): void {
    this.#decoding = decoding;
    const { backend } = this;
    this.#options.events.onDecoding(
      decoding,
      backend,
      backend === this.#loaded?.backend ? null : this.#cause,
    );
  }

  #rejectLoad(reason: InstrumentError): void {
    this.#settleLoad?.reject(reason);
    this.#settleLoad = null;
  }
}

function end(life: Life): void {
  life.watch.stop();
  life.client.close();
  life.port?.close();
}
