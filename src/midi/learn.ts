// MIDI learn: arm a parameter, move a control, bound. The table's controllers are defaults.
import { Emitter } from '../contract/emitter.ts';
import {
  parameterById,
  parameterOfController,
  valueOfController,
  type ParameterId,
} from '../contract/parameters.ts';
import {
  bindingOf,
  controlText,
  matches,
  requireRange,
  type Binding,
  type BindingCurve,
  type ControlMove,
  type Takeover,
} from './bindings.ts';
import { HeardControls } from './heardControls.ts';
import { Pickup, type PickupState } from './pickup.ts';
import {
  loadProfiles,
  profilesOfText,
  saveProfiles,
  textOfProfiles,
  type TextStore,
  type Profiles,
} from './profiles.ts';
import { hints, parameterOfDefault, shownDefault, type ShownBinding } from './shownBinding.ts';

export type { ShownBinding } from './shownBinding.ts';

/** Where profiles are stored unless another name is given. */
export const profilesKey = 'numvox.midi.profiles';

export interface MidiLearnOptions {
  readonly store: TextStore;
  /** `ms` is the time stamp of the message that moved it, where there is one. */
  readonly setParameter: (id: ParameterId, value: number, ms?: number) => void;
  readonly parameterValue: (id: ParameterId) => number;
  readonly key?: string;
}

/** What may be changed in a binding. */
export interface BindingChanges {
  readonly channel?: number | 'any';
  readonly min?: number;
  readonly max?: number;
  readonly curve?: BindingCurve;
  readonly takeover?: Takeover;
}

interface Learned {
  readonly id: string;
  readonly device: string;
  readonly binding: Binding;
  readonly pickup: Pickup;
  /** As last told to listeners. */
  told: PickupState;
}

/** Bindings of every device. Pure: what moves is what `setParameter` does. */
export class MidiLearn {
  readonly #options: MidiLearnOptions;
  readonly #key: string;
  readonly #changed = new Emitter();
  readonly #heard = new HeardControls();
  #learned: Learned[] = [];
  #withoutDefault: ReadonlySet<ParameterId> = new Set();
  #armed: ParameterId | undefined;
  readonly #loadFault: string;
  #saveFault = '';
  #nextId = 1;

