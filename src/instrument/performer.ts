// The performer: musical events in, messages to the kernel and wishes to the decoder out. It knows no page and no
// clock of its own. Long, because every kind of event meets here; what each part knows for itself lies in
// performer/.
import { requireInteger, requireNumber } from '../contract/errors.ts';
import {
  arpModes,
  defaultValues,
  divisionQuarters,
  parameterById,
  parameterOfController,
  parameters,
  playModes,
  valueOfController,
  voiceModes,
  type ParameterId,
  type ParameterValues,
} from '../contract/parameters.ts';
import { clipSamples } from '../contract/spectrogram.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import { voicePatchOf, type VoicePatch } from '../contract/voicePatch.ts';
import { digitCount, type Manifest } from '../model/manifest.ts';
import type { ToInference } from '../model/protocol.ts';
import type { ToKernel } from '../worklet/protocol.ts';
import { wordOfNote, type Word } from './keymap.ts';
import type { StartTimer } from './latestWins.ts';
import { Arpeggiator, type ArpSettings } from './performer/arpeggiator.ts';
import { Channels, playableHz } from './performer/channels.ts';
import { DecodeWishes } from './performer/decodeWishes.ts';
import { controllers, pedalDown, shapedVelocity, softBrightness, softGain } from './performer/expression.ts';
import { keyswitchOf, type Keyswitch } from './performer/keyswitches.ts';
import { Lyrics, type LyricStep } from './performer/lyrics.ts';
import { MonoStack } from './performer/monoStack.ts';
import type { ZoneName } from './performer/mpe.ts';
import { SoundingNotes, type NoteSettings, type SoundingNote } from './performer/soundingNotes.ts';
import { Tuning } from './performer/tuning.ts';
import { isWhole, WordSlots, type Pad, type SlotWord, type StyleOfDigit } from './performer/wordSlots.ts';

export { slotCount, type Pad, type StyleOfDigit } from './performer/wordSlots.ts';

const semitones = 12;
/** A pitch glides no longer than this: the parameter's shortest time means "at once". */
const noGlideSeconds: Seconds = 0.0015;
/**
 * A note whose next syllable is a tie outlasts its key by this, so that a melody without overlaps ties too.
 * Longer than the 100 ms that a page plays ahead.
 */
const tieGraceSeconds: Seconds = 0.15;
/** A tie without a note to hold starts this far behind the onset: past most consonants. */
const tiePositionSeconds: Seconds = 0.1;
const firstArpKey = 1 << 12;

/** A key went down or up; the arpeggiator's notes count as keys. */
export interface NoteEvent extends Word {
  readonly midiNote: number;
  /** 1..16 */
  readonly channel: number;
  readonly down: boolean;
  /** 0..127, of keys that went up. */
  readonly releaseVelocity?: number;
}

/** What the performer stands on; everything outside is handed in, so that it runs in Node. */
export interface PerformerOptions {
  readonly manifest: Manifest;
  readonly sendKernel: (message: ToKernel) => void;
  readonly sendInference: (message: ToInference) => void;
  /** Of the audio context, whose frames all times count. */
  readonly sampleRate: Hertz;
  /** The audio clock. */
  readonly now: () => Seconds;
  /**
   * Uniform numbers in [0, 1): random keys and arpeggios, variation. A seeded one makes a performance repeatable.
   */
  readonly random?: () => number;
  readonly onNote?: (event: NoteEvent) => void;
  /** Tells every change, also those that the performer makes itself. */
  readonly onParameter?: (id: ParameterId, value: number) => void;
  /** The lyrics have moved; see `lyrics`. */
  readonly onLyrics?: () => void;
  /** A program change; return true when it has been dealt with, or else it chooses the digit. */
  readonly onProgram?: (program: number, channel: number) => boolean;
  readonly startTimer?: StartTimer;
}

/** What a key sounds; null for silence. */
type Plan = {
  readonly word: SlotWord;
  readonly pitched: boolean;
  readonly source: 'key' | 'digit' | 'lyrics';
  readonly tie: boolean;
} | null;

interface Press {
  readonly key: number;
  readonly channel: number;
  readonly midiNote: number;
  /** 0..127 */
  readonly velocity: number;
  readonly pedalled: boolean;
}

/** Keys that mono and legato count together: a channel's or a zone's. */
interface Part {
  readonly stack: MonoStack<Press & { readonly plan: Plan }>;
  current: SoundingNote | null;
  lyric: SoundingNote | null;
  lyricWord: SlotWord | null;
  /** The lyric note whose key went up while its next syllable is a tie. */
  deferred: { readonly note: SoundingNote; readonly frame: Samples } | null;
  lastHz: Hertz;
}

/**
 * Plays. Channels count 1..16; `time` is a context frame, absent for now. Methods throw RangeError naming an
 * argument out of range, its range and the value; everything within the ranges is harmless in any order.
 */
