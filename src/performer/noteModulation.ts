// What moves each note on its own: velocity, chance, timbre and pressure, aimed at the sound or at the style.
import {
  directionOf,
  heldOffset,
  reachOf,
  type NoteOffsets,
  type SoundTarget,
} from '../contract/modulation.ts';
import {
  modulationTargets,
  parameterById,
  pressureTargets,
  type ModulationTarget,
  type ParameterId,
  type ParameterValues,
} from '../contract/parameters.ts';
import { chance } from '../worklet/oscillator.ts';
import type { Channels } from './channels.ts';
import { releaseOctaves } from './expression.ts';
import type { SoundingNote } from './soundingNotes.ts';

/** Vibrato of full pressure where nobody has said otherwise, cents. */
const usualVibrato = 60;
/** Of the chance of a note; another one than the kernel's, so that two targets do not move together. */
const chanceSeed = 5;

/** What pressure moves: a target by so much of its unit, or a parameter that all notes share. */
type PressureAim =
  | 'usual'
  | { readonly target: ModulationTarget; readonly amount: number }
  | { readonly id: ParameterId; readonly amount: number }
  | null;

/** What the sources stand on. */
export interface NoteModulationOptions {
  /** Read at every call. */
  readonly values: ParameterValues;
  readonly channels: Channels;
  /** Directions of the bundle. */
  readonly directions: number;
  readonly random: () => number;
}

/** Distances of single notes from what all notes share. */
export class NoteModulation {
  readonly #options: NoteModulationOptions;
  #pressureTo: PressureAim = 'usual';
  #timbreTo: ParameterId | null = null;

  constructor(options: NoteModulationOptions) {
    this.#options = options;
  }

  /** The parameters say what pressure moves. */
  takePressureTarget(): void {
    const { pressureTo, pressureAmount } = this.#options.values;
    const target = pressureTargets[pressureTo];
    this.#pressureTo = target === 'usual' ? target : { target, amount: pressureAmount * reachOf(target) };
  }

  /** What pressure moves at its fullest, in the parameter's unit (speed in octaves); null for nothing. */
  setPressureTarget(id: ParameterId | null, amount: number): void {
    const target = id === null ? undefined : parameterById(id).target;
    this.#pressureTo = id === null ? null : target ? { target, amount } : { id, amount };
  }

  /** What timbre moves of all notes together; null for what the parameter `timbreTo` says. */
  setTimbreParameter(id: ParameterId | null): void {
    this.#timbreTo = id;
  }

  /** The parameter that timbre moves for all notes; null when it moves each note. */
  get timbreParameter(): ParameterId | null {
    return this.#timbreTo;
  }

  /** The parameter that pressure moves for all notes, and how far; null when it moves each note. */
  get pressureParameter(): { readonly id: ParameterId; readonly amount: number } | null {
    const aim = this.#pressureTo;
    return aim !== null && aim !== 'usual' && 'id' in aim ? aim : null;
  }

  /** True while an MPE note's pressure is its level. */
  get isPressureLevel(): boolean {
    return this.#pressureTo === 'usual';
  }

  /** A place of a note's own about the common point, drawn once; empty without variation. */
  drawVariation(): readonly number[] {
    const { values, directions, random } = this.#options;
    if (values.variation === 0) return [];
    return Array.from({ length: directions }, () => values.variation * (2 * random() - 1));
  }

  /** What the kernel is told of a note; its own velocity and chance it moves itself. */
  offsetsOf(note: SoundingNote): NoteOffsets {
    const offsets: Partial<Record<SoundTarget, number>> = {};
    for (const [target, amount] of this.#livePushes(note)) {
      if (directionOf(target) >= 0 || amount === 0) continue;
      const sound = target as SoundTarget;
      offsets[sound] = heldOffset(sound, (offsets[sound] ?? 0) + amount);
    }
    const release = (offsets.release ?? 0) + releaseOctaves(note.releaseVelocity);
    return release === 0 ? offsets : { ...offsets, release: heldOffset('release', release) };
  }

  /** How far a note stands from the common point along each direction, in units of the knobs. */
  styleOffsetOf(note: SoundingNote): number[] {
    const { values, directions } = this.#options;
    const along = Array.from({ length: directions }, (_, k) => note.variation[k] ?? 0);
    const add = (target: ModulationTarget, amount: number) => {
      const direction = directionOf(target);
      if (direction >= 0 && direction < directions) along[direction] += amount;
    };
    const addTarget = (index: number, share: number) => {
      const target = modulationTargets[index];
      add(target, share * reachOf(target));
    };
    addTarget(values.velocityTo, values.velocityToAmount * (2 * note.velocity - 1));
    addTarget(values.randomTo, values.randomAmount * (2 * chance(note.noteId, chanceSeed) - 1));
    for (const [target, amount] of this.#livePushes(note)) add(target, amount);
    return along;
  }

  /** What timbre and pressure move of a note, each in its target's unit. */
  #livePushes(note: SoundingNote): readonly (readonly [ModulationTarget, number])[] {
    const { values, channels } = this.#options;
    const pushes: (readonly [ModulationTarget, number])[] = [];
    if (this.#timbreTo === null) {
      const target = modulationTargets[values.timbreTo];
      pushes.push([target, values.timbreAmount * reachOf(target) * channels.timbre(note.channel)]);
    }
    const aim = this.#pressureTo;
    if (aim === 'usual') {
      const pressure = Math.max(note.polyPressure, channels.pressureOf(note.channel, false));
      pushes.push(['vibrato', usualVibrato * pressure]);
    } else if (aim && 'target' in aim) {
      const pressure = Math.max(note.polyPressure, channels.pressureOf(note.channel, true));
      pushes.push([aim.target, aim.amount * pressure]);
    }
    return pushes;
  }
}
