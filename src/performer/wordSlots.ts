// Where words live in the kernel's clip bank, and the latent point that each of these slots is decoded at.
import { requireInteger, requireNumber } from '../contract/errors.ts';
import { reachOf } from '../contract/modulation.ts';
import { between, digitAnchor, styleAt } from '../model/latent.ts';
import { digitCount } from '../contract/vocabulary.ts';
import type { Manifest } from '../model/manifest.ts';
import type { DecodeTarget, LatentLine } from '../model/inferenceProtocol.ts';
import { decodeOrder, type Situation } from './decodeOrder.ts';

/** Digits this near to a whole number are that number: a 7-bit controller reaches every digit within 0.036. */
const wholeWithin = 0.04;
/**
 * Slots for words between two digits; the place among them names the digit to start from while nothing is decoded.
 */
const morphSlots = digitCount;
/** Most stored points. A multiple of ten keeps `slot % 10` naming a digit. */
export const padSlots = 50;
/** Notes with points of their own: as many as sound or fade in the kernel, and a few. */
const noteSlots = 70;
const styleReach = reachOf('style 1');
/** The key of the first of the pads that are there without being stored. */
const firstPadNote = 36;

/**
 * Slots that the kernel's clip bank needs: each speaker's ten words, ten for morphs, fifty for stored points, seventy
 * for notes of their own.
 */
export function slotCount(manifest: Manifest): number {
  return manifest.speakers.length * digitCount + morphSlots + padSlots + noteSlots;
}

/** A slot's point, without the revision at which it moved. */
export type SlotTarget = Omit<DecodeTarget, 'revision'>;

/** A note that stands apart from the point of its word; read whenever a point is asked for. */
export interface NoteLatent {
  readonly noteId: number;
  readonly word: SlotWord;
  /** Along each direction, in units of the knobs. */
  readonly styleOffset: readonly number[];
}

/** A word and where it is decoded. */
export interface SlotWord {
  /** 0..9; of a morph the nearest. */
  readonly digit: number;
  readonly speaker: number;
  readonly slot: number;
}

/** A point stored on a key. */
export interface Pad {
  /** The nearest digit, 0..9. */
  readonly digit: number;
  /** Player's style, the manifest's styleDimensions numbers: knobs, map and offset leave it where it was stored. */
  readonly style: ArrayLike<number>;
  /** Place in the digit embedding; absent for the digit's own. */
  readonly digitPoint?: ArrayLike<number>;
  /** Index of the speaker that a page shows; the style alone decides the sound. */
  readonly speaker?: number;
}

/** What the slow oscillator adds to what sounds. */
export interface Swing {
  /** Index of the direction. */
  readonly direction: number;
  /** How far along it, in units of the knobs. */
  readonly amount: number;
  /** Two amounts between which it lies; the same two for a while. */
  readonly between: readonly [low: number, high: number];
}

/** Points of a slot, with what they depend on besides what moves all slots. */
interface KnownPoints {
  readonly noteId: number | undefined;
  readonly word: number;
  readonly styleOffset: readonly number[] | undefined;
  /** By the direction and the amount of the swing; null for none. */
  readonly points: Map<number | null, SlotTarget>;
  readonly direction: number | undefined;
}
/** Enough for a swing's ends, its rest and a few of its places. */
const mostKnown = 12;

/** Gives a style for a digit: a place of the map of voices, say. */
export type StyleOfDigit = (digit: number) => ArrayLike<number>;

