// What the page's panels need from the instrument beyond notes, parameters and sound: one small interface for each panel.
import type { Arrangement } from '../midi/arrangement.ts';
import { parameterOfController, parameters, type ParameterId } from '../contract/parameters.ts';
import type { Changing } from '../contract/emitter.ts';
import type { Seconds } from '../contract/units.ts';
import type { ControlMove } from '../midi/bindings.ts';
import type { BindingChanges } from '../midi/learn.ts';
import type { ShownBinding } from '../midi/shownBinding.ts';

/** A typed sequence of words, one for each note. */
export interface LyricsApi extends Changing {
  readonly text: string;
  /** The steps of the text as they are shown: `3`, `three`, `-` (tie), `.` (rest). */
  readonly steps: readonly string[];
  /** Index of the step that the next note sings, or the number of steps when a text that does not loop is over. */
  readonly next: number;
  readonly loop: boolean;
  /** @throws RangeError naming the word that is no step; the text before stays */
  setText(text: string): void;
  setLoop(loop: boolean): void;
  /** Back to the first step. */
  reset(): void;
}

/** A preset in the browser. */
export interface PresetEntry {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly kind: 'factory' | 'user';
}

/** Presets: the factory's and the user's own. Methods that write reject with a sentence for the user. */
export interface PresetsApi extends Changing {
  readonly entries: readonly PresetEntry[];
  /** The preset that was loaded or saved last, or null. */
  readonly current: PresetEntry | null;
  /** True when a parameter was moved since. */
  readonly edited: boolean;
  /** Name of the preset that was deleted last and can come back, or null. */
  readonly deleted: string | null;
  /** Why what is saved lasts only as long as the page; empty where it is kept. */
  readonly unkept: string;
  load(id: string): void;
  /** Keeps the present state under a name, over the user's preset of the same name. */
  save(name: string): Promise<void>;
  rename(id: string, name: string): Promise<void>;
  duplicate(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  undoRemove(): Promise<void>;
  /** JSON of one preset, or of all the user's. */
  exportText(id?: string): string;
  /** Adds the presets of a JSON file; gives sentences about what was dropped or clamped. */
  importText(text: string, fileName?: string): Promise<readonly string[]>;
}

/** Undo, redo, and two states to compare. */
export interface HistoryApi extends Changing {
  /** What undo would take back, or null. */
  readonly undoLabel: string | null;
  /** What redo would do again, or null. */
  readonly redoLabel: string | null;
  undo(): void;
  redo(): void;
  readonly side: 'A' | 'B';
  /** Changes over to the other state. */
  switchSide(): void;
  /** Makes the other state the same as the one that is heard. */
  copySide(): void;
  /** Address of the page with the present state in it. */
  shareAddress(): string;
  /** What the address leaves out, in words; empty when it has everything. */
  notShared(): readonly string[];
}

/** Four scenes in the corners of a pad: A and B below, C and D above (0..3). */
export interface ScenesApi extends Changing {
  /** True for the scenes that hold a state. */
  readonly stored: readonly boolean[];
  store(scene: number): void;
  recall(scene: number): void;
  clear(scene: number): void;
}

/** A recorded path of parameters. */
export interface GestureApi extends Changing {
  readonly state: 'idle' | 'recording' | 'playing';
  /** Seconds of the recorded path, 0 when there is none. */
  readonly seconds: Seconds;
  /** Where it plays, as a share 0..1 of its length; null while it does not. */
  readonly place: number | null;
  readonly loop: boolean;
  /** Played in the tempo instead of in seconds. */
  readonly synced: boolean;
  /** What it moves, for people. */
  readonly names: readonly string[];
  /** Why the last recording was not kept; empty when it was. */
  readonly fault: string;
  /** The path over two parameters of a pad, for drawing: places of [x, y], 0..1; empty when it moves neither. */
  path(x: ParameterId, y: ParameterId): readonly (readonly [number, number])[];
  record(): void;
  play(): void;
  stop(): void;
  clear(): void;
  setLoop(loop: boolean): void;
  setSynced(synced: boolean): void;
  /**
   * Keeps only a part, from and to as shares 0..1 of the length.
   * @throws Error when next to nothing is left; the gesture stays
   */
  trim(from: number, to: number): void;
  /**
   * Takes the JSON of a path in place of the present one.
   * @param where the file's name, for errors
   * @returns what of it could not be taken
   * @throws InputError when it is no gesture; the present one stays
   */
  importText(text: string, where: string): readonly string[];
  /** JSON of the path. */
  exportText(): string;
  /**
   * The path as control changes in a MIDI file.
   * @throws Error when a parameter has no controller
   */
  exportMidi(): Uint8Array<ArrayBuffer>;
}

/** A point on the lane of its parameter, as it is drawn and said. */
export interface LanePoint {
  /** Share 0..1 of the gesture's length. */
  readonly at: number;
  /** Place 0..1 on the parameter's travel. */
  readonly position: number;
  readonly time: string;
  readonly value: string;
}

/** What a gesture does to one parameter. */
export interface GestureLane {
  readonly id: ParameterId;
  readonly label: string;
  /** Stays at each point until the next, as choices do. */
  readonly isStepped: boolean;
  /** In order of time, one at least. */
  readonly points: readonly LanePoint[];
}

/** Names a point: its parameter, and its index on the lane. */
export interface PointPlace {
  readonly id: ParameterId;
  readonly index: number;
}

/** A moment at which a gesture has a corner on a pad: `at` as a share of its length, x and y 0..1. */
export interface PadHandle {
  readonly at: number;
  readonly x: number;
  readonly y: number;
}

/** The gesture by its points. Every edit can be undone, and is heard at once while the gesture plays. */
export interface GesturePointsApi extends Changing {
  /** In order of their first points; empty without a gesture. */
  readonly lanes: readonly GestureLane[];
  /** Puts a point elsewhere, no further in time than the points beside it. */
  move(place: PointPlace, at: number, position: number): void;
  /** A step of an arrow key. */
  nudge(place: PointPlace, what: 'time' | 'value', by: -1 | 1): void;
  /** @throws Error saying what can be typed; the point stays */
  type(place: PointPlace, what: 'time' | 'value', text: string): void;
  /** A point where the path is at a share of the length. */
  add(id: ParameterId, at: number): PointPlace;
  /** Deletes a point; with the last one the gesture is gone. */
  remove(place: PointPlace): void;
  /** Corners over a pad, in order of time; empty when the gesture moves neither of its parameters. */
  handles(x: ParameterId, y: ParameterId): readonly PadHandle[];
  moveHandle(x: ParameterId, y: ParameterId, handle: PadHandle, to: { x: number; y: number }): void;
  removeHandle(x: ParameterId, y: ParameterId, handle: PadHandle): void;
  /** A handle's point on a lane. */
  placeOf(x: ParameterId, y: ParameterId, handle: PadHandle): PointPlace | null;
}

/** Sounds that are stored on the keys of drum mode. */
export interface PadsApi extends Changing {
  /** The digit of each key that has a sound. */
  readonly stored: ReadonlyMap<number, number>;
  /** What the next key that goes down does instead of only sounding; null for nothing. */
  readonly armed: PadAct | null;
  /** What came of the last act; empty for nothing. */
  readonly message: string;
  /** Why a sound could not be stored, kept or played; empty when all is well. */
  readonly fault: string;
  arm(act: PadAct | null): void;
  /** To be told of a key before it sounds. */
  keyDown(midiNote: number): void;
  clearAll(): void;
}

/** What the next key does. */
export type PadAct = 'store' | 'clear';

/** The map of voices, for drawing. */
export interface MapView {
  /** [N, 2] places in the unit square, row major. */
  readonly positions: Float32Array;
  readonly digits: readonly number[];
}

/** A controller that moves a parameter: its name, `CC 74`, and what must be done before it moves, empty when it moves. */
export type BindingView = Pick<ShownBinding, 'text' | 'hint'>;

/** How the controls show learning. */
export interface LearnView {
  /** True while controls are picked instead of moved. */
  readonly active: boolean;
  /** The parameter that takes the next controller. */
  readonly armed: ParameterId | null;
  readonly bindings: ReadonlyMap<ParameterId, readonly BindingView[]>;
}

/** Binding controllers to parameters. */
export interface LearnApi extends Changing {
  readonly armed: ParameterId | null;
  readonly bindings: LearnView['bindings'];
  /** What could not be read or stored; empty for nothing. */
  readonly fault: string;
  arm(id: ParameterId): void;
  disarm(): void;
  bindingsOf(id: ParameterId): readonly ShownBinding[];
  /** @throws RangeError for a range outside the parameter's */
  update(bindingId: string, changes: BindingChanges): void;
  /** Takes one binding off, the table's own too. */
  unbind(bindingId: string): void;
  /** The table's controllers again, for one parameter or for all. */
  restoreDefaults(id?: ParameterId): void;
  /** A control moved, by a message of a time stamp: true when that was used up. */
  handle(move: ControlMove, ms?: number): boolean;
}

/** Scales from Scala files. */
export interface TuningApi extends Changing {
  readonly name: string;
  /** True for twelve equal semitones. */
  readonly isEqual: boolean;
  /** What to know of it, such as keys that are silent; empty where every key plays. */
  readonly notice: string;
  /**
   * Takes a scale or a keyboard mapping, told apart by what the file holds.
   * @param content the file's bytes (UTF-8 where they are valid, else Latin-1), or its text
   * @throws InputError when it is neither, naming the line and its fault; the tuning before stays
   */
  load(fileName: string, content: string | Uint8Array): void;
  reset(): void;
}

/** A MIDI file through the instrument. */
export interface SongApi extends Changing {
  readonly name: string | null;
  readonly state: 'empty' | 'stopped' | 'playing' | 'paused';
  readonly seconds: Seconds;
  readonly durationSeconds: Seconds;
  /** 1 = as written. */
  readonly tempoFactor: number;
  readonly loop: boolean;
  /** The loaded song's parts, and what is set of them; null without a song. */
  readonly arrangement: Arrangement | null;
  /** Sentences about the loaded file: what of it was mended. */
  readonly notices: readonly string[];
  /** @throws Error saying what is wrong with the file */
  load(bytes: Uint8Array, name: string): void;
  loadDemo(): Promise<void>;
  play(): void;
  pause(): void;
  stop(): void;
  seek(seconds: Seconds): void;
  setTempoFactor(factor: number): void;
  setLoop(loop: boolean): void;
}

/** The keeping of everything that a player would miss. */
export interface KeepingApi extends Changing {
  /** Why something is not kept, and what that means, in sentences; empty where all is. */
  readonly fault: string;
  /** Keeps what is not kept yet where that takes no time; false where something would be lost with the page. */
  secure(): boolean;
}

/** Everything at once; a part that an instrument has not got is null, and the page leaves its panel out. */
export interface SessionApi {
  /** Moves a parameter as a step that can be undone; `label` names the step of a control with two parameters. */
  set(id: ParameterId, value: number, label?: string): void;
  /** A control was let go: its next move is another step. */
  settle(): void;
  readonly lyrics: LyricsApi | null;
  readonly presets: PresetsApi | null;
  readonly history: HistoryApi | null;
  readonly scenes: ScenesApi | null;
  readonly gesture: GestureApi | null;
  readonly gesturePoints: GesturePointsApi | null;
  readonly pads: PadsApi | null;
  readonly map: MapView | null;
  readonly learn: LearnApi | null;
  readonly tuning: TuningApi | null;
  readonly song: SongApi | null;
  /** Sentences that the player should read once: what could not be stored or read. */
  readonly notices: readonly string[];
  /** Whether what the player does is kept; null where the host keeps it. */
  readonly keeping: KeepingApi | null;
  /** Begins anew: every part as at first. Undo brings the old state back. */
  startNew(): void;
}

/** The bindings that the parameter table itself gives. */
const tableBindings: LearnView['bindings'] = new Map(
  parameters.flatMap(({ id, cc }) =>
    cc !== undefined && parameterOfController(cc)?.id === id ? [[id, [{ text: `CC ${cc}`, hint: '' }]]] : [],
  ),
);

/** Controls as they are without learning. */
export const noLearning: LearnView = { active: false, armed: null, bindings: tableBindings };
