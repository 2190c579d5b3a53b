// Keys to notes: what starts, slides, is held and ends when keys and pedals move. Long, since each rule
// bends another and they are read together.
import { requireNumber } from '../contract/errors.ts';
import { holdModes, voiceModes, type ParameterValues } from '../contract/parameters.ts';
import { clipSamples, type SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import type { Word } from './keymap.ts';
import type { Channels } from './channels.ts';
import type { DecodeScheduler } from './decodeScheduler.ts';
import { releaseOctaves, shapedVelocity, softGain } from './expression.ts';
import { MonoStack } from './monoStack.ts';
import type { Played } from './played.ts';
import type { NoteModulation } from './noteModulation.ts';
import { slotOfNote, type NoteLatents } from './noteLatents.ts';
import type { NoteSettings, SoundingNote, SoundingNotes } from './soundingNotes.ts';
import type { PartPlay } from './partPlay.ts';
import type { LyricVoice, Plan } from './playModes.ts';
import type { WordPlanner } from './wordPlanner.ts';

/** A pitch glides no longer than this: the parameter's shortest time means "at once". */
const noGlideSeconds: Seconds = 0.0015;
/**
 * A note whose next syllable is a tie outlasts its key by this, so that a melody without overlaps ties too.
 * Longer than the 100 ms that a page plays ahead.
 */
const tieGraceSeconds: Seconds = 0.15;
/** A tie without a note to hold starts this far behind the onset: past most consonants. */
const tiePositionSeconds: Seconds = 0.1;
/** Words that are read slower than this count as being read so: nobody waits for the end of one that stands still. */
const slowestSpeed = 0.1;

/**
 * A key went down or up; the arpeggiator's notes count as keys.
 * @example
 * const onNote = ({ midiNote, down }: NoteEvent) => (down ? light(midiNote) : darken(midiNote));
 */
export interface NoteEvent extends Word {
  readonly midiNote: number;
  /** 1..16 */
  readonly channel: number;
  readonly down: boolean;
  /** 0..127, of keys that went up. */
  readonly releaseVelocity?: number;
}

/** A key that goes down. */
export interface Press {
  /** Names the key among all channels' keys and the arpeggiator's. */
  readonly key: number;
  /** The key of a hand that it is or, of the arpeggiator, comes from. */
  readonly hand: number;
  /** 1..16 */
  readonly channel: number;
  readonly midiNote: number;
  /** 0..127 */
  readonly velocity: number;
  /** 0..1, as it is now. */
  pressure: number;
  /** False where pedals do not hold it. */
  readonly pedalled: boolean;
  /** How its part plays; undefined where it plays as the instrument is set. */
  readonly play: PartPlay | undefined;
}

/** Names a key of a hand among all channels' keys. */
export function handKeyOf(channel: number, midiNote: number): number {
  return channel * 128 + midiNote;
}

/** Names a key that the arpeggiator plays: below zero, where no hand's are. */
export function arpKeyOf(channel: number, midiNote: number): number {
  return -handKeyOf(channel, midiNote);
}

/** What the keys stand on. */
export interface KeysOptions {
  /** Read when a key moves. */
  readonly values: ParameterValues;
  readonly channels: Channels;
  readonly modulation: NoteModulation;
  readonly noteLatents: NoteLatents;
  readonly scheduler: DecodeScheduler;
  readonly notes: SoundingNotes;
  readonly planner: WordPlanner;
  readonly format: SpectrogramFormat;
  /** Of the audio context. */
  readonly sampleRate: Hertz;
  readonly nowFrame: () => Samples;
  /** A key with pressure went up. */
  readonly onPressureLost: (time: Samples | undefined) => void;
  readonly onNote: (event: NoteEvent) => void;
  /** Told of the same keys as `onNote`, with their time. */
  readonly onPlayed: (event: Played) => void;
}

/** Keys that mono and legato count together: a channel's or a zone's. */
interface Part extends LyricVoice {
  readonly stack: MonoStack<Press & { readonly plan: Plan }>;
  /** The note of mono and legato. */
  current: SoundingNote | null;
  /** The same, also once it is released: the next note ends what is left of it. */
  last: SoundingNote | null;
  /** The note that a tie goes on with. */
  lyric: SoundingNote | null;
  /** The lyric note whose key went up while its next syllable is a tie. */
  deferred: { readonly note: SoundingNote; readonly frame: Samples } | null;
  /** Pitch that glides come from; 0 for none. */
  lastHz: Hertz;
}

/** Plays keys. `time` is a context frame, absent for now. */
export class Keys {
  readonly #options: KeysOptions;
  readonly #values: ParameterValues;
  readonly #channels: Channels;
  readonly #modulation: NoteModulation;
  readonly #noteLatents: NoteLatents;
  readonly #scheduler: DecodeScheduler;
  readonly #notes: SoundingNotes;
  readonly #planner: WordPlanner;
  readonly #sampleRate: Hertz;
  readonly #clipSeconds: Seconds;
  readonly #parts = new Map<number, Part>();
  readonly #reported = new Map<number, NoteEvent>();
  #nextNoteId = 1;

  constructor(options: KeysOptions) {
    this.#options = options;
    this.#values = options.values;
    this.#channels = options.channels;
    this.#modulation = options.modulation;
    this.#noteLatents = options.noteLatents;
    this.#scheduler = options.scheduler;
    this.#notes = options.notes;
    this.#planner = options.planner;
    this.#sampleRate = requireNumber('sampleRate', options.sampleRate, 1000, 768_000);
    this.#clipSeconds = clipSamples(options.format) / options.format.sampleRate;
  }

  /** Ends notes that wait for a tie until a frame. */
  advance(untilFrame: Samples): void {
    for (const part of this.#parts.values()) this.#endOverdue(part, untilFrame);
  }

  /** All keys of some channels go up; pedals keep what they hold. */
  liftAll(isMeant: (channel: number) => boolean, time: Samples | undefined): void {
    for (const part of this.#parts.values()) part.stack.remove((press) => isMeant(press.channel));
    for (const note of this.#notes.all) {
      if (isMeant(note.channel)) this.lift(note.key, note.channel, time);
    }
    for (const [key, event] of [...this.#reported]) if (isMeant(event.channel)) this.#reportUp(key, 64, time);
  }

  /** Takes the notes of some channels to nothing, released ones too. */
  silence(isMeant: (channel: number) => boolean, time: Samples | undefined): void {
    for (const note of this.#notes.all) if (isMeant(note.channel)) this.#cut(note, time);
    this.#notes.cutTails((note) => isMeant(note.channel), time);
  }

  /** Channels have come together or apart: what was remembered of their parts holds no more. */
  forgetParts(): void {
    this.#parts.clear();
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
      last: null,
      lyric: null,
      lyricWord: null,
      deferred: null,
      lastHz: 0,
    };
    this.#parts.set(id, part);
    return part;
  }

  /** A key, of a hand or of the arpeggiator, goes down. */
  press(press: Press, time: Samples | undefined): void {
    const part = this.#part(press.channel);
    // Time may have leapt past the end of the wait: offline the arpeggiator plays whole blocks at once.
    this.#endOverdue(part, time ?? this.#options.nowFrame());
    const plan = this.#planner.plan(press.midiNote, part, press.play);
    const held = plan?.tie ? part.lyric : null;
    for (const note of this.#notes.ofKey(press.key)) if (note !== held) this.end(note, time);
    const isPoly =
      !this.#planner.modeOf(press.play).allowsMono || voiceModes[this.#values.voiceMode] === 'poly';
    part.stack.lift(press.key);
    const overlaps = part.stack.size > 0;
    if (!isPoly) part.stack.press({ ...press, plan });
    if (plan && held) {
      part.deferred = null;
      this.#slide(part, held, press, plan, time);
      return;
    }
    if (part.deferred) this.#endDeferred(part, time ?? this.#options.nowFrame());
    const { current } = part;
    if (isPoly) {
      if (plan) this.#start(part, press, plan, 0, time);
    } else if (!plan) {
      if (current) this.end(current, time);
    } else if (current && overlaps && voiceModes[this.#values.voiceMode] === 'legato') {
      this.#slide(part, current, press, plan, time);
    } else {
      if (current) this.#cut(current, time);
      else this.#notes.cutTails((note) => note === part.last, time);
      const glides = overlaps || voiceModes[this.#values.voiceMode] === 'mono';
      part.current = part.last = this.#start(part, press, plan, glides ? part.lastHz : 0, time);
    }
  }

  /** A key goes up. */
  lift(key: number, channel: number, time: Samples | undefined, releaseVelocity = 64): void {
    this.#reportUp(key, releaseVelocity, time);
    const part = this.#part(channel);
    const wasInStack = part.stack.lift(key);
    for (const note of this.#notes.ofKey(key)) {
      const under = wasInStack && note === part.current ? part.stack.top : undefined;
      if (under) {
        this.#returnTo(part, note, under, time);
        continue;
      }
      // A key that went up before has left its note to a pedal or to a tie.
      if (!note.keyDown) continue;
      note.keyDown = false;
      // Devices that do not sense it say 64 or 0.
      note.releaseVelocity = releaseVelocity || 64;
      if (this.#isHeld(note)) continue;
      if (note === part.lyric && this.#planner.tieFollows(note.play)) {
        const grace = Math.round(tieGraceSeconds * this.#sampleRate);
        part.deferred = { note, frame: (time ?? this.#options.nowFrame()) + grace };
      } else {
        this.end(note, time);
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
    if (!plan) return this.end(note, time);
    if (voiceModes[this.#values.voiceMode] === 'legato') return this.#slide(part, note, under, plan, time);
    this.#cut(note, time);
    part.current = part.last = this.#start(part, under, { ...plan, tie: false }, part.lastHz, time);
  }

  #start(part: Part, press: Press, plan: NonNullable<Plan>, fromHz: Hertz, time: Samples | undefined) {
    const { word, pitched, source, tie } = plan;
    const { format } = this.#options;
    const { play } = press;
    const note: SoundingNote = {
      noteId: this.#nextNoteId++,
      key: press.key,
      hand: press.hand,
      channel: press.channel,
      midiNote: press.midiNote,
      word,
      pitched,
      fromLyrics: source === 'lyrics',
      followsDigit: source === 'digit',
      isStruck: this.#planner.modeOf(play).isStruck,
      play,
      pedalled: press.pedalled,
      keyDown: true,
      sostenuto: false,
      wordStartSeconds: this.#secondsOf(time),
      polyPressure: press.pressure,
      releaseVelocity: 64,
      velocity: shapedVelocity(press.velocity / 127, this.#values.velocityCurve),
      variation: this.#modulation.drawVariation(),
      styleOffset: [],
      noteSlot: null,
      lostSlot: false,
    };
    this.#noteLatents.begin(note);
    const settings = this.#settingsOf(note);
    const onsetSeconds = format.onsetSamples / format.sampleRate;
    const glideSeconds = this.#glideSeconds;
    this.#notes.start(
      note,
      {
        point: this.#noteLatents.pointOf(note),
        gain: this.#channels.pedal('soft', press.channel) ? softGain : 1,
        settings,
        glideFromHz: glideSeconds > 0 ? fromHz : 0,
        glideSeconds,
        ...(tie ? { position: onsetSeconds + tiePositionSeconds } : {}),
      },
      time,
    );
    this.#noteStarted(part, note, press, settings, time);
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
    note.hand = press.hand;
    note.channel = press.channel;
    note.midiNote = press.midiNote;
    note.play = press.play;
    note.keyDown = true;
    note.polyPressure = press.pressure;
    note.releaseVelocity = 64;
    if (!tie && word.slot !== note.word.slot) {
      note.word = word;
      note.wordStartSeconds = this.#secondsOf(time);
      this.#noteLatents.reword(note);
      this.#notes.changeWord(note, this.#noteLatents.pointOf(note), 'onset', time);
    }
    this.#noteLatents.refresh(note, time);
    const settings = this.#settingsOf(note);
    this.#notes.set(note, settings, time, this.#glideSeconds);
    this.#noteStarted(part, note, press, settings, time);
  }

  /** What a note that has started or moved to another key leaves behind. */
  #noteStarted(
    part: Part,
    note: SoundingNote,
    press: Press,
    { pitchHz }: NoteSettings,
    time: Samples | undefined,
  ): void {
    if (note.fromLyrics) part.lyric = note;
    if (pitchHz > 0) part.lastHz = pitchHz;
    this.#scheduler.speaker = note.word.speaker;
    this.#scheduler.use(slotOfNote(note));
    const { digit, speaker } = note.word;
    const event = { midiNote: press.midiNote, channel: press.channel, digit, speaker, down: true };
    // A key that goes down again before it came up is up in between: what is shown of it must not stay.
    const before = this.#reported.get(press.key);
    if (before) this.#options.onNote({ ...before, down: false, releaseVelocity: 64 });
    this.#reported.set(press.key, event);
    this.#options.onNote(event);
    const { channel, midiNote, velocity } = press;
    const byHand = press.key === press.hand;
    this.#options.onPlayed({ type: 'noteOn', channel, note: midiNote, velocity, byHand, time });
  }

  #reportUp(key: number, releaseVelocity: number, time: Samples | undefined): void {
    const event = this.#reported.get(key);
    if (!event) return;
    this.#reported.delete(key);
    this.#options.onNote({ ...event, down: false, releaseVelocity });
    const { channel, midiNote } = event;
    this.#options.onPlayed({ type: 'noteOff', channel, note: midiNote, velocity: releaseVelocity, time });
  }

  #settingsOf(note: SoundingNote): NoteSettings {
    const { channel, midiNote, pitched, play } = note;
    const transposed = (pitched ? 0 : Math.round(this.#values.transpose)) + (play?.cents ?? 0) / 100;
    return {
      pitchHz: pitched ? this.#planner.soundingHzOf(midiNote) : 0,
      pitchRatio: this.#channels.bendRatio(channel, this.#values.bendRange, transposed),
      gain: this.#channels.gain(channel, this.#modulation.isPressureLevel),
      pan: this.#channels.pan(channel),
      offsets: this.#modulation.offsetsOf(note),
    };
  }

  /**
   * Tells the notes that a channel's message concerns; tails of MPE notes keep what they had, as their channel is
   * used anew.
   */
  refresh(channel: number, time: Samples | undefined): void {
    const concerns = (note: SoundingNote) => this.#channels.reaches(channel, note.channel);
    this.refreshNotes(this.#notes.all.filter(concerns), time);
    this.#notes.setTails(
      (note) => concerns(note) && !this.#channels.isMember(note.channel),
      (note) => this.#settingsOf(note),
      time,
    );
  }

  /** Tells notes what moves them on their own. */
  refreshNotes(notes: readonly SoundingNote[], time: Samples | undefined): void {
    for (const note of notes) {
      this.#noteLatents.refresh(note, time);
      this.#notes.set(note, this.#settingsOf(note), time);
    }
    this.#scheduler.ask();
  }

  /** Pitches may have changed for every note. */
  retune(time: Samples | undefined): void {
    for (const note of this.#notes.all) {
      if (note.pitched && this.#planner.hzOf(note.midiNote) === 0) this.end(note, time);
      else this.#notes.set(note, this.#settingsOf(note), time);
    }
  }

  /** True when a held note has most likely said its word to the end, and is silent: nobody waits for its point. */
  isWordOver(note: SoundingNote): boolean {
    const { hold, freeze } = this.#values;
    if (!(note.isStruck || holdModes[hold] === 'one-shot') || freeze >= 0.5) return false;
    return this.#secondsOf(undefined) > note.wordStartSeconds + this.#wordSeconds;
  }

  #secondsOf(time: Samples | undefined): Seconds {
    return (time ?? this.#options.nowFrame()) / this.#sampleRate;
  }

  get #wordSeconds(): Seconds {
    return this.#clipSeconds / Math.max(slowestSpeed, Math.abs(this.#values.speed));
  }

  #isHeld(note: SoundingNote): boolean {
    return note.pedalled && (note.sostenuto || this.#channels.pedal('sustain', note.channel));
  }

  /** Releases a note. */
  end(note: SoundingNote, time: Samples | undefined): void {
    this.#forget(note);
    if (note.releaseVelocity !== 64) this.#notes.set(note, this.#settingsOf(note), time);
    const release = this.#values.release * 2 ** releaseOctaves(note.releaseVelocity);
    this.#noteLatents.end(note, this.#notes.end(note, time, this.#wordSeconds + release));
    if (note.polyPressure > 0) this.#options.onPressureLost(time);
  }

  #cut(note: SoundingNote, time: Samples | undefined): void {
    this.#forget(note);
    this.#noteLatents.end(note, this.#notes.cut(note, time));
    if (note.polyPressure > 0) this.#options.onPressureLost(time);
  }

  #forget(note: SoundingNote): void {
    for (const part of this.#parts.values()) {
      if (part.current === note) part.current = null;
      if (part.lyric === note) part.lyric = null;
      if (part.deferred?.note === note) part.deferred = null;
    }
  }

  #endOverdue(part: Part, frame: Samples): void {
    if (part.deferred && part.deferred.frame <= frame) this.#endDeferred(part, part.deferred.frame);
  }

  #endDeferred(part: Part, frame: Samples): void {
    const { deferred } = part;
    part.deferred = null;
    if (deferred) this.end(deferred.note, frame);
  }

  /** Ends notes that nothing holds any more after a pedal of the channel has moved. */
  pedalMoved(channel: number, time: Samples | undefined): void {
    for (const note of this.#notes.all) {
      const isWaiting = this.#part(note.channel).deferred?.note === note;
      const isOver = !note.keyDown && !this.#isHeld(note) && !isWaiting;
      if (isOver && this.#channels.reaches(channel, note.channel)) this.end(note, time);
    }
  }

  /** The sostenuto pedal of a channel moves. */
  moveSostenuto(channel: number, down: boolean, time: Samples | undefined): void {
    const state = this.#channels.of(channel);
    if (state.sostenuto === down) return;
    state.sostenuto = down;
    for (const note of this.#notes.all) {
      if (!this.#channels.reaches(channel, note.channel)) continue;
      // Only keys that are down when the pedal goes down are caught.
      note.sostenuto = down && (note.sostenuto || note.keyDown);
    }
    if (!down) this.pedalMoved(channel, time);
  }

  /** Ends what sounds and forgets which keys are down. */
  dropAll(time: Samples | undefined): void {
    for (const part of this.#parts.values()) {
      part.stack.remove(() => true);
      part.lastHz = 0;
    }
    for (const note of this.#notes.all) this.end(note, time);
  }
}
