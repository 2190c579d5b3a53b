// Undo and redo of everything that the player changes, and the two states of an A/B comparison.
import type { ParameterId, ParameterValues } from '../contract/parameters.ts';
import type { Gesture, Patch, PartialValues, StoredPad } from './preset.ts';
import type { SceneMover, Scenes } from './scenes.ts';

/**
 * Changes of one control that follow one another within this time are one step: a turn of a knob is one
 * move.
 */
export const coalesceMilliseconds = 500;
/** Steps that are kept; an evening's turns of knobs, and no more memory than that. */
const mostSteps = 500;

/**
 * What a step of the history sets: some values, and those of the other parts that changed. Parts are told apart
 * as objects, so whoever changes one makes a new one.
 */
export interface Change {
  readonly values: PartialValues;
  readonly lyrics?: string;
  /** Scenes A to D. */
  readonly scenes?: Scenes;
  /** Which of pad and knob blends the scenes. */
  readonly mover?: SceneMover;
  readonly gesture?: Gesture | null;
  /** Sounds of drum keys. */
  readonly pads?: readonly StoredPad[];
  /** Those that the player stored, also while a preset plays with others. */
  readonly ownPads?: readonly StoredPad[];
  readonly tuning?: TuningFiles;
  /** The side of the comparison that sounds, and what the other one holds. */
  readonly side?: Side;
  readonly other?: Patch;
}

/** A Scala file as it was loaded. */
export interface TuningFile {
  readonly name: string;
  readonly text: string;
}

/** The last scale and the last keyboard mapping, either of which may be missing: a mapping alone maps equal semitones. */
export interface TuningFiles {
  readonly scale?: TuningFile | undefined;
  readonly map?: TuningFile | undefined;
}

/** Of an A/B comparison. */
export type Side = 'A' | 'B';

/** What a change sets beside values. */
type Parts = Omit<Change, 'values'>;
const partNames = [
  'lyrics',
  'scenes',
  'mover',
  'gesture',
  'pads',
  'ownPads',
  'tuning',
  'side',
  'other',
] as const satisfies (keyof Parts)[];

interface Step {
  /** For the button's text: "undo Attack". */
  readonly label: string;
  readonly before: Change;
  readonly after: Change;
  /** When it last grew. */
  readonly at: number;
}

/**
 * The steps that were taken, and those taken back. Applying a change is up to the caller, who must not
 * record it again.
 */
export class History {
  #done: Step[] = [];
  #undone: Step[] = [];
  /** An undo, or a change of something else, ends a turn of a knob. */
  #isOpen = false;

  /** What `undo` would take back, or null. */
  get undoLabel(): string | null {
    return this.#done.at(-1)?.label ?? null;
  }

  /** What `redo` would do again, or null. */
  get redoLabel(): string | null {
    return this.#undone.at(-1)?.label ?? null;
  }

  /**
   * Keeps a change. It joins the step before it when both are of one control (by the label) and follow
   * within `coalesceMilliseconds`; a knob that is back where the turn began leaves no step. A change that
   * moves nothing is none.
   * @param label the control, for people; an XY pad moves two parameters under one label
   * @param milliseconds when, on any steady clock
   */
  record(label: string, before: Change, after: Change, milliseconds: number): void {
    const step: Step = { label, ...difference(before, after), at: milliseconds };
    if (!isChange(step.after)) return;
    this.#undone = [];
    const last = this.#done.at(-1);
    if (this.#isOpen && last && joins(last, step)) {
      this.#done.pop();
      const joined = joinedSteps(last, step);
      if (isChange(joined.after)) this.#done.push(joined);
      else this.#isOpen = false;
      return;
    }
    this.#isOpen = true;
    this.#done.push(step);
    if (this.#done.length > mostSteps) this.#done.shift();
  }

  /** Ends the turn of a knob: what follows is a step of its own. For the moment when a control is let go. */
  settle(): void {
    this.#isOpen = false;
  }

  /** Takes the last step back: what to set, or null when there is none. */
  undo(): Change | null {
    return this.#move(this.#done, this.#undone)?.before ?? null;
  }

  /** Takes the last undone step again: what to set, or null when there is none. */
  redo(): Change | null {
    return this.#move(this.#undone, this.#done)?.after ?? null;
  }

  /** Forgets all steps: another state has taken the place of the one that they lead through. */
  clear(): void {
    this.#done = [];
    this.#undone = [];
    this.#isOpen = false;
  }

  #move(from: Step[], to: Step[]): Step | undefined {
    this.#isOpen = false;
    const step = from.pop();
    if (step) to.push(step);
    return step;
  }
}

/**
 * The change between two states, for steps that set much at once: a preset, a scene, the other side of A/B.
 */
export function changeBetween(before: Change, after: Change): { before: Change; after: Change } {
  return difference(before, after);
}

/** Both changes without what is the same in both. What only one of them names is left out. */
function difference(before: Change, after: Change): { before: Change; after: Change } {
  const old: Partial<Record<ParameterId, number>> = {};
  const fresh: Partial<Record<ParameterId, number>> = {};
  for (const id of Object.keys(after.values) as ParameterId[]) {
    const [from, to] = [before.values[id], after.values[id]];
    if (from === undefined || to === undefined || from === to) continue;
    old[id] = from;
    fresh[id] = to;
  }
  const told = partNames.filter(
    (name) => before[name] !== undefined && after[name] !== undefined && before[name] !== after[name],
  );
  return {
    before: { values: old, ...onlyParts(before, told) },
    after: { values: fresh, ...onlyParts(after, told) },
  };
}

function onlyParts(change: Change, names: readonly (keyof Parts)[]): Parts {
  return Object.fromEntries(names.map((name) => [name, change[name]]));
}

function isChange(change: Change): boolean {
  return partNames.some((name) => change[name] !== undefined) || Object.keys(change.values).length > 0;
}

/** Turns of one knob or pad, drags of one point and the lyrics' text join; steps that set a whole state never do. */
function joins(last: Step, next: Step): boolean {
  const isTurn = [last, next].every(({ after }) => Object.keys(after.values).length <= 2);
  return isTurn && last.label === next.label && next.at - last.at <= coalesceMilliseconds;
}

/** From before the first to after the second. */
function joinedSteps(first: Step, second: Step): Step {
  const before = together(second.before, first.before);
  const after = together(first.after, second.after);
  return { label: second.label, ...difference(before, after), at: second.at };
}

/** Both changes; where they set the same, the later one counts. */
function together(earlier: Change, later: Change): Change {
  return { ...earlier, ...later, values: { ...earlier.values, ...later.values } };
}

/** Two states to compare by ear. The one that sounds is not kept here but handed over at each switch. */
export class Comparison {
  #side: Side = 'A';
  #other: Patch;

  /** @param patch what both sides begin with */
  constructor(patch: Patch) {
    this.#other = copy(patch);
  }

  /** The side that sounds. */
  get side(): Side {
    return this.#side;
  }

  /** The state of the side that does not sound. */
  get other(): Patch {
    return this.#other;
  }

  /** Changes to the other side: keeps what sounded and returns what sounds now. */
  switch(sounding: Patch): Patch {
    const next = this.#other;
    this.#other = copy(sounding);
    this.#side = this.#side === 'A' ? 'B' : 'A';
    return next;
  }

  /** Puts something on the silent side: a copy of the one that sounds, or what was kept. */
  setOther(patch: Patch): void {
    this.#other = copy(patch);
  }
}

function copy({ values, lyrics }: Patch): Patch {
  const copied: ParameterValues = { ...values };
  return { values: copied, lyrics };
}
