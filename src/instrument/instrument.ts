// The instrument: the public API that joins decoder, kernel and output; no page, no MIDI.
// Long, since it is the whole public API.
import { parameterById, type ParameterId, type ParameterValues } from '../contract/parameters.ts';
import { Emitter } from '../contract/emitter.ts';
import { messageOf, quoted, requireSettings } from '../contract/errors.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import { defaultPlaying, type Playing } from '../contract/playing.ts';
import type { BundleIdentity } from '../model/bundle.ts';
import { styleAt } from '../model/latent.ts';
import type { Manifest } from '../model/manifest.ts';
import type { BackendName, ModelFiles } from '../model/inferenceProtocol.ts';
import type { MapPoints } from '../model/voiceMap.ts';
import type { KernelStatus } from '../worklet/kernel.ts';
import { packagedModelFiles, resolveAssets, type AssetOverrides, type AssetUrls } from './assets.ts';
import { openContext, requireUsable } from './audioContext.ts';
import { nativeContextOf, type HostContext } from './nativeContext.ts';
import { InstrumentError } from './instrumentError.ts';
import type { FirstWords } from './firstWords.ts';
import type { Ready } from './inferenceClient.ts';
import { InferenceSupervisor } from './inferenceSupervisor.ts';
import { workerMaker } from './inferenceWorkers.ts';
import { isOffline } from '../worklet/workletModules.ts';
import { Performer, slotCount, type NoteEvent } from '../performer/performer.ts';
import { memoryStore, type KeyValueStore } from '../session/keyValueStore.ts';
import type { ScheduleFrame } from '../session/liveValues.ts';
import { Session } from '../session/session.ts';
import type { SessionState } from '../session/sessionState.ts';
import type { Take } from '../output/recorder.ts';
import { initialStatus, isNews, kernelReadout, type InstrumentStatus } from './instrumentStatus.ts';
import {
  defaultLatency,
  firstLevelOf,
  LatencyGovernor,
  type LatencyChoice,
  type LatencyLevel,
} from './latency.ts';
import { latenciesOf } from './contextLatencies.ts';
import { diagnosticsOf, type Diagnostics } from './diagnostics.ts';
import { FaultLog, type Fault } from './faultLog.ts';
import { tellSlowLoading } from './slowLoading.ts';
import { SoundKeeper } from './soundKeeper.ts';
import { startPageTicks } from './pageTicks.ts';
import { SoundPath, type KernelShape } from './soundPath.ts';

const maxVoices = 64;
/** MIDI channel of the page's own keys. */
const pageChannel = 1;
/**
 * The performer is told this far ahead, this often: about a hop, for the slow oscillator. A timer of a busy page comes late
 * by less than the difference.
 */
const arpeggioAhead: Seconds = 0.12;
const arpeggioTickMs = 16;
/** A gesture is played this often: a decode takes about as long. */
const gestureTickMs = 10;
/** Another context waits so long at most for all words before it takes over; the rest come while it plays. */
const longestPreparationMs = 4000;
/** A notice stands so long, unless it is put away. */
const noticeMs = 60_000;
/** A move that could not be made is tried again after this. */
const moveAgainMs = 10_000;

/**
 * What carries gestures and arpeggios on, for a host that renders an offline context in steps: the page's timers know nothing of its
 * time. Each tick stands for the time from `now` on.
 */
export interface Pace {
  /** Of gestures. */
  readonly now: () => Seconds;
  /** Calls `tick` at each step until the returned function is called. */
  readonly startTicks: (tick: () => void) => () => void;
  /** Until the step after. */
  readonly aheadSeconds: Seconds;
}

/**
 * How to make an instrument.
 * @example
 * const options: InstrumentOptions = { context: new AudioContext(), connect: true, assets: { model: '/voices/mine/' } };
 */
