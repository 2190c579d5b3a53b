// Keeps an instrument sounding: watches its audio context and processors, and puts others in their place when they are lost.
// Long, since each fault bends another's cure and they are read together.
import { messageOf } from '../contract/errors.ts';
import { inTime } from '../contract/inTime.ts';
import type { ParameterValues } from '../contract/parameters.ts';
import type { Seconds } from '../contract/units.ts';
import { makeOutlet, type Outlet } from '../output/outputChain.ts';
import type { Take } from '../output/recorder.ts';
import type { ToKernel } from '../worklet/kernelProtocol.ts';
import { isOffline } from '../worklet/workletModules.ts';
import { AudioTimeline } from './audioTimeline.ts';
import type { SoundPath } from './soundPath.ts';

/**
 * How the sound is: `paused` by the browser or the system until it can be resumed; `recovering` while another context or kernel
 * takes the place of a lost one; `lost` for good, where the host has to act.
 * @example
 * const sound: SoundCondition = instrument.status.sound;
 */
export type SoundCondition = 'running' | 'paused' | 'recovering' | 'lost';

/** The part of a path that is used here. */
export type KeptPath = Pick<
  SoundPath,
  | 'context'
  | 'outlet'
  | 'recorder'
  | 'frames'
  | 'send'
  | 'apply'
  | 'silenceEffects'
  | 'share'
  | 'close'
  | 'renewKernel'
  | 'forgetClock'
  | 'observe'
  | 'leadSeconds'
  | 'isSilent'
>;

/** What a keeper stands on. */
export interface SoundKeeperOptions<P extends KeptPath> {
  readonly context: BaseAudioContext;
  /** True where the instrument may resume, close and replace the context. */
  readonly isOwn: boolean;
  /** Another context. */
  readonly openContext: () => AudioContext;
  readonly openPath: (context: BaseAudioContext, outlet: Outlet) => Promise<P>;
  /** Where the outlet of a context leads. */
  readonly connect: (outlet: Outlet) => void;
  /** Sound is lost: every key is let go. A take that was under way is handed over. */
  readonly onLost: (take: Take | null) => void;
  /** The path's kernel is new, and knows nothing. Resolves once it can be played. */
  readonly onKernel: (path: P) => Promise<void>;
  /** A path is to take the present one's place: it gets clips and effects. Resolves once it can be played. */
  readonly onPrepare: (path: P) => Promise<void>;
  /** It has; its kernel knows no parameters yet. */
  readonly onMoved: (path: P) => void;
  readonly onChange: () => void;
  /** Something failed, and what is done about it: sentences. */
  readonly onFault: (what: string, now: string) => void;
  /** Nothing is left to be done here; why, and what the host can do. */
  readonly onFail: (reason: string) => void;
}

/** Tries to resume come so long after a pause and after one another; a gesture tries at once. */
const resumeDelaysMs = [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000];
/** Tries to build come so long after one another; the last is repeated. */
const buildDelaysMs = [0, 250, 500, 1000, 2000, 5000];
/** A context that runs and whose clock stands still for so long, at so many looks in a row, has lost its device. */
const standstillMs = 3000;
const standstillLooks = 4;
const lookMs = 500;
/** A build that takes longer has been forgotten by the browser. */
const longestBuildSeconds: Seconds = 20;
/** A kernel that stops so often in so long is built in another context, and after as many of those given up. */
const mostStops = 3;
const stopWindowMs = 10_000;
/** The clocks of two contexts are compared this often, and for so long at least, before one takes the other's place. */
const compareMs = 8;
const leastCompareMs = 600;
/** What still sounds in the one before is looked at this often; it ends with the second silent look in a row. */
const endingLookMs = 500;
/** Failed tries of a host's context before it is told. */
const mostHostTries = 3;

const lettingGo = 'Keys that were held were let go.';

/** Owns path, outlet and context, and the time that runs through them. */
export class SoundKeeper<P extends KeptPath> {
  readonly timeline: AudioTimeline;
  readonly #options: SoundKeeperOptions<P>;
  #context: BaseAudioContext;
  #outlet: Outlet;
  #path: P | null = null;
  #isRecovering = false;
  #isLost = false;
  #isClosed = false;
  #unwatch: () => void = () => undefined;
  #resumeTimer: ReturnType<typeof setTimeout> | undefined;
  #resumeTries = 0;
  /** Ends the wait before the next try. */
  #hurry: () => void = () => undefined;
  readonly #stops: number[] = [];
  #isMoving = false;
  /** The path before, while it sounds: it has the notes up to a number. */
  #ending: { readonly path: P; readonly newest: number; readonly end: () => void } | null = null;
  /** Number of the latest note. */
  #newest = 0;

