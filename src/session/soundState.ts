// The player's state of all parameters, lyrics, scenes, gesture and sounds of drum keys: one place where page, MIDI and presets
// meet, with undo and A/B. What sounds is the state blended with the scenes.
import {
  defaultValues,
  parameterIds,
  type ParameterId,
  type ParameterValues,
} from '../contract/parameters.ts';
import {
  completeValues,
  type Gesture,
  type PartialValues,
  type Patch,
  type Preset,
} from '../patch/preset.ts';
import type { Seconds } from '../contract/units.ts';
import { encodePatch } from '../patch/patchAddress.ts';
import { changeBetween, Comparison, History, type Change } from '../patch/history.ts';
import { noPads, type Pads } from '../patch/storedPads.ts';
import { SceneBank, sceneNames, scenesOf, type Scenes } from '../patch/scenes.ts';
import type { LiveValues } from './liveValues.ts';
import { Emitter } from '../contract/emitter.ts';
import type { HistoryApi, ScenesApi } from './sessionApi.ts';

/** What the state is joined to. */
export interface PatchTarget {
  /** Makes values sound, as one change; `all` are those of every parameter. */
  readonly apply: (changed: PartialValues, all: ParameterValues) => void;
  /** @throws Error when the text cannot be read */
  readonly setLyrics: (text: string) => void;
  /** A steady clock. */
  readonly now: () => Seconds;
  /** What a parameter is called on the page. */
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

/** What changes the state: the player's hand, undo and redo, or a preset. */
export type Cause = 'edit' | 'history' | 'preset';

/** A parameter was moved by the player, a controller or a gesture. */
export interface Move {
  readonly id: ParameterId;
  readonly value: number;
}

/**
 * Values here are the player's: where knobs stand. With scenes blended in, `target` gets other values; what it reports back
 * through `heard` tells the two apart.
 */
export class SoundState {
  readonly #target: PatchTarget;
  readonly #live: LiveValues;
  readonly #sounding = defaultValues();
  readonly #values = defaultValues();
  readonly #history = new History();
  readonly #historyChanged = new Emitter();
  readonly #scenesChanged = new Emitter();
  readonly #bank = new SceneBank();
  #comparison: Comparison;
  #lyrics = '';
  #gesture: Gesture | null = null;
  #pads = noPads;
  /** Every move of one control, for whoever records gestures. */
  readonly moved = new Emitter<Move>();
  /** The state has changed in any way, for whoever compares it. */
  readonly changed = new Emitter();
  /** A preset is about to replace everything: what goes on by itself ends before. */
  readonly loading = new Emitter();
  /** There is another gesture, or none. */
  readonly gestureChanged = new Emitter();
  /** The sounds of drum keys are others, and who made them so. */
  readonly padsChanged = new Emitter<Cause>();
  readonly history: HistoryApi;
  readonly scenes: ScenesApi;

  constructor(target: PatchTarget, live: LiveValues) {
    this.#target = target;
    this.#live = live;
    this.#comparison = new Comparison(this.patch);
    this.history = this.#historyApi();
    this.scenes = this.#scenesApi();
  }

  /** Where the controls stand. */
  get values(): ParameterValues {
    return this.#values;
  }

  /** What a parameter is called on the page. */
  labelOf(id: ParameterId): string {
    return this.#target.labelOf(id);
  }

  /** A copy of the state, to keep. */
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

  /**
   * Moves a control, as a step that can be undone.
   * @param label for the step, when one control moves two parameters
   */
  set(id: ParameterId, value: number, label: string = this.labelOf(id)): void {
    const before = this.#values[id];
    if (before === value) return;
    const { mover } = this.#bank;
    this.move(id, value);
    this.#record(
      label,
      { values: { [id]: before }, mover },
      { values: { [id]: value }, mover: this.#bank.mover },
    );
    this.changed.emit();
  }

  /** Moves a control without a step: gestures, which move on by themselves. */
  move(id: ParameterId, value: number): void {
    this.#put(id, value);
    this.moved.emit({ id, value });
    this.#sound();
  }

  /** Takes over the tempo of a clock: no move of the player, so no step, and no part of a gesture that is recorded. */
  followTempo(bpm: number): void {
    this.#put('tempo', bpm);
    this.#sound();
  }

