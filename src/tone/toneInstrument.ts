// numvox as an instrument of Tone.js: notes, digits and phrases at Tone's times, parameters as signals, in the host's own copy of Tone.
// Long, since it is the whole public class.
import {
  connect,
  FrequencyClass,
  ToneAudioBuffer,
  Volume,
  type BaseContext,
  type Signal,
  type Unit,
} from 'tone';
import type { InstrumentOptions as ToneInstrumentOptions } from 'tone/build/esm/instrument/Instrument.js';
import { messageOf, quoted, requireNumber, requireSettings } from '../contract/errors.ts';
import {
  parameterById,
  parameterIds,
  type ParameterId,
  type ParameterValues,
} from '../contract/parameters.ts';
import type { Playing } from '../contract/playing.ts';
import type { Samples, Seconds } from '../contract/units.ts';
import type { AssetOverrides } from '../instrument/assets.ts';
import { createInstrument, type Instrument } from '../instrument/instrument.ts';
import { InstrumentError } from '../instrument/instrumentError.ts';
import { nativeContextOf } from '../instrument/nativeContext.ts';
import { joinRendering } from '../instrument/renderStops.ts';
import { logWarning } from '../log.ts';
import type { BackendName } from '../model/inferenceProtocol.ts';
import { factoryPresets } from '../patch/factoryPresets.ts';
import { completeValues, type PartialValues, type Preset } from '../patch/preset.ts';
import { isOffline } from '../worklet/workletModules.ts';
import { HeldNotes, type HeldNote } from './heldNotes.ts';
import { NativeBridge } from './nativeBridge.ts';
import { NoteScore } from './noteScore.ts';
import { requireStops } from './requireStops.ts';
import {
  addSignalProperties,
  detune,
  InstrumentWithSignals,
  ParameterSignals,
  rowOfSignal,
  signalCount,
  signalRows,
  type SignalId,
} from './parameterSignals.ts';
import { SignalReader } from './signalReader.ts';
import { plainSound, readOptions, writeOptions, type SoundOptions } from './soundOptions.ts';
import { noteOfDigit, noteOfFrequency, phraseOf, type ToneNote } from './toneNotes.ts';

/**
 * How to make a `Numvox`.
 * @example
 * const options: NumvoxOptions = { preset: 'Choir', volume: -6, envelope: { release: 1 }, onload: () => Tone.getTransport().start() };
 */
export interface NumvoxOptions extends SoundOptions {
  /** Tone's context to live in. Default: Tone's default one. */
  readonly context?: BaseContext;
  /** Of the output, decibels. Default 0. */
  readonly volume?: Unit.Decibels;
  /** Called when it can be played. */
  readonly onload?: (voice: Numvox) => void;
  /** Called when it cannot be loaded. */
  readonly onerror?: (reason: Error) => void;
  /** Where scripts, WebAssembly and the model lie, as far as it is not beside the module. */
  readonly assets?: AssetOverrides;
  /** Decode with this backend instead of measuring all of them. */
  readonly backend?: BackendName;
  /** How voiced sounds are played. */
  readonly playing?: Playing;
  /** Uniform numbers in [0, 1) for what is different from note to note. Default: Math.random. */
  readonly random?: () => number;
}

/**
 * What `get` gives and `set` takes back.
 * @example
 * const settings: NumvoxSettings = voice.get();
 * other.set(settings);
 */
export interface NumvoxSettings extends SoundOptions, ToneInstrumentOptions {}

/** A note's name, hertz, or a pitch of Tone's: `Tone.Midi(60)`, `Tone.Frequency('C4').transpose(7)`. */
type Note = Unit.Frequency | FrequencyClass;
/** One of them, or a list. */
type Notes = Note | readonly Note[];

