// The owner of every parameter value, and of lyrics, scenes, gesture, sounds of drum keys and tuning: one place where player,
// MIDI, songs and presets meet, with undo and A/B. What sounds is told to a target: the values blended with the scenes.
// Long, since undo and A/B reach into all of it.
import { InputError } from '../contract/errors.ts';
import {
  acceptedValue,
  defaultValues,
  parameterIds,
  type ParameterId,
  type ParameterValues,
} from '../contract/parameters.ts';
import {
  completeValues,
  longestLyrics,
  type Gesture,
  type PartialValues,
  type Patch,
  type Preset,
} from '../patch/preset.ts';
import { Emitter } from '../contract/emitter.ts';
import type { Samples, Seconds } from '../contract/units.ts';
import { encodePatch } from '../patch/patchAddress.ts';
import { changeBetween, Comparison, History, type Change, type TuningFiles } from '../patch/history.ts';
import { noPads, type Pads } from '../patch/storedPads.ts';
import { noScenes, SceneBank, sceneNames, completeScenes, type Scenes } from '../patch/scenes.ts';
import { LiveValues, type ScheduleFrame } from './liveValues.ts';
import type { HistoryApi, ScenesApi } from './sessionApi.ts';

/** What the state is joined to. */
export interface SoundTarget {
  /** Makes values sound at a frame or now, as one change; `all` are those of every parameter. */
  readonly apply: (changed: PartialValues, all: ParameterValues, time: Samples | undefined) => void;
  /** @throws Error when the text cannot be read */
  readonly setLyrics: (text: string) => void;
  /** A steady clock. */
  readonly now: () => Seconds;
  /** What a parameter is called by the player. */
  readonly labelOf: (id: ParameterId) => string;
  /** The page's address; a shared patch follows its #. */
  readonly address: () => string;
}

/** What a preset keeps beside the patch. Each is another object once it has changed. */
export interface Extras {
  readonly scenes: Scenes;
  readonly gesture: Gesture | null;
  readonly pads: Pads;
}

/** Everything that the state holds: what a step of the history may set, with nothing missing. */
export type Snapshot = Required<Change> & { readonly values: ParameterValues };

/** A parameter was moved by the player, a controller or a gesture. */
export interface Move {
  readonly id: ParameterId;
  readonly value: number;
}

const noTuning: TuningFiles = {};

/** What every session begins with. */
export function plainSnapshot(): Snapshot {
  const plain: Patch = { values: defaultValues(), lyrics: '' };
  return {
    ...plain,
    scenes: noScenes,
    mover: 'pad',
    gesture: null,
    pads: noPads,
    ownPads: noPads,
    tuning: noTuning,
    side: 'A',
    other: plain,
  };
}

/** Values here are the player's: where knobs stand. With scenes blended in, the target is told other values. */
export class SoundState {
  readonly #target: SoundTarget;
  readonly #values = defaultValues();
  /** What the target was told last. */
  readonly #told = defaultValues();
  readonly #history = new History();
  readonly #historyChanged = new Emitter();
  readonly #scenesChanged = new Emitter();
  readonly #bank = new SceneBank();
  readonly #comparison: Comparison;
  #lyrics = '';
  #gesture: Gesture | null = null;
  #pads = noPads;
  #ownPads = noPads;
  #tuning = noTuning;
  /** The values for whoever draws them. */
  readonly live: LiveValues;
  /** Every move of one control, for whoever records gestures. */
  readonly moved = new Emitter<Move>();
  /** The player, a preset or undo has changed something, for whoever compares. */
  readonly changed = new Emitter();
  /** Anything is another, by whatever hand: for whoever keeps it. */
  readonly touched = new Emitter();
  /** A preset is about to replace everything: what goes on by itself ends before. */
  readonly loading = new Emitter();
  /** There is another gesture, or none. */
  readonly gestureChanged = new Emitter();
  /** The sounds of drum keys are others. */
  readonly padsChanged = new Emitter();
  /** The tuning's files are others. */
  readonly tuningChanged = new Emitter();
  readonly history: HistoryApi;
  readonly scenes: ScenesApi;

