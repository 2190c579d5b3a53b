// MIDI learn: arm a parameter, move a control, bound. The table's controllers are defaults. Long, since it is the whole of what
// page and router ask of learning.
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
  encodingOf,
  encodingsOf,
  matches,
  requireEncoding,
  requireRange,
  type Binding,
  type BindingCurve,
  type ControlMove,
  type Encoding,
  type Takeover,
} from './bindings.ts';
import { RelativeMotion, stepsOf } from './encoders.ts';
import { EncoderTrial, type Heard } from './encoderTrial.ts';
import type { Freedom } from './finePair.ts';
import { HeardControls } from './heardControls.ts';
import { Pickup } from './pickup.ts';
import {
  loadProfiles,
  profilesOfText,
  saveProfiles,
  textOfProfiles,
  type TextStore,
  type Profiles,
} from './profiles.ts';
import {
  hints,
  parameterOfDefault,
  shownDefault,
  type BindingState,
  type ShownBinding,
} from './shownBinding.ts';

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
  readonly encoding?: Encoding;
}

/** The fine number of a pair lies so far above the coarse one. */
const fineOffset = 32;
/** A binding that was heard no more often than this may turn out to be the fine half of another controller. */
const freshMessages = 64;

interface Learned {
  readonly id: string;
  readonly device: string;
  readonly binding: Binding;
  readonly pickup: Pickup;
  readonly motion: RelativeMotion;
  /** Messages since it was made; Infinity for one that was not made by moving. */
  messages: number;
  /** While it may be an encoder. */
  trial: EncoderTrial | undefined;
  /** As last told to listeners. */
  told: BindingState;
}

