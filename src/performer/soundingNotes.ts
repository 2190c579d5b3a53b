// Notes that the kernel sounds: what each was told last, and the frames at which it hears of changes.
import { soundTargets, type NoteOffsets } from '../contract/modulation.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import type { ToKernel } from '../worklet/kernelProtocol.ts';
import type { PartPlay } from './partPlay.ts';
import type { SlotWord } from './wordSlots.ts';

/** A note between its start and its release. */
export interface SoundingNote {
  readonly noteId: number;
  /** The key that it answers to; changes when a legato note moves on. */
  key: number;
  /** The key of a hand that plays it: the same, but of the arpeggiator's notes. */
  hand: number;
  channel: number;
  /** 0..127 */
  midiNote: number;
  word: SlotWord;
  /** True when it sings the key's pitch instead of the word's own. */
  readonly pitched: boolean;
  /** True when its word came from the lyrics. */
  readonly fromLyrics: boolean;
  /** True when it sings the parameter `digit` and follows its morph. */
  readonly followsDigit: boolean;
  /** True where it sounds to its end, however long its key is down. */
  readonly isStruck: boolean;
  /** How its part plays; undefined where it plays as the instrument is set. */
  play: PartPlay | undefined;
  /** False for the arpeggiator's notes, whose length is their gate. */
  readonly pedalled: boolean;
  keyDown: boolean;
  /** True while the sostenuto pedal that caught it is down. */
  sostenuto: boolean;
  /** When its word began. */
  wordStartSeconds: Seconds;
  /** 0..1 */
  polyPressure: number;
  /** Of the key that went up, 1..127; 64 where none was sensed. */
  releaseVelocity: number;
  /** 0..1, the curve included. */
  readonly velocity: number;
  /** Drawn at its start: its place about the common point along each direction; empty for none. */
  readonly variation: readonly number[];
  /** How far it stands from the common point along each direction, in units of the knobs. */
  styleOffset: readonly number[];
  /** The slot that is decoded for it alone; null while it plays its word's. */
  noteSlot: number | null;
  /** True once its own slot had to be given to another note. */
  lostSlot: boolean;
}

/** A latent point as the kernel is told of it; see `ToKernel`. */
export interface WordPoint {
  readonly slot: number;
  readonly revision: number;
  readonly digit?: number;
  readonly style: Float32Array;
}

/** What a note is played with besides its word. */
export interface NoteSettings {
  /** 0 for the word's own pitch. */
  readonly pitchHz: Hertz;
  readonly pitchRatio: number;
  readonly gain: number;
  readonly pan: number;
  readonly offsets: NoteOffsets;
}

/** How a note begins. */
export interface NoteStart {
  readonly point: WordPoint;
  readonly gain: number;
  readonly settings: NoteSettings;
  /** Pitch to come from, and how long that takes. */
  readonly glideFromHz: Hertz;
  readonly glideSeconds: Seconds;
  /** Begins within the word, at this time of its clip; absent for its onset. */
  readonly position?: Seconds;
}

interface Told {
  readonly note: SoundingNote;
  settings: NoteSettings;
  lastFrame: Samples;
}

interface Tail extends Told {
  readonly until: Seconds;
}

/** Released notes that bends and levels still reach. */
const mostTails = 64;
/** A note that is cut is silent by then. */
const cutSeconds: Seconds = 0.2;

/** Keeps the notes and speaks to the kernel about them; for one note frames never go backwards. */
export class SoundingNotes {
  readonly #send: (message: ToKernel) => void;
  readonly #now: () => Seconds;
  readonly #sampleRate: Hertz;
  readonly #told = new Map<number, Told>();
  #tails: Tail[] = [];

  constructor(send: (message: ToKernel) => void, now: () => Seconds, sampleRate: Hertz) {
    this.#send = send;
    this.#now = now;
    this.#sampleRate = sampleRate;
  }