export interface InstrumentOptions {
  /**
   * Where to live; the context stays the host's: it is not resumed, not closed, and its handlers are left alone. Without one
   * the instrument makes its own, resumes it, and closes it when it is disposed of.
   */
  readonly context?: HostContext;
  /**
   * True hands the context over: the instrument resumes it, closes it when it is disposed of, and puts another in its place when it
   * is lost. For pages that have to open it within a gesture, before they load. Default false.
   */
  readonly ownsContext?: boolean;
  /**
   * How soon keys are heard, in a context of the instrument's own; one that is handed over is to be made for the same
   * (`contextOptionsOf`). Default `defaultLatency`.
   */
  readonly latency?: LatencyChoice;
  /** What `output` is connected to: a native node, or with `true` the context's destination. Default: nothing. */
  readonly connect?: AudioNode | boolean;
  /** Where scripts, WebAssembly and the model lie, as far as it is not beside the module. */
  readonly assets?: AssetOverrides;
  /** Addresses of the model's files, by name, that do not lie in its folder: blobs, or data. Default: all lie there. */
  readonly modelFiles?: ModelFiles | undefined;
  /** Decode with this backend instead of measuring all of them. */
  readonly backend?: BackendName;
  /** How voiced sounds are played. Default `defaultPlaying`. */
  readonly playing?: Playing | undefined;
  /** Uniform numbers in [0, 1) for the random key. */
  readonly random?: () => number;
  readonly onStatus?: (status: InstrumentStatus) => void;
  readonly onNote?: (event: NoteEvent) => void;
  /** `output` is another node, since an own context was lost: for hosts that connect it themselves. */
  readonly onOutput?: (output: AudioNode) => void;
  /** Where the player's own presets lie. Default: in memory, as long as the instrument lives. */
  readonly store?: KeyValueStore;
  /** Runs a task before the next frame is drawn, for whoever shows `session.state.live`. Default: at once. */
  readonly scheduleFrame?: ScheduleFrame;
  /** Address that shared sounds follow behind a #. Default: none. */
  readonly address?: () => string;
  /** What carries gestures and arpeggios on. Default: the page's timers and clock. */
  readonly pace?: Pace;
  /** Words to play by until the decoder is there, which is then not waited for. Default: none. */
  readonly firstWords?: FirstWords | undefined;
}

/**
 * Loads model, kernel and output, and gives an instrument that is ready to play. Any number of them can live in one context,
 * and in several.
 * @throws InstrumentError (rejection) with the place of the fault and what to do; RangeError or TypeError (rejection) for options
 * that are none
 * @example
 * const context = new AudioContext();
 * const instrument = await createInstrument({ context });
 * instrument.output.connect(context.destination);
 * instrument.noteOn(60, 100);
 */
export async function createInstrument(options: InstrumentOptions = {}): Promise<Instrument> {
  requireOptions(options);
  const assets = resolveAssets(options.assets);
  const isOwn = options.context === undefined || options.ownsContext === true;
  const context =
    options.context === undefined
      ? openContext(firstLevelOf(options.latency ?? defaultLatency))
      : nativeContextOf(options.context);
  let instrument: Instrument | undefined;
  try {
    requireUsable(context);
    instrument = new Instrument(options, { context, isOwn, assets });
    await instrument.load();
    return instrument;
  } catch (reason) {
    await instrument?.dispose();
    if (isOwn && context.state !== 'closed') await (context as AudioContext).close();
    throw reason;
  }
}

/** What is easily handed in by mistake would be silent: a context in the place of the options, or a node that is not native. */
function requireOptions(options: InstrumentOptions): void {
  const example = '{ context: audioContext, connect: true }';
  requireSettings('options', options, example);
  if ('currentTime' in options) {
    throw new TypeError(`options must be an object such as ${example}, got an audio context itself`);
  }
  const { connect = false } = options;
  if (typeof connect === 'boolean') return;
  if (!Object.prototype.toString.call(connect).endsWith('Node]')) {
    throw new TypeError(
      `connect must be a native AudioNode, true for the context's destination or false, got ${quoted(connect)}; connect output to others once it is there`,
    );
  }
}

/** What an instrument stands on. */
export interface Ground {
  readonly context: BaseAudioContext;
  /** True when the context ends with the instrument. */
  readonly isOwn: boolean;
  readonly assets: AssetUrls;
}

/** What is known of a bundle. */
type Loaded = Pick<Ready, 'manifest' | 'weightsHash' | 'map' | 'mapFault' | 'wasmFault'>;

/**
 * Decoder, kernel and output as one. Use `createInstrument`.
 * @example
 * instrument.noteOn(60, 100);
 * instrument.setParameter('reverb', 0.3);
 * await instrument.dispose();
 */
