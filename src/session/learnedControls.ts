// Learned controllers as the page shows them: the bindings of all parameters, read anew only after a change.
import { parameterIds, type ParameterId } from '../contract/parameters.ts';
import type { ControlMove } from '../midi/bindings.ts';
import type { Freedom } from '../midi/finePair.ts';
import type { BindingChanges, MidiLearn } from '../midi/learn.ts';
import type { ShownBinding } from '../midi/shownBinding.ts';
import type { LearnApi, LearnView } from './sessionApi.ts';

/** MidiLearn for panels. */
export class LearnedControls implements LearnApi {
  readonly #learn: MidiLearn;
  #bindings: LearnView['bindings'] | null = null;

  constructor(learn: MidiLearn) {
    this.#learn = learn;
    learn.onChange(() => (this.#bindings = null));
  }

  get armed(): ParameterId | null {
    return this.#learn.armed ?? null;
  }

  get bindings(): LearnView['bindings'] {
    this.#bindings ??= new Map(
      parameterIds.flatMap((id) => {
        const bindings = this.#learn.bindingsOf(id);
        return bindings.length > 0 ? [[id, bindings] as const] : [];
      }),
    );
    return this.#bindings;
  }

  get fault(): string {
    return this.#learn.fault;
  }

  arm(id: ParameterId): void {
    this.#learn.arm(id);
  }

  disarm(): void {
    this.#learn.disarm();
  }

  bindingsOf(id: ParameterId): readonly ShownBinding[] {
    return this.#learn.bindingsOf(id);
  }

  /** Number of the control change that moves a parameter, learned ones first; undefined for none. */
  controllerOf(id: ParameterId): number | undefined {
    const controllers = this.#learn.bindingsOf(id).filter(({ kind }) => kind === 'cc' || kind === 'cc14');
    return (controllers.find(({ isDefault }) => !isDefault) ?? controllers.at(0))?.number;
  }

  update(bindingId: string, changes: BindingChanges): void {
    this.#learn.update(bindingId, changes);
  }

  unbind(bindingId: string): void {
    this.#learn.unbind(bindingId);
  }

  restoreDefaults(id?: ParameterId): void {
    this.#learn.restoreDefaults(id);
  }

  handle(move: ControlMove, ms?: number): boolean {
    return this.#learn.handle(move, ms);
  }

  freedomOf(device: string, channel: number, controller: number): Freedom {
    return this.#learn.freedomOf(device, channel, controller);
  }

  isWaiting(): boolean {
    return this.#learn.isWaiting();
  }

  subscribe(listener: () => void): () => void {
    return this.#learn.onChange(listener);
  }
}