  constructor(options: SoundKeeperOptions<P>) {
    this.#options = options;
    this.#context = options.context;
    this.timeline = new AudioTimeline(options.context);
    this.#outlet = this.#openOutlet(options.context);
    this.#watch();
  }

  get context(): BaseAudioContext {
    return this.#context;
  }

  get outlet(): Outlet {
    return this.#outlet;
  }

  /** Null before it is built. */
  get path(): P | null {
    return this.#path;
  }

  get condition(): SoundCondition {
    if (this.#isLost) return 'lost';
    if (this.#isRecovering) return 'recovering';
    return this.#context.state === 'running' ? 'running' : 'paused';
  }

  /** Builds the first path. */
  async open(): Promise<P> {
    const path = await this.#options.openPath(this.#context, this.#outlet);
    if (this.#isClosed) {
      await path.close();
      return path;
    }
    this.#take(path);
    // The context may have been lost meanwhile.
    this.#stateMoved();
    return path;
  }

  /** To the kernel; what is sent while there is none is told anew with the next one, or was a note that is over. */
  send(message: ToKernel): void {
    if (message.type === 'noteOn') this.#newest = Math.max(this.#newest, message.noteId);
    const { type } = message;
    const note = 'noteId' in message ? message.noteId : undefined;
    if (this.#ending && type !== 'noteOn' && type !== 'clip') {
      const { path, newest } = this.#ending;
      if (note === undefined) path.send(message);
      else if (note <= newest) return path.send(message);
    }
    this.#path?.send(message);
  }

  /** Tells effects and volume what is to sound. */
  apply(values: Partial<ParameterValues>): void {
    this.#ending?.path.apply(values);
    this.#path?.apply(values);
  }

  /** Ends what rings in the effects, in the path before, too. */
  silenceEffects(): void {
    this.#ending?.path.silenceEffects();
    this.#path?.silenceEffects();
  }

  /** True where `move` can do something now. */
  get canMove(): boolean {
    return (
      this.#options.isOwn &&
      this.condition === 'running' &&
      !this.#isMoving &&
      !this.#ending &&
      !(this.#path?.recorder.recording ?? true)
    );
  }

  /**
   * Goes on in another context while the present one still sounds: notes end where they began, new ones begin in the new one.
   * Nothing is cut off, and time goes on evenly.
   * @returns false where it could not, and nothing has changed
   */
  async move(): Promise<boolean> {
    const before = this.#path;
    if (!this.canMove || !before) return false;
    this.#isMoving = true;
    const context = this.#options.openContext();
    const outlet = this.#openOutlet(context);
    let path: P | null = null;
    let comparing: ReturnType<typeof setInterval> | undefined;
    try {
      path = await answered(this.#options.openPath(context, outlet));
      const made = path;
      // Well before both sound.
      for (const each of [before, made]) each.share(2);
      comparing = setInterval(() => {
        made.observe();
        before.observe();
      }, compareMs);
      const compared = this.#pauseFor(leastCompareMs);
      await this.#options.onPrepare(made);
      await compared;
      if (this.#isClosed || this.#path !== before || before.recorder.recording) throw new Error('too late');
      if (context.state !== 'running') throw new Error('the new context does not run');
      const lead = made.leadSeconds - before.leadSeconds;
      this.#moveTo(made, context, outlet, Number.isFinite(lead) ? lead : undefined);
      return true;
    } catch {
      before.share(1);
      void path?.close();
      disconnect(outlet);
      void closeContext(context);
      // The decoder speaks to the other kernel already.
      if (path && !this.#isClosed && this.#path === before) void this.#options.onPrepare(before);
      return false;
    } finally {
      clearInterval(comparing);
      this.#isMoving = false;
    }
  }

  #moveTo(path: P, context: AudioContext, outlet: Outlet, lead: Seconds | undefined): void {
    const before = this.#path!;
    const oldOutlet = this.#outlet;
    this.timeline.moveTo(context, lead);
    this.#context = context;
    this.#outlet = outlet;
    let silentLooks = 0;
    const timer = setInterval(() => {
      void before.isSilent().then((isSilent) => {
        silentLooks = isSilent || before.context.state !== 'running' ? silentLooks + 1 : 0;
        if (silentLooks > 1) end();
      });
    }, endingLookMs);
    const end = (): void => {
      clearInterval(timer);
      if (this.#ending?.end === end) this.#ending = null;
      void before.close().finally(() => {
        path.share(1);
        disconnect(oldOutlet);
        void closeContext(before.context);
      });
    };
    this.#ending = { path: before, newest: this.#newest, end };
    this.#watch();
    this.#take(path);
    this.#options.onMoved(path);
    this.#options.onChange();
  }

  /** Lets sound out, or hurries what is under way: call it from gestures of the player. */
  async resume(): Promise<void> {
    this.#hurry();
    if (isOffline(this.#context) || this.#context.state === 'closed') return;
    await (this.#context as AudioContext).resume();
  }

  /** The kernel or the output stage of a path has ended by itself. */
  stopped(part: 'kernel' | 'output', reason: string, path: P): void {
    if (path !== this.#path || this.#isRecovering || this.#isLost || this.#isClosed) return;
    const now = Date.now();
    this.#stops.push(now);
    const recent = this.#stops.filter((time) => time > now - stopWindowMs);
    this.#stops.splice(0, this.#stops.length, ...recent);
    const what = `The sound engine stopped (${part}: ${reason}).`;
    if (recent.length > 2 * mostStops) {
      this.#lose(`${what} It was built again ${recent.length} times in vain; load the instrument again.`);
      return;
    }
    const isKernel = part === 'kernel' && recent.length <= mostStops;
    void this.#recover(what, isKernel ? 'kernel' : recent.length <= mostStops ? 'path' : 'context');
  }

  /** Ends watching, path and outlet; the context is closed by whoever owns it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#ending?.end();
    this.#unwatch();
    clearTimeout(this.#resumeTimer);
    this.#hurry();
    const path = this.#path;
    this.#path = null;
    await path?.close();
    disconnect(this.#outlet);
  }

  #openOutlet(context: BaseAudioContext): Outlet {
    const outlet = makeOutlet(context);
    this.#options.connect(outlet);
    return outlet;
  }

  #take(path: P): void {
    this.#path = path;
    path.frames = this.timeline.frames;
  }

  /** Watches the present context. */
  #watch(): void {
    this.#unwatch();
    const context = this.#context;
    const onState = () => this.#stateMoved();
    const onError = () => this.#deviceLost('The audio device failed.');
    const onSink = () => {
      this.#path?.forgetClock();
      this.#options.onChange();
    };
    const onVisible = () => {
      if (document.visibilityState === 'visible') this.#tryResume();
    };
    const hasPage = typeof document !== 'undefined';
    context.addEventListener('statechange', onState);
    context.addEventListener('error', onError);
    context.addEventListener('sinkchange', onSink);
    if (hasPage) document.addEventListener('visibilitychange', onVisible);
    let looks = 0;
    let time = -1;
    let since = 0;
    const timer = setInterval(() => {
      const now = performance.now();
      const isStill = context.state === 'running' && context.currentTime === time;
      if (!isStill) {
        time = context.currentTime;
        since = now;
        looks = 0;
      } else if (++looks >= standstillLooks && now - since >= standstillMs) {
        looks = 0;
        since = now;
        this.#deviceLost('The audio device does not take sound any more.');
      }
    }, lookMs);
    if (isOffline(context)) clearInterval(timer);
    this.#unwatch = () => {
      clearInterval(timer);
      context.removeEventListener('statechange', onState);
      context.removeEventListener('error', onError);
      context.removeEventListener('sinkchange', onSink);
      if (hasPage) document.removeEventListener('visibilitychange', onVisible);
    };
  }

  #stateMoved(): void {
    if (this.#isClosed) return;
    this.#path?.forgetClock();
    const { state } = this.#context;
    if (state === 'running') {
      clearTimeout(this.#resumeTimer);
      this.#resumeTries = 0;
    } else if (state === 'closed') this.#contextClosed();
    else this.#resumeLater();
    this.#options.onChange();
  }

  #contextClosed(): void {
    if (!this.#path) return;
    if (this.#options.isOwn) {
      void this.#recover('The audio context was closed.', 'context');
      return;
    }
    this.#lose(
      'The audio context that the host handed in was closed; make another one and load the instrument in it.',
    );
  }

  #deviceLost(what: string): void {
    if (!this.#path || this.#isRecovering || this.#isLost) return;
    if (this.#options.isOwn) void this.#recover(what, 'context');
    else {
      this.#options.onFault(
        what,
        'It goes on when the host resumes its audio context; if that does not help, load the instrument in a new one.',
      );
    }
  }

  /** Own contexts alone: whether a host's runs is the host's business. */
  #resumeLater(): void {
    clearTimeout(this.#resumeTimer);
    if (!this.#options.isOwn || this.#resumeTries >= resumeDelaysMs.length) return;
    this.#resumeTimer = setTimeout(() => {
      this.#tryResume();
      this.#resumeLater();
    }, resumeDelaysMs[this.#resumeTries++]);
  }

  #tryResume(): void {
    const { state } = this.#context;
    if (!this.#options.isOwn || isOffline(this.#context) || state === 'running' || state === 'closed') return;
    // A browser that does not allow it yet answers later or never.
    (this.#context as AudioContext).resume().catch(() => undefined);
  }

  #lose(reason: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#options.onLost(this.#path?.recorder.salvage() ?? null);
    this.#options.onFail(reason);
  }

  /** Puts another kernel, path or context in the place of the lost one, and tries until that is done. */
  async #recover(what: string, lost: 'kernel' | 'path' | 'context'): Promise<void> {
    if (this.#isRecovering || this.#isLost || this.#isClosed) return;
    this.#isRecovering = true;
    this.#ending?.end();
    const before = this.#path!;
    let take = lost === 'kernel' ? null : before.recorder.salvage();
    this.#options.onLost(take);
    this.#options.onChange();
    let replaced = lost;
    for (let attempt = 0; !this.#isClosed; attempt++) {
      await this.#pause(buildDelaysMs[Math.min(attempt, buildDelaysMs.length - 1)]);
      if (this.#isClosed) return;
      // What does not come back in its context is built in another one.
      if (attempt > 0 && this.#options.isOwn) replaced = 'context';
      try {
        if (replaced === 'kernel') await answered(before.renewKernel());
        else {
          // The output stage goes with the path, also where the kernel alone was lost.
          if (!take && (take = before.recorder.salvage())) this.#options.onLost(take);
          await this.#replace(before, replaced);
        }
        break;
      } catch (reason) {
        if (!this.#options.isOwn && attempt + 1 >= mostHostTries) {
          this.#isRecovering = false;
          this.#lose(`${what} It could not be built again: ${messageOf(reason)}; load the instrument again.`);
          return;
        }
      }
    }
    if (this.#isClosed) return;
    await this.#options.onKernel(this.#path!);
    this.#isRecovering = false;
    const place = replaced === 'kernel' ? 'It was started again.' : 'The sound was started again.';
    this.#options.onFault(
      what,
      `${place} ${lettingGo}${take ? ' The take ended there, and what was recorded is kept.' : ''}`,
    );
    this.#options.onChange();
    // What happened meanwhile was not heard.
    this.#stateMoved();
  }

  async #replace(before: P, lost: 'path' | 'context'): Promise<void> {
    const isSame = lost === 'path' && this.#context.state !== 'closed';
    const context = isSame ? this.#context : this.#options.openContext();
    const outlet = isSame ? this.#outlet : this.#openOutlet(context);
    let path: P;
    try {
      path = await answered(this.#options.openPath(context, outlet));
      if (context.state === 'closed') {
        void path.close();
        throw new Error('the new audio context was closed, too');
      }
    } catch (reason) {
      if (!isSame) {
        disconnect(outlet);
        void closeContext(context);
      }
      throw reason;
    }
    if (this.#isClosed) {
      void path.close();
      disconnect(outlet);
      if (!isSame) void closeContext(context);
      return;
    }
    const [oldContext, oldOutlet] = [this.#context, this.#outlet];
    if (!isSame) {
      this.timeline.moveTo(context);
      this.#context = context;
      this.#outlet = outlet;
      this.#watch();
    }
    this.#take(path);
    void before.close().finally(() => {
      if (isSame) return;
      disconnect(oldOutlet);
      void closeContext(oldContext);
    });
  }

  #pauseFor(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function disconnect({ output, analyser }: Outlet): void {
  output.disconnect();
  analyser.disconnect();
}

async function closeContext(context: BaseAudioContext): Promise<void> {
  // Closed already, or of a browser that lost it.
  if (context.state !== 'closed') await (context as AudioContext).close().catch(() => undefined);
}

const answered = <T>(work: Promise<T>): Promise<T> =>
  inTime(work, longestBuildSeconds, `the browser did not answer for ${longestBuildSeconds} s`);
