// The node of the plugin: what hosts connect, ask and send events to. It lies behind the output of an instrument, which plays the
// events; all that it answers is known on the page.
import type {
  WamEvent,
  WamParameterDataMap,
  WamParameterInfoMap,
  WebAudioModule,
} from '@webaudiomodules/api';
import { WamNode } from '@webaudiomodules/sdk';
import { InputError, messageOf, quoted } from '../contract/errors.ts';
import { Emitter } from '../contract/emitter.ts';
import type { ParameterId } from '../contract/parameters.ts';
import { positionOf, parameterById } from '../contract/parameters.ts';
import type { Samples, Seconds } from '../contract/units.ts';
import { Random } from '../dsp/random.ts';
import { createInstrument, type Instrument, type Pace } from '../instrument/instrument.ts';
import type { AssetUrls } from '../instrument/assets.ts';
import { latenciesOf } from '../instrument/contextLatencies.ts';
import type { InstrumentStatus } from '../instrument/instrumentStatus.ts';
import { joinRendering, quantumOf } from '../instrument/renderStops.ts';
import { logWarning } from '../log.ts';
import type { NoteEvent } from '../performer/performer.ts';
import { readSessionState } from '../session/sessionState.ts';
import { isOffline } from '../worklet/workletModules.ts';
import { eventDelay } from './eventDelay.ts';
import { HostEvents } from './hostEvents.ts';
import { loadFirstWords } from './loadFirstWords.ts';
import { knownIds, parameterInfo, readValue } from './parameterInfo.ts';
import {
  firstSeed,
  isSameModel,
  ownModel,
  readPluginState,
  writePluginState,
  type ModelSource,
  type PluginState,
} from './pluginState.ts';
import { goesOn, type PassOn, type WamProcessorOptions } from './wamProtocol.ts';

const channels = 2;
/** Timers of a busy page are late by so much. */
const lateTimerSeconds: Seconds = 0.006;

/** The plugin's node. Made by the module; `open` before anything else. */
export class NumvoxNode extends WamNode {
  /** Notes as they begin and end, for whoever shows them. */
  readonly notes = new Emitter<NoteEvent>();
  /** The instrument's status is another. */
  readonly statusChanged = new Emitter<InstrumentStatus>();
  /** There is another instrument: with another model. */
  readonly instrumentChanged = new Emitter();
  /** What the latest state left out or changed, in sentences. */
  notices: readonly string[] = [];
  readonly #assets: AssetUrls;
  readonly #delayFrames: Samples;
  #instrument: Instrument | null = null;
  #events: HostEvents | null = null;
  #model: ModelSource = ownModel;
  /** What the first state asked for and could not be had: it stays in the state, so that saving a project does not lose it. */
  #missingModel: ModelSource | null = null;
  #seed = firstSeed;
  #random = new Random(firstSeed);
  /** Of an offline rendering: up to where it is prepared. */
  #prepared: Samples = 0;
  readonly #ticks = new Set<() => void>();
  #leaveSteps: () => void = () => undefined;
  #changing: Promise<void> = Promise.resolve();
  #ending: Promise<void> | null = null;
  /** Refuse what the processor has not answered, and will not once it is destroyed. */
  readonly #asked = new Set<(reason: Error) => void>();

  /** @param assets what the instrument loads */
  constructor(module: WebAudioModule, assets: AssetUrls) {
    const { audioContext } = module;
    const delayFrames = eventDelay(audioContext);
    super(module, {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [channels],
      channelCount: channels,
      channelCountMode: 'explicit',
      processorOptions: {
        delaySeconds: delayFrames / audioContext.sampleRate,
      } satisfies WamProcessorOptions,
    });
    this.#assets = assets;
    this.#delayFrames = delayFrames;
    // The SDK leaves this one out, and drops its listeners without a word.
    this._supportedEventTypes.add('wam-info');
  }

  /** Resolves once the processor answers. */
  async answers(): Promise<void> {
    await this.#ask('get/compensationDelay');
  }