/** A binding with nothing heard of its control. */
function learnedOf(
  id: string,
  device: string,
  binding: Binding,
  messages = Infinity,
  trial?: EncoderTrial,
): Learned {
  return {
    id,
    device,
    binding,
    pickup: new Pickup(binding),
    motion: new RelativeMotion(),
    messages,
    trial,
    told: 'new',
  };
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
  /** As it was loaded or saved last. */
  #kept: Profiles;
  #nextId = 1;

  /** Loads the profiles. Never throws: see `fault`. */
  constructor(options: MidiLearnOptions) {
    this.#options = options;
    this.#key = options.key ?? profilesKey;
    const { profiles, fault } = loadProfiles(options.store, this.#key);
    this.#loadFault = fault;
    this.#adopt(profiles);
    this.#kept = this.#profiles();
  }

  /** A sentence for people when profiles could not be read or saved, else ''. */
  get fault(): string {
    return [this.#loadFault, this.#saveFault].filter(Boolean).join(' ');
  }

  /** The parameter that the next moved control is bound to. */
  get armed(): ParameterId | undefined {
    return this.#armed;
  }

  /** True while a parameter waits for a control. */
  isWaiting(): boolean {
    return this.#armed !== undefined;
  }

  /**
   * How free a controller 33..63 of a device is to be the fine half of the one 32 below: not where it is bound, but for its
   * trial; nor where either says steps.
   */
  freedomOf(device: string, channel: number, controller: number): Freedom {
    let isFresh = false;
    let isPartnerPlain = false;
    for (const entry of this.#learned) {
      const { kind, number, channel: bound } = entry.binding;
      if (entry.device !== device || (kind !== 'cc' && kind !== 'cc14')) continue;
      if (bound !== 'any' && bound !== channel) continue;
      const isPartner = number === controller - fineOffset;
      if (!isPartner && number !== controller) continue;
      if (encodingOf(entry.binding) !== 'absolute') return 'bound';
      if (isPartner) isPartnerPlain ||= kind === 'cc';
      else if (entry.messages > freshMessages) return 'bound';
      else isFresh = true;
    }
    if (!isFresh) return 'free';
    // Both were learned, each by itself.
    return isPartnerPlain ? 'bound' : 'fresh';
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
    const waiting = bindings.find(
      ({ state }) => state === 'below' || state === 'above' || state === 'unclear',
    );
    return waiting ? waiting.hint : `bound to ${bindings.map(({ text }) => text).join(', ')}`;
  }

  /**
   * Binds a control without moving it. The same control is not bound to a parameter twice.
   * @returns the binding's id
   * @throws RangeError when the range lies outside the parameter's, or for an encoding that its kind has not
   */
  bind(device: string, binding: Binding): string {
    requireRange(binding);
    requireEncoding(binding);
    const id = this.#add(device, binding).id;
    this.#save();
    return id;
  }

  /**
   * Changes a learned binding; it has to pick up anew.
   * @throws RangeError for an unknown id, a default, a range outside the parameter's, or an encoding that its kind has not
   */
  update(id: string, changes: BindingChanges): void {
    const index = this.#learned.findIndex((entry) => entry.id === id);
    if (index < 0) throw new RangeError(`binding id must name a learned binding, got ${id}`);
    const { device, binding } = this.#learned[index];
    const changed = { ...binding, ...changes };
    requireRange(changed);
    requireEncoding(changed);
    this.#learned = this.#learned.with(index, learnedOf(id, device, changed));
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
    const plain = bindingOf(move, parameterId);
    const twin = this.#learned.find(
      ({ device, binding }) =>
        device === move.device && matches(binding, move) && encodingOf(binding) !== 'absolute',
    );
    const encoding = twin && encodingOf(twin.binding);
    const isOfKind = encoding !== undefined && encodingsOf(plain.kind).includes(encoding);
    const entry = this.#add(move.device, isOfKind ? { ...plain, encoding } : plain, 0);
    const isOpen = move.kind === 'cc' && encodingOf(entry.binding) === 'absolute';
    entry.trial = isOpen ? new EncoderTrial() : undefined;
    this.#save();
  }

  /**
   * A bound controller's fine half was heard for the first time, or one that was just learned turns out to be one. Steps have no
   * halves.
   */
  #refine(move: ControlMove): void {
    if (move.kind !== 'cc14') return;
    const index = this.#learned.findIndex(
      ({ device, binding, messages }) =>
        device === move.device &&
        binding.kind === 'cc' &&
        encodingOf(binding) === 'absolute' &&
        (matches(binding, move) ||
          (messages <= freshMessages && matches({ ...binding, number: binding.number - fineOffset }, move))),
    );
    if (index < 0) return;
    const { id, device, binding } = this.#learned[index];
    const fine: Binding = { ...binding, kind: 'cc14', number: move.number };
    this.#learned = this.#learned.with(
      index,
      binding.number === move.number
        ? { ...this.#learned[index], binding: fine, trial: undefined }
        : learnedOf(id, device, fine),
    );
    this.#save();
  }

  /** What to do with a message of a bound control, which may be on trial. */
  #hear(entry: Learned, move: ControlMove, ms: number | undefined): Heard {
    const { trial } = entry;
    if (!trial || move.kind !== 'cc') return { encoding: encodingOf(entry.binding), moves: [move] };
    const heard = trial.hear(move, ms ?? 0);
    if (trial.isOver) entry.trial = undefined;
    return heard;
  }

  #apply(move: ControlMove, ms: number | undefined): boolean {
    let isBound = false;
    let isToTell = false;
    for (const entry of this.#learned) {
      if (entry.device !== move.device || !matches(entry.binding, move)) continue;
      isBound = true;
      entry.messages++;
      const { encoding, moves } = this.#hear(entry, move, ms);
      if (encodingOf(entry.binding) !== encoding) {
        // What was heard until now was not meant to move anything.
        const { id, device, messages, trial } = entry;
        const binding = { ...entry.binding, encoding: encoding === 'absolute' ? undefined : encoding };
        this.#learned = this.#learned.map((other) =>
          other === entry ? learnedOf(id, device, binding, messages, trial) : other,
        );
        this.#save();
        continue;
      }
      for (const each of moves) this.#move(entry, each, ms);
      const state = this.#stateOf(entry);
      isToTell ||= state !== entry.told;
      entry.told = state;
    }
    if (isToTell) this.#tell();
    return isBound || this.#applyDefault(move, ms);
  }

  #move({ binding, pickup, motion }: Learned, move: ControlMove, ms: number | undefined): void {
    const { parameterId } = binding;
    const before = this.#options.parameterValue(parameterId);
    const steps = stepsOf(binding, move);
    const value =
      steps === undefined ? pickup.move(move.data, before) : motion.move(binding, steps, before, ms);
    if (value !== undefined && (steps === undefined || value !== before)) {
      this.#options.setParameter(parameterId, value, ms);
    }
  }

  #stateOf({ binding, pickup, trial }: Learned): BindingState {
    if (trial?.isUnclear) return 'unclear';
    return pickup.stateAt(this.#options.parameterValue(binding.parameterId));
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

  #add(device: string, binding: Binding, messages = Infinity): Learned {
    const same = this.#learned.find(
      (entry) =>
        entry.device === device &&
        entry.binding.parameterId === binding.parameterId &&
        controlText(entry.binding) === controlText(binding) &&
        (encodingOf(entry.binding) === 'increments') === (encodingOf(binding) === 'increments'),
    );
    if (same) return same;
    const entry = learnedOf(`learned:${this.#nextId++}`, device, binding, messages);
    this.#learned = [...this.#learned, entry];
    return entry;
  }

  #shown(entry: Learned): ShownBinding {
    const { id, device, binding } = entry;
    const state = this.#stateOf(entry);
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
    const profiles = this.#profiles();
    this.#saveFault = saveProfiles(this.#options.store, this.#key, this.#kept, profiles);
    if (!this.#saveFault) this.#kept = profiles;
    this.#tell();
  }

  #tell(): void {
    this.#changed.emit();
  }
}
