// The arpeggiator: held keys in, notes with exact frames out. It knows patterns and time, nothing of sound.
import type { arpModes } from '../contract/parameters.ts';
import type { Samples } from '../contract/units.ts';
import type { GridLine } from './beatClock.ts';

/** How the keys follow each other. */
export interface ArpSettings {
  readonly mode: (typeof arpModes)[number];
  /** Time from note to note. */
  readonly stepSamples: Samples;
  /** Share of the step that a note lasts, 0..1. */
  readonly gate: number;
  /** 1..4: the keys are repeated that many octaves up. */
  readonly octaves: number;
  /** 0..0.75: every second note comes later by this share of a step. */
  readonly swing: number;
  /** The first step behind a frame, where steps lie on the beat of a sequencer; absent where they count from the first key. */
  readonly stepAfter?: ((frame: Samples) => GridLine | undefined) | undefined;
}

/** A key that takes part. */
export interface ArpKey {
  readonly channel: number;
  readonly note: number;
  /** 0..127 */
  readonly velocity: number;
}

/** A note of the row. */
export interface ArpNote extends ArpKey {
  /** The note of the key that plays it, octaves below. */
  readonly from: number;
}

/** What the arpeggiator does with the notes it makes. Frames of calls never decrease. */
export interface ArpOutput {
  noteOn(key: ArpNote, frame: Samples): void;
  noteOff(key: ArpKey, frame: Samples): void;
}

interface HeldKey extends ArpKey {
  /** False when only a pedal holds it. */
  readonly down: boolean;
}

const semitones = 12;
/** A key that is late for a step of the beat by no more than this share of a step is meant for it, and plays at once. */
const lateShare = 0.25;

/** Turns held keys into a row of notes. Time moves only by `advance`. */
export class Arpeggiator {
  readonly #output: ArpOutput;
  readonly #random: () => number;
  #keys: HeldKey[] = [];
  #sounding: { key: ArpKey; from: Samples; until: Samples } | null = null;
  /** Frame of the next step before swing; null while nothing is held. */
  #nextStep: Samples | null = null;
  /** Frame of the step before, before swing; null before the first. */
  #lastStep: Samples | null = null;
  /** When the row began. */
  #pressedAt: Samples = 0;
  /** Steps of the row so far. */
  #step = 0;
  /** True when the next step is one of those that swing puts off. */
  #isOffBeat = false;

  /** @param random uniform numbers in [0, 1) for the random pattern */
  constructor(output: ArpOutput, random: () => number) {
    this.#output = output;
    this.#random = random;
  }

  /** Keys that take part. */
  get size(): number {
    return this.#keys.length;
  }