  constructor(target: SoundTarget, schedule: ScheduleFrame) {
    this.#target = target;
    this.live = new LiveValues(() => this.#values, schedule);
    this.#comparison = new Comparison(this.patch);
    this.history = this.#historyApi();
    this.scenes = this.#scenesApi();
  }

  /** Where the controls stand. */
  get values(): ParameterValues {
    return this.#values;
  }

  /** The values as they sound: with the scenes blended in. */
  get sounding(): ParameterValues {
    return this.#told;
  }

  /** What a parameter is called by the player. */
  labelOf(id: ParameterId): string {
    return this.#target.labelOf(id);
  }

  /** A copy of the state's patch, to keep. */
  get patch(): Patch {
    return { values: { ...this.#values }, lyrics: this.#lyrics };
  }

  get lyrics(): string {
    return this.#lyrics;
  }

  get gesture(): Gesture | null {
    return this.#gesture;
  }

  /** Sounds of drum keys. */
  get pads(): Pads {
    return this.#pads;
  }

  get tuning(): TuningFiles {
    return this.#tuning;
  }

  get extras(): Extras {
    return { scenes: this.#bank.scenes, gesture: this.#gesture, pads: this.#pads };
  }

  /** The extras as a preset keeps them. */
  get stored(): Pick<Preset, 'scenes' | 'gestures' | 'pads'> {
    const scenes = this.#bank.toPreset();
    return {
      ...(scenes ? { scenes } : {}),
      gestures: this.#gesture ? [this.#gesture] : [],
      pads: this.#pads,
    };
  }

  /** Everything that the state holds, to keep. */
  get snapshot(): Snapshot {
    const { side, other } = this.#comparison;
    return {
      ...this.patch,
      ...this.extras,
      mover: this.#bank.mover,
      ownPads: this.#ownPads,
      tuning: this.#tuning,
      side,
      other,
    };
  }

  /**
   * Moves a control, as a step that can be undone.
   * @param label for the step, when one control moves two parameters
   * @param time frame at which it is heard; absent for now
   * @throws RangeError for an unknown id or a value outside its range
   */
  set(id: ParameterId, value: number, label: string = this.labelOf(id), time?: Samples): void {
    const next = acceptedValue(id, value);
    const before = this.#values[id];
    if (before === next) return;
    const { mover } = this.#bank;
    this.move(id, next, time);
    this.#record(
      label,
      { values: { [id]: before }, mover },
      { values: { [id]: next }, mover: this.#bank.mover },
    );
    this.changed.emit();
  }

  /** Moves a control without a step: gestures, which move on by themselves. */
  move(id: ParameterId, value: number, time?: Samples): void {
    this.#put(id, value);
    this.moved.emit({ id, value });
    this.#sound(time);
  }

  /** Moves controls as one change without a step, and no part of a gesture that is recorded: settings of a host. */
  putAll(values: PartialValues, time?: Samples): void {
    const entries = Object.entries(values) as [ParameterId, number][];
    const accepted = entries.map(([id, value]) => [id, acceptedValue(id, value)] as const);
    for (const [id, value] of accepted) this.#put(id, value);
    this.#sound(time);
    this.changed.emit();
  }

  /** Takes over the tempo of a clock: no move of the player, so no step, and no part of a gesture that is recorded. */
  followTempo(bpm: number, time?: Samples): void {
    if (this.#values.tempo === bpm) return;
    this.#put('tempo', acceptedValue('tempo', bpm));
    this.#sound(time);
  }

  /**
   * A musician moved a parameter by a song, a keyswitch or a program. Songs leave no steps, or undo would take back an hour of
   * them one by one.
   */
  takeOver(id: ParameterId, value: number, time?: Samples): void {
    const next = acceptedValue(id, value);
    if (this.#values[id] === next) return;
    // A song keeps its own time, as a clock does.
    if (id === 'tempo') this.followTempo(next, time);
    else this.move(id, next, time);
    this.changed.emit();
  }

  /**
   * @throws Error when the text cannot be read; the old one stays
   */
  setLyrics(text: string): void {
    if (text === this.#lyrics) return;
    if (text.length > longestLyrics) {
      throw new InputError(
        `lyrics may be up to ${longestLyrics} characters long, got ${text.length}; shorten them`,
      );
    }
    this.#target.setLyrics(text);
    this.#record('Lyrics', { values: {}, lyrics: this.#lyrics }, { values: {}, lyrics: text });
    this.#lyrics = text;
    this.changed.emit();
    this.touched.emit();
  }

  /**
   * Changes scenes, gesture, sounds of keys or tuning, as a step that can be undone.
   * @param isTurn joins what follows at once under the same label: the drag of a point
   */
  edit(label: string, parts: Partial<Extras> & { readonly tuning?: TuningFiles }, isTurn = false): void {
    const before: Change = { ...this.snapshot, values: {} };
    const after: Change = { values: {}, ...parts, ...(parts.pads ? { ownPads: parts.pads } : {}) };
    if (!isTurn) this.settle();
    this.#take(after);
    this.#record(label, before, after);
    if (!isTurn) this.settle();
  }

  /** Takes over a whole patch, as one step. A preset brings its scenes, gesture and sounds of keys, or none. */
  load(label: string, patch: Patch, preset?: Preset, time?: Samples): void {
    if (preset) this.loading.emit();
    const extras: Partial<Change> = preset ? { ...this.extrasOf(preset), mover: 'pad' } : {};
    this.#replace(label, { ...patch, ...extras }, time);
  }

  /** Begins anew, as one step. */
  clear(label: string): void {
    this.loading.emit();
    const plain = plainSnapshot();
    const { side, other } = this.#comparison;
    // What is clean already makes no step; a change of sides would put what sounds there.
    const isClean = side === plain.side && JSON.stringify(other) === JSON.stringify(plain.other);
    this.#replace(label, { ...plain, ...(isClean ? { other } : {}) });
  }

  /** Takes the place of everything; steps that were taken before lead nowhere any more. */
  restore(snapshot: Snapshot): void {
    this.loading.emit();
    this.#take(snapshot);
    this.#history.clear();
    // A preset had put others in the place of the player's own: that is still one step away.
    if (
      snapshot.ownPads !== snapshot.pads &&
      JSON.stringify(snapshot.ownPads) !== JSON.stringify(snapshot.pads)
    ) {
      const { pads, ownPads } = snapshot;
      this.#record('Sounds of drum keys', { values: {}, pads: ownPads }, { values: {}, pads });
      this.settle();
    }
    this.#historyChanged.emit();
  }

  #replace(label: string, next: Change, time?: Samples): void {
    const { before, after } = changeBetween(this.snapshot, next);
    this.settle();
    this.#record(label, before, after);
    this.#take(after, time);
  }

  /** The control was let go: the next move is a step of its own. */
  settle(): void {
    this.#history.settle();
  }

  /** A preset's extras; what is the same as now stays the same object, so that it makes no step. */
  extrasOf(preset: Preset): Extras {
    const kept = <T>(now: T, next: T): T => (JSON.stringify(now) === JSON.stringify(next) ? now : next);
    return {
      scenes: kept(this.#bank.scenes, completeScenes(preset.scenes)),
      gesture: kept(this.#gesture, preset.gestures?.[0] ?? null),
      pads: kept(this.#pads, preset.pads ?? []),
    };
  }

  #put(id: ParameterId, value: number): void {
    this.#values[id] = value;
    this.live.touch();
    this.#bank.parameterMoved(id);
    this.touched.emit();
  }

  #record(label: string, before: Change, after: Change): void {
    this.#history.record(label, before, after, 1000 * this.#target.now());
    this.#historyChanged.emit();
  }

  #take(change: Change, time?: Samples): void {
    const { values, lyrics, gesture, pads, ownPads, tuning, other, side = this.#comparison.side } = change;
    // Undo goes back to the side on which the step was taken, and leaves the other as it was.
    if (side !== this.#comparison.side) this.#comparison.switch(this.patch);
    if (other !== undefined) this.#comparison.setOther(other);
    Object.assign(this.#values, values);
    if (Object.keys(values).length > 0) this.live.touch();
    if (lyrics !== undefined && lyrics !== this.#lyrics) {
      this.#target.setLyrics(lyrics);
      this.#lyrics = lyrics;
    }
    this.#bank.restore(change);
    if (gesture !== undefined) this.#gesture = gesture;
    if (pads !== undefined) this.#pads = pads;
    if (ownPads !== undefined) this.#ownPads = ownPads;
    if (tuning !== undefined) this.#tuning = tuning;
    this.#sound(time);
    if (change.scenes) this.#scenesChanged.emit();
    if (gesture !== undefined) this.gestureChanged.emit();
    if (pads !== undefined) this.padsChanged.emit();
    if (tuning !== undefined) this.tuningChanged.emit();
    this.changed.emit();
    this.touched.emit();
  }

  /** Tells the target what differs from what it has. */
  #sound(time: Samples | undefined): void {
    const wanted = this.#bank.blend(this.#values);
    const changed: Partial<Record<ParameterId, number>> = {};
    let isChanged = false;
    for (const id of parameterIds) {
      if (this.#told[id] === wanted[id]) continue;
      this.#told[id] = changed[id] = wanted[id];
      isChanged = true;
    }
    if (isChanged) this.#target.apply(changed, this.#told, time);
  }

  #historyApi(): HistoryApi {
    const step = (change: Change | null) => {
      if (!change) return;
      this.#take(change);
      this.#historyChanged.emit();
    };
    const history = this.#history;
    const comparison = this.#comparison;
    return {
      get undoLabel() {
        return history.undoLabel;
      },
      get redoLabel() {
        return history.redoLabel;
      },
      get side() {
        return comparison.side;
      },
      undo: () => step(history.undo()),
      redo: () => step(history.redo()),
      switchSide: () => {
        const side = comparison.side === 'A' ? 'B' : 'A';
        this.#replace(`A/B ${side}`, { ...comparison.other, side });
      },
      copySide: () => {
        comparison.setOther(this.patch);
        this.#historyChanged.emit();
        this.touched.emit();
      },
      notShared: () => {
        const { scenes, gesture, pads } = this.extras;
        return [
          ...(scenes.some((scene) => scene) ? ['scenes'] : []),
          ...(gesture ? ['the gesture'] : []),
          ...(pads.length > 0 ? ['sounds of drum keys'] : []),
        ];
      },
      shareAddress: () => `${this.#target.address().replace(/#.*$/, '')}#${encodePatch(this.patch)}`,
      subscribe: (listener) => this.#historyChanged.subscribe(listener),
    };
  }

  #scenesApi(): ScenesApi {
    const bank = this.#bank;
    const put = (scene: number, what: string, values: ParameterValues | null) =>
      this.edit(`${what} scene ${sceneNames[scene]}`, { scenes: bank.with(scene, values) });
    return {
      get stored() {
        return bank.scenes.map((scene) => scene !== null);
      },
      store: (scene) => put(scene, 'Store', this.#values),
      clear: (scene) => put(scene, 'Clear', null),
      recall: (scene) => {
        const values = bank.recall(scene, this.#values);
        if (values)
          this.load(`Scene ${sceneNames[scene]}`, { values: completeValues(values), lyrics: this.#lyrics });
      },
      subscribe: (listener) => this.#scenesChanged.subscribe(listener),
    };
  }
}