  /** False before it is loaded and once it has been destroyed. */
  get isOpen(): boolean {
    return this.#instrument !== null;
  }

  /** What plays: for the plugin's own screen. */
  get instrument(): Instrument {
    if (!this.#instrument)
      throw new Error('the plugin is not loaded or was destroyed; wait for createInstance');
    return this.#instrument;
  }

  /**
   * Loads everything. A state that cannot be read leaves the plugin as at first, and one whose model cannot be had plays with its own
   * voices: a project with one damaged track is to open.
   * @throws InstrumentError (rejection) with the place of the fault and what to do
   */
  async open(initialState: unknown): Promise<void> {
    let state: PluginState;
    const faults: string[] = [];
    try {
      state = readPluginState(initialState);
    } catch (reason) {
      faults.push(messageOf(reason));
      state = readPluginState(undefined);
    }
    try {
      await this.#load(state.model);
    } catch (reason) {
      if (isSameModel(state.model, ownModel)) throw reason;
      faults.push(withOwnVoices(reason));
      this.#missingModel = state.model;
      await this.#load(ownModel);
    }
    const context = this.#audioContext;
    if (isOffline(context) && 'suspend' in context) {
      const quantum = quantumOf(context);
      this.#leaveSteps = joinRendering(context, {
        stepFrames: Math.max(quantum, this.#delayFrames - quantum),
        step: (_from, to) => this.#prepare(to),
      });
    }
    // Destroyed meanwhile.
    if (!this.isOpen) return;
    try {
      faults.push(...this.#take(state));
    } catch (reason) {
      faults.push(messageOf(reason));
    }
    this.#tell(faults);
  }

  override getParameterInfo(...ids: string[]): Promise<WamParameterInfoMap> {
    return Promise.resolve(parameterInfo(ids));
  }

  /** Where the controls stand; unknown ids are left out. */
  override getParameterValues(normalized = false, ...ids: string[]): Promise<WamParameterDataMap> {
    const { values } = this.instrument.session.state;
    const entries = knownIds(ids).map((id) => {
      const value = normalized ? positionOf(parameterById(id), values[id]) : values[id];
      return [id, { id, value, normalized }] as const;
    });
    return Promise.resolve(Object.fromEntries(entries));
  }

  /**
   * As one change; values beyond a range become its end, and what is no value of ours is left out.
   * @throws InputError (rejection) when it is no object
   */
  override async setParameterValues(given: WamParameterDataMap): Promise<void> {
    if (typeof given !== 'object' || given === null) {
      throw new InputError(
        `values must be an object such as { level: { id: 'level', value: -6, normalized: false } }, got ${given === null ? 'null' : typeof given}`,
      );
    }
    this.instrument.setParameters(valuesOf(given));
    return Promise.resolve();
  }

  /** The session, the model's address where it is another than the plugin's own, and the seed of chance, as JSON. */
  override async getState(): Promise<Record<string, unknown>> {
    await this.#changing;
    return writePluginState(this.instrument.getState(), this.#missingModel ?? this.#model, this.#seed);
  }

  /**
   * Takes back what `getState` gave, of any version; parts that are missing are as at first, and without a state nothing changes. A model
   * that could not be had when the plugin was made is tried again, and may be missing still.
   * @throws InputError (rejection) when it is none or damaged, InstrumentError when its model cannot be loaded; nothing has changed then
   */
  override setState(given: unknown): Promise<void> {
    if (given === undefined || given === null) return Promise.resolve();
    const change = this.#changing.then(async () => {
      const state = readPluginState(given);
      const faults: string[] = [];
      let missing: ModelSource | null = null;
      if (!isSameModel(state.model, this.#model)) {
        // Before there is another instrument: what is refused changes nothing.
        if (state.session !== undefined) readSessionState(state.session);
        try {
          await this.#load(state.model);
        } catch (reason) {
          if (!this.#missingModel || !isSameModel(state.model, this.#missingModel)) throw reason;
          missing = state.model;
          faults.push(withOwnVoices(reason));
        }
      }
      faults.push(...this.#take(state));
      this.#missingModel = missing;
      this.#tell(faults);
    });
    this.#changing = change.catch(() => undefined);
    return change;
  }

  /** Frames from an event's time to what is heard of it. */
  override getCompensationDelay(): Promise<Samples> {
    return Promise.resolve(this.#delayFrames);
  }

  /**
   * Events with a time are heard the compensation delay after it; those without at once, and none once the plugin was destroyed.
   * @throws InputError for what is no event; none is scheduled then
   */
  override scheduleEvents(...events: WamEvent[]): void {
    for (const event of events as unknown[]) requireEvent(event);
    // A host may still play a track while it takes that away.
    if (this.#ending) return;
    for (const event of events) {
      if (event.time === undefined || !Number.isFinite(event.time)) this.#playNow(event);
      else super.scheduleEvents(event);
    }
  }

  /**
   * Events go on to another node.
   * @throws InputError when it is this one: an event would come back for ever
   */
  override connectEvents(toId: string, output?: number): void {
    if (toId === this.instanceId) {
      throw new InputError(
        `connectEvents: ${toId} is this plugin itself, whose events would come back for ever; name another instance`,
      );
    }
    super.connectEvents(toId, output);
  }

  /** Events whose time has not come will never have been; those of other modules, too. */
  override clearEvents(): void {
    // Destroyed meanwhile, there is nothing to clear.
    if (!this.#ending) void this.#clearEvents().catch(() => undefined);
  }

  async #clearEvents(): Promise<void> {
    const cleared = (await this.#ask('remove/events')) as readonly number[];
    for (const id of cleared) {
      // Those of other modules have none.
      this._pendingEvents[id]?.();
      delete this._pendingEvents[id];
    }
    this.#events?.retract();
  }

  /** An event's time has come. */
  override _onEvent(event: WamEvent): void {
    const milliseconds = 1000 * (event.time ?? this.#seconds);
    super._onEvent(event);
    this.#events?.play(event, milliseconds + 1000 * this.#delaySeconds, milliseconds);
  }

  /** Ends everything that the plugin started: workers, processors, ports, timers. Safe to call twice. */
  override destroy(): void {
    void this.close();
  }

  /** Does what `destroy` does, and resolves once all has ended: a host that closes the context should wait for that. */
  close(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    this.#leaveSteps();
    for (const refuse of this.#asked) refuse(destroyed());
    this.#events?.close();
    const instrument = this.#instrument;
    this.#instrument = null;
    this.#events = null;
    super.destroy();
    await instrument?.dispose();
  }

  get #audioContext(): BaseAudioContext {
    return this.module.audioContext;
  }

  get #delaySeconds(): Seconds {
    return this.#delayFrames / this.#audioContext.sampleRate;
  }

  /** The audio clock; in an offline rendering, the end of what is being prepared. */
  get #seconds(): Seconds {
    const { currentTime, sampleRate } = this.#audioContext;
    return Math.max(currentTime, this.#prepared / sampleRate);
  }

  async #load(model: ModelSource): Promise<void> {
    const context = this.#audioContext;
    const offline = isOffline(context);
    // A rendering waits for the decoder anyway.
    const isEarly = isSameModel(model, ownModel) && !offline;
    const firstWords = isEarly ? await loadFirstWords(this.#assets.model) : undefined;
    const instrument = await createInstrument({
      context,
      assets: model.url === null ? this.#assets : { ...this.#assets, model: model.url },
      ...(model.files ? { modelFiles: model.files } : {}),
      random: () => this.#random.uniform(),
      onNote: (event) => this.notes.emit(event),
      onStatus: (status) => this.statusChanged.emit(status),
      firstWords,
      scheduleFrame: (task) => requestAnimationFrame(task),
      ...(offline ? { pace: this.#pace() } : {}),
    });
    if (this.#ending) return instrument.dispose();
    this.#events?.close();
    const before = this.#instrument;
    this.#instrument = instrument;
    this.#model = model;
    this.#events = new HostEvents({
      performer: instrument.performer,
      session: instrument.session,
      frameRate: instrument.frameRate,
      nowMs: () => 1000 * this.#seconds,
      aheadMs: 1000 * (latenciesOf(context).base + lateTimerSeconds),
      ...(offline ? { startWait: () => () => undefined } : {}),
      silenceEffects: () => instrument.silenceEffects(),
      onFront: () => (this.#random = new Random(this.#seed)),
    });
    instrument.output.connect(this);
    this.instrumentChanged.emit();
    await before?.dispose();
  }

  /** What it left out or changed, in sentences. */
  #take({ session, seed, parameterValues }: PluginState): readonly string[] {
    const { instrument } = this;
    const notices = session === undefined ? [] : instrument.setState(session);
    if (parameterValues) instrument.setParameters(valuesOf(parameterValues));
    this.#seed = seed;
    this.#random = new Random(seed);
    return notices;
  }

  #tell(notices: readonly string[]): void {
    this.notices = notices;
    for (const notice of notices) logWarning(notice);
  }

  #playNow(event: WamEvent): void {
    super._onEvent(event);
    const { frameRate } = this.instrument;
    const frame = this.instrument.frameOf(performance.now());
    const ms = frame === undefined ? 1000 * this.#seconds : (1000 * frame) / frameRate;
    this.#events?.play(event, ms);
    if (goesOn(event)) this.port.postMessage({ passOn: event } satisfies PassOn);
  }

  /** Carries gestures and arpeggios through an offline rendering. */
  #pace(): Pace {
    const { sampleRate } = this.#audioContext;
    return {
      now: () => this.#seconds,
      startTicks: (tick) => {
        this.#ticks.add(tick);
        return () => void this.#ticks.delete(tick);
      },
      aheadSeconds: this.#delayFrames / sampleRate,
    };
  }

  /** Everything that is heard before a frame of an offline rendering is said, decoded and in the kernel when this resolves. */
  async #prepare(to: Samples): Promise<void> {
    // What was posted before has arrived when this is answered: events on their way to the processor, and those that came from it.
    await this.answers().catch(() => undefined);
    if (this.#ending) return;
    this.#prepared = to;
    this.#events?.drain();
    for (const tick of [...this.#ticks]) tick();
    await this.#instrument?.whenSettled();
  }

  #ask(request: string): Promise<unknown> {
    if (this.#ending) return Promise.reject(destroyed());
    const id = this._generateMessageId();
    return new Promise((resolve, reject) => {
      this.#asked.add(reject);
      this._pendingResponses[id] = (answer: unknown) => {
        this.#asked.delete(reject);
        resolve(answer);
      };
      this.port.postMessage({ id, request, content: {} });
    });
  }
}

function destroyed(): Error {
  return new Error('the plugin was destroyed; make another instance');
}

function withOwnVoices(reason: unknown): string {
  return `${messageOf(reason)} The plugin's own voices are used in its place.`;
}

function requireEvent(event: unknown): void {
  if (typeof event === 'object' && event !== null && 'type' in event && typeof event.type === 'string')
    return;
  throw new InputError(
    `scheduleEvents: an event must be an object such as { type: 'wam-midi', data: { bytes: [0x90, 60, 100] } }, got ${quoted(event)}`,
  );
}

function valuesOf(given: Readonly<Record<string, unknown>>): Partial<Record<ParameterId, number>> {
  const values: Partial<Record<ParameterId, number>> = {};
  for (const [key, data] of Object.entries(given)) {
    if (typeof data !== 'object' || data === null) continue;
    const { id = key, value, normalized } = data as { id?: unknown; value?: unknown; normalized?: unknown };
    const read = readValue(String(id), value, normalized === true);
    if (read) values[read.id] = read.value;
  }
  return values;
}