/** The latent point and its slots. */
export class WordSlots {
  /** Slots of notes with points of their own. */
  readonly noteSlots = noteSlots;
  readonly #manifest: Manifest;
  readonly #speakers: number;
  readonly #pads = new Map<number, Pad & { readonly slot: number }>();
  /** What was stored in each slot last: a sound that rings on when its key is cleared stays where it is. */
  readonly #stored = new Map<number, Pad>();
  #knobs: readonly number[] = [];
  #offset: ArrayLike<number> | null = null;
  #targetStyles: readonly ArrayLike<number>[] | null = null;
  #targetShare = 0;
  #digit = 0;
  #morphSpeaker = 0;
  #morphSlot: number | null = null;
  readonly #noteLatents = new Map<number, NoteLatent>();
  #swing: Swing | null = null;
  /** Points that were worked out since the last move of what all of them depend on. */
  readonly #known = new Map<number, KnownPoints>();

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
    this.#speakers = manifest.speakers.length;
  }

  /** Position along each direction. */
  setKnobs(knobs: readonly number[]): void {
    this.#knobs = knobs;
    this.#known.clear();
  }

  /** Adds a vector to every style; null for none. */
  setOffset(offset: ArrayLike<number> | null): void {
    this.#offset = offset === null ? null : Float32Array.from(this.#checked('style offset', offset));
    this.#known.clear();
  }

  /** Draws every style towards `target`, by `share` 0..1. */
  setTarget(target: StyleOfDigit | null, share: number): void {
    requireNumber('share', share, 0, 1);
    this.#targetStyles =
      target === null || share === 0
        ? null
        : Array.from({ length: digitCount }, (_, digit) =>
            Float32Array.from(this.#checked('style target', target(digit))),
          );
    this.#targetShare = share;
    this.#known.clear();
  }

  /** The slot of a speaker's own word. */
  plain(speaker: number, digit: number): SlotWord {
    return { digit, speaker, slot: speaker * digitCount + digit };
  }

  /**
   * The word at a place between digits 0..9 in one speaker's voice.
   * @param stay keeps the slot of the last morph, so that notes that sound in it move along
   */
  between(speaker: number, digit: number, stay: boolean): SlotWord {
    if (digit !== this.#digit || speaker !== this.#morphSpeaker) this.#known.clear();
    this.#digit = digit;
    this.#morphSpeaker = speaker;
    const nearest = Math.round(digit);
    if (isWhole(digit) && !stay) {
      this.#morphSlot = null;
      return this.plain(speaker, nearest);
    }
    const slot = stay && this.#morphSlot !== null ? this.#morphSlot : this.#speakers * digitCount + nearest;
    this.#morphSlot = slot;
    return { digit: nearest, speaker, slot };
  }

  /** The slot that the present place between digits is decoded into; null on a whole digit. */
  get morphSlot(): number | null {
    return this.#morphSlot;
  }

  /** True for slots of `between`. */
  isMorph(slot: number): boolean {
    const at = slot - this.#speakers * digitCount;
    return at >= 0 && at < morphSlots;
  }

  /**
   * Stores a point on a key, or takes it away.
   * @throws RangeError when the key, the digit or a length is out of range, or all 50 slots are taken
   */
  setPad(midiNote: number, pad: Pad | null): void {
    requireInteger('MIDI note', midiNote, 0, 127);
    if (pad === null) {
      this.#pads.delete(midiNote);
      return;
    }
    requireInteger('digit', pad.digit, 0, digitCount - 1);
    this.#checked('pad style', pad.style);
    const { digitDimensions } = this.#manifest.latent;
    if (pad.digitPoint) {
      requireInteger('length of digitPoint', pad.digitPoint.length, digitDimensions, digitDimensions);
    }
    const slot = this.#pads.get(midiNote)?.slot ?? this.#freePadSlot(pad.digit);
    this.#pads.set(midiNote, { ...pad, slot });
    this.#stored.set(slot, pad);
    this.#known.clear();
  }

  /** Stored points by key. */
  get pads(): ReadonlyMap<number, Pad> {
    return this.#pads;
  }

  /** What a key strikes: its stored point, or else the digits of one speaker after the other from C2 up. */
  pad(midiNote: number): SlotWord {
    const stored = this.#pads.get(midiNote);
    if (stored) return { digit: stored.digit, speaker: stored.speaker ?? 0, slot: stored.slot };
    const words = this.#speakers * digitCount;
    const at = (((midiNote - firstPadNote) % words) + words) % words;
    return this.plain(Math.floor(at / digitCount), at % digitCount);
  }

  /** The first slot of notes with points of their own. */
  get firstNoteSlot(): number {
    return this.#speakers * digitCount + morphSlots + padSlots;
  }

  /** Decodes a note's own point into a slot, from `firstNoteSlot` on. */
  setNoteLatent(slot: number, latent: NoteLatent): void {
    this.#noteLatents.set(slot, latent);
  }

  /** Adds to the point of whatever sounds; null for nothing. */
  setSwing(swing: Swing | null): void {
    this.#swing = swing;
  }

  /** True while the slow oscillator moves the point. */
  get isSwinging(): boolean {
    return this.#swing !== null;
  }

  /** Player's style that a slot is decoded at while it does not sound. */
  styleOf(slot: number): Float32Array {
    return this.#targetOf(slot, false).style;
  }

  /** What a note that sounds in a slot is told of it. */
  soundingPoint(slot: number): { slot: number; digit?: number; style: Float32Array } {
    const { digit, style } = this.#swungTarget(
      slot,
      this.#swing?.amount ?? null,
      this.#noteLatents.get(slot),
    );
    return { slot, ...(digit === undefined ? {} : { digit }), style };
  }

  /** Every slot in use, most urgent first: what sounds, the morph, the stored points, then `decodeOrder`. */
  targets(situation: Situation): SlotTarget[] {
    const sounding = new Set<number>(situation.sounding);
    if (situation.soundingOnly) return [...sounding].map((slot) => this.#targetOf(slot, true));
    const order = new Set(sounding);
    if (this.#morphSlot !== null) order.add(this.#morphSlot);
    for (const { slot } of this.#pads.values()) order.add(slot);
    for (const slot of decodeOrder(this.#speakers, situation)) order.add(slot);
    return [...order].map((slot) => this.#targetOf(slot, sounding.has(slot)));
  }

  #targetOf(slot: number, isSounding: boolean): SlotTarget {
    const swing = isSounding ? this.#swing : null;
    if (!swing) return this.#swungTarget(slot, null, this.#noteLatents.get(slot));
    const lineOf = (at: number, own: NoteLatent | undefined): LatentLine => ({
      low: this.#swungTarget(at, swing.between[0], own).style,
      high: this.#swungTarget(at, swing.between[1], own).style,
      rest: this.#swungTarget(at, null, own).style,
    });
    const latent = this.#noteLatents.get(slot);
    const target = { ...this.#swungTarget(slot, swing.amount, latent), line: lineOf(slot, latent) };
    if (!latent) return target;
    const word = latent.word.slot;
    const { style } = this.#swungTarget(word, swing.amount, undefined);
    return { ...target, wordLine: { slot: word, style, ...lineOf(word, undefined) } };
  }

  /** @param amount of the present swing, or null for none */
  #swungTarget(slot: number, amount: number | null, latent: NoteLatent | undefined): SlotTarget {
    const word = latent?.word.slot ?? slot;
    const direction = this.#swing?.direction;
    let known = this.#known.get(slot);
    if (
      !known ||
      known.noteId !== latent?.noteId ||
      known.word !== word ||
      known.styleOffset !== latent?.styleOffset ||
      known.direction !== direction ||
      known.points.size > mostKnown
    ) {
      known = {
        noteId: latent?.noteId,
        word,
        styleOffset: latent?.styleOffset,
        direction,
        points: new Map<number | null, SlotTarget>(),
      };
      this.#known.set(slot, known);
    }
    const found = known.points.get(amount);
    if (found) return found;
    const point = this.#pointOf(word, this.#along(latent?.styleOffset, amount));
    const target = latent ? { ...point, slot, digit: latent.word.digit, noteId: latent.noteId } : point;
    known.points.set(amount, target);
    return target;
  }

  /** What moves a point along each direction besides the knobs; null for nothing. */
  #along(own: readonly number[] | undefined, amount: number | null): readonly number[] | null {
    const swing = this.#swing;
    if (!swing || amount === null) return own ?? null;
    return this.#manifest.directions.map((_, k) => (own?.[k] ?? 0) + (k === swing.direction ? amount : 0));
  }

  /** @param along moves it along each direction, in units of the knobs; null for nothing */
  #pointOf(slot: number, along: readonly number[] | null): SlotTarget {
    const manifest = this.#manifest;
    const words = this.#speakers * digitCount;
    if (slot < words) {
      const digit = slot % digitCount;
      const style = this.#style(Math.floor(slot / digitCount), digit, along);
      return { slot, digitPoint: digitAnchor(manifest, digit), style };
    }
    if (this.isMorph(slot)) {
      const low = Math.floor(this.#digit);
      const high = Math.min(digitCount - 1, low + 1);
      const share = this.#digit - low;
      return {
        slot,
        digitPoint: between(digitAnchor(manifest, low), digitAnchor(manifest, high), share),
        style: between(
          this.#style(this.#morphSpeaker, low, along),
          this.#style(this.#morphSpeaker, high, along),
          share,
        ),
      };
    }
    const pad = this.#stored.get(slot);
    const digit = pad?.digit ?? slot % digitCount;
    return {
      slot,
      ...(digit === slot % digitCount ? {} : { digit }),
      digitPoint: Float32Array.from(pad?.digitPoint ?? digitAnchor(manifest, digit)),
      // A stored point has the knobs of its moment in it, and these must not move it again.
      style: pad
        ? this.#pushed(pad.style, (k) => along?.[k] ?? 0)
        : this.#moved(styleAt(manifest, 0, digit), along),
    };
  }

  /** A speaker's style of a digit, drawn to the target and moved by knobs and offset. */
  #style(speaker: number, digit: number, along: readonly number[] | null): Float32Array {
    const own = styleAt(this.#manifest, speaker, digit);
    const target = this.#targetStyles?.[digit];
    return this.#moved(target ? between(own, target, this.#targetShare) : own, along);
  }

  #moved(style: ArrayLike<number>, along: readonly number[] | null): Float32Array {
    const moved = this.#pushed(style, (k) => (this.#knobs[k] ?? 0) + (along?.[k] ?? 0));
    if (this.#offset) for (let i = 0; i < moved.length; i++) moved[i] += this.#offset[i];
    return moved;
  }

  /** Along a direction nothing goes further than its knob can. */
  #pushed(style: ArrayLike<number>, wanted: (direction: number) => number): Float32Array {
    const pushed = new Float32Array(style);
    this.#manifest.directions.forEach((direction, k) => {
      const amount = Math.min(styleReach, Math.max(-styleReach, wanted(k)));
      if (amount === 0) return;
      for (let i = 0; i < pushed.length; i++) pushed[i] += amount * direction.vector[i];
    });
    return pushed;
  }

  #freePadSlot(digit: number): number {
    const first = this.#speakers * digitCount + morphSlots;
    const taken = new Set([...this.#pads.values()].map((pad) => pad.slot));
    const free = Array.from({ length: padSlots }, (_, k) => first + k).filter((slot) => !taken.has(slot));
    const slot = free.find((candidate) => candidate % digitCount === digit) ?? free[0];
    if (slot === undefined) {
      throw new RangeError(`pads must be ${padSlots} at most; take one away before storing another`);
    }
    return slot;
  }

  #checked(name: string, vector: ArrayLike<number>): ArrayLike<number> {
    const z = this.#manifest.latent.styleDimensions;
    requireInteger(`length of ${name}`, vector.length, z, z);
    return vector;
  }
}

/** True for a place that means one digit. */
export function isWhole(digit: number): boolean {
  return Math.abs(digit - Math.round(digit)) < wholeWithin;
}
