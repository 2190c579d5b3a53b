// The page's session in the browser: kept by itself after every change, and taken up again after a reload, a crash or a fault.
// Long, since database, local storage and the page's own name are one question: what is newest, and what may be written over.
import { z } from '../../schema.ts';
import { messageOf } from '../../contract/errors.ts';
import { Emitter, type Changing } from '../../contract/emitter.ts';
import type { KeyValueStore } from '../../session/keyValueStore.ts';
import type { Session } from '../../session/session.ts';
import type { KeepingApi } from '../../session/sessionApi.ts';

/** Records lie under this and the page's own name; so two pages keep two. */
const keyPrefix = 'session/';
/** Name of the page in its tab's own storage, which outlives reloads and restored windows. */
const tabKey = 'numvox.session';
/** Records that are kept; the older ones are of windows long closed. */
const mostRecords = 8;
/** A change is kept once nothing has moved for this time, and at the latest after the other. */
const quietMilliseconds = 250;
const longestMilliseconds = 1000;
/** A write that failed is tried again after this time, and after twice the last one, no longer than the other. */
const firstRetryMilliseconds = 2000;
const lastRetryMilliseconds = 30_000;
/** A page that is loaded anew waits so long for the one before it to be gone. */
const reloadMilliseconds = 500;

const recordSchema = z.object({
  savedAt: z.number(),
  /** What followed the address's #. */
  hash: z.string(),
  /** JSON of the state. */
  text: z.string(),
});
type SavedRecord = z.infer<typeof recordSchema>;

/** A store that may tell of changes of its `fault`, and whether something under a key that begins so lies only in the page. */
export interface PageStore extends KeyValueStore {
  readonly changed?: Changing;
  isHolding?(keysFrom: string): boolean;
}

/** The saving of one page. */
export class SavedSession implements KeepingApi {
  readonly #changed = new Emitter();
  readonly #store: PageStore;
  readonly #session: Session;
  readonly #notices: string[];
  readonly #key: string;
  readonly #release: () => void;
  /** The record of this very tab, when it came back. */
  readonly #own: SavedRecord | undefined;
  readonly #stops: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the oldest change was made that no write has begun for. */
  #since: number | null = null;
  #touchedAt = 0;
  /** Changes that were made, and those of them that are written. */
  #changes = 0;
  #kept = 0;
  #writing: Promise<void> = Promise.resolve();
  /** The state stands where writing takes no time, as the database has not got it. */
  #isLeft = false;
  /** The record that this page would have gone on with could not be read at the start. */
  #isApart = false;
  /** That the last write failed, in a sentence; empty where it did not. */
  #notice = '';
  #retryMilliseconds = firstRetryMilliseconds;
  #callOffRetry: (() => void) | null = null;
  #isClosed = false;

  private constructor(
    store: PageStore,
    session: Session,
    notices: string[],
    place: { key: string; release: () => void; own: SavedRecord | undefined },
  ) {
    this.#store = store;
    this.#session = session;
    this.#notices = notices;
    this.#key = place.key;
    this.#release = place.release;
    this.#own = place.own;
  }

  /**
   * Takes up what this tab was left with, or else what was left last, and finds the place for what follows.
   * @param notices takes sentences about what could not be read or kept
   */
  static async open(store: PageStore, session: Session, notices: string[]): Promise<SavedSession> {
    let isRead = true;
    const read = await store.entries().catch(() => {
      isRead = false;
      return [];
    });
    isRead &&= !store.fault;
    const pairs = new Map(read);
    const byKey = new Map<string, SavedRecord>();
    const damaged = new Set<string>();
    for (const [key, value] of [...pairs, ...leftRecords()]) {
      if (!key.startsWith(keyPrefix)) continue;
      const record = recordSchema.safeParse(value);
      if (!record.success) damaged.add(key);
      else if (record.data.savedAt >= (byKey.get(key)?.savedAt ?? 0)) byKey.set(key, record.data);
    }
    const records = [...byKey];
    records.sort(([, a], [, b]) => b.savedAt - a.savedAt);
    const named = tabName();
    // What could not be read is not written over: this page goes on under another name then.
    const isApart = named !== null && !isRead && !byKey.has(keyPrefix + named);
    const isDamaged = named !== null && damaged.has(keyPrefix + named) && !byKey.has(keyPrefix + named);
    const tab = isApart || isDamaged ? newName() : named;
    if (isDamaged || (named === null && damaged.size > 0 && records.length === 0)) {
      notices.push('The session of the last visit is damaged; it is kept as it is, and this is a new one.');
    }
    let claim = tab === null ? null : await claimed(keyPrefix + tab, reloadMilliseconds);
    const own = tab === null ? undefined : byKey.get(keyPrefix + tab);
    let found = tab === null ? undefined : byKey.get(keyPrefix + tab);
    if (!claim && tab === null) {
      for (const [key, record] of records) {
        claim = await claimed(key, 0);
        if (!claim) continue;
        found = record;
        break;
      }
      // Every one belongs to a page that is open: this page begins as the last of them stands.
      found ??= records.at(0)?.[1];
    }
    claim ??= (await claimed(keyPrefix + newName(), 0)) ?? {
      key: keyPrefix + newName(),
      release: () => undefined,
    };
    keepTabName(claim.key.slice(keyPrefix.length));
    const saved = new SavedSession(store, session, notices, { ...claim, own });
    saved.#isApart = isApart;
    await saved.#takeUp(found?.text ?? firstText(pairs));
    for (const [key] of records.slice(mostRecords)) {
      const free = key === claim.key ? null : await claimed(key, 0);
      if (!free) continue;
      await store.write(new Map([[key, undefined]])).catch(() => undefined);
      forgetLeft(key);
      free.release();
    }
    return saved;
  }