  /**
   * The instrument tells a value: an echo of what it was given, or a song's controller that moved it there. Songs leave no
   * steps, or undo would take back an hour of them one by one.
   */
  heard(id: ParameterId, value: number): void {
    if (this.#sounding[id] === value) return;
    this.#sounding[id] = value;
    // A song keeps its own time, as a clock does.
    if (id === 'tempo') this.followTempo(value);
    else this.move(id, value);
    this.changed.emit();
  }

  /**
   * @throws Error when the text cannot be read; the old one stays
   */
  setLyrics(text: string): void {
    if (text === this.#lyrics) return;
    this.#target.setLyrics(text);
    this.#record('Lyrics', { values: {}, lyrics: this.#lyrics }, { values: {}, lyrics: text });
    this.#lyrics = text;
    this.changed.emit();
  }

  /**
   * Changes scenes, gesture or sounds of keys, as a step that can be undone.
   * @param isTurn joins what follows at once under the same label: the drag of a point
   */
  edit(label: string, extras: Partial<Extras>, isTurn = false): void {
    const before: Change = { values: {}, ...this.extras };
    if (!isTurn) this.settle();
    this.#take({ values: {}, ...extras }, 'edit');
    this.#record(label, before, { values: {}, ...extras });
    if (!isTurn) this.settle();
  }

  /** Takes over a whole state, as one step. A preset brings its scenes, gesture and sounds of keys, or none. */
  load(label: string, patch: Patch, preset?: Preset): void {
    if (preset) this.loading.emit();
    const extras: Partial<Change> = preset ? { ...this.#extrasOf(preset), mover: 'pad' } : {};
    this.#replace(label, { ...patch, ...extras }, preset ? 'preset' : 'edit');
  }

  #replace(label: string, next: Change, cause: Cause): void {
    const { mover } = this.#bank;
    const { side } = this.#comparison;
    const { before, after } = changeBetween({ ...this.patch, ...this.extras, mover, side }, next);
    this.settle();
    this.#record(label, before, after);
    this.#take(after, cause);
  }

  /** Puts back the sounds of keys that were kept when the page was left; no step, as nothing was there before. */
  restorePads(pads: Pads): void {
    this.#take({ values: {}, pads }, 'edit');
  }

  /** The control was let go: the next move is a step of its own. */
  settle(): void {
    this.#history.settle();
  }

  #put(id: ParameterId, value: number): void {
    this.#values[id] = value;
    this.#live.set(id, value);
    this.#bank.parameterMoved(id);
  }

  #record(label: string, before: Change, after: Change): void {
    this.#history.record(label, before, after, 1000 * this.#target.now());
    this.#historyChanged.emit();
  }

  /** A preset's extras; what is the same as now stays the same object, so that it makes no step. */
  #extrasOf(preset: Preset): Extras {
    const kept = <T>(now: T, next: T): T => (JSON.stringify(now) === JSON.stringify(next) ? now : next);
    return {
      scenes: kept(this.#bank.scenes, scenesOf(preset.scenes)),
      gesture: kept(this.#gesture, preset.gestures?.[0] ?? null),
      pads: kept(this.#pads, preset.pads ?? []),
    };
  }

  #take(change: Change, cause: Cause): void {
    const { values, lyrics, gesture, pads, side = this.#comparison.side } = change;
    // Undo goes back to the side on which the step was taken, and leaves the other as it was.
    if (side !== this.#comparison.side) this.#comparison.switch(this.patch);
    for (const [name, value] of Object.entries(values)) {
      const id = name as ParameterId;
      this.#values[id] = value;
      this.#live.set(id, value);
    }
    if (lyrics !== undefined && lyrics !== this.#lyrics) {
      this.#target.setLyrics(lyrics);
      this.#lyrics = lyrics;
    }
    this.#bank.restore(change);
    if (gesture !== undefined) this.#gesture = gesture;
    if (pads !== undefined) this.#pads = pads;
    this.#sound();
    if (change.scenes) this.#scenesChanged.emit();
    if (gesture !== undefined) this.gestureChanged.emit();
    if (pads !== undefined) this.padsChanged.emit(cause);
    this.changed.emit();
  }

  /** Tells the target what differs from what it has. */
  #sound(): void {
    const wanted = this.#bank.blend(this.#values);
    const changed: Partial<Record<ParameterId, number>> = {};
    let isChanged = false;
    for (const id of parameterIds) {
      if (this.#sounding[id] === wanted[id]) continue;
      // Before the target is told: it may echo at once.
      this.#sounding[id] = changed[id] = wanted[id];
      isChanged = true;
    }
    if (isChanged) this.#target.apply(changed, this.#sounding);
  }

  #historyApi(): HistoryApi {
    const step = (change: Change | null) => {
      if (!change) return;
      this.#take(change, 'history');
      this.#historyChanged.emit();
    };
    const history = this.#history;
    const comparison = () => this.#comparison;
    return {
      get undoLabel() {
        return history.undoLabel;
      },
      get redoLabel() {
        return history.redoLabel;
      },
      get side() {
        return comparison().side;
      },
      undo: () => step(history.undo()),
      redo: () => step(history.redo()),
      switchSide: () => {
        const side = this.#comparison.side === 'A' ? 'B' : 'A';
        this.#replace(`A/B ${side}`, { ...this.#comparison.other, side }, 'edit');
      },
      copySide: () => {
        this.#comparison.copyToOther(this.patch);
        this.#historyChanged.emit();
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