/** Besides what Tone plays ahead, events are handed on this long before their time: its clock ticks late on a busy page. */
const handedOnAhead: Seconds = 0.1;
/** An offline rendering waits so often: whole quanta of every usual size, 11 ms at 48 kHz. */
const stepFrames: Samples = 512;
/** What options look like, for messages. */
const optionsExample = "{ preset: 'Choir' }";
/** Far more than anybody wants, decibels. */
const loudest: Unit.Decibels = 100;
/** What came before the instrument was there is missed, but for what was due so shortly before. */
const lateness: Seconds = 0.1;

/**
 * The voice as an instrument of Tone's.
 * @example
 * const voice = new Numvox({ preset: 'Choir' }).toDestination();
 * await voice.loaded;
 * voice.triggerAttackRelease(['C4', 'E4', 'G4'], '2n', '+0.1', 0.8);
 * voice.word('3 1 4', '8n', '+2');
 * new Tone.LFO('2m', -6, 6).connect(voice.brightness).start();
 */
export class Numvox extends InstrumentWithSignals {
  readonly name: string = 'Numvox';
  /**
   * Resolves with the instrument once every word is decoded; notes from before are not heard. Rejects with an InstrumentError
   * when it cannot be loaded, or is disposed of before, and with a RangeError for a voice that the model has not.
   */
  readonly loaded: Promise<this>;
  readonly #score = new NoteScore();
  readonly #held = new HeldNotes();
  readonly #bridge: NativeBridge;
  readonly #signals: ParameterSignals;
  readonly #rate: number;
  /** The parameters before the instrument is there. */
  #early: Record<ParameterId, number>;
  #earlyPreset: Preset | null = null;
  #earlyLyrics = '';
  #earlySpeaker: string | undefined;
  #instrument: Instrument | null = null;
  #presetName: string | null = null;
  #detuneCents = 0;
  readonly #tuned = new Set<number>();
  #isTicking = false;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #leaveRendering: (() => void) | null = null;
  #hasClosed: () => void = () => undefined;
  /** Resolves once all that `dispose` ends has ended; a host that closes its context should wait for it. */
  readonly closed = new Promise<void>((resolve) => (this.#hasClosed = resolve));

  /**
   * @param options or the name of a preset
   * @throws TypeError, RangeError or InputError naming an option that is none; InstrumentError in an offline context where the browser's cannot wait
   */
  constructor(options: NumvoxOptions | string = {}) {
    const { context, volume, onload, onerror, assets, backend, playing, random, ...sound } =
      typeof options === 'string' ? { preset: options } : requireSettings('options', options, optionsExample);
    requireToneContext(context);
    requireVolume(volume);
    super({ ...(context ? { context } : {}), ...(volume === undefined ? {} : { volume }) });
    const { preset, lyrics, values, speakerName } = readOptions(sound, this.context);
    const native = nativeContextOf(this.context);
    requireStops(native);
    this.#rate = this.context.sampleRate;
    this.#early = completeValues({ ...(preset ? preset.values : plainSound), ...values });
    this.#earlyPreset = preset ?? null;
    this.#presetName = preset?.name ?? null;
    this.#earlyLyrics = lyrics ?? preset?.lyrics ?? '';
    this.#earlySpeaker = speakerName;
    this.#bridge = new NativeBridge(this.context, true);
    connect(this.#bridge.node, this.output);
    this.#signals = new ParameterSignals({
      context: this.context,
      output: this.#bridge.node,
      valueOf: (id) => (id === detune.id ? this.#detuneCents : this.#values[id]),
    });
    this._syncedRelease = (time) => this.releaseAll(time);
    const loading = this.#load(native, { assets, backend, playing, random });
    if (isOffline(native)) {
      this.#leaveRendering = joinRendering(native, {
        stepFrames,
        ready: loading,
        step: (_from, to) => this.#renderStep(to),
        // Programs keep nothing of what they rendered with, and a worker is not collected.
        end: () => void this.dispose(),
      });
    }
    this.loaded = loading.then(() => {
      onload?.(this);
      return this;
    });
    void this.loaded.catch((reason: unknown) => {
      if (this.disposed) return;
      logWarning(messageOf(reason));
      onerror?.(reason instanceof Error ? reason : new Error(messageOf(reason)));
    });
    // `Tone.loaded()` waits for this, too.
    const download = loading
      .catch(() => undefined)
      .finally(() => {
        const { downloads } = ToneAudioBuffer;
        const at = downloads.indexOf(download);
        if (at >= 0) void downloads.splice(at, 1);
      });
    ToneAudioBuffer.downloads.push(download);
  }

