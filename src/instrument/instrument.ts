// The instrument: the public API that joins decoder, kernel and output; no page, no MIDI.
// Long, since it is the whole public API.
import { parameterById, type ParameterId, type ParameterValues } from '../contract/parameters.ts';
import { messageOf } from '../contract/errors.ts';
import type { Samples, Seconds } from '../contract/units.ts';
import { defaultPlaying, type Playing } from '../contract/playing.ts';
import type { BundleIdentity } from '../model/bundle.ts';
import type { Manifest } from '../model/manifest.ts';
import type { BackendName } from '../model/inferenceProtocol.ts';
import type { MapPoints } from '../model/voiceMap.ts';
import { logWarning } from '../log.ts';
import type { KernelStatus } from '../worklet/kernel.ts';
import { createKernelNode, type KernelNode } from '../worklet/kernelNode.ts';
import { openContext, requireWorklets } from './audioContext.ts';
import { isEffectParameter } from '../output/effects/effects.ts';
import { InstrumentError } from './instrumentError.ts';
import { InferenceClient, type Ready } from './inferenceClient.ts';
import { KernelWatch } from './kernelWatch.ts';
import { createOutputChain, type OutputChain } from '../output/outputChain.ts';
import { Performer, slotCount, type NoteEvent } from '../performer/performer.ts';
import { Recorder, type Take } from '../output/recorder.ts';
import { initialStatus, isNews, kernelReadout, type InstrumentStatus } from './instrumentStatus.ts';
import { EventClock, type ClockPair } from './eventClock.ts';

const maxVoices = 64;
/** MIDI channel of the page's own keys. */
const pageChannel = 1;
/**
 * The performer is told this far ahead, this often: about a hop, for the slow oscillator. A timer of a busy page comes late
 * by less than the difference.
 */
const arpeggioAhead: Seconds = 0.12;
const arpeggioTickMs = 16;

/** How to make an instrument. */
export interface InstrumentOptions {
  /** Folder of the bundle, ending in '/'. */
  readonly modelUrl: string;
  /** A running or suspended native AudioContext; without one the instrument makes and later closes its own. */
  readonly context?: AudioContext;
  /** Decode with this backend instead of measuring all of them. */
  readonly backend?: BackendName;
  /** How voiced sounds are played. Default `defaultPlaying`. */
  readonly playing?: Playing | undefined;
  /** Uniform numbers in [0, 1) for the random key. */
  readonly random?: () => number;
  readonly onStatus?: (status: InstrumentStatus) => void;
  readonly onNote?: (event: NoteEvent) => void;
  /** See `PerformerOptions`; without an owner of the values the instrument sets them itself. */
  readonly onMove?: (id: ParameterId, value: number, time: Samples | undefined) => void;
  /** The lyrics have moved on, or are others. */
  readonly onLyrics?: () => void;
  /** A MIDI program change in a bank, both 0..127; return true when it has been dealt with. */
  readonly onProgram?: (program: number, channel: number, bank: number, time: Samples | undefined) => boolean;
}

/**
 * Loads model, kernel and output, and gives an instrument that is ready to play.
 * @throws InstrumentError (rejection) with the place of the fault and what to do
 */
export async function createInstrument(options: InstrumentOptions): Promise<Instrument> {
  const context = options.context ?? openContext();
  requireWorklets(context);
  const instrument = new Instrument(options, context);
  try {
    await instrument.load();
    return instrument;
  } catch (reason) {
    await instrument.dispose();
    throw reason;
  }
}

/** Use `createInstrument`. */
export class Instrument {
  /** The native context that everything runs in. */
  readonly context: AudioContext;
  readonly #options: InstrumentOptions;
  readonly #inference: InferenceClient;
  #status = initialStatus;
  #ready: Ready | null = null;
  #kernel: KernelNode | null = null;
  #output: OutputChain | null = null;
  #performer: Performer | null = null;
  #arpeggio: ReturnType<typeof setInterval> | undefined;
  #recorder: Recorder | null = null;
  #watch: KernelWatch | null = null;
  readonly #clock: EventClock;

