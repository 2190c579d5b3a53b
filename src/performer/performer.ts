// The performer: musical events in, messages to the kernel and scheduler to the decoder out. It knows no page and no
// clock of its own. Long, because every kind of event meets here; what each part knows for itself lies in
// performer/.
import type { Emitter } from '../contract/emitter.ts';
import { requireInteger, requireNumber } from '../contract/errors.ts';
import {
  arpModes,
  defaultValues,
  divisionQuarters,
  modulationTargets,
  parameterById,
  parameterOfController,
  valueOfController,
  type ParameterId,
  type ParameterValues,
} from '../contract/parameters.ts';
import type { Samples } from '../contract/units.ts';
import { digitCount } from '../contract/vocabulary.ts';
import type { Arpeggiator, ArpSettings } from './arpeggiator.ts';
import { fastestBeat, slowestBeat, type BeatClock } from './beatClock.ts';
import { mostChannels, type Channels } from './channels.ts';
import type { DecodeScheduler } from './decodeScheduler.ts';
import { controllers, pedalDown } from './expression.ts';
import { handKeyOf, type Keys, type Press } from './keys.ts';
import { keyswitchOf, type Keyswitch } from './keyswitches.ts';
import type { VoiceParameterFeed } from './voiceParameterFeed.ts';
import type { LyricStep } from './lyrics.ts';
import type { ZoneName } from './mpe.ts';
import type { NoteModulation } from './noteModulation.ts';
import { slotOfNote, type NoteLatents } from './noteLatents.ts';
import type { PartPlay } from './partPlay.ts';
import type { Played } from './played.ts';
import { performerParts, type PerformerOptions } from './performerParts.ts';
import type { SoundingNotes } from './soundingNotes.ts';
import type { StyleLfo } from './styleLfo.ts';
import { Tuning } from './tuning.ts';
import type { WordPlanner } from './wordPlanner.ts';
import type { Pad, StyleOfDigit, WordSlots } from './wordSlots.ts';

export type { NoteEvent } from './keys.ts';
export type { PerformerOptions } from './performerParts.ts';
export type { ZoneName } from './mpe.ts';
export type { PartPlay } from './partPlay.ts';
export { slotCount, type Pad, type StyleOfDigit } from './wordSlots.ts';

/**
 * Plays. Channels count 1..16 for each port, those of a song's second port 17..32; `time` is a context frame, absent for now. Methods throw RangeError naming an
 * argument out of range, its range and the value; everything within the ranges is harmless in any order.
 */
export class Performer {
  readonly #options: PerformerOptions;
  /** Notes as they sound, and what is done to their channels, for whoever passes that on. */
  readonly played: Emitter<Played>;
  readonly #values = defaultValues();
  readonly #channels: Channels;
  readonly #slots: WordSlots;
  readonly #scheduler: DecodeScheduler;
  readonly #notes: SoundingNotes;
  readonly #arp: Arpeggiator;
  readonly #planner: WordPlanner;
  readonly #keys: Keys;
  readonly #feed: VoiceParameterFeed;
  readonly #modulation: NoteModulation;
  readonly #noteLatents: NoteLatents;
  readonly #lfo: StyleLfo;
  /** Keys of hands that are down. */
  readonly #down = new Map<number, Press>();
  readonly #beats: BeatClock;
  #advancedTo: Samples = 0;