export class Performer {
  readonly #options: PerformerOptions;
  readonly #random: () => number;
  readonly #values = defaultValues();
  readonly #channels = new Channels();
  readonly #slots: WordSlots;
  readonly #wishes: DecodeWishes;
  readonly #notes: SoundingNotes;
  readonly #arp: Arpeggiator;
  readonly #lyrics = new Lyrics();
  readonly #parts = new Map<number, Part>();
  /** Physical keys that are down. */
  readonly #keys = new Map<number, Press>();
  readonly #lit = new Map<number, NoteEvent>();
  readonly #clipSeconds: Seconds;
  #tuning = new Tuning();
  #wander: number[];
  #knobs: number[];
  #patch: VoicePatch | null = null;
  #pressureTo: { readonly id: ParameterId; readonly amount: number } | null;
  #timbreTo: ParameterId = 'style1';
  #lastDigit = 0;
  #nextNoteId = 1;
  #advancedTo: Samples = 0;

  constructor(options: PerformerOptions) {
    this.#options = options;
    const { manifest, sendKernel, sendInference, now, sampleRate, startTimer } = options;
    requireNumber('sampleRate', sampleRate, 1000, 768_000);
    this.#random = options.random ?? Math.random;
    this.#clipSeconds = clipSamples(manifest.format) / manifest.format.sampleRate;
    this.#wander = manifest.directions.map(() => 0);
    this.#knobs = manifest.directions.map(() => 0);
    this.#pressureTo = { id: 'vibratoDepth', amount: 60 };
    this.#slots = new WordSlots(manifest);
    this.#notes = new SoundingNotes(sendKernel, now, sampleRate);
    this.#wishes = new DecodeWishes({
      targets: (situation) => this.#slots.targets(situation),
      send: sendInference,
      now,
      clipSeconds: this.#clipSeconds,
      startTimer,
    });
    this.#wishes.setHeld(() => this.#notes.all.map((note) => note.word.slot).reverse());
    this.#arp = new Arpeggiator(
      {
        noteOn: (key, frame) => {
          const press = { channel: key.channel, midiNote: key.note, velocity: key.velocity };
          this.#press({ ...press, key: arpKeyOf(key.channel, key.note), pedalled: false }, frame);
        },
        noteOff: (key, frame) => this.#lift(arpKeyOf(key.channel, key.note), key.channel, frame),
      },
      this.#random,
    );
  }

  /** Counts moves of the latent point. */
  get revision(): number {
    return this.#wishes.revision;
  }

  /** True when every word has been decoded at the current latent point. */
  get settled(): boolean {
    return this.#wishes.settled;
  }

  /** Index of the speaker in use: the last one chosen or played. */
  get speaker(): number {
    return this.#wishes.speaker;
  }

  /** Sends the patch and asks for the first decodes; call once kernel and decoder are connected. */
  begin(): void {
    this.#sendPatch(undefined);
    this.#wishes.reorder();
  }

  /** The decoder has sent every word of a revision. */
  settledAt(revision: number): void {
    this.#wishes.settledAt(revision);
  }

  /** Drops what is still to be sent. */
  dispose(): void {
    this.#wishes.dispose();
  }

  /**
   * A key goes down. Velocity 0 is a note-off, as in MIDI; a key that is down already strikes anew.
   * @param midiNote 0..127
   * @param velocity 0..127
   */
  noteOn(channel: number, midiNote: number, velocity: number, time?: Samples): void {
    const key = this.#keyOf(channel, midiNote, time);
    requireNumber('velocity', velocity, 0, 127);
    if (velocity === 0) return this.noteOff(channel, midiNote, 0, time);
    const keyswitch = this.#mode === 'sing' ? keyswitchOf(midiNote) : undefined;
    if (keyswitch) return this.#switch(keyswitch, time);
    const press = { key, channel, midiNote, velocity, pedalled: true };
    this.#keys.set(key, press);
    if (!this.#arpOn) return this.#press(press, time);
    this.#arp.press({ channel, note: midiNote, velocity }, time ?? this.#nowFrame);
    this.#arp.advance(this.#advancedTo, this.#arpSettings);
  }

  /** A key goes up. Keys that are not down are ignored. */
  noteOff(channel: number, midiNote: number, releaseVelocity = 64, time?: Samples): void {
    const key = this.#keyOf(channel, midiNote, time);
    requireNumber('release velocity', releaseVelocity, 0, 127);
    this.#keys.delete(key);
    this.#arp.lift(channel, midiNote, this.#channels.pedal('sustain', channel));
    this.#lift(key, channel, time, releaseVelocity);
  }

  /** @param bend -1..1 of the channel's range */
  pitchBend(channel: number, bend: number, time?: Samples): void {
    this.#checkChannel(channel, time);
    this.#channels.of(channel).bend = requireNumber('bend', bend, -1, 1);
    this.#refresh(channel, time);
  }

  /** @param pressure 0..1: level of an MPE note, else what `setPressureTarget` says */
  channelPressure(channel: number, pressure: number, time?: Samples): void {
    this.#checkChannel(channel, time);
    const state = this.#channels.of(channel);
    state.pressure = requireNumber('pressure', pressure, 0, 1);
    state.hasPressure = true;
    if (this.#channels.isMember(channel)) this.#refresh(channel, time);
    else this.#pressureMoved(time);
  }

  /** @param pressure 0..1: what `setPressureTarget` says, the strongest of all keys counting */
  polyPressure(channel: number, midiNote: number, pressure: number, time?: Samples): void {
    const key = this.#keyOf(channel, midiNote, time);
    requireNumber('pressure', pressure, 0, 1);
    for (const note of this.#notes.ofKey(key)) note.polyPressure = pressure;
    this.#pressureMoved(time);
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
    switch (controller) {
      case controllers.volume:
      case controllers.expression:
        state[controller === controllers.volume ? 'volume' : 'expression'] = value;
        return this.#refresh(channel, time);
      case controllers.pan:
        state.pan = value <= 64 ? value / 64 - 1 : (value - 64) / 63;
        return this.#refresh(channel, time);
      case controllers.sustain:
        state.sustain = value >= pedalDown;
        return this.#pedalMoved(channel, time);
      case controllers.sostenuto:
        return this.#moveSostenuto(channel, value >= pedalDown, time);
      case controllers.soft:
        state.soft = value >= pedalDown;
        return this.#sendPatch(time);
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
    const isTimbre = controller === controllers.timbre && this.#channels.zones.zoneOf(channel) !== undefined;
    const parameter = isTimbre ? parameterById(this.#timbreTo) : parameterOfController(controller);
    if (parameter) this.setParameter(parameter.id, valueOfController(parameter, value), time);
  }

  /** Goes to `onProgram`; when that does not deal with it, programs 0..9, 10..19 and so on choose the digit. */
  programChange(channel: number, program: number, time?: Samples): void {
    this.#checkChannel(channel, time);
    requireInteger('program', program, 0, 127);
    if (this.#options.onProgram?.(program, channel)) return;
    this.setParameter('digit', program % digitCount, time);
  }

  /** Releases every key and lifts every pedal; sounding words play on to their end. */
  allNotesOff(): void {
    this.releaseAll();
  }

  /** Silences everything at once (a 5 ms fade). */
  allSoundOff(): void {
    this.releaseAll();
    this.#wishes.clear();
    this.#options.sendKernel({ type: 'silence' });
  }

  /** As if all hands and feet had left the keyboard of a channel, or all: for a device that was unplugged. */
  releaseAll(channel?: number, time?: Samples): void {
    if (channel !== undefined) this.#checkChannel(channel, time);
    const isMeant = (other: number) => channel === undefined || other === channel;
    for (let other = 1; other <= 16; other++) {
      if (!isMeant(other)) continue;
      const state = this.#channels.of(other);
      state.sustain = state.sostenuto = state.soft = state.hasPressure = false;
      state.pressure = 0;
    }
    this.#liftKeys(isMeant, time);
    for (const note of this.#notes.all) if (isMeant(note.channel)) this.#end(note, time);
    this.#sendPatch(time);
  }

  /**
   * Sets a parameter of the table. A style beyond the bundle's last direction moves nothing; choices round.
   * @throws RangeError for an unknown id or a value outside its range
   */
  setParameter(id: ParameterId, value: number, time?: Samples): void {
    this.setParameters({ [id]: value }, time);
  }

  /**
   * Sets several parameters at once, as a preset does.
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
    for (const [id] of entries) this.#options.onParameter?.(id, this.#values[id]);
  }

  /** Current value of a parameter. */
  parameter(id: ParameterId): number {
    return this.#values[id];
  }

  /** Current values of all parameters. */
  values(): ParameterValues {
    return { ...this.#values };
  }

  /**
   * Chooses who sings, and whose words are decoded first.
   * @throws RangeError when the bundle has no such speaker
   */
  setSpeaker(speaker: number): void {
    requireInteger('speaker', speaker, 0, this.#options.manifest.speakers.length - 1);
    this.#wishes.speaker = speaker;
    this.setParameter('speaker', Math.min(speaker, parameterById('speaker').max));
    this.#wishes.reorder();
  }

  /**
   * What aftertouch moves besides MPE levels, and how far in that parameter's unit; null for nothing. Default:
   * vibrato, 60 ct.
   */
  setPressureTarget(id: ParameterId | null, amount: number): void {
    requireNumber('amount', amount, -10_000, 10_000);
    this.#pressureTo = id === null ? null : { id: parameterById(id).id, amount };
    this.#pressureMoved(undefined);
  }

  /**
   * What controller 74 moves on MPE channels; of several fingers the last that moved counts. Default: the first
   * style.
   */
  setTimbreTarget(id: ParameterId): void {
    this.#timbreTo = parameterById(id).id;
  }

  /** Adds a vector to the style of every word: scenes, the map; null for none. */
  setStyleOffset(offset: ArrayLike<number> | null): void {
    this.#slots.setOffset(offset);
    this.#wishes.move();
  }

  /**
   * Draws the style of every word towards a style for its digit, by `share` 0..1: a place of the map of voices.
   */
  setStyleTarget(target: StyleOfDigit | null, share: number): void {
    this.#slots.setTarget(target, share);
    this.#wishes.move();
  }

  /** Stores a latent point on a key of drum mode, or takes it away. At most 50. */
  setPad(midiNote: number, pad: Pad | null): void {
    this.#slots.setPad(midiNote, pad);
    this.#wishes.move();
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
    this.#lyrics.setText(text);
    this.#options.onLyrics?.();
  }

  /** Goes back to the front of the lyrics. */
  resetLyrics(): void {
    this.#lyrics.reset();
    this.#options.onLyrics?.();
  }

  /** Steps of the lyrics, the index of the one sung last (-1 before the first) and of the next one. */
  get lyrics(): { readonly steps: readonly LyricStep[]; readonly current: number; readonly next: number } {
    const { steps, current, position } = this.#lyrics;
    return { steps, current, next: position };
  }

  /** Retunes the keyboard; null for equal temperament. Sounding notes follow. */
  setTuning(tuning: Tuning | null): void {
    this.#tuning = tuning ?? new Tuning();
    this.#retune(undefined);
  }

  /** Name of the tuning in use. */
  get tuningName(): string {
    return this.#tuning.name;
  }

  /** Tempo of an outside clock: the parameter's, held within its range. */
  setTempo(bpm: number, time?: Samples): void {
    const { min, max } = parameterById('tempo');
    requireNumber('tempo', bpm, 1, 1000);
    this.setParameter('tempo', Math.min(max, Math.max(min, bpm)), time);
  }

  /** A sequencer starts from its front: lyrics and arpeggio do too. */
  transportStart(time?: Samples): void {
    this.resetLyrics();
    this.#arp.restart(time ?? this.#nowFrame);
  }

  /** A sequencer stops. */
  transportStop(): void {
    this.resetLyrics();
  }

  /**
   * Sets an MPE zone up; releases everything, since keys change their meaning.
   * @param members channels of the zone besides its master (1 for the lower, 16 for the upper), 0..15; 0 ends it
   */
  setZone(zone: ZoneName, members: number): void {
    requireInteger('MPE members', members, 0, 15);
    this.releaseAll();
    this.#channels.setZone(zone, members);
    this.#parts.clear();
  }

  /**
   * Range of a channel's wheel (RPN 0); one of a zone's members sets it for all of them.
   * @param rangeSemitones 0..96
   * @param cents 0..100 more
   */
  setBendRange(channel: number, rangeSemitones: number, cents = 0): void {
    this.#checkChannel(channel, undefined);
    requireNumber('bend range', rangeSemitones, 0, 96);
    requireNumber('cents', cents, 0, 127);
    const master = this.#channels.zones.masterOf(channel);
    for (let other = 1; other <= 16; other++) {
      const sibling = master !== undefined && this.#channels.zones.masterOf(other) === master;
      if (other !== channel && !sibling) continue;
      this.#channels.of(other).bendRange = rangeSemitones + cents / 100;
      this.#refresh(other, undefined);
    }
  }

  /**
   * Plays what the arpeggiator and pending ties have to say up to a frame. Call it regularly: in a page some 100
   * ms ahead, offline with the end of each block before that is rendered.
   */
  advance(untilFrame: Samples): void {
    requireNumber('untilFrame', untilFrame, 0, Number.MAX_SAFE_INTEGER);
    this.#advancedTo = Math.max(this.#advancedTo, untilFrame);
    for (const part of this.#parts.values()) {
      if (part.deferred && part.deferred.frame <= untilFrame) this.#endDeferred(part, part.deferred.frame);
    }
    if (this.#arpOn) this.#arp.advance(untilFrame, this.#arpSettings);
  }

  get #mode(): (typeof playModes)[number] {
    return playModes[this.#values.mode];
  }

  get #arpOn(): boolean {
    return this.#values.arpMode > 0;
  }

  get #nowFrame(): Samples {
    return Math.round(this.#options.now() * this.#options.sampleRate);
  }

  get #arpSettings(): ArpSettings {
    const values = this.#values;
    const stepSeconds = (60 / values.tempo) * divisionQuarters[values.arpRate];
    return {
      mode: arpModes[values.arpMode],
      stepSamples: stepSeconds * this.#options.sampleRate,
      gate: values.arpGate,
      octaves: Math.round(values.arpOctaves),
      swing: values.arpSwing,
    };
  }

  /** Index of the speaker that sings. */
  get #singer(): number {
    return Math.min(Math.round(this.#values.speaker), this.#options.manifest.speakers.length - 1);
  }

  get #glideSeconds(): Seconds {
    return this.#values.glide > noGlideSeconds ? this.#values.glide : 0;
  }

  #part(channel: number): Part {
    const id = this.#channels.partOf(channel);
    const found = this.#parts.get(id);
    if (found) return found;
    const part: Part = {
      stack: new MonoStack(),
      current: null,
      lyric: null,
      lyricWord: null,
      deferred: null,
      lastHz: 0,
    };
    this.#parts.set(id, part);
    return part;
  }

  /** A key, of a hand or of the arpeggiator, goes down. */
  #press(press: Press, time: Samples | undefined): void {
    const part = this.#part(press.channel);
    const plan = this.#plan(press, part);
    const held = plan?.tie && part.lyric && this.#notes.has(part.lyric) ? part.lyric : null;
    for (const note of this.#notes.ofKey(press.key)) if (note !== held) this.#end(note, time);
    const isPoly = this.#mode === 'drum' || voiceModes[this.#values.voiceMode] === 'poly';
    part.stack.lift(press.key);
    const overlaps = part.stack.size > 0;
    if (!isPoly) part.stack.press({ ...press, plan });
    if (plan && held) {
      part.deferred = null;
      this.#slide(part, held, press, plan, time);
      return;
    }
    if (part.deferred) this.#endDeferred(part, time ?? this.#nowFrame);
    const { current } = part;
    if (isPoly) {
      if (plan) this.#start(part, press, plan, 0, time);
    } else if (!plan) {
      if (current) this.#end(current, time);
    } else if (current && overlaps && voiceModes[this.#values.voiceMode] === 'legato') {
      this.#slide(part, current, press, plan, time);
    } else {
      if (current) this.#cut(current, time);
      const glides = overlaps || voiceModes[this.#values.voiceMode] === 'mono';
      part.current = this.#start(part, press, plan, glides ? part.lastHz : 0, time);
    }
  }

  /** A key goes up. */
  #lift(key: number, channel: number, time: Samples | undefined, releaseVelocity = 64): void {
    this.#darken(key, releaseVelocity);
    const part = this.#part(channel);
    const wasInStack = part.stack.lift(key);
    for (const note of this.#notes.ofKey(key)) {
      const under = wasInStack && note === part.current ? part.stack.top : undefined;
      if (under) {
        this.#returnTo(part, note, under, time);
        continue;
      }
      note.keyDown = false;
      if (this.#isHeld(note)) continue;
      const tieFollows = this.#mode === 'lyrics' && this.#lyrics.peek(this.#lyricsLoop)?.kind === 'tie';
      if (tieFollows && note === part.lyric) {
        const grace = Math.round(tieGraceSeconds * this.#options.sampleRate);
        part.deferred = { note, frame: (time ?? this.#nowFrame) + grace };
      } else {
        this.#end(note, time);
      }
    }
  }

  /** The key on top of a mono stack went up: the one beneath sounds again, or slides back. */
  #returnTo(
    part: Part,
    note: SoundingNote,
    under: Press & { readonly plan: Plan },
    time: Samples | undefined,
  ): void {
    const { plan } = under;
    if (!plan) return this.#end(note, time);
    if (voiceModes[this.#values.voiceMode] === 'legato') return this.#slide(part, note, under, plan, time);
    this.#cut(note, time);
    part.current = this.#start(part, under, { ...plan, tie: false }, part.lastHz, time);
  }

  #start(part: Part, press: Press, plan: NonNullable<Plan>, fromHz: Hertz, time: Samples | undefined) {
    const { word, pitched, source, tie } = plan;
    const { manifest } = this.#options;
    this.#wanderOn();
    const note: SoundingNote = {
      noteId: this.#nextNoteId++,
      key: press.key,
      channel: press.channel,
      midiNote: press.midiNote,
      word,
      pitched,
      fromLyrics: source === 'lyrics',
      followsDigit: source === 'digit',
      pedalled: press.pedalled,
      keyDown: true,
      sostenuto: false,
      polyPressure: 0,
    };
    const settings = this.#settingsOf(note);
    const onsetSeconds = manifest.format.onsetSamples / manifest.format.sampleRate;
    const glideSeconds = this.#glideSeconds;
    this.#notes.start(
      note,
      {
        ...this.#pointOf(word.slot),
        velocity: shapedVelocity(press.velocity / 127, this.#values.velocityCurve),
        gain: this.#channels.pedal('soft', press.channel) ? softGain : 1,
        settings,
        glideFromHz: glideSeconds > 0 ? fromHz : 0,
        glideSeconds,
        ...(tie ? { position: onsetSeconds + tiePositionSeconds } : {}),
      },
      time,
    );
    this.#took(part, note, press, settings);
    return note;
  }

  /** A sounding note goes on as another key's: its pitch slides, its word crosses over where it differs. */
  #slide(
    part: Part,
    note: SoundingNote,
    press: Press,
    { word, tie }: NonNullable<Plan>,
    time: Samples | undefined,
  ): void {
    note.key = press.key;
    note.channel = press.channel;
    note.midiNote = press.midiNote;
    note.keyDown = true;
    note.polyPressure = 0;
    if (!tie && word.slot !== note.word.slot)
      this.#notes.say(note, word, this.#pointOf(word.slot), 'onset', time);
    const settings = this.#settingsOf(note);
    this.#notes.set(note, settings, time, this.#glideSeconds);
    if (voiceModes[this.#values.voiceMode] !== 'poly') part.current = note;
    this.#took(part, note, press, settings);
  }

  /** What a note that has started or moved to another key leaves behind. */
  #took(part: Part, note: SoundingNote, press: Press, { pitchHz }: NoteSettings): void {
    if (note.fromLyrics) part.lyric = note;
    if (pitchHz > 0) part.lastHz = pitchHz;
    this.#wishes.speaker = note.word.speaker;
    this.#wishes.use(note.word.slot);
    const { digit, speaker } = note.word;
    const event = { midiNote: press.midiNote, channel: press.channel, digit, speaker, down: true };
    this.#lit.set(press.key, event);
    this.#options.onNote?.(event);
  }

  #darken(key: number, releaseVelocity: number): void {
    const event = this.#lit.get(key);
    if (!event) return;
    this.#lit.delete(key);
    this.#options.onNote?.({ ...event, down: false, releaseVelocity });
  }

  /** What a key sounds in the present mode; takes a step of the lyrics. */
  #plan({ midiNote }: Press, part: Part): Plan {
    const slots = this.#slots;
    const mode = this.#mode;
    if (mode === 'words') {
      const speakers = this.#options.manifest.speakers.length;
      const { digit, speaker } = wordOfNote(midiNote, speakers, this.#lastDigit, this.#random);
      this.#lastDigit = digit;
      return { word: slots.plain(speaker, digit), pitched: false, source: 'key', tie: false };
    }
    if (mode === 'drum') return { word: slots.pad(midiNote), pitched: false, source: 'key', tie: false };
    if (mode === 'lyrics' && this.#lyrics.steps.length > 0) {
      const step = this.#lyrics.next(this.#lyricsLoop);
      this.#options.onLyrics?.();
      if (!step || step.kind === 'rest' || this.#keyHz(midiNote) === 0) return null;
      if (step.kind === 'digit') part.lyricWord = slots.plain(this.#singer, step.digit);
      const word = part.lyricWord ?? this.#sungWord();
      return { word, pitched: true, source: 'lyrics', tie: step.kind === 'tie' };
    }
    if (this.#keyHz(midiNote) === 0) return null;
    return { word: this.#sungWord(), pitched: true, source: 'digit', tie: false };
  }

  /** The word of the parameters `digit` and `speaker`. */
  #sungWord(): SlotWord {
    const { digit } = this.#values;
    if (isWhole(digit)) return this.#slots.plain(this.#singer, Math.round(digit));
    return this.#slots.between(this.#singer, digit, true);
  }

  get #lyricsLoop(): boolean {
    return this.#values.lyricsEnd === 0;
  }

  #pointOf(slot: number): { revision: number; style: Float32Array } {
    return { revision: this.#wishes.revision, style: this.#slots.styleOf(slot) };
  }

  /** Pitch of a key; 0 for a key that the tuning leaves out. */
  #keyHz(midiNote: number): Hertz {
    const { tuningHz, transpose } = this.#values;
    return playableHz(
      this.#tuning.frequencyOf(midiNote, tuningHz) * 2 ** (Math.round(transpose) / semitones),
    );
  }

  #settingsOf(note: SoundingNote): NoteSettings {
    const { channel, midiNote, pitched } = note;
    const transposed = pitched ? 0 : Math.round(this.#values.transpose);
    return {
      pitchHz: pitched ? this.#keyHz(midiNote) : 0,
      pitchRatio: this.#channels.bendRatio(channel, this.#values.bendRange, transposed),
      gain: this.#channels.gain(channel),
      pan: this.#channels.pan(channel),
    };
  }

  /**
   * Tells the notes that a channel's message concerns; tails of MPE notes keep what they had, as their channel is
   * used anew.
   */
  #refresh(channel: number, time: Samples | undefined): void {
    const concerns = (note: SoundingNote) => this.#channels.reaches(channel, note.channel);
    for (const note of this.#notes.all) {
      if (concerns(note)) this.#notes.set(note, this.#settingsOf(note), time);
    }
    this.#notes.setTails(
      (note) => concerns(note) && !this.#channels.isMember(note.channel),
      (note) => this.#settingsOf(note),
      time,
    );
  }

  /** Pitches may have changed for every note. */
  #retune(time: Samples | undefined): void {
    for (const note of this.#notes.all) {
      if (note.pitched && this.#keyHz(note.midiNote) === 0) this.#end(note, time);
      else this.#notes.set(note, this.#settingsOf(note), time);
    }
  }

  #isHeld(note: SoundingNote): boolean {
    return note.pedalled && (note.sostenuto || this.#channels.pedal('sustain', note.channel));
  }

  #end(note: SoundingNote, time: Samples | undefined): void {
    this.#forget(note);
    this.#notes.end(note, time, this.#clipSeconds + this.#values.release);
    if (note.polyPressure > 0) this.#pressureMoved(time);
  }

  #cut(note: SoundingNote, time: Samples | undefined): void {
    this.#forget(note);
    this.#notes.cut(note, time);
    if (note.polyPressure > 0) this.#pressureMoved(time);
  }

  #forget(note: SoundingNote): void {
    for (const part of this.#parts.values()) {
      if (part.current === note) part.current = null;
      if (part.lyric === note) part.lyric = null;
      if (part.deferred?.note === note) part.deferred = null;
    }
  }

  #endDeferred(part: Part, frame: Samples): void {
    const { deferred } = part;
    part.deferred = null;
    if (deferred) this.#end(deferred.note, frame);
  }

  /** Ends notes that nothing holds any more after a pedal of the channel has moved. */
  #pedalMoved(channel: number, time: Samples | undefined): void {
    for (const note of this.#notes.all) {
      const isWaiting = this.#part(note.channel).deferred?.note === note;
      const isOver = !note.keyDown && !this.#isHeld(note) && !isWaiting;
      if (isOver && this.#channels.reaches(channel, note.channel)) this.#end(note, time);
    }
    this.#arp.releasePedal((key) => this.#channels.pedal('sustain', key.channel));
  }

  #moveSostenuto(channel: number, down: boolean, time: Samples | undefined): void {
    const state = this.#channels.of(channel);
    if (state.sostenuto === down) return;
    state.sostenuto = down;
    for (const note of this.#notes.all) {
      if (!this.#channels.reaches(channel, note.channel)) continue;
      // Only keys that are down when the pedal goes down are caught.
      note.sostenuto = down && (note.sostenuto || note.keyDown);
    }
    if (!down) this.#pedalMoved(channel, time);
  }

  #resetControllers(channel: number, time: Samples | undefined): void {
    this.#moveSostenuto(channel, false, time);
    this.#channels.of(channel).resetControllers();
    for (const note of this.#notes.all) if (note.channel === channel) note.polyPressure = 0;
    this.#pedalMoved(channel, time);
    this.#refresh(channel, time);
    this.#pressureMoved(time);
  }

  #soundOff(channel: number, time: Samples | undefined): void {
    const concerns = (other: number) => this.#channels.reaches(channel, other);
    this.#liftKeys(concerns, time);
    for (const note of this.#notes.all) if (concerns(note.channel)) this.#cut(note, time);
    this.#notes.cutTails((note) => concerns(note.channel), time);
  }

  /** All keys of some channels go up; pedals keep what they hold. */
  #liftKeys(isMeant: (channel: number) => boolean, time: Samples | undefined): void {
    for (const press of [...this.#keys.values()]) {
      if (isMeant(press.channel)) this.#keys.delete(press.key);
    }
    for (let channel = 1; channel <= 16; channel++) {
      if (!isMeant(channel)) continue;
      this.#arp.clear(channel);
      this.#part(channel).stack.remove((press) => press.channel === channel);
    }
    if (this.#arp.size === 0) this.#arp.finish(time ?? this.#nowFrame);
    for (const note of this.#notes.all) {
      if (isMeant(note.channel) && note.keyDown) this.#lift(note.key, note.channel, time);
    }
    for (const [key, event] of [...this.#lit]) if (isMeant(event.channel)) this.#darken(key, 64);
  }

  #switch(keyswitch: Keyswitch, time: Samples | undefined): void {
    if (keyswitch.kind === 'digit') return this.setParameter('digit', keyswitch.digit, time);
    const speakers = this.#options.manifest.speakers.length;
    this.setSpeaker((this.#singer + keyswitch.step + speakers) % speakers);
  }

  /** Carries out what a change of parameters asks for. */
  #apply(changed: ReadonlySet<ParameterId>, time: Samples | undefined): void {
    if (changed.size === 0) return;
    // Keys that are down belong to the old way of playing: they go silent rather than hang in it.
    if (changed.has('mode') || changed.has('voiceMode')) this.#dropNotes(time);
    if (changed.has('arpMode')) this.#arpModeMoved(time);
    if (changed.has('transpose') || changed.has('tuningHz') || changed.has('bendRange')) this.#retune(time);
    if (changed.has('variation') && this.#values.variation === 0) this.#wander = this.#wander.map(() => 0);
    if (changed.has('speaker')) this.#wishes.speaker = this.#singer;
    if (changed.has('digit') || changed.has('speaker')) this.#digitMoved(time);
    this.#movePoint();
    this.#sendPatch(time);
  }

  #dropNotes(time: Samples | undefined): void {
    for (const part of this.#parts.values()) {
      part.stack.remove(() => true);
      part.lastHz = 0;
    }
    for (const note of this.#notes.all) this.#end(note, time);
  }

  #arpModeMoved(time: Samples | undefined): void {
    if (!this.#arpOn) {
      this.#arp.clear();
      this.#arp.finish(time ?? this.#nowFrame);
      return;
    }
    if (this.#arp.size > 0) return;
    this.#dropNotes(time);
    for (const { channel, midiNote: note, velocity } of this.#keys.values()) {
      this.#arp.press({ channel, note, velocity }, time ?? this.#nowFrame);
    }
    this.#arp.advance(this.#advancedTo, this.#arpSettings);
  }

  /** The place between the digits has moved: notes that sing it move along. */
  #digitMoved(time: Samples | undefined): void {
    const slots = this.#slots;
    const followers = this.#notes.all.filter((note) => note.followsDigit);
    const isMorphing = followers.some((note) => slots.isMorph(note.word.slot));
    const word = slots.between(this.#singer, this.#values.digit, isMorphing);
    if (slots.morphSlot === null) return;
    this.#wishes.move();
    for (const note of followers) {
      if (note.word.slot === word.slot) note.word = word;
      else this.#notes.say(note, word, this.#pointOf(word.slot), 'place', time);
    }
  }

  /** With variation, each note sets out from another point near the common one. */
  #wanderOn(): void {
    const { variation } = this.#values;
    if (variation === 0) return;
    this.#wander = this.#wander.map(() => variation * (2 * this.#random() - 1));
    // The note that starts asks, so that it comes first in the order.
    if (this.#placePoint()) this.#wishes.count();
  }

  #movePoint(): void {
    if (this.#placePoint()) this.#wishes.move();
  }

  /** Puts the knobs where parameters, pressure and variation want them. Returns whether they have moved. */
  #placePoint(): boolean {
    const values = this.#effective();
    const knobs = this.#wander.slice();
    for (const { id, knob } of parameters) {
      if (knob !== undefined && knob < knobs.length) knobs[knob] += values[id];
    }
    if (knobs.every((amount, k) => amount === this.#knobs[k])) return false;
    this.#knobs = knobs;
    this.#slots.setKnobs(knobs);
    return true;
  }

  #pressureMoved(time: Samples | undefined): void {
    this.#movePoint();
    this.#sendPatch(time);
  }

  /** The values with what pressure and pedals add. */
  #effective(): ParameterValues {
    const values = { ...this.#values };
    const add = (id: ParameterId, amount: number) => {
      const { min, max } = parameterById(id);
      values[id] = Math.min(max, Math.max(min, values[id] + amount));
    };
    const pressure = this.#notes.all.reduce(
      (most, note) => Math.max(most, note.polyPressure),
      this.#channels.pressure,
    );
    if (this.#pressureTo && pressure > 0) add(this.#pressureTo.id, this.#pressureTo.amount * pressure);
    if (this.#channels.anySoft) add('brightness', softBrightness);
    // Pads are struck, not held.
    if (this.#mode === 'drum') values.hold = 0;
    return values;
  }

  #sendPatch(time: Samples | undefined): void {
    const patch = voicePatchOf(this.#effective(), 60 / this.#values.tempo);
    const before = this.#patch;
    const names = Object.keys(patch) as (keyof VoicePatch)[];
    if (before && names.every((name) => patch[name] === before[name])) return;
    this.#patch = patch;
    this.#options.sendKernel({ type: 'patch', patch, ...(time === undefined ? {} : { frame: time }) });
  }

  #checkChannel(channel: number, time: Samples | undefined): void {
    requireInteger('channel', channel, 1, 16);
    if (time !== undefined) requireNumber('time', time, 0, Number.MAX_SAFE_INTEGER);
  }

  /** Names a key among all channels' keys. */
  #keyOf(channel: number, midiNote: number, time: Samples | undefined): number {
    this.#checkChannel(channel, time);
    return channel * 128 + requireInteger('MIDI note', midiNote, 0, 127);
  }
}

function arpKeyOf(channel: number, midiNote: number): number {
  return firstArpKey + channel * 128 + midiNote;
}