export class Instrument {
  readonly #isOwnContext: boolean;
  readonly #options: InstrumentOptions;
  readonly #inference: InferenceSupervisor;
  #status = initialStatus;
  #ready: Loaded | null = null;
  readonly #sound: SoundKeeper<SoundPath>;
  #shape: Promise<KernelShape> | null = null;
  /** Takes that ended by themselves, when sound was lost; what was recorded until then. */
  readonly endedTakes = new Emitter<Take>();
  #performer: Performer | null = null;
  #session: Session | null = null;
  readonly #faults = new FaultLog(({ what, now }) => this.#notify(`${what} ${now}`));
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;

  /** In the order in which things were made; they go in the opposite one. */
  readonly #frees: (() => Promise<void>)[] = [];
  /** Of the present kernel. */
  #failedBlocks = 0;
  #followed: SoundPath | null = null;
  #latency: LatencyChoice;
  /** What the present context was made for, and where it is to go. */
  #level: LatencyLevel;
  #wanted: LatencyLevel;
  #moveAfterMs = -Infinity;
  readonly #governor = new LatencyGovernor();
  #ending: Promise<void> | null = null;
  /** Wait for the decoder; see `whenSettled`. */
  #settling: ((fault?: string) => void)[] = [];

  constructor(options: InstrumentOptions, { context, isOwn, assets }: Ground) {
    this.#options = options;
    this.#isOwnContext = isOwn;
    this.#latency = options.latency ?? defaultLatency;
    this.#level = this.#wanted = firstLevelOf(this.#latency);
    const workers = workerMaker(assets.inferenceWorker);
    this.#atClose(() => workers.close());
    this.#atClose(() => clearTimeout(this.#noticeTimer));
    this.#inference = new InferenceSupervisor({
      makeWorker: () => workers.make(),
      request: {
        modelUrl: assets.model,
        modelFiles: options.modelFiles ?? packagedModelFiles(options.assets),
        urls: assets,
        backend: options.backend,
      },
      events: {
        onProgress: (step, fraction) => this.#update({ step, fraction: 0.9 * fraction }),
        onSettled: (revision) => this.#settledAt(revision),
        onUnsettled: (reason) => this.#endWaiting(reason),
        onDecoding: (decoding, backend, backendReason) => this.#update({ decoding, backend, backendReason }),
        onFresh: () => this.#performer?.decodeAgain(),
        onFault: (what, now) => this.#faults.add('model', what, now),
      },
    });
    this.#atClose(() => this.#inference.close());
    const { connect = false, onOutput } = options;
    this.#sound = new SoundKeeper<SoundPath>({
      context,
      isOwn,
      openContext: () => openContext(this.#level),
      openPath: (where, outlet) =>
        SoundPath.open({
          context: where,
          assets,
          shape: this.#shape!,
          outlet,
          onStop: (part, reason, path) => this.#sound.stopped(part, reason, path),
        }),
      connect: ({ output }) => {
        if (connect !== false) output.connect(connect === true ? output.context.destination : connect);
        if (this.#status.state === 'ready') onOutput?.(output);
      },
      onLost: (take) => {
        this.#performer?.releaseAll();
        if (take) this.endedTakes.emit(take);
      },
      onKernel: (path) => this.#tellAnew(path),
      onPrepare: (path) => this.#prepare(path),
      onMoved: (path) => {
        this.#performer?.tellKernel();
        this.#follow(path);
      },
      onChange: () => this.#update({}),
      onFault: (what, now) => this.#faults.add('audio', what, now),
      onFail: (reason) => this.#fail(reason),
    });
    this.#atClose(() => this.#sound.close());
  }

  /** Loads everything; called once by `createInstrument`. */
  async load(): Promise<void> {
    const loading = this.#inference.load();
    const { firstWords } = this.#options;
    this.#shape = firstWords
      ? Promise.resolve(this.#shapeOf(firstWords))
      : loading.then((ready) => this.#shapeOf(ready));
    // It is waited for further down, or not at all.
    loading.catch(() => undefined);
    const endTelling = tellSlowLoading(
      () => this.#status,
      (step) => this.#update({ step }),
    );
    const path = await this.#sound.open().finally(endTelling);
    this.#inference.connect(path.kernel);
    if (firstWords) return this.#beginEarly(firstWords, loading, path);
    const ready = await loading;
    await this.#begin(ready);
    this.#update({ step: 'decoding the first words', fraction: 0.97 });
    await path.watch.firstWords(
      () => this.#status.state === 'loading' && this.#status.decoding !== 'stopped',
    );
    if (this.#status.decoding === 'stopped') {
      throw new InstrumentError('model', `${this.#status.notice ?? 'The decoder failed.'} Try again.`);
    }
    if (this.#status.state === 'failed') throw new InstrumentError('audio', this.#status.fault ?? 'failed');
    const { milliseconds, renderer } = ready;
    this.#update({ state: 'ready', step: 'ready', fraction: 1, milliseconds, renderer });
    this.#follow(path);
  }

  /** Plays by the words that are there; the decoder comes when it comes. */
  async #beginEarly(firstWords: FirstWords, loading: Promise<Ready>, path: SoundPath): Promise<void> {
    const { manifest, clips } = firstWords;
    await this.#begin({ manifest, weightsHash: null, map: null, mapFault: null, wasmFault: null });
    const { revision } = this.performer;
    clips.forEach((features, digit) =>
      path.send({ type: 'clip', slot: digit, revision, style: styleAt(manifest, 0, digit), features }),
    );
    this.#update({ state: 'ready', step: 'ready', fraction: 1 });
    this.#follow(path);
    void loading.then(
      (ready) => {
        if (this.#status.state === 'closed') return;
        this.#ready = ready;
        this.#update({ milliseconds: ready.milliseconds, renderer: ready.renderer });
        this.session.mapCame();
        this.performer.decodeAgain();
      },
      (reason: unknown) => {
        if (this.#status.state !== 'closed') this.#fail(messageOf(reason));
      },
    );
  }

  /** Asks the path's kernel, and no other, for its counters from now on. */
  #follow(path: SoundPath): void {
    this.#followed?.watch.stop();
    this.#followed = path;
    this.#failedBlocks = 0;
    if (this.#latency === 'auto') this.#governor.begin(this.#level, performance.now() / 1000);
    path.watch.start(
      () => path.context.state === 'running',
      (status, asked) => {
        path.arrived(asked, status.frame);
        this.#govern(status);
        this.#onKernelStatus(status, path);
      },
    );
  }

  /** A path that is to take the place of the present one gets effects and words; what sounds goes on. */
  async #prepare(path: SoundPath): Promise<void> {
    const performer = this.#performer;
    if (!performer) return;
    path.apply(performer.values());
    this.#inference.connect(path.kernel);
    performer.askAnew();
    const until = performance.now() + longestPreparationMs;
    const isWanted = () => this.#status.state !== 'closed' && performance.now() < until;
    await path.watch.firstWords(isWanted);
    while (!performer.settled && isWanted()) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /**
   * Chooses how soon keys are heard. What sounds goes on, in the old setting, to its end; while a take is recorded the choice waits
   * for its end. A context of the host's keeps what the host made it with.
   * @throws InstrumentError when the context is the host's
   */
  setLatency(choice: LatencyChoice): void {
    if (!this.#isOwnContext) {
      throw new InstrumentError(
        'audio',
        "The latency is that of the host's audio context; make the context with another latencyHint.",
      );
    }
    this.#latency = choice;
    this.#wanted = firstLevelOf(choice);
    this.#update({});
    if (this.#wanted === this.#level && choice === 'auto') {
      this.#governor.begin(this.#level, performance.now() / 1000);
    }
    this.#moveIfWanted();
  }

  /** What was chosen; `status.latencyLevel` says where *auto* is. */
  get latency(): LatencyChoice {
    return this.#latency;
  }

  /** Goes to the wanted level as soon as that can be done. */
  #moveIfWanted(): void {
    if (this.#wanted === this.#level || !this.#sound.canMove || performance.now() < this.#moveAfterMs) return;
    const before = this.#level;
    this.#level = this.#wanted;
    void this.#sound.move().then((isDone) => {
      if (!isDone) {
        this.#level = before;
        this.#moveAfterMs = performance.now() + moveAgainMs;
      }
      this.#update({});
    });
  }

  #govern({ underruns }: KernelStatus): void {
    if (this.#latency === 'auto' && this.#wanted === this.#level) {
      const breaks = breaksOf(this.context) ?? underruns;
      this.#wanted = this.#governor.look(breaks, performance.now() / 1000) ?? this.#wanted;
    }
    this.#moveIfWanted();
  }

  /** The kernel of a path is new: it hears of everything. */
  async #tellAnew(path: SoundPath): Promise<void> {
    const performer = this.#performer;
    if (!performer) return;
    path.apply(performer.values());
    this.#inference.connect(path.kernel);
    performer.beginAnew();
    this.#update({ settled: performer.settled });
    const isAudible = () => this.#status.state !== 'closed' && path.context.state === 'running';
    await path.watch.firstWords(isAudible);
    if (this.#status.state !== 'closed') this.#follow(path);
  }

  #shapeOf({ manifest }: Pick<Loaded, 'manifest'>): KernelShape {
    this.#update({ step: 'starting the sound engine', fraction: 0.95 });
    return {
      format: manifest.format,
      slots: slotCount(manifest),
      styleDimensions: manifest.latent.styleDimensions,
      maxVoices,
      playing: this.#options.playing,
    };
  }

  /** Remembers how to free something; at once where the instrument has been closed while that was made. */
  #atClose(free: () => void | Promise<void>): void {
    const end = async (): Promise<void> => {
      await free();
    };
    if (this.#status.state === 'closed') void end();
    else this.#frees.push(end);
  }

  async #begin(ready: Loaded): Promise<void> {
    const { timeline } = this.#sound;
    const { random, onNote, pace } = this.#options;
    this.#ready = ready;
    const performer = new Performer({
      manifest: ready.manifest,
      sendKernel: (message) => this.#sound.send(message),
      sendInference: (message) => {
        if (message.type === 'targets') this.#inference.send(message);
      },
      sampleRate: timeline.sampleRate,
      now: () => timeline.seconds,
      onMove: (id, value, time) => this.session.takeOver(id, value, time),
      onLyrics: () => this.#session?.lyrics.stepped(),
      onProgram: (program, _channel, bank, time) => this.session.loadProgram(program, bank, time),
      ...(random ? { random } : {}),
      ...(onNote ? { onNote } : {}),
    });
    this.#performer = performer;
    this.#atClose(() => performer.dispose());
    await this.#openSession(performer, ready);
    performer.begin();
    const advance = () => {
      this.#sound.path?.observe();
      const { seconds, sampleRate } = timeline;
      // What is rendered does not depend on how fast: who renders sets the pace, or lets the performer advance.
      if (pace || (this.context.state === 'running' && !isOffline(this.context)))
        performer.advance(Math.round((seconds + (pace?.aheadSeconds ?? arpeggioAhead)) * sampleRate));
    };
    this.#atClose(pace ? pace.startTicks(advance) : startPageTicks(advance, arpeggioTickMs));
  }

  async #openSession(performer: Performer, { manifest }: Loaded): Promise<void> {
    const { store = memoryStore(), scheduleFrame, address, pace } = this.#options;
    const session = await Session.open({
      performer,
      manifest,
      bundle: () => this.identity,
      map: () => this.map,
      applyOutput: (values) => this.#applyOutput(values),
      now: pace?.now ?? (() => performance.now() / 1000),
      startTicks: pace?.startTicks ?? ((tick) => startPageTicks(tick, gestureTickMs)),
      store,
      ...(scheduleFrame ? { scheduleFrame } : {}),
      ...(address ? { address } : {}),
    });
    this.#atClose(() => session.close());
    this.#session = session;
  }

  /**
   * Frame at which an event of a time stamp on the page's clock (performance.now()) is carried out: always the same time after it;
   * undefined for now.
   */
  frameOf(eventMilliseconds: number | undefined): Samples | undefined {
    const frame = this.#sound.path?.frameOf(eventMilliseconds);
    return frame === undefined ? undefined : this.#sound.timeline.frames.fromContext(frame);
  }

  /** When a frame is played, on the page's clock (performance.now(), milliseconds): for devices that play along. */
  millisecondsOf(frame: Samples): number {
    return this.#path.millisecondsOf(this.#sound.timeline.frames.toContext(frame));
  }

  /** The native context that everything runs in; another one takes its place when it fails and is the instrument's own. */
  get context(): BaseAudioContext {
    return this.#sound.context;
  }

  /** The audio clock: the context's, and carried on from it when another one has taken its place. */
  get seconds(): Seconds {
    return this.#sound.timeline.seconds;
  }

  /** Of the frames that events carry: the rate of the first context. */
  get frameRate(): Hertz {
    return this.#sound.timeline.sampleRate;
  }

  /** What plays the notes: everything that keys, MIDI and songs can do. */
  get performer(): Performer {
    if (!this.#performer) throw this.#notReady();
    return this.#performer;
  }

  /** The player's session: the owner of every value, with presets, undo, scenes, gesture and the rest. */
  get session(): Session {
    if (!this.#session) throw this.#notReady();
    return this.#session;
  }

  /** Everything that a player would miss, as versioned JSON; see docs/presets.md. */
  getState(): SessionState {
    return this.session.getState();
  }

  /**
   * Takes back what `getState` gave, of any version.
   * @returns sentences about what was left out, changed or may sound otherwise
   * @throws InputError when it is no state or damaged; nothing has changed then
   */
  setState(state: unknown): readonly string[] {
    return this.session.setState(state);
  }

  /** The bundle that is played. */
  get manifest(): Manifest {
    return this.#loaded.manifest;
  }

  /** What tells the bundle that is played from others. */
  get identity(): BundleIdentity {
    const { manifest, weightsHash } = this.#loaded;
    return { name: manifest.name, weightsHash };
  }

  /** Corpus points of the bundle's 2-D map; null where it has none, or `mapFault` says why it could not be loaded. */
  get map(): MapPoints | null {
    return this.#loaded.map;
  }

  /** Why the map could not be loaded; null where it was, or the bundle has none. */
  get mapFault(): string | null {
    return this.#loaded.mapFault;
  }

  /** Which WebAssembly could not be loaded, so that slower programs do its work; null where all was. */
  get speedFault(): string | null {
    const faults = [this.#sound.path?.kernel.loopsFault, this.#loaded.wasmFault].filter(Boolean);
    return faults.length > 0 ? faults.join('; ') : null;
  }

  get #loaded(): Loaded {
    if (!this.#ready) throw this.#notReady();
    return this.#ready;
  }

  /** The latest status; `onStatus` tells when it changes. */
  get status(): InstrumentStatus {
    return this.#status;
  }

  /** What failed since the instrument was loaded, oldest first. */
  get faults(): readonly Fault[] {
    return this.#faults.faults;
  }

  /** What to send along with a report of a fault: versions, status, what the browser has, faults; nothing of what is played. */
  diagnostics(): Diagnostics {
    const { identity: bundle, playing, status } = this;
    const { count: faultCount, faults } = this.#faults;
    const isVerified = this.manifest.files !== undefined;
    return diagnosticsOf({ bundle, isVerified, playing, status, faultCount, faults });
  }

  /** Reads what is heard, after the limiter: for meters. */
  get analyser(): AnalyserNode {
    return this.#path.outlet.analyser;
  }

  /** Index of the speaker in use: the last one chosen or played. */
  get speaker(): number {
    return this.performer.speaker;
  }

  /**
   * What is heard, behind the limiter: connect it to whatever is to hear it. Disconnecting it from there is the host's business
   * until `dispose`, which disconnects it from everything. In a context of the host's it stays the same; see `onOutput`.
   */
  get output(): AudioNode {
    return this.#path.outlet.output;
  }

  /**
   * Lets sound out, in a context of the host's too, since that is asked for here; browsers want this called from a user's
   * gesture. An offline context runs when it is rendered.
   */
  async resume(): Promise<void> {
    await this.#sound.resume();
  }

  /**
   * Resolves once every word is decoded at the current position of the knobs and the kernel has everything that was sent: then
   * an offline context can be rendered. There it also waits for the words of notes that stand at a point of their own.
   * @throws InstrumentError (rejection) when the instrument fails or is closed before, or the decoder gives up
   */
  async whenSettled(): Promise<void> {
    if (!this.#isSettled) {
      const isOver = this.#status.decoding === 'stopped';
      const unsettled = isOver
        ? 'the decoder is not running'
        : await new Promise<string | undefined>((resolve) => this.#settling.push(resolve));
      if (unsettled !== undefined) {
        const advice = 'the words that it has sound on; call retryDecoder() to start it again';
        throw new InstrumentError(
          'model',
          `The words cannot be brought up to date: ${unsettled}; ${advice}.`,
        );
      }
    }
    const { state, fault } = this.#status;
    if (state === 'failed') throw new InstrumentError('audio', fault ?? 'failed');
    if (state === 'closed' || !this.#sound.path)
      throw new InstrumentError('closed', 'the instrument was closed');
    await this.#sound.path.kernel.status();
  }

  /**
   * Starts the word of a key: at once or, with a time stamp, one block of the device and 2 ms after it.
   * @param midiNote 0..127; keymap.ts says what it speaks
   * @param velocity 0..127, 0 releases
   * @param eventMilliseconds time stamp of the event on the page's clock (performance.now())
   * @throws RangeError naming the argument, its range and the value
   */
  noteOn(midiNote: number, velocity: number, eventMilliseconds?: number): void {
    this.performer.noteOn(pageChannel, midiNote, velocity, this.frameOf(eventMilliseconds));
  }

  /** The key went up; what that means is said by the mode and by what held keys do. */
  noteOff(midiNote: number, eventMilliseconds?: number): void {
    this.performer.noteOff(pageChannel, midiNote, undefined, this.frameOf(eventMilliseconds));
  }

  /** Releases every held key. */
  allNotesOff(): void {
    this.performer.allNotesOff();
  }

  /** Silences every voice at once (5 ms fade). */
  allSoundOff(): void {
    this.performer.allSoundOff();
  }

  /**
   * Silences everything at once: voices in 5 ms, what rings in the effects in 25 ms. Held, latched and sustained keys are forgotten,
   * arpeggio and gesture stop; settings stay, a recording goes on, and the next key plays as always. A song, which belongs to
   * the host, is to be stopped first.
   */
  panic(): void {
    this.session.gesture.stop();
    this.performer.allSoundOff();
    this.silenceEffects();
  }

  /** Ends what rings in the effects, in 25 ms and without a click; what is played from then on rings as always. */
  silenceEffects(): void {
    this.#sound.silenceEffects();
  }

  /**
   * Chooses the speaker whose words are kept ready first.
   * @throws RangeError when the bundle has no such speaker
   */
  setSpeaker(speaker: number): void {
    this.performer.setSpeaker(speaker);
  }

  /** How voiced sounds are played: by the options, and always as spectrograms with a bundle that has no tracks. */
  get playing(): Playing {
    if (!this.manifest.format.tracks) return 'spectrogram';
    return this.#options.playing ?? defaultPlaying;
  }

  /**
   * Sets a parameter of the table in src/contract/parameters.ts. A style beyond the bundle's last direction moves nothing.
   * @throws RangeError for an unknown id or a value outside its range
   */
  setParameter(id: ParameterId, value: number): void {
    this.session.set(id, value);
  }

  /**
   * Sets several parameters as one change, at a context frame or now; no step of the session's history.
   * @throws RangeError for the first unknown id or value outside its range; nothing has changed then
   */
  setParameters(values: Partial<ParameterValues>, time?: Samples): void {
    this.session.state.putAll(values, time);
  }

  /** Tells effects and volume what is to sound; the performer is told by itself. */
  #applyOutput(values: Partial<ParameterValues>): void {
    this.#sound.apply(values);
    const settled = this.#performer?.settled ?? false;
    if (this.#status.settled !== settled) this.#update({ settled });
  }

  #settledAt(revision: number): void {
    this.#performer?.settledAt(revision);
    // The slow oscillator settles sixty times a second.
    const settled = this.#performer?.settled ?? false;
    if (settled !== this.#status.settled) this.#update({ settled });
    if (this.#isSettled) this.#endWaiting();
  }

  /** Whether nobody who waits for the decoder need wait. */
  get #isSettled(): boolean {
    const { settled = false, caughtUp = false } = this.#performer ?? {};
    return settled && (caughtUp || !isOffline(this.context));
  }

  /** Those who wait for the decoder wait no longer: it has settled, or why it will not. */
  #endWaiting(unsettled?: string): void {
    for (const resolve of this.#settling.splice(0)) resolve(unsettled);
  }

  /** It goes by itself when what it tells of has long been over. */
  #notify(notice: string): void {
    this.#update({ notice });
    clearTimeout(this.#noticeTimer);
    if (this.#status.state !== 'closed') {
      this.#noticeTimer = setTimeout(() => this.dismissNotice(), noticeMs);
    }
  }

  /** The notice of the status has been read; `faults` keeps it. */
  dismissNotice(): void {
    clearTimeout(this.#noticeTimer);
    this.#update({ notice: null });
  }

  /** Starts the decoder again after it was given up (status `decoding` is 'stopped'); does nothing else. */
  retryDecoder(): void {
    this.#inference.retry();
  }

  /** Value of a parameter as it sounds, with the scenes blended in. */
  parameter(id: ParameterId): number {
    return this.#performer?.parameter(id) ?? parameterById(id).defaultValue;
  }

  /** True while a take is being recorded. */
  get recording(): boolean {
    return this.#sound.path?.recorder.recording ?? false;
  }

  /**
   * Begins to record what is heard.
   * @throws Error when a recording is under way, or while the sound is being started again
   */
  startRecording(): void {
    if (this.#sound.condition === 'recovering') {
      throw new Error('the sound is being started again; record when it is back');
    }
    this.#path.recorder.start();
  }

  /**
   * Ends the recording and gives it as a 32-bit float stereo WAV.
   * @throws Error (rejection) when nothing is being recorded
   */
  stopRecording(): Promise<Take> {
    const { path } = this.#sound;
    return path ? path.recorder.stop() : Promise.reject(this.#notReady());
  }

  /**
   * Ends everything that the instrument started: worker, processors, nodes, ports, timers and listeners. A context that was
   * handed in stays as it is; a host that closes it should wait for this, as Chromium keeps what had not ended before. Safe to
   * call twice.
   */
  dispose(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    this.#update({ state: 'closed' });
    const frees = this.#frees.splice(0).reverse();
    const ends = frees.map((free) => free());
    this.#endWaiting();
    try {
      await Promise.all(ends);
    } finally {
      if (this.#isOwnContext && this.context.state !== 'closed') await (this.context as AudioContext).close();
    }
  }

  #onKernelStatus(status: KernelStatus, path: SoundPath): void {
    // The answer comes right after a block.
    path.observe();
    if (status.failedBlocks > this.#failedBlocks) {
      this.#faults.add(
        'audio',
        'A block of sound could not be made.',
        'It was silent, and every note was let go.',
      );
      this.#performer?.releaseAll();
    }
    this.#failedBlocks = status.failedBlocks;
    const readout = kernelReadout(status);
    const before = this.#status;
    const { base, output } = latenciesOf(this.context);
    const key = base + path.marginSeconds;
    const changed =
      isNews(readout, before) ||
      Math.abs(output - before.outputLatencySeconds) > 5e-4 ||
      Math.abs(key - before.keyLatencySeconds) > 5e-4;
    if (changed && before.state === 'ready') this.#update(readout);
  }

  #update(change: Partial<InstrumentStatus>): void {
    if (this.#status.state === 'closed') return;
    const { base, output } = latenciesOf(this.context);
    this.#status = {
      ...this.#status,
      contextState: this.context.state,
      sound: this.#sound.condition,
      sampleRate: this.context.sampleRate,
      baseLatencySeconds: base,
      outputLatencySeconds: output,
      latency: this.#latency,
      latencyLevel: this.#isOwnContext ? this.#level : null,
      keyLatencySeconds: base + (this.#sound.path?.marginSeconds ?? 0),
      ...change,
    };
    this.#options.onStatus?.(this.#status);
  }

  #fail(fault: string): void {
    this.#update({ state: 'failed', fault });
    this.#endWaiting();
  }

  get #path(): SoundPath {
    const { path } = this.#sound;
    if (!path) throw this.#notReady();
    return path;
  }

  #notReady(): Error {
    return new Error('the instrument is not loaded; wait for createInstrument to resolve');
  }
}

/** Times that the device's sound broke off, where the browser counts them. */
function breaksOf(context: BaseAudioContext): number | undefined {
  const { playbackStats } = context as { readonly playbackStats?: { readonly underrunEvents?: number } };
  return playbackStats?.underrunEvents;
}
