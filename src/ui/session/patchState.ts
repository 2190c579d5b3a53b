// The player's state of all parameters and the lyrics: one place where page, MIDI, presets and gestures meet, with undo, A/B
// and scenes. What sounds is the state blended with the scenes.
import {
  defaultValues,
  parameterById,
  parameterIds,
  type ParameterId,
  type ParameterValues,
} from '../../contract/parameters.ts';
import { completeValues, type PartialValues, type Patch, type Preset } from '../../contract/preset.ts';
import type { Seconds } from '../../contract/units.ts';
import { encodePatch } from '../../instrument/state/address.ts';
import { changeBetween, Comparison, History, type Change } from '../../instrument/state/history.ts';
import { SceneBank } from '../../instrument/state/scenes.ts';
import { Emitter, type LiveValues } from '../emitter.ts';
import type { HistoryApi, ScenesApi } from '../instrumentApi.ts';

/** What the state is joined to. */
export interface PatchTarget {
  /** Makes values sound, as one change; `all` are those of every parameter. */
  readonly apply: (changed: PartialValues, all: ParameterValues) => void;
  /** @throws Error when the text cannot be read */
  readonly setLyrics: (text: string) => void;
  /** A steady clock. */
  readonly now: () => Seconds;
  /** The page's address; a shared patch follows its #. */
  readonly address: () => string;
}

/** A parameter was moved by the player, a controller or a gesture. */
export interface Move {
  readonly id: ParameterId;
  readonly value: number;
}

/**
 * Values here are the player's: where knobs stand. With scenes blended in, `target` gets other values; what it reports back
 * through `heard` tells the two apart.
 */
export class PatchState {
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
  /** Every move of one control, for whoever records gestures. */
  readonly moved = new Emitter<Move>();
  /** The state has changed in any way, for whoever compares it. */
  readonly changed = new Emitter();
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

  /** A copy of the state, to keep. */
  get patch(): Patch {
    return { values: { ...this.#values }, lyrics: this.#lyrics };
  }

  get lyrics(): string {
    return this.#lyrics;
  }

  /** Scenes as a preset keeps them. */
  get storedScenes(): readonly (PartialValues | null)[] | undefined {
    return this.#bank.toPreset();
  }

  /**
   * Moves a control, as a step that can be undone.
   * @param label for the step, when one control moves two parameters
   */
  set(id: ParameterId, value: number, label: string = parameterById(id).label): void {
    const before = this.#values[id];
    if (before === value) return;
    this.#record(label, { values: { [id]: before } }, { values: { [id]: value } });
    this.move(id, value);
    this.changed.emit();
  }

  /** Moves a control without a step: gestures, which move on by themselves. */
  move(id: ParameterId, value: number): void {
    this.#values[id] = value;
    this.#live.set(id, value);
    this.#bank.parameterMoved(id);
    this.moved.emit({ id, value });
    this.#sound();
  }

  /**
   * The instrument tells a value: an echo of what it was given, or a song's controller that moved it there. Songs leave no
   * steps, or undo would take back an hour of them one by one.
   */
  heard(id: ParameterId, value: number): void {
    if (this.#sounding[id] === value) return;
    this.#sounding[id] = value;
    this.move(id, value);
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

  /** Takes over a whole state, as one step. */
  load(label: string, patch: Patch, preset?: Preset): void {
    const { before, after } = changeBetween(this.patch, patch);
    this.#history.settle();
    this.#record(label, before, after);
    if (preset) this.#bank.load(preset.scenes);
    this.#take(after);
    if (preset) this.#scenesChanged.emit();
  }

  /** The control was let go: the next move is a step of its own. */
  settle(): void {
    this.#history.settle();
  }

  #record(label: string, before: Change, after: Change): void {
    this.#history.record(label, before, after, 1000 * this.#target.now());
    this.#historyChanged.emit();
  }

  #take({ values, lyrics }: Change): void {
    for (const [name, value] of Object.entries(values)) {
      const id = name as ParameterId;
      this.#values[id] = value;
      this.#live.set(id, value);
    }
    if (lyrics !== undefined && lyrics !== this.#lyrics) {
      this.#target.setLyrics(lyrics);
      this.#lyrics = lyrics;
    }
    this.#sound();
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
      this.#take(change);
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
        const patch = this.#comparison.switch(this.patch);
        this.load(`A/B ${this.#comparison.side}`, patch);
      },
      copySide: () => {
        this.#comparison.copyToOther(this.patch);
        this.#historyChanged.emit();
      },
      shareAddress: () => `${this.#target.address().replace(/#.*$/, '')}#${encodePatch(this.patch)}`,
      subscribe: (listener) => this.#historyChanged.subscribe(listener),
    };
  }

  #scenesApi(): ScenesApi {
    const bank = this.#bank;
    const told = (act: () => void) => {
      act();
      this.#sound();
      this.#scenesChanged.emit();
      this.changed.emit();
    };
    return {
      get stored() {
        return bank.scenes.map((scene) => scene !== null);
      },
      store: (scene) => told(() => bank.store(scene, this.#values)),
      clear: (scene) => told(() => bank.clear(scene)),
      recall: (scene) => {
        const values = bank.recall(scene, this.#values);
        if (values)
          this.load(`Scene ${'ABCD'[scene]}`, { values: completeValues(values), lyrics: this.#lyrics });
      },
      subscribe: (listener) => this.#scenesChanged.subscribe(listener),
    };
  }
}