  /** A key goes down at a frame: the first one starts the row there. */
  press(key: ArpKey, frame: Samples): void {
    this.#keys = this.#keys.filter((other) => !isSame(other, key));
    this.#keys.push({ ...key, down: true });
    if (this.#nextStep !== null) return;
    this.#nextStep = Math.max(frame, this.#sounding?.until ?? frame);
    this.#pressedAt = frame;
    this.#rewind();
  }

  /** A key goes up; `held` keeps it in the row until `releasePedal`. */
  lift(channel: number, note: number, held: boolean): void {
    this.#keys = this.#keys.flatMap((key) => {
      if (key.channel !== channel || key.note !== note) return [key];
      return held ? [{ ...key, down: false }] : [];
    });
    this.#stopIfEmpty();
  }

  /** The pedal that held keys went up. */
  releasePedal(isHeld: (key: ArpKey) => boolean): void {
    this.#keys = this.#keys.filter((key) => key.down || isHeld(key));
    this.#stopIfEmpty();
  }

  /** Forgets the keys of a channel, or all. */
  clear(channel?: number): void {
    this.#keys = channel === undefined ? [] : this.#keys.filter((key) => key.channel !== channel);
    this.#stopIfEmpty();
  }

  /** Ends the note that sounds, at `frame` or where it was to end if that is earlier. */
  finish(frame: Samples): void {
    if (!this.#sounding) return;
    const { key, from, until } = this.#sounding;
    this.#sounding = null;
    this.#output.noteOff(key, Math.max(from, Math.min(until, frame)));
  }

  /** Starts the row anew at a frame: a sequencer was started. */
  restart(frame: Samples): void {
    this.#rewind();
    if (this.#nextStep === null) return;
    this.#nextStep = Math.max(frame, this.#sounding?.from ?? frame);
    this.#pressedAt = frame;
  }

  /**
   * Emits everything up to and with `untilFrame`, in the order of frames. Settings may change from call to call.
   * @param now notes that would be over by this frame are left out, as after a time when nobody called: the row goes on where it
   * would be, instead of playing all of them at once
   */
  advance(untilFrame: Samples, settings: ArpSettings, now: Samples = 0): void {
    for (;;) {
      this.#keepToBeat(settings);
      const next = this.#nextStep;
      const start = next === null ? Infinity : next + this.#swingOf(this.#isOffBeat, settings);
      const end = this.#sounding?.until ?? Infinity;
      if (Math.min(start, end) > untilFrame) return;
      if (end <= start) {
        this.finish(end);
      } else if (next !== null) {
        // A faster tempo or a longer gate may have let the last note run into this one.
        this.finish(Math.round(start));
        this.#strike(next, start, settings, now);
      }
    }
  }

  #strike(plain: Samples, start: Samples, settings: ArpSettings, now: Samples): void {
    const row = rowOf(this.#keys, settings);
    const at = settings.mode === 'random' ? Math.floor(this.#random() * row.length) : this.#step % row.length;
    const key = row[Math.min(at, row.length - 1)];
    const from = Math.round(start);
    this.#step++;
    this.#lastStep = plain;
    this.#isOffBeat = !this.#isOffBeat;
    this.#nextStep = plain + settings.stepSamples;
    this.#keepToBeat(settings);
    const length = this.#nextStep + this.#swingOf(this.#isOffBeat, settings) - start;
    const until = from + Math.max(1, Math.round(settings.gate * length));
    if (until <= now) return;
    this.#sounding = { key, from, until };
    this.#output.noteOn(key, from);
  }

  #rewind(): void {
    this.#step = 0;
    this.#lastStep = null;
    this.#isOffBeat = false;
  }

  /**
   * Puts the next step on the beat as it is known now. The least distance keeps a step from coming twice when the beat
   * turns out to be a little later than it seemed.
   */
  #keepToBeat({ stepAfter, stepSamples }: ArpSettings): void {
    if (!stepAfter || this.#nextStep === null) return;
    const margin = lateShare * stepSamples;
    const line = stepAfter(this.#lastStep === null ? this.#pressedAt - margin : this.#lastStep + margin);
    if (!line) return;
    // A key that is late for its step starts now, and its row goes on from that step.
    this.#nextStep = this.#lastStep === null ? Math.max(line.frame, this.#pressedAt) : line.frame;
    this.#isOffBeat = line.index % 2 !== 0;
  }

  #swingOf(isOffBeat: boolean, { swing, stepSamples }: ArpSettings): Samples {
    return isOffBeat ? swing * stepSamples : 0;
  }

  #stopIfEmpty(): void {
    if (this.#keys.length === 0) this.#nextStep = null;
  }
}

function isSame(a: ArpKey, b: ArpKey): boolean {
  return a.channel === b.channel && a.note === b.note;
}

/** One round of the pattern. Octaves that would leave the keyboard are left out. */
function rowOf(keys: readonly ArpKey[], { mode, octaves }: ArpSettings): ArpNote[] {
  const order = mode === 'played' ? [...keys] : [...keys].sort((a, b) => a.note - b.note);
  const row: ArpNote[] = [];
  for (let octave = 0; octave < octaves; octave++) {
    for (const key of order) {
      const note = key.note + semitones * octave;
      if (note <= 127) row.push({ ...key, note, from: key.note });
    }
  }
  if (mode === 'down') return row.reverse();
  if (mode === 'up-down') return [...row, ...row.slice(1, -1).reverse()];
  return row;
}