  /** Names of the factory's presets. */
  static get presets(): readonly string[] {
    return factoryPresets.map(({ name }) => name);
  }

  /** The native instrument inside, for what Tone's way has no word for. @throws InstrumentError before it is loaded */
  get instrument(): Instrument {
    if (this.#instrument) return this.#instrument;
    throw new InstrumentError('audio', 'The instrument is not there yet; await voice.loaded first.');
  }

  /** Name of the preset that was loaded last, or null. */
  get preset(): string | null {
    return this.#presetName;
  }

  set preset(name: string | null) {
    this.set({ preset: name });
  }

  /** Names of the latent directions that style1 to style8 move along, in their order; none before it is loaded. */
  get directions(): readonly string[] {
    return this.#instrument?.manifest.directions.slice(0, 8).map(({ name }) => name) ?? [];
  }

  /** Names of the voices, as the option `speaker` takes them; none before it is loaded. */
  get speakers(): readonly string[] {
    return this.#instrument?.manifest.speakers.map(({ name }) => name) ?? [];
  }

  /** True for silence; the volume comes back as it was. */
  get mute(): boolean {
    return this.#volumeNode.mute;
  }

  set mute(isMute: boolean) {
    this.#volumeNode.mute = isMute;
  }

  get #volumeNode(): Volume {
    if (this.output instanceof Volume) return this.output;
    throw new TypeError("Tone's instrument has no Volume at its output; use tone 15");
  }

  /** Cents that all notes are moved by, -4800 to 4800, sounding ones too. */
  get detune(): Signal<Unit.UnitName> {
    this.#requireOpen();
    return this.#signals.get(detune.id);
  }

  /**
   * A parameter as a signal of Tone's, in the parameter's unit: sets, ramps and connections move it, and are heard within some 10 ms.
   * @param id of a parameter with a continuous range, `detune`, or the name of a latent direction of the model
   * @throws RangeError naming all of them
   */
  signal(id: string): Signal<Unit.UnitName> {
    this.#requireOpen();
    // A direction may be called as a parameter is, 'brightness': that is the parameter.
    const direction = this.directions.indexOf(id);
    const row =
      signalRows.find((each) => each.id === id) ??
      signalRows.find(({ knob }) => direction >= 0 && knob === direction);
    if (row) return this.#signals.get(row.id);
    if (id === detune.id) return this.detune;
    const names = [...signalRows.map((each) => each.id), detune.id, ...this.directions].join(', ');
    throw new RangeError(`signal must be one of ${names}, got ${quoted(id)}; choices are set by set()`);
  }

