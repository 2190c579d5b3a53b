// What can be moved for each note: the targets of the table, how far each goes, and which of them are styles.
import { modulationTargets, type ModulationTarget } from './choices.ts';

/** Targets that are places of the latent point; the decoder's work, the others are the kernel's. */
export type StyleTarget = Extract<ModulationTarget, `style ${string}`>;
export type SoundTarget = Exclude<ModulationTarget, StyleTarget>;

/** The kernel's targets in the order of the table. */
export const soundTargets = modulationTargets.filter(
  (target): target is SoundTarget => !target.startsWith('style '),
);

/** Direction 0..7 that a target moves along; -1 for the kernel's targets. */
export function directionOf(target: ModulationTarget): number {
  return target.startsWith('style ') ? Number(target.slice(6)) - 1 : -1;
}

/**
 * What a source at its end moves at an amount of 1: semitones, decibels, decibels per octave, shares, semitones,
 * a share, half the width, octaves of speed, cents, octaves of a rate, shares, octaves of times (more is slower), a
 * share between them; a style as far as its knob goes.
 */
export function reachOf(target: ModulationTarget): number {
  return target in soundReach ? soundReach[target as SoundTarget] : styleReach;
}

/** True for what frames of a clip are read with: a change has frames read anew that have not been heard. */
export function isRead(target: SoundTarget): boolean {
  // No set: the audio thread asks.
  return readTargets[target] === true;
}

const styleReach = 2;
const readTargets: Readonly<Partial<Record<SoundTarget, true>>> = {
  brightness: true,
  breath: true,
  formant: true,
  air: true,
  speed: true,
};
const soundReach: Readonly<Record<SoundTarget, number>> = {
  nothing: 0,
  pitch: 12,
  level: 12,
  brightness: 6,
  breath: 1,
  formant: 6,
  air: 1,
  pan: 1,
  speed: 2,
  vibrato: 100,
  'vibrato rate': 2,
  intonation: 1,
  start: 1,
  attack: 4,
  decay: 4,
  sustain: 1,
  release: 4,
};

/** A single note's own distances from what all notes share, in the units of `reachOf`; absent for none. */
export type NoteOffsets = Readonly<Partial<Record<SoundTarget, number>>>;

/** Distances go no further than this many reaches. */
const mostReaches = 4;

/** A distance held within what a note may be told. */
export function heldOffset(target: SoundTarget, offset: number): number {
  const most = mostReaches * reachOf(target);
  return Math.min(most, Math.max(-most, offset));
}

/** What is wrong with a note's offsets, naming the value and its range; undefined when nothing is. */
export function faultOfOffsets(offsets: NoteOffsets): string | undefined {
  for (const target of soundTargets) {
    const offset = offsets[target] ?? 0;
    const most = mostReaches * reachOf(target);
    if (!(Math.abs(offset) <= most))
      return `offsets.${target} must be from ${-most} to ${most}, got ${offset}`;
  }
  return undefined;
}