  /** Loads the profiles. Never throws: see `fault`. */
  constructor(options: MidiLearnOptions) {
    this.#options = options;
    this.#key = options.key ?? profilesKey;
    const { profiles, fault } = loadProfiles(options.store, this.#key);
    this.#loadFault = fault;
    this.#adopt(profiles);
  }

  /** A sentence for people when profiles could not be read or saved, else ''. */
  get fault(): string {
    return [this.#loadFault, this.#saveFault].filter(Boolean).join(' ');
  }

  /** The parameter that the next moved control is bound to. */
  get armed(): ParameterId | undefined {
    return this.#armed;
  }

  /**
   * Waits for a control to bind to the parameter.
   * @throws RangeError for an unknown id
   */
  arm(parameterId: ParameterId): void {
    this.#armed = parameterById(parameterId).id;
    this.#tell();
  }

  /** Waits no more. */
  disarm(): void {
    if (!this.#armed) return;
    this.#armed = undefined;
    this.#tell();
  }

  /** Calls back when bindings, states or the armed parameter change. Returns a function that stops it. */
  onChange(listener: () => void): () => void {
    return this.#changed.subscribe(listener);
  }

  /**
   * A control moved. Returns true when learning or the table has a meaning for it, so that it means nothing
   * else.
   * @param ms time stamp of its message
   */
  handle(move: ControlMove, ms?: number): boolean {
    this.#bindArmed(move);
    return this.#apply(move, ms);
  }

  /** Bindings of a parameter, the table's default first. States are those of this moment. */
  bindingsOf(parameterId: ParameterId): readonly ShownBinding[] {
    const learned = this.#learned
      .filter(({ binding }) => binding.parameterId === parameterId)
      .map((entry) => this.#shown(entry));
    const { cc } = parameterById(parameterId);
    if (cc === undefined || this.#withoutDefault.has(parameterId)) return learned;
    return [shownDefault(parameterId, cc), ...learned];
  }

  /** One line about a parameter: `armed`, `bound to CC 74 ch 1`, `waiting to pick up from below`, or ''. */
  statusOf(parameterId: ParameterId): string {
    if (this.#armed === parameterId) return 'armed';
    const bindings = this.bindingsOf(parameterId);
    if (bindings.length === 0) return '';
    const waiting = bindings.find(({ state }) => state === 'below' || state === 'above');
    return waiting ? waiting.hint : `bound to ${bindings.map(({ text }) => text).join(', ')}`;
  }

  /**
   * Binds a control without moving it. The same control is not bound to a parameter twice.
   * @returns the binding's id
   * @throws RangeError when the range lies outside the parameter's
   */
  bind(device: string, binding: Binding): string {
    requireRange(binding);
    const id = this.#add(device, binding).id;
    this.#save();
    return id;
  }

  /**
   * Changes a learned binding; it has to pick up anew.
   * @throws RangeError for an unknown id, a default, or a range outside the parameter's
   */
  update(id: string, changes: BindingChanges): void {
    const index = this.#learned.findIndex((entry) => entry.id === id);
    if (index < 0) throw new RangeError(`binding id must name a learned binding, got ${id}`);
    const { device, binding } = this.#learned[index];
    const changed = { ...binding, ...changes };
    requireRange(changed);
    this.#learned = this.#learned.with(index, {
      id,
      device,
      binding: changed,
      pickup: new Pickup(changed),
      told: 'new',
    });
    this.#save();
  }

  /**
   * Takes a binding off, a default too.
   * @throws RangeError for an unknown id
   */
  unbind(id: string): void {
    const ofDefault = parameterOfDefault(id);
    if (ofDefault) {
      this.#withoutDefault = new Set([...this.#withoutDefault, ofDefault]);
    } else {
      if (!this.#learned.some((entry) => entry.id === id)) {
        throw new RangeError(`binding id must name a binding, got ${id}`);
      }
      this.#learned = this.#learned.filter((entry) => entry.id !== id);
    }
    this.#save();
  }

  /** Takes every binding of a parameter off. */
  unbindAll(parameterId: ParameterId): void {
    for (const { id } of this.bindingsOf(parameterId)) this.unbind(id);
  }

  /** Forgets everything learned, for one parameter or for all: the table's controllers hold again. */
  restoreDefaults(parameterId?: ParameterId): void {
    const keep = (id: ParameterId) => parameterId !== undefined && id !== parameterId;
    this.#learned = this.#learned.filter(({ binding }) => keep(binding.parameterId));
    this.#withoutDefault = new Set([...this.#withoutDefault].filter(keep));
    this.#save();
  }

  /** All profiles as JSON, for a file. */
  exportText(): string {
    return textOfProfiles(this.#profiles());
  }

  /**
   * Replaces all profiles by those of a file.
   * @returns unknown parameters whose bindings were left out
   * @throws RangeError that says what is wrong with the text; nothing changes then
   */
  importText(text: string): readonly string[] {
    const { profiles, dropped } = profilesOfText(text);
    this.#learned = [];
    this.#adopt(profiles);
    this.#save();
    return dropped;
  }

  #bindArmed(move: ControlMove): void {
    const isClear = this.#heard.isClear(move, this.#armed !== undefined);
    this.#refine(move);
    const parameterId = this.#armed;
    if (!parameterId || !isClear) return;
    // Keys are played while a parameter waits: they are buttons only for a list of choices.
    const isButton = move.kind === 'note' || move.kind === 'program';
    if (isButton && !parameterById(parameterId).choices) return;
    this.#armed = undefined;
    this.#add(move.device, bindingOf(move, parameterId));
    this.#save();
  }

  /** A bound controller's fine half was heard for the first time. */
  #refine(move: ControlMove): void {
    if (move.kind !== 'cc14') return;
    const index = this.#learned.findIndex(
      ({ device, binding }) => device === move.device && binding.kind === 'cc' && matches(binding, move),
    );
    if (index < 0) return;
    const entry = this.#learned[index];
    this.#learned = this.#learned.with(index, { ...entry, binding: { ...entry.binding, kind: 'cc14' } });
    this.#save();
  }

  #apply(move: ControlMove, ms: number | undefined): boolean {
    let isBound = false;
    let isToTell = false;
    for (const entry of this.#learned) {
      if (entry.device !== move.device || !matches(entry.binding, move)) continue;
      isBound = true;
      const { parameterId } = entry.binding;
      const value = entry.pickup.move(move.data, this.#options.parameterValue(parameterId));
      if (value !== undefined) this.#options.setParameter(parameterId, value, ms);
      const state = entry.pickup.stateAt(this.#options.parameterValue(parameterId));
      isToTell ||= state !== entry.told;
      entry.told = state;
    }
    if (isToTell) this.#tell();
    return isBound || this.#applyDefault(move, ms);
  }

  /**
   * The table's controller moves its parameter at once, on every channel, unless the control has learned
   * something else.
   */
  #applyDefault({ kind, number, data }: ControlMove, ms: number | undefined): boolean {
    if (kind !== 'cc' && kind !== 'cc14') return false;
    const parameter = parameterOfController(number);
    if (!parameter) return false;
    // Used up all the same: whoever plays behind would take it for the table's.
    if (this.#withoutDefault.has(parameter.id)) return true;
    this.#options.setParameter(parameter.id, valueOfController(parameter, data), ms);
    return true;
  }

  #add(device: string, binding: Binding): Learned {
    const same = this.#learned.find(
      (entry) =>
        entry.device === device &&
        entry.binding.parameterId === binding.parameterId &&
        controlText(entry.binding) === controlText(binding),
    );
    if (same) return same;
    const entry: Learned = {
      id: `learned:${this.#nextId++}`,
      device,
      binding,
      pickup: new Pickup(binding),
      told: 'new',
    };
    this.#learned = [...this.#learned, entry];
    return entry;
  }

  #shown({ id, device, binding, pickup }: Learned): ShownBinding {
    const state = pickup.stateAt(this.#options.parameterValue(binding.parameterId));
    return {
      ...binding,
      id,
      device,
      isDefault: false,
      text: controlText(binding),
      state,
      hint: hints[state],
    };
  }

  #profiles(): Profiles {
    const devices = new Map<string, Binding[]>();
    for (const { device, binding } of this.#learned) {
      devices.set(device, [...(devices.get(device) ?? []), binding]);
    }
    return { devices, withoutDefault: this.#withoutDefault };
  }

  #adopt({ devices, withoutDefault }: Profiles): void {
    for (const [device, bindings] of devices) for (const binding of bindings) this.#add(device, binding);
    this.#withoutDefault = withoutDefault;
  }

  #save(): void {
    this.#saveFault = saveProfiles(this.#options.store, this.#key, this.#profiles());
    this.#tell();
  }

  #tell(): void {
    this.#changed.emit();
  }
}