  /** Notes that have not been released, the earliest first. */
  get all(): SoundingNote[] {
    return [...this.#told.values()].map(({ note }) => note);
  }

  /** True until the note is released. */
  has(note: SoundingNote): boolean {
    return this.#told.has(note.noteId);
  }

  /** Notes that answer to a key. */
  ofKey(key: number): SoundingNote[] {
    return this.all.filter((note) => note.key === key);
  }

  /** Notes that a key of a hand plays, itself or by the arpeggiator. */
  ofHand(key: number): SoundingNote[] {
    return this.all.filter((note) => note.hand === key);
  }

  start(note: SoundingNote, start: NoteStart, time: Samples | undefined): void {
    const { settings, point, glideFromHz, glideSeconds, position } = start;
    const glides = glideFromHz > 0 && settings.pitchHz > 0 && glideFromHz !== settings.pitchHz;
    const told: Told = { note, settings: { ...settings, pitchRatio: 1, gain: 1 }, lastFrame: -1 };
    this.#told.set(note.noteId, told);
    this.#tell(told, time, {
      type: 'noteOn',
      noteId: note.noteId,
      ...point,
      gain: start.gain,
      velocity: note.velocity,
      pitchHz: glides ? glideFromHz : settings.pitchHz,
      pan: settings.pan,
      ...(note.isStruck ? { isStruck: true } : {}),
      ...(Object.keys(settings.offsets).length === 0 ? {} : { offsets: settings.offsets }),
    });
    if (position !== undefined) this.#tell(told, time, { type: 'control', noteId: note.noteId, position });
    if (glides) {
      this.#tell(told, time, {
        type: 'control',
        noteId: note.noteId,
        pitchHz: settings.pitchHz,
        glideSeconds,
      });
    }
    this.#change(told, settings, time, 0);
  }

  /** Tells the kernel what differs from what it was told last. */
  set(
    note: SoundingNote,
    settings: NoteSettings,
    time: Samples | undefined,
    glideSeconds: Seconds = 0,
  ): void {
    const told = this.#told.get(note.noteId);
    if (told) this.#change(told, settings, time, glideSeconds);
  }

  /** Crosses over to another point; `at` as in ToKernel. */
  changeWord(
    note: SoundingNote,
    point: WordPoint,
    at: 'onset' | 'place' | 'same',
    time: Samples | undefined,
  ): void {
    const told = this.#told.get(note.noteId);
    if (told) this.#tell(told, time, { type: 'word', noteId: note.noteId, ...point, at });
  }

  /**
   * Releases a note; for `tailSeconds` more `setTails` reaches it.
   * @returns when that is over
   */
  end(note: SoundingNote, time: Samples | undefined, tailSeconds: Seconds): Seconds {
    const told = this.#told.get(note.noteId);
    if (!told) return 0;
    this.#told.delete(note.noteId);
    this.#tell(told, time, { type: 'noteOff', noteId: note.noteId });
    const now = this.#now();
    const kept = this.#tails.filter((tail) => tail.until > now).slice(1 - mostTails);
    const until = Math.max(now, told.lastFrame / this.#sampleRate) + tailSeconds;
    this.#tails = [...kept, { ...told, until }];
    return until;
  }

  /**
   * Releases a note and takes its level to nothing at once.
   * @returns when it is silent
   */
  cut(note: SoundingNote, time: Samples | undefined): Seconds {
    const told = this.#told.get(note.noteId);
    if (!told) return 0;
    this.#told.delete(note.noteId);
    this.#tell(told, time, { type: 'control', noteId: note.noteId, gain: 0 });
    this.#tell(told, time, { type: 'noteOff', noteId: note.noteId });
    return Math.max(this.#now(), told.lastFrame / this.#sampleRate) + cutSeconds;
  }

  /** Changes released notes that may still be heard. */
  setTails(
    concerns: (note: SoundingNote) => boolean,
    settingsOf: (note: SoundingNote) => NoteSettings,
    time: Samples | undefined,
  ): void {
    const now = this.#now();
    for (const tail of this.#tails) {
      if (tail.until > now && concerns(tail.note)) this.#change(tail, settingsOf(tail.note), time, 0);
    }
  }

  /** Released notes are over: their kernel is. */
  forgetTails(): void {
    this.#tails = [];
  }

  /** Takes released notes to silence. */
  cutTails(concerns: (note: SoundingNote) => boolean, time: Samples | undefined): void {
    const cut = this.#tails.filter((tail) => concerns(tail.note));
    this.#tails = this.#tails.filter((tail) => !concerns(tail.note));
    for (const tail of cut) this.#tell(tail, time, { type: 'control', noteId: tail.note.noteId, gain: 0 });
  }

  #change(told: Told, settings: NoteSettings, time: Samples | undefined, glideSeconds: Seconds): void {
    const before = told.settings;
    told.settings = settings;
    const change = {
      ...(settings.pitchHz === before.pitchHz ? {} : { pitchHz: settings.pitchHz }),
      ...(settings.pitchRatio === before.pitchRatio ? {} : { pitchRatio: settings.pitchRatio }),
      ...(settings.gain === before.gain ? {} : { gain: settings.gain }),
      ...(settings.pan === before.pan ? {} : { pan: settings.pan }),
      ...(isSame(settings.offsets, before.offsets) ? {} : { offsets: settings.offsets }),
    };
    if (Object.keys(change).length === 0) return;
    const glide = 'pitchHz' in change && glideSeconds > 0 ? { glideSeconds } : {};
    this.#tell(told, time, { type: 'control', noteId: told.note.noteId, ...change, ...glide });
  }

  /**
   * Sends with a frame that is not before the note's last one; an event of now that comes before it waits for it.
   */
  #tell(told: Told, time: Samples | undefined, message: ToKernel): void {
    const isAhead = told.lastFrame > this.#now() * this.#sampleRate;
    const frame =
      time === undefined ? (isAhead ? told.lastFrame : undefined) : Math.max(time, told.lastFrame);
    if (frame === undefined) this.#send(message);
    else {
      told.lastFrame = frame;
      this.#send({ ...message, frame } as ToKernel);
    }
  }
}

function isSame(a: NoteOffsets, b: NoteOffsets): boolean {
  return soundTargets.every((target) => (a[target] ?? 0) === (b[target] ?? 0));
}