  constructor(options: InstrumentOptions, context: AudioContext) {
    this.#options = options;
    this.context = context;
    const worker = new Worker(new URL('../model/inference.worker.ts', import.meta.url), { type: 'module' });
    this.#inference = new InferenceClient(worker, {
      onProgress: (step, fraction) => this.#update({ step, fraction: 0.9 * fraction }),
      onSettled: (revision) => {
        this.#performer?.settledAt(revision);
        // The slow oscillator settles sixty times a second.
        const settled = this.#performer?.settled ?? false;
        if (settled !== this.#status.settled) this.#update({ settled });
      },
      onBackend: (backend, backendReason) => this.#update({ backend, backendReason }),
      onFault: (error) => this.#fail(error.message),
    });
    this.#clock = new EventClock(context.sampleRate);
    context.onstatechange = () => {
      this.#clock.reset();
      this.#update({});
    };
    void this.resume().catch(() => undefined);
  }

  /** Loads everything; called once by `createInstrument`. */
  async load(): Promise<void> {
    const { context } = this;
    const channel = new MessageChannel();
    const audio = <T>(work: Promise<T>): Promise<T> =>
      work.catch((reason: unknown) => {
        throw new InstrumentError(
          'audio',
          `The sound engine could not be started: ${messageOf(reason)}; reload the page and try again.`,
          { cause: reason },
        );
      });
    const [ready, output] = await Promise.all([
      this.#inference.load(this.#options.modelUrl, channel.port2, this.#options.backend),
      audio(createOutputChain(context)),
    ]);
    this.#output = output;
    this.#update({ step: 'starting the sound engine', fraction: 0.95 });
    const { manifest } = ready;
    const kernel = await audio(
      createKernelNode(context, {
        format: manifest.format,
        slots: slotCount(manifest),
        styleDimensions: manifest.latent.styleDimensions,
        maxVoices,
        playing: this.#options.playing,
        channels: 2,
      }),
    );
    this.#kernel = kernel;
    kernel.connectPort(channel.port1);
    const watch = new KernelWatch(kernel);
    this.#watch = watch;
    kernel.onError((message) => void this.#kernelFault(watch, message));
    output.onFault((message) => this.#fail(`The sound engine failed: ${message}; start it again.`));
    output.connectSource(kernel.node);
    this.#recorder = new Recorder(output.port, context.sampleRate);
    this.#begin(ready, kernel);
    this.#update({ step: 'decoding the first words', fraction: 0.97 });
    await watch.firstWords(() => this.#status.state === 'loading');
    if (this.#status.state === 'failed') throw new InstrumentError('audio', this.#status.fault ?? 'failed');
    const { backend, milliseconds, renderer } = ready;
    this.#update({ state: 'ready', step: 'ready', fraction: 1, backend, milliseconds, renderer });
    watch.start(
      () => context.state === 'running',
      (status) => this.#onKernelStatus(status),
    );
  }

  /** A refused message leaves the kernel playing; a kernel that does not answer any more is lost. */
  async #kernelFault(watch: KernelWatch, message: string): Promise<void> {
    if (await watch.isAlive()) logWarning(`the kernel refused a message: ${message}`);
    else this.#fail(`The sound engine stopped: ${message}; start it again.`);
  }

  #begin(ready: Ready, kernel: KernelNode): void {
    const { context } = this;
    const { random, onNote, onLyrics, onProgram } = this.#options;
    this.#ready = ready;
    const onMove = this.#options.onMove ?? ((id, value, time) => this.setParameters({ [id]: value }, time));
    const performer = new Performer({
      manifest: ready.manifest,
      sendKernel: (message) => kernel.send(message),
      sendInference: (message) => this.#inference.send(message),
      sampleRate: context.sampleRate,
      now: () => context.currentTime,
      onMove,
      ...(random ? { random } : {}),
      ...(onNote ? { onNote } : {}),
      ...(onLyrics ? { onLyrics } : {}),
      ...(onProgram ? { onProgram } : {}),
    });
    this.#performer = performer;
    performer.begin();
    this.#arpeggio = setInterval(() => {
      this.#clock.observe(this.#clocks());
      const { currentTime, sampleRate, state } = context;
      if (state === 'running') performer.advance(Math.round((currentTime + arpeggioAhead) * sampleRate));
    }, arpeggioTickMs);
  }

  /**
   * Context frame at which an event of a time stamp on the page's clock (performance.now()) is carried out: always the same
   * time after it; undefined for now.
   */
  frameOf(eventMilliseconds: number | undefined): Samples | undefined {
    return this.#clock.frameOf(eventMilliseconds, this.#clocks());
  }

  #clocks(): ClockPair {
    return { pageMilliseconds: performance.now(), contextSeconds: this.context.currentTime };
  }

  /** What plays the notes: everything that keys, MIDI and songs can do. */
  get performer(): Performer {
    if (!this.#performer) throw this.#notReady();
    return this.#performer;
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

  get #loaded(): Ready {
    if (!this.#ready) throw this.#notReady();
    return this.#ready;
  }

  /** The latest status; `onStatus` tells when it changes. */
  get status(): InstrumentStatus {
    return this.#status;
  }

  /** Reads what is heard, after the limiter: for meters. */
  get analyser(): AnalyserNode {
    if (!this.#output) throw this.#notReady();
    return this.#output.analyser;
  }

  /** Index of the speaker in use: the last one chosen or played. */
  get speaker(): number {
    return this.performer.speaker;
  }

  /** Lets sound out; browsers want this called from a user's gesture. */
  resume(): Promise<void> {
    return this.context.resume();
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
    this.setParameters({ [id]: value });
  }

  /** Sets several parameters as one change, at a context frame or now. */
  setParameters(values: Partial<ParameterValues>, time?: Samples): void {
    this.performer.setParameters(values, time);
    this.applyOutput(values);
  }

  /** Tells effects and volume what is to sound; the performer is told by itself. */
  applyOutput(values: Partial<ParameterValues>): void {
    for (const [name, value] of Object.entries(values)) {
      const id = name as ParameterId;
      if (id === 'outputGainDb') this.#output?.setGain(value);
      if (isEffectParameter(id)) this.#output?.effects.set(id, value);
    }
    const settled = this.#performer?.settled ?? false;
    if (this.#status.settled !== settled) this.#update({ settled });
  }

  /** Current value of a parameter. */
  parameter(id: ParameterId): number {
    return this.#performer?.parameter(id) ?? parameterById(id).defaultValue;
  }

  /** True while a take is being recorded. */
  get recording(): boolean {
    return this.#recorder?.recording ?? false;
  }

  /**
   * Begins to record what is heard.
   * @throws Error when a recording is under way
   */
  startRecording(): void {
    if (!this.#recorder) throw this.#notReady();
    this.#recorder.start();
  }

  /**
   * Ends the recording and gives it as a 32-bit float stereo WAV.
   * @throws Error (rejection) when nothing is being recorded
   */
  stopRecording(): Promise<Take> {
    if (!this.#recorder) return Promise.reject(this.#notReady());
    return this.#recorder.stop();
  }

  /** Ends everything that the instrument started; a context that was handed in stays open. Safe to call twice. */
  async dispose(): Promise<void> {
    if (this.#status.state === 'closed') return;
    this.#update({ state: 'closed' });
    this.#watch?.stop();
    this.context.onstatechange = null;
    clearInterval(this.#arpeggio);
    this.#performer?.dispose();
    this.#recorder?.dispose();
    this.#inference.close();
    this.#kernel?.node.disconnect();
    this.#output?.dispose();
    if (!this.#options.context && this.context.state !== 'closed') await this.context.close();
  }

  #onKernelStatus(status: KernelStatus): void {
    // The answer comes right after a block.
    this.#clock.observe(this.#clocks());
    const readout = kernelReadout(status);
    const before = this.#status;
    const changed =
      isNews(readout, before) || Math.abs(this.context.outputLatency - before.outputLatencySeconds) > 5e-4;
    if (changed && before.state === 'ready') this.#update(readout);
  }

  #update(change: Partial<InstrumentStatus>): void {
    if (this.#status.state === 'closed') return;
    this.#status = {
      ...this.#status,
      contextState: this.context.state,
      sampleRate: this.context.sampleRate,
      baseLatencySeconds: this.context.baseLatency ?? 0,
      outputLatencySeconds: this.context.outputLatency ?? 0,
      ...change,
    };
    this.#options.onStatus?.(this.#status);
  }

  #fail(fault: string): void {
    this.#update({ state: 'failed', fault });
  }

  #notReady(): Error {
    return new Error('the instrument is not loaded; wait for createInstrument to resolve');
  }
}