  /** True when the address carries something that this page has not stood on yet: a link that was opened, not a reload. */
  isAddressNews(hash: string): boolean {
    return hash !== '' && hash !== this.#own?.hash;
  }

  /** Keeps the state from now on, whenever it changes. */
  start(): void {
    const { state, presets, songs } = this.#session;
    const touched = () => this.#touched();
    const leave = () => this.#leave();
    document.addEventListener('visibilitychange', leave);
    window.addEventListener('pagehide', leave);
    this.#stops.push(
      state.touched.subscribe(touched),
      presets.subscribe(touched),
      songs.changed.subscribe(touched),
      this.#store.changed?.subscribe(() => {
        this.#changed.emit();
        if (this.#store.fault) return;
        // The database is back: what lay in memory has gone in, and what was left elsewhere is of no more use.
        touched();
        void this.#lookBack();
      }) ?? (() => undefined),
      () => document.removeEventListener('visibilitychange', leave),
      () => window.removeEventListener('pagehide', leave),
    );
    if (this.#store.fault) this.#setAside();
    touched();
  }

  get fault(): string {
    const { fault = '' } = this.#store;
    if (!fault) return this.#notice;
    if (this.#isLeft) {
      return `Presets that you save last only until the page is closed, all else is kept: ${fault}.`;
    }
    return `What you do here lasts only until the page is closed: ${fault}.`;
  }

  /** The database could not be read at the start, and is there now: whether it holds what this page did not begin with. */
  async #lookBack(): Promise<void> {
    if (!this.#isApart) return;
    this.#isApart = false;
    const keys = (await this.#store.entries().catch(() => [])).map(([key]) => key);
    if (!keys.some((key) => key.startsWith(keyPrefix) && key !== this.#key)) return;
    this.#notices.push(
      'The session of the last visit could not be read when this page began; it is kept: open this page in another window to go on with it.',
    );
    this.#changed.emit();
  }

  /** Keeps the state where writing takes no time. */
  #setAside(): void {
    const isLeft = leaveRecord(this.#key, this.#record());
    if (isLeft === this.#isLeft) return;
    this.#isLeft = isLeft;
    this.#changed.emit();
  }

  subscribe(listener: () => void): () => void {
    return this.#changed.subscribe(listener);
  }

  /**
   * Keeps the state where writing takes no time, if the database has not got it; false where that is refused, too, or presets
   * lie nowhere but in this page.
   */
  secure(): boolean {
    if (this.#isKept) return true;
    return leaveRecord(this.#key, this.#record()) && !(this.#store.isHolding?.('preset/') ?? false);
  }

  get #isKept(): boolean {
    return this.#kept === this.#changes && !this.#store.fault;
  }

  /** Writes at once what is not kept yet. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#since === null) return this.#writing;
    this.#since = null;
    const change = this.#changes;
    this.#writing = this.#store.write(new Map([[this.#key, this.#record()]])).then(
      () => {
        this.#kept = Math.max(this.#kept, change);
        this.#say('');
        this.#retryMilliseconds = firstRetryMilliseconds;
        // What only the page's memory holds goes where it outlives the page.
        if (this.#store.fault) this.#setAside();
        else if (this.#kept === this.#changes) {
          forgetLeft(this.#key);
          this.#isLeft = false;
        }
      },
      (reason: unknown) => {
        this.#setAside();
        this.#say(messageOf(reason));
        this.#tryAgain();
      },
    );
    return this.#writing;
  }

  /** The notice stands as long as it is true. */
  #say(failure: string): void {
    const refused = this.#isLeft
      ? `The browser's database takes nothing now (${failure}); until it does, this session is kept in a smaller store.`
      : `This session cannot be kept for the next visit: ${failure}.`;
    const notice = failure ? refused : '';
    if (notice === this.#notice) return;
    this.#notice = notice;
    this.#changed.emit();
  }

  /** The storage may be back, though nobody touches anything. */
  #tryAgain(): void {
    this.#callOffRetry?.();
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#since ??= performance.now();
      void this.flush();
    }, this.#retryMilliseconds);
    this.#callOffRetry = () => clearTimeout(timer);
    this.#retryMilliseconds = Math.min(lastRetryMilliseconds, 2 * this.#retryMilliseconds);
  }

  #record(): SavedRecord {
    return { savedAt: Date.now(), hash: location.hash, text: JSON.stringify(this.#session.getState()) };
  }

  /** The page may be gone before the database has written: what is not kept yet goes where writing takes no time, too. */
  #leave(): void {
    if (this.#isKept) return;
    leaveRecord(this.#key, this.#record());
    void this.flush();
  }

  /** Keeps the state as it is, and no more of it. */
  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    this.#isClosed = true;
    this.#callOffRetry?.();
    await this.flush();
    this.#release();
  }

  #touched(): void {
    this.#changes++;
    const now = performance.now();
    this.#touchedAt = now;
    if (this.#since !== null) return;
    this.#since = now;
    clearTimeout(this.#timer);
    this.#wait(now);
  }

  /** One timer, however many changes come while it runs. */
  #wait(since: number): void {
    const until = Math.min(this.#touchedAt + quietMilliseconds, since + longestMilliseconds);
    this.#timer = setTimeout(
      () => {
        if (this.#touchedAt + quietMilliseconds > performance.now() && until < since + longestMilliseconds)
          this.#wait(since);
        else void this.flush();
      },
      Math.max(0, until - performance.now()),
    );
  }

  async #takeUp(text: string | undefined): Promise<void> {
    if (text === undefined) return;
    try {
      this.#notices.push(...this.#session.setState(JSON.parse(text), 'the session of the last visit'));
    } catch (reason) {
      this.#notices.push(`${messageOf(reason)}; it is kept aside.`);
      await this.#store.write(new Map([[`unreadable/${this.#key}`, text]])).catch(() => undefined);
    }
  }
}

/** What pages kept before they kept sessions, as a state of version 0: tuning and sounds of drum keys. */
function firstText(pairs: ReadonlyMap<string, unknown>): string | undefined {
  const part = (key: string): unknown => {
    const text = pairs.get(key);
    return typeof text === 'string' ? parsed(text) : undefined;
  };
  const [tuning, pads] = [part('tuning'), part('pads')];
  if (tuning === undefined && pads === undefined) return undefined;
  return JSON.stringify({ format: 'numvox-session', version: 0, tuning, pads });
}

/** Records of pages that were left in mid-move, by their keys. */
const leftPrefix = 'numvox.left/';

/** False where that storage is full or closed; the database has what was kept last. */
function leaveRecord(key: string, record: SavedRecord): boolean {
  try {
    localStorage.setItem(leftPrefix + key, JSON.stringify(record));
    return true;
  } catch {
    return false;
  }
}

function leftRecords(): (readonly [string, unknown])[] {
  try {
    return Object.entries(localStorage)
      .filter(([name]) => name.startsWith(leftPrefix))
      .map(([name, text]) => [name.slice(leftPrefix.length), parsed(text as string)] as const);
  } catch {
    return [];
  }
}

/** What a text says as JSON; undefined for what is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function forgetLeft(key: string): void {
  try {
    localStorage.removeItem(leftPrefix + key);
  } catch {
    // A closed storage holds nothing.
  }
}

function newName(): string {
  return [...crypto.getRandomValues(new Uint32Array(2))].map((word) => word.toString(16)).join('');
}

function tabName(): string | null {
  try {
    return sessionStorage.getItem(tabKey);
  } catch {
    return null;
  }
}

function keepTabName(name: string): void {
  try {
    sessionStorage.setItem(tabKey, name);
  } catch {
    // A page without storage of its own is a new one whenever it is loaded.
  }
}

interface Claim {
  readonly key: string;
  readonly release: () => void;
}

/** Claims a record while this page lives; null where another page has it. Browsers without locks have it always. */
function claimed(key: string, waitMilliseconds: number): Promise<Claim | null> {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return Promise.resolve({ key, release: () => undefined });
  return new Promise((resolve) => {
    const options: LockOptions =
      waitMilliseconds > 0 ? { signal: AbortSignal.timeout(waitMilliseconds) } : { ifAvailable: true };
    locks
      .request(`numvox-${key}`, options, (lock) => {
        if (!lock) {
          resolve(null);
          return;
        }
        return new Promise<void>((release) => resolve({ key, release }));
      })
      .catch(() => resolve(null));
  });
}