  constructor(options: PerformerOptions) {
    this.#options = options;
    const parts = performerParts(options, this.#values, this.#down);
    this.played = parts.played;
    this.#channels = parts.channels;
    this.#slots = parts.slots;
    this.#scheduler = parts.scheduler;
    this.#notes = parts.notes;
    this.#arp = parts.arp;
    this.#planner = parts.planner;
    this.#keys = parts.keys;
    this.#feed = parts.feed;
    this.#modulation = parts.modulation;
    this.#noteLatents = parts.noteLatents;
    this.#lfo = parts.lfo;
    this.#beats = parts.beats;
  }

  /** Counts moves of the latent point. */
  get revision(): number {
    return this.#scheduler.revision;
  }

  /** True when every word has been decoded at the current latent point. */
  get settled(): boolean {
    return this.#scheduler.settled;
  }

  /** True when the points that single notes stand at have been decoded, too. */
  get caughtUp(): boolean {
    return this.#scheduler.caughtUp;
  }

  /**
   * From now on sound waits for the decoder, until `caughtUp`, before each stretch of it, and after the notes of the stretch were played: it
   * is asked for what sounds and nothing ahead.
   */
  waitForDecoder(): void {
    this.#scheduler.isWaitedFor = true;
  }

  /** True while a note has not been released. */
  get holdsNotes(): boolean {
    return this.#notes.all.length > 0;
  }

  /** Index of the speaker in use: the last one chosen or played. */
  get speaker(): number {
    return this.#scheduler.speaker;
  }

  /** Sends the voice parameters and asks for the first decodes; call once kernel and decoder are connected. */
  begin(): void {
    this.#feed.update(undefined);
    this.#scheduler.reorder();
  }

  /**
   * The kernel is a new one: it knows nothing of what the one before was told. Everything is let go, parameters
   * are sent again and every word is asked for anew.
   */
  beginAnew(): void {
    this.releaseAll();
    this.#notes.forgetTails();
    this.#scheduler.clear();
    this.tellKernel();
    this.askAnew();
  }

  /** Sends the parameters of all notes again, to a kernel that knows nothing of them. */
  tellKernel(): void {
    this.#feed.sendAll();
  }

  /** Asks for every word anew, for a kernel that has none. */
  askAnew(): void {
    this.#scheduler.move();
  }

  /** The decoder has sent every word of a revision. */
  settledAt(revision: number): void {
    this.#scheduler.settledAt(revision);
  }

  /** Another decoder answers now: every word is asked for once more, at the revision that it has. */
  decodeAgain(): void {
    this.#scheduler.repeat();
  }

  /** Drops what is still to be sent. */
  dispose(): void {
    this.#scheduler.dispose();
  }

  /**
   * A key goes down. Velocity 0 is a note-off, as in MIDI; a key that is down already strikes anew.
   * @param midiNote 0..127
   * @param velocity 0..127
   * @param play how the key's part of an arrangement plays, where that is not as the instrument is set
   */
  noteOn(channel: number, midiNote: number, velocity: number, time?: Samples, play?: PartPlay): void {
    const key = this.#keyOf(channel, midiNote, time);
    requireNumber('velocity', velocity, 0, 127);
    if (velocity === 0) return this.noteOff(channel, midiNote, 0, time);
    const hasKeyswitches = play?.hasKeyswitches ?? true;
    const keyswitch =
      hasKeyswitches && this.#planner.modeOf(play).hasKeyswitches ? keyswitchOf(midiNote) : undefined;
    if (keyswitch) return this.#switch(keyswitch, time);
    const press = { key, hand: key, channel, midiNote, velocity, pressure: 0, pedalled: true, play };
    this.#down.set(key, press);
    if (!this.#arpOn) return this.#keys.press(press, time);
    this.#arp.press({ channel, note: midiNote, velocity }, time ?? this.#nowFrame);
    this.#arp.advance(this.#advancedTo, this.#arpSettings);
  }

  /** A key goes up. Keys that are not down are ignored. */
  noteOff(channel: number, midiNote: number, releaseVelocity = 64, time?: Samples): void {
    const key = this.#keyOf(channel, midiNote, time);
    requireNumber('release velocity', releaseVelocity, 0, 127);
    this.#down.delete(key);
    this.#arp.lift(channel, midiNote, this.#channels.pedal('sustain', channel));
    this.#keys.lift(key, channel, time, releaseVelocity);
  }

  /** @param bend -1..1 of the channel's range */
  pitchBend(channel: number, bend: number, time?: Samples): void {
    this.#checkChannel(channel, time);
    this.#channels.of(channel).bend = requireNumber('bend', bend, -1, 1);
    this.played.emit({ type: 'bend', channel, bend, time });
    this.#keys.refresh(channel, time);
  }

  /** @param pressure 0..1: moves the channel's notes by `pressureTo`; usually level in MPE, else vibrato */
  channelPressure(channel: number, pressure: number, time?: Samples): void {
    this.#checkChannel(channel, time);
    const state = this.#channels.of(channel);
    state.pressure = requireNumber('pressure', pressure, 0, 1);
    state.hasPressure = true;
    this.played.emit({ type: 'pressure', channel, pressure, time });
    this.#keys.refresh(channel, time);
    this.#feed.update(time);
  }

  /** @param pressure 0..1: moves the key's note, or those that the arpeggiator makes of it, by `pressureTo` */
  polyPressure(channel: number, midiNote: number, pressure: number, time?: Samples): void {
    const key = this.#keyOf(channel, midiNote, time);
    requireNumber('pressure', pressure, 0, 1);
    this.played.emit({ type: 'polyPressure', channel, note: midiNote, pressure, time });
    const press = this.#down.get(key);
    if (press) press.pressure = pressure;
    const notes = this.#notes.ofHand(key);
    for (const note of notes) note.polyPressure = pressure;
    this.#keys.refreshNotes(notes, time);
    this.#feed.update(time);
  }

  /**
   * A controller moves: pedals, levels and the channel mode messages here, others by the table's default
   * controllers. Unknown ones do nothing.
   * @param value 0..127, with fractions for 14-bit controllers
   */
  controlChange(channel: number, controller: number, value: number, time?: Samples): void {
    this.#checkChannel(channel, time);
    requireInteger('controller', controller, 0, 127);
    requireNumber('controller value', value, 0, 127);
    const state = this.#channels.of(channel);
    const isLevel = controller === controllers.volume || controller === controllers.pan;
    const isTimbre = controller === controllers.timbre && this.#channels.zones.zoneOf(channel) !== undefined;
    const parameter = isLevel || isTimbre ? undefined : parameterOfController(controller);
    if (!parameter) {
      state.movePedal(controller, value);
      this.played.emit({ type: 'control', channel, controller, data: value, time });
    }
    switch (controller) {
      case controllers.volume:
      case controllers.expression:
        state[controller === controllers.volume ? 'volume' : 'expression'] = value;
        return this.#keys.refresh(channel, time);
      case controllers.pan:
        state.pan = fromMiddle(value);
        return this.#keys.refresh(channel, time);
      case controllers.sustain:
        state.sustain = value >= pedalDown;
        return this.#pedalMoved(channel, time);
      case controllers.sostenuto:
        return this.#keys.moveSostenuto(channel, value >= pedalDown, time);
      case controllers.soft:
        state.soft = value >= pedalDown;
        return this.#feed.update(time);
      case controllers.lyricsReset:
        if (value >= pedalDown) this.resetLyrics();
        return;
      case controllers.allSoundOff:
        return this.#soundOff(channel, time);
      case controllers.resetAll:
        return this.#resetControllers(channel, time);
    }
    if (controller >= controllers.allNotesOff && controller <= controllers.lastMode) {
      return this.#liftKeys((keyChannel) => this.#channels.reaches(channel, keyChannel), time);
    }
    const shared = this.#modulation.timbreParameter;
    if (isTimbre && shared === null) {
      state.timbre = fromMiddle(value);
      return this.#keys.refresh(channel, time);
    }
    const moved = isTimbre && shared ? parameterById(shared) : parameter;
    if (moved) this.#move(moved.id, valueOfController(moved, value), time);
  }

  /** Goes to `onProgram`; when that does not deal with it, programs 0..9, 10..19 and so on choose the digit. */
  programChange(channel: number, program: number, time?: Samples, bank = 0): void {
    this.#checkChannel(channel, time);
    requireInteger('program', program, 0, 127);
    requireInteger('bank', bank, 0, 127);
    const isDealtWith = this.#options.onProgram?.(program, channel, bank, time) ?? false;
    if (!isDealtWith) this.#move('digit', program % digitCount, time);
  }

  /** Releases every key and lifts every pedal; sounding words play on to their end. */
  allNotesOff(): void {
    this.releaseAll();
  }

  /** Silences everything at once (a 5 ms fade). */
  allSoundOff(): void {
    this.releaseAll();
    this.#scheduler.clear();
    this.#options.sendKernel({ type: 'silence' });
  }

  /** As if all hands and feet had left the keyboard of a channel, or all: for a device that was unplugged. */
  releaseAll(channel?: number, time?: Samples): void {
    if (channel !== undefined) this.#checkChannel(channel, time);
    const isMeant = (other: number) => channel === undefined || other === channel;
    for (const other of this.#channels.numbers) {
      if (!isMeant(other)) continue;
      const state = this.#channels.of(other);
      for (const controller of state.pedalsDown) {
        this.played.emit({ type: 'control', channel: other, controller, data: 0, time });
      }
      state.pedalsDown.clear();
      if (state.pressure > 0) this.played.emit({ type: 'pressure', channel: other, pressure: 0, time });
      state.sustain = state.sostenuto = state.soft = state.hasPressure = false;
      state.pressure = 0;
    }
    this.#liftKeys(isMeant, time);
    for (const note of this.#notes.all) if (isMeant(note.channel)) this.#keys.end(note, time);
    this.#feed.update(time);
  }

  /**
   * Tells a parameter of the table: what is to sound, which its owner keeps. A style beyond the bundle's last direction
   * moves nothing; choices round.
   * @throws RangeError for an unknown id or a value outside its range
   */
  setParameter(id: ParameterId, value: number, time?: Samples): void {
    this.setParameters({ [id]: value }, time);
  }

  /**
   * Tells several parameters at once, as a preset does.
   * @throws RangeError for the first unknown id or value outside its range; nothing has changed then
   */
  setParameters(values: Partial<ParameterValues>, time?: Samples): void {
    const entries = Object.entries(values) as [ParameterId, number][];
    for (const [id, value] of entries) {
      const { min, max } = parameterById(id);
      requireNumber(id, value, min, max);
    }
    const changed = new Set<ParameterId>();
    for (const [id, value] of entries) {
      const next = parameterById(id).curve === 'choice' ? Math.round(value) : value;
      if (this.#values[id] !== next) changed.add(id);
      this.#values[id] = next;
    }
    this.#apply(changed, time);
  }

  /** Value of a parameter as it was told last. */
  parameter(id: ParameterId): number {
    return this.#values[id];
  }

  /** Values of all parameters as they were told last. */
  values(): ParameterValues {
    return { ...this.#values };
  }

  /**
   * Chooses who sings, and whose words are decoded first.
   * @throws RangeError when the bundle has no such speaker
   */
  setSpeaker(speaker: number, time?: Samples): void {
    requireInteger('speaker', speaker, 0, this.#options.manifest.speakers.length - 1);
    this.#scheduler.speaker = speaker;
    this.#move('speaker', Math.min(speaker, parameterById('speaker').max), time);
    this.#scheduler.reorder();
  }

  /**
   * What pressure moves, and how far in that parameter's unit (speed in octaves); null for nothing. Styles, sound
   * and vibrato depth move for the note or channel that is pressed, other parameters for all notes, of several
   * pressures by the strongest. Holds until the parameter `pressureTo` or its amount is moved.
   */
  setPressureTarget(id: ParameterId | null, amount: number): void {
    requireNumber('amount', amount, -10_000, 10_000);
    this.#modulation.setPressureTarget(id === null ? null : parameterById(id).id, amount);
    this.#keys.refreshNotes(this.#notes.all, undefined);
    this.#feed.update(undefined);
  }

  /**
   * What controller 74 moves on MPE channels: the parameter `timbreTo` goes there, which moves each note on its own.
   * A parameter that is no choice of it is set for all notes, by the finger that moved last, until `timbreTo` is
   * moved.
   */
  setTimbreTarget(id: ParameterId): void {
    const { target } = parameterById(id);
    this.#modulation.setTimbreParameter(target ? null : id);
    if (target) this.#move('timbreTo', modulationTargets.indexOf(target), undefined);
    this.#keys.refreshNotes(this.#notes.all, undefined);
  }

  /** Adds a vector to the style of every word: scenes, the map; null for none. */
  setStyleOffset(offset: ArrayLike<number> | null): void {
    this.#slots.setOffset(offset);
    this.#scheduler.move();
  }

  /**
   * Draws the style of every word towards a style for its digit, by `share` 0..1: a place of the map of voices.
   */
  setStyleTarget(target: StyleOfDigit | null, share: number): void {
    this.#slots.setTarget(target, share);
    this.#scheduler.move();
  }

  /** Stores a latent point on a key of drum mode, or takes it away. At most 50. */
  setPad(midiNote: number, pad: Pad | null): void {
    this.#slots.setPad(midiNote, pad);
    this.#scheduler.move();
  }

  /** The stored points of drum mode by key; other keys strike the speakers' own words. */
  get pads(): ReadonlyMap<number, Pad> {
    return this.#slots.pads;
  }

  /** The latent style that the current parameters give a word, for storing as a pad. */
  styleOf(speaker: number, digit: number): Float32Array {
    requireInteger('speaker', speaker, 0, this.#options.manifest.speakers.length - 1);
    requireInteger('digit', digit, 0, digitCount - 1);
    return this.#slots.styleOf(this.#slots.plain(speaker, digit).slot);
  }

  /**
   * Sets the text of lyrics mode, see parseLyrics; the next note sings its first step.
   * @throws InputError where it cannot be read; the old text stays
   */
  setLyrics(text: string): void {
    this.#planner.lyrics.setText(text);
    this.#options.onLyrics?.();
  }

  /** Goes back to the front of the lyrics. */
  resetLyrics(): void {
    this.#planner.lyrics.reset();
    this.#options.onLyrics?.();
  }

  /** Steps of the lyrics, the index of the one sung last (-1 before the first) and of the next one. */
  get lyrics(): { readonly steps: readonly LyricStep[]; readonly current: number; readonly next: number } {
    const { steps, current, position } = this.#planner.lyrics;
    return { steps, current, next: position };
  }

  /** Retunes the keyboard; null for equal temperament. Sounding notes follow. */
  setTuning(tuning: Tuning | null): void {
    this.#planner.tuning = tuning ?? new Tuning();
    this.#keys.retune(undefined);
  }

  /** Name of the tuning in use. */
  get tuningName(): string {
    return this.#planner.tuning.name;
  }

  /** Tempo of an outside clock: the parameter's, held within its range. */
  setTempo(bpm: number, time?: Samples): void {
    const { min, max } = parameterById('tempo');
    requireNumber('tempo', bpm, 1, 1000);
    const tempo = Math.min(max, Math.max(min, bpm));
    // What sounds already is no move: with a scene reached, the owner's own tempo is another.
    if (tempo !== this.#values.tempo) this.#move('tempo', tempo, time);
    // The beat may go on otherwise from here, though the tempo is the same.
    this.#feed.update(time);
  }

  /**
   * A sequencer or song stands `quarters` from its beginning and goes on at `bpm`: the arpeggio, the slow oscillator and
   * the stutter line up with that where they follow the tempo, until `transportStop`.
   * @param bpm 5..600
   * @param isMeasured true draws them towards it over some beats, but for a leap; false has them there at once
   * @param time of a beat that lies ahead: the arpeggio knows of it from now on, the others with the next `setTempo`
   */
  followBeat(quarters: number, bpm: number, time?: Samples, isMeasured = false): void {
    requireNumber('quarters', quarters, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    requireNumber('bpm', bpm, slowestBeat, fastestBeat);
    const frame = time ?? this.#nowFrame;
    if (isMeasured) this.#beats.draw(frame, quarters, bpm);
    else this.#beats.set(frame, quarters, bpm);
    this.#beats.forgetPast(this.#nowFrame);
    if (time === undefined) this.#feed.update(undefined);
  }

  /** A sequencer starts from its front: lyrics, arpeggio and slow oscillator do too. */
  transportStart(time?: Samples): void {
    const frame = time ?? this.#nowFrame;
    this.resetLyrics();
    this.#arp.restart(frame);
    this.#feed.restartLfo(frame);
  }

  /** A sequencer stops: what followed its beat goes on by itself. */
  transportStop(time?: Samples): void {
    this.#beats.clear();
    this.#feed.update(time);
  }

  /** True where a channel belongs to an MPE zone: its wheels, pressure and timbre are those of single notes. */
  isInZone(channel: number): boolean {
    return this.#channels.zones.zoneOf(requireInteger('channel', channel, 1, mostChannels)) !== undefined;
  }

  /** Member channels of an MPE zone, 0..15; 0 when it is off. */
  zoneMembers(zone: ZoneName): number {
    return this.#channels.zones.members(zone);
  }

  /**
   * Volume, pan and bend range of a channel are as at first for notes to come. Notes that sound, and what rings of others,
   * keep theirs until the channel hears of another.
   */
  restoreChannel(channel: number): void {
    this.#checkChannel(channel, undefined);
    this.#channels.of(channel).restoreSettings();
  }

  /**
   * Sets an MPE zone up; releases everything, since keys change their meaning.
   * @param members channels of the zone besides its master (1 for the lower, 16 for the upper), 0..15; 0 ends it
   */
  setZone(zone: ZoneName, members: number, time?: Samples): void {
    requireInteger('MPE members', members, 0, 15);
    this.releaseAll(undefined, time);
    this.#channels.setZone(zone, members);
    this.#keys.forgetParts();
  }

  /**
   * Range of a channel's wheel (RPN 0); one of a zone's members sets it for all of them.
   * @param rangeSemitones 0..96
   * @param cents 0..100 more
   */
  setBendRange(channel: number, rangeSemitones: number, cents = 0, time?: Samples): void {
    this.#checkChannel(channel, time);
    requireNumber('bend range', rangeSemitones, 0, 96);
    requireNumber('cents', cents, 0, 127);
    const master = this.#channels.zones.masterOf(channel);
    for (const other of this.#channels.numbers) {
      const sibling = master !== undefined && this.#channels.zones.masterOf(other) === master;
      if (other !== channel && !sibling) continue;
      this.#channels.of(other).bendRange = rangeSemitones + cents / 100;
      this.#keys.refresh(other, time);
    }
  }

  /**
   * Tunes the notes of a channel, in a zone that of its master those of all members (RPN 1 and 2). Controller 121 leaves
   * it alone.
   * @param semitones -65..65, with fractions
   */
  setChannelTuning(channel: number, semitones: number, time?: Samples): void {
    this.#checkChannel(channel, time);
    this.#channels.of(channel).tuning = requireNumber('semitones', semitones, -65, 65);
    this.#keys.refresh(channel, time);
  }

  /**
   * Plays what the arpeggiator and pending ties have to say up to a frame, and lets the slow oscillator move the
   * style by the present frame. Call it about once a hop: in a page some 100 ms ahead, offline with the end of each
   * block before that is rendered.
   */
  advance(untilFrame: Samples): void {
    requireNumber('untilFrame', untilFrame, 0, Number.MAX_SAFE_INTEGER);
    this.#advancedTo = Math.max(this.#advancedTo, untilFrame);
    this.#lfo.advance(this.#nowFrame);
    if (this.#arpOn) this.#arp.advance(untilFrame, this.#arpSettings, this.#nowFrame);
    // Last, so that it meets the ties that the arpeggiator's notes leave waiting.
    this.#keys.advance(untilFrame);
  }

  /** A musician moved a parameter: its owner is asked. */
  #move(id: ParameterId, value: number, time: Samples | undefined): void {
    const { onMove } = this.#options;
    if (onMove) onMove(id, value, time);
    else this.setParameter(id, value, time);
  }

  get #arpOn(): boolean {
    return this.#values.arpMode > 0;
  }

  get #nowFrame(): Samples {
    return Math.round(this.#options.now() * this.#options.sampleRate);
  }

  get #arpSettings(): ArpSettings {
    const values = this.#values;
    const stepQuarters = divisionQuarters[values.arpRate];
    const beats = this.#beats;
    const bpm = beats.lineAt(this.#advancedTo)?.bpm ?? values.tempo;
    return {
      mode: arpModes[values.arpMode],
      stepSamples: (60 / bpm) * stepQuarters * this.#options.sampleRate,
      stepAfter: beats.isActive ? (frame) => beats.nextStep(frame, stepQuarters) : undefined,
      gate: values.arpGate,
      octaves: Math.round(values.arpOctaves),
      swing: values.arpSwing,
    };
  }

  #pedalMoved(channel: number, time: Samples | undefined): void {
    this.#keys.pedalMoved(channel, time);
    this.#arp.releasePedal((key) => this.#channels.pedal('sustain', key.channel));
  }

  #resetControllers(channel: number, time: Samples | undefined): void {
    this.#keys.moveSostenuto(channel, false, time);
    this.#channels.of(channel).resetControllers();
    for (const note of this.#notes.all) if (note.channel === channel) note.polyPressure = 0;
    for (const press of this.#down.values()) if (press.channel === channel) press.pressure = 0;
    this.#pedalMoved(channel, time);
    this.#keys.refresh(channel, time);
    this.#feed.update(time);
  }

  #soundOff(channel: number, time: Samples | undefined): void {
    const concerns = (other: number) => this.#channels.reaches(channel, other);
    this.#liftKeys(concerns, time);
    this.#keys.silence(concerns, time);
  }

  /** All keys of some channels go up; pedals keep what they hold. */
  #liftKeys(isMeant: (channel: number) => boolean, time: Samples | undefined): void {
    for (const press of [...this.#down.values()]) {
      if (isMeant(press.channel)) this.#down.delete(press.key);
    }
    for (const channel of this.#channels.numbers) if (isMeant(channel)) this.#arp.clear(channel);
    if (this.#arp.size === 0) this.#arp.finish(time ?? this.#nowFrame);
    this.#keys.liftAll(isMeant, time);
  }

  #switch(keyswitch: Keyswitch, time: Samples | undefined): void {
    if (keyswitch.kind === 'digit') return this.#move('digit', keyswitch.digit, time);
    const speakers = this.#options.manifest.speakers.length;
    this.setSpeaker((this.#planner.singer + keyswitch.step + speakers) % speakers, time);
  }

  /** Carries out what a change of parameters asks for. */
  #apply(changed: ReadonlySet<ParameterId>, time: Samples | undefined): void {
    if (changed.size === 0) return;
    // Keys that are down belong to the old way of playing: they go silent rather than hang in it.
    if (changed.has('mode') || changed.has('voiceMode')) this.#keys.dropAll(time);
    if (changed.has('tempo')) this.#beats.retempo(time ?? this.#nowFrame, this.#values.tempo);
    if (changed.has('arpMode')) this.#arpModeMoved(time);
    if (changed.has('transpose') || changed.has('tuningHz') || changed.has('bendRange'))
      this.#keys.retune(time);
    if (changed.has('speaker')) this.#scheduler.speaker = this.#planner.singer;
    if (changed.has('digit') || changed.has('speaker')) this.#digitMoved(time);
    if (changed.has('timbreTo')) this.#modulation.setTimbreParameter(null);
    if (changed.has('pressureTo') || changed.has('pressureAmount')) this.#modulation.takePressureTarget();
    if ([...changed].some((id) => parameterById(id).movesNotes))
      this.#keys.refreshNotes(this.#notes.all, time);
    this.#feed.update(time);
    if (changed.has('lfoTo') || changed.has('lfoAmount')) this.#lfo.advance(this.#nowFrame);
  }

  #arpModeMoved(time: Samples | undefined): void {
    if (!this.#arpOn) {
      this.#arp.clear();
      this.#arp.finish(time ?? this.#nowFrame);
      return;
    }
    if (this.#arp.size > 0) return;
    this.#keys.dropAll(time);
    for (const { channel, midiNote: note, velocity } of this.#down.values()) {
      this.#arp.press({ channel, note, velocity }, time ?? this.#nowFrame);
    }
    this.#arp.advance(this.#advancedTo, this.#arpSettings);
  }

  /** The place between the digits has moved: notes that sing it move along. */
  #digitMoved(time: Samples | undefined): void {
    const slots = this.#slots;
    const followers = this.#notes.all.filter((note) => note.followsDigit);
    const isMorphing = followers.some((note) => slots.isMorph(note.word.slot));
    const word = slots.between(this.#planner.singer, this.#values.digit, isMorphing);
    const isBetween = slots.morphSlot !== null;
    // Another voice alone is for the next notes: on a whole digit no place between words has moved.
    if (!isBetween && followers.every((note) => note.word.digit === word.digit)) return;
    const movers = followers.filter((note) => note.noteSlot === null && note.word.slot !== word.slot);
    for (const note of followers) note.word = word;
    if (isBetween) this.#scheduler.move();
    else {
      for (const note of followers) this.#noteLatents.reword(note);
      for (const slot of new Set(followers.map(slotOfNote))) this.#scheduler.use(slot);
    }
    for (const note of movers) this.#notes.changeWord(note, this.#noteLatents.pointOf(note), 'place', time);
  }

  #checkChannel(channel: number, time: Samples | undefined): void {
    requireInteger('channel', channel, 1, mostChannels);
    if (time !== undefined) requireNumber('time', time, 0, Number.MAX_SAFE_INTEGER);
  }

  /** Names a key among all channels' keys. */
  #keyOf(channel: number, midiNote: number, time: Samples | undefined): number {
    this.#checkChannel(channel, time);
    return handKeyOf(channel, requireInteger('MIDI note', midiNote, 0, 127));
  }
}

/** A controller's place about its middle, 64: -1..1. */
function fromMiddle(value: number): number {
  return value <= 64 ? value / 64 - 1 : (value - 64) / 63;
}