  /**
   * Starts notes.
   * @param notes names ('C4'), hertz of any pitch, `Tone.Midi(60)`, or several of them; what they mean is the mode's
   * @param velocity 0 to 1; 0 is silent
   * @throws RangeError naming a note, time or velocity that is none
   */
  triggerAttack(notes: Notes, time?: Unit.Time, velocity: Unit.NormalRange = 1): this {
    const frame = this.#frameOf(time);
    for (const note of this.#sung(notes)) this.#attack(note, frame, velocity);
    this.#pump();
    return this;
  }

  /**
   * Releases notes, of those that were struck again and again the first; others are ignored. Without notes all are released.
   * @throws RangeError naming a note or time that is none
   */
  triggerRelease(notes?: Notes, time?: Unit.Time): this {
    if (notes === undefined) return this.releaseAll(time);
    const frame = this.#frameOf(time);
    for (const note of this.#sung(notes)) this.#release(note, frame);
    this.#pump();
    return this;
  }

  /**
   * Starts notes and releases them.
   * @param duration of all, or of each note; the last one counts for the notes beyond it
   * @throws RangeError naming a note, duration, time or velocity that is none
   */
  override triggerAttackRelease(
    notes: Notes,
    duration: Unit.Time | readonly Unit.Time[],
    time?: Unit.Time,
    velocity: Unit.NormalRange = 1,
  ): this {
    const start = this.#secondsOf(time);
    const list = listOf<Note>(notes);
    const durations = listOf<Unit.Time>(duration).map((each) => this.#durationOf(each));
    if (durations.length === 0) throw new RangeError('duration must be a time or several, got an empty list');
    list.forEach((note, k) => {
      this.triggerAttack(note, start, velocity);
      this.triggerRelease(note, start + durations[Math.min(k, durations.length - 1)]);
    });
    return this;
  }

  /** Releases all notes that are held then. */
  releaseAll(time?: Unit.Time): this {
    if (this.disposed) return this;
    this.#score.add(this.#frameOf(time), (at) => this.#liftAll(at));
    this.#pump();
    return this;
  }

  /**
   * Says a digit, or sings it.
   * @param digit 0 to 9 or its name
   * @param duration how long its key is down; what is spoken is spoken to its end where the sound's `keyUp` says so
   * @param note sung on this pitch; spoken where there is none
   * @throws RangeError naming what is none
   */
  digit(
    digit: number | string,
    duration: Unit.Time = '4n',
    time?: Unit.Time,
    velocity: Unit.NormalRange = 1,
    note?: Note,
  ): this {
    const start = this.#secondsOf(time);
    const seconds = this.#durationOf(duration);
    const [sung] = note === undefined ? [] : this.#sung(note);
    const named = noteOfDigit(digit, 0, sung);
    this.#attack(named, this.#frames(start), velocity, sung === undefined);
    this.#release(named, this.#frames(start + seconds));
    this.#pump();
    return this;
  }

  /**
   * Says digits in a row, or sings them.
   * @param text `3 1 4`, `314` or `three one four`; `-` makes a digit a step longer, `.` is a step of silence
   * @param step from digit to digit
   * @param notes pitches that are sung in turns; spoken where there are none
   * @throws InputError for a word that is no digit; RangeError naming what is none
   */
  word(
    text: string,
    step: Unit.Time = '4n',
    time?: Unit.Time,
    velocity: Unit.NormalRange = 1,
    notes?: Notes,
  ): this {
    const pitches = notes === undefined ? [] : listOf<Note>(notes);
    const phrase = phraseOf(text);
    const start = this.#secondsOf(time);
    const seconds = this.#durationOf(step);
    phrase.forEach(({ digit, start: before, length }, k) => {
      const note = pitches.length > 0 ? pitches[k % pitches.length] : undefined;
      this.digit(digit, length * seconds, start + before * seconds, velocity, note);
    });
    return this;
  }

  /** Has triggers and digits follow Tone's transport: their times are the transport's from then on. */
  override sync(): this {
    this.#requireOpen();
    if (this._syncState()) {
      this._syncMethod('triggerAttack', 1);
      this._syncMethod('triggerRelease', 1);
      this._syncMethod('digit', 2);
      for (const event of ['stop', 'pause', 'loopEnd'] as const) {
        this.context.transport.on(event, this._syncedRelease);
      }
    }
    return this;
  }

  /** Ends `sync`, and forgets what was scheduled by it. */
  override unsync(): this {
    super.unsync();
    // Tone puts its own two methods back.
    Reflect.deleteProperty(this, 'digit');
    return this;
  }

  /**
   * Sets parameters, by their names or in their groups, preset and volume; what a preset says comes first.
   * @param time when it is to be: exactly for what notes are planned by, else within some milliseconds; effects of a preset may come 0.2 s
   * before. Without a time at once
   * @throws RangeError or InputError naming an option that is none; nothing is set then
   */
  override set(options: NumvoxOptions | Partial<NumvoxSettings>, time?: Unit.Time): this {
    this.#requireOpen();
    const { volume, ...rest } = requireSettings('options', options, optionsExample);
    requireVolume(volume);
    const sound = { ...rest, context: undefined };
    const read = readOptions(sound, this.context);
    this.#requireSpeaker(read.speakerName);
    if (time === undefined) {
      if (volume !== undefined) this.volume.value = volume;
      this.#apply(read);
    } else {
      const at = this.#frameOf(time);
      if (volume !== undefined) this.volume.setValueAtTime(volume, time);
      this.#score.add(at, (frame) => this.#applyAt(read, frame));
      this.#pump();
    }
    return this;
  }

  /** Volume, preset, lyrics and every parameter in its group, choices by their names: plain data, which `set` takes back. */
  override get(): NumvoxSettings {
    return {
      volume: this.volume.value,
      // Others are not found by their names, and all else says how they sound.
      preset: Numvox.presets.find((name) => name === this.#presetName) ?? null,
      lyrics: this.#instrument?.session.state.lyrics ?? this.#earlyLyrics,
      ...writeOptions(this.#values),
    } as NumvoxSettings;
  }

  /** Ends everything at once: worker, processors, nodes, timers and listeners. `closed` resolves when they have ended. */
  override dispose(): this {
    if (this.disposed) return this;
    super.dispose();
    this.#leaveRendering?.();
    this.#listenToTicks(false);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#score.dropBefore(Infinity);
    const signals = this.#signals.dispose();
    this.#bridge.dispose();
    const loading = this.loaded.catch(() => undefined);
    const ends = [signals, this.#instrument?.dispose() ?? loading];
    void Promise.allSettled(ends).then(() => this.#hasClosed());
    this.#instrument = null;
    return this;
  }

  get #values(): ParameterValues {
    return this.#instrument?.session.state.values ?? this.#early;
  }

  async #load(
    native: BaseAudioContext,
    options: {
      readonly assets: AssetOverrides | undefined;
      readonly backend: BackendName | undefined;
      readonly playing: Playing | undefined;
      readonly random: (() => number) | undefined;
    },
  ): Promise<void> {
    const { assets, backend, playing, random } = options;
    const instrument = await createInstrument({
      context: native,
      playing,
      ...(assets ? { assets } : {}),
      ...(backend ? { backend } : {}),
      ...(random ? { random } : {}),
    });
    try {
      this.#begin(instrument);
      // Where the decoder has stopped, what it had said is played.
      await instrument.whenSettled().catch((reason: unknown) => logWarning(messageOf(reason)));
      if (this.disposed) throw disposedEarly();
      if (isOffline(native)) instrument.performer.waitForDecoder();
    } catch (reason) {
      this.#instrument = null;
      await instrument.dispose();
      throw reason;
    }
    const missed = isOffline(native)
      ? 0
      : this.#score.dropBefore(this.#frames(this.context.currentTime - lateness));
    if (missed > 0)
      logWarning(`${missed} events came before the instrument was loaded; await voice.loaded first`);
    this.#pump();
  }

  #begin(instrument: Instrument): void {
    if (this.disposed) throw disposedEarly();
    const { session } = instrument;
    this.#instrument = instrument;
    this.#requireSpeaker(this.#earlySpeaker);
    const speaker = this.#speakerOf(this.#earlySpeaker);
    const values = { ...this.#early, ...speaker };
    session.state.load(
      this.#presetName ?? 'Tone',
      { values, lyrics: this.#earlyLyrics },
      this.#earlyPreset ?? undefined,
    );
    instrument.output.connect(this.#bridge.native);
    const { context } = instrument;
    this.#signals.begin(
      () =>
        new SignalReader(context, signalCount, this.#bridge.native, (signal, value) =>
          this.#signalMoved(signal, value),
        ),
    );
  }

  #requireSpeaker(name: string | undefined): void {
    if (name === undefined || !this.#instrument || this.speakers.includes(name)) return;
    throw new RangeError(
      `speaker must be one of ${this.speakers.join(', ')} or a number, got ${quoted(name)}`,
    );
  }

  #speakerOf(name: string | undefined): PartialValues {
    return name === undefined ? {} : { speaker: this.speakers.indexOf(name) };
  }

  /** Notes are planned ahead, and so is what they are planned by; all else waits for its time, where time does not wait for it. */
  #applyAt(read: ReturnType<typeof readOptions>, frame: Samples): void {
    const aheadSeconds = frame / this.#rate - this.context.currentTime;
    if (this.#leaveRendering || read.preset !== undefined || aheadSeconds <= 0)
      return this.#apply(read, frame);
    const [early, late] = [true, false].map((wanted) =>
      Object.fromEntries(
        Object.entries(read.values).filter(([id]) => (parameterById(id).shapesNotes === true) === wanted),
      ),
    );
    this.#apply({ ...read, values: early }, frame);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#apply({ preset: undefined, lyrics: undefined, speakerName: undefined, values: late });
    }, 1000 * aheadSeconds);
    this.#timers.add(timer);
  }

  #apply({ preset, lyrics, values, speakerName }: ReturnType<typeof readOptions>, frame?: Samples): void {
    const state = this.#instrument?.session.state;
    if (preset !== undefined) this.#presetName = preset?.name ?? null;
    if (state) {
      if (preset !== undefined) {
        const start = { values: completeValues(preset?.values ?? plainSound), lyrics: preset?.lyrics ?? '' };
        state.load(this.#presetName ?? 'Tone', start, preset ?? undefined, frame);
      }
      if (lyrics !== undefined) state.setLyrics(lyrics);
      state.putAll({ ...values, ...this.#speakerOf(speakerName) }, frame);
    } else {
      if (preset !== undefined) {
        this.#early = completeValues(preset?.values ?? plainSound);
        this.#earlyPreset = preset;
        this.#earlyLyrics = preset?.lyrics ?? '';
      }
      Object.assign(this.#early, values);
      if (lyrics !== undefined) this.#earlyLyrics = lyrics;
      if ('speaker' in values || preset !== undefined) this.#earlySpeaker = undefined;
      this.#earlySpeaker = speakerName ?? this.#earlySpeaker;
    }
    const changed = preset === undefined ? (Object.keys(values) as ParameterId[]) : parameterIds;
    for (const id of changed) this.#signals.moved(id, this.#values[id]);
  }

  /** A signal stands elsewhere: heard as soon as it comes. */
  #signalMoved(signal: number, value: number): void {
    if (!this.#instrument) return;
    const row = rowOfSignal(signal);
    const held = Math.min(row.max, Math.max(row.min, value));
    const { id }: { readonly id: SignalId } = row;
    if (id !== detune.id) {
      this.#instrument.session.state.putAll({ [id]: held });
      return;
    }
    this.#detuneCents = held;
    for (const channel of this.#tuned) this.#instrument.performer.setChannelTuning(channel, held / 100);
  }

  #sung(notes: Notes): ToneNote[] {
    return listOf<Note>(notes).map((note) =>
      noteOfFrequency(note instanceof FrequencyClass ? note.toFrequency() : this.toFrequency(note), note),
    );
  }

  #requireOpen(): void {
    if (this.disposed) throw new InstrumentError('closed', `${this.name} was disposed of; make another one.`);
  }

  #attack(note: ToneNote, frame: Samples, velocity: number, isSpoken = false): void {
    this.#requireOpen();
    requireNumber('velocity', velocity, 0, 1);
    this.#score.add(frame, (at) => this.#strike(note, at, velocity, isSpoken));
  }

  #release({ name }: ToneNote, frame: Samples): void {
    // What plays on a transport may end after its instrument.
    if (this.disposed) return;
    this.#score.add(frame, (at) => {
      const held = this.#held.release(name, at);
      if (held) this.#lift(held, at);
    });
  }

  #strike({ name, midiNote, play }: ToneNote, frame: Samples, velocity: number, isSpoken: boolean): void {
    // What makes no sound takes no key, and its release finds none.
    if (!this.#instrument || velocity === 0) return;
    const { performer, session } = this.#instrument;
    const { sounding } = session.state;
    const isMono = sounding.voiceMode >= 0.5;
    const { note, ended } = this.#held.attack(name, midiNote, isMono, frame);
    if (ended) this.#lift(ended, frame);
    const { channel } = note;
    if (!this.#tuned.has(channel)) {
      this.#tuned.add(channel);
      if (this.#detuneCents !== 0) performer.setChannelTuning(channel, this.#detuneCents / 100, frame);
    }
    const speaker = Math.min(Math.round(sounding.speaker), this.speakers.length - 1);
    performer.noteOn(channel, midiNote, 127 * velocity, frame, isSpoken ? { ...play, speaker } : play);
  }

  #lift({ channel, midiNote }: HeldNote, frame: Samples): void {
    this.#instrument?.performer.noteOff(channel, midiNote, undefined, frame);
  }

  #liftAll(frame: Samples): void {
    for (const held of this.#held.releaseAll(frame)) this.#lift(held, frame);
  }

  #secondsOf(time: Unit.Time | undefined): Seconds {
    const seconds = this.toSeconds(time);
    if (Number.isFinite(seconds)) return Math.max(0, seconds);
    throw new RangeError(`time must be seconds or a time such as '8n' or '+0.1', got ${quoted(time)}`);
  }

  #durationOf(duration: Unit.Time): Seconds {
    const seconds = this.toSeconds(duration);
    if (seconds > 0 && seconds < Infinity) return seconds;
    throw new RangeError(`duration must be a time above 0 such as 0.5 or '8n', got ${quoted(duration)}`);
  }

  #frameOf(time: Unit.Time | undefined): Samples {
    return this.#frames(this.#secondsOf(time));
  }

  #frames(seconds: Seconds): Samples {
    return Math.max(0, Math.round(seconds * this.#rate));
  }

  /** Hands on what is due soon; the rest waits for Tone's clock. */
  readonly #pump = (): void => {
    if (!this.#instrument || this.#leaveRendering) return;
    const { currentTime, lookAhead } = this.context;
    this.#score.playBefore(this.#frames(currentTime + lookAhead + handedOnAhead) + 1);
    this.#listenToTicks(!this.#score.isEmpty);
  };

  #listenToTicks(wanted: boolean): void {
    if (wanted === this.#isTicking) return;
    this.#isTicking = wanted;
    if (wanted) this.context.on('tick', this.#pump);
    else this.context.off('tick', this.#pump);
  }

  /** Offline: everything is as it is to be heard before `untilFrame`. */
  async #renderStep(untilFrame: Samples): Promise<void> {
    const instrument = this.#instrument;
    if (!instrument) return;
    await this.#signals.read();
    this.#score.playBefore(untilFrame);
    instrument.performer.advance(untilFrame);
    await instrument.whenSettled().catch((reason: unknown) => logWarning(messageOf(reason)));
  }
}

addSignalProperties(Numvox.prototype);

/** A native context would be taken by Tone's nodes, and have no transport and no clock of Tone's. */
function requireToneContext(context: BaseContext | undefined): void {
  if (
    context === undefined ||
    (typeof context === 'object' && (context as unknown) !== null && 'rawContext' in context)
  )
    return;
  throw new TypeError(
    `context must be one of Tone's, got ${quoted(context)}; hand in new Tone.Context({ context: audioContext }), or leave it out for Tone's default one`,
  );
}

function requireVolume(volume: Unit.Decibels | undefined): void {
  if (volume !== undefined) requireNumber('volume', volume, -Infinity, loudest, 'decibels');
}

function disposedEarly(): InstrumentError {
  return new InstrumentError(
    'closed',
    'The instrument was disposed of before it was loaded; make another one.',
  );
}

function listOf<T>(given: T | readonly T[]): readonly T[] {
  return Array.isArray(given) ? (given as readonly T[]) : [given as T];
}
