// The sounds of drum keys as the page shows them: storing, clearing, what each key carries. What the player stored is kept until
// the next visit; what a preset brings is in that preset.
import { messageOf } from '../contract/errors.ts';
import { writePads } from '../patch/preset.ts';
import { readPads } from '../patch/presetSchema.ts';
import { noteName } from '../performer/keymap.ts';
import {
  loadPads,
  padCleared,
  padStored,
  presentPad,
  type PadPlayer,
  type Pads,
} from '../patch/storedPads.ts';
import type { ParameterValues } from '../contract/parameters.ts';
import type { Manifest } from '../model/manifest.ts';
import { Emitter } from '../contract/emitter.ts';
import type { PadAct, PadsApi } from './sessionApi.ts';
import type { PersistedText } from './persistedText.ts';
import type { SoundState } from './soundState.ts';

/** What the shelf plays on. */
export type PadInstrument = PadPlayer & {
  /** Of all parameters, as they sound. */
  values(): ParameterValues;
};

/** Pads over a state and a performer. */
export class DrumPads implements PadsApi {
  readonly #state: SoundState;
  readonly #player: PadInstrument;
  readonly #manifest: Manifest;
  readonly #emitter = new Emitter();
  #stored: ReadonlyMap<number, number> = new Map();
  #armed: PadAct | null = null;
  #message = '';
  /** What was to be kept for the next visit while a list was played: undo and redo bring that back too. */
  readonly #keptWith = new WeakMap<Pads, Pads>();
  /** Of the last act, of the list that is played, and of the store. */
  #faults = { act: '', list: '', store: '' };

  /** Brings back what was kept. */
  constructor(state: SoundState, player: PadInstrument, manifest: Manifest, kept: PersistedText) {
    this.#state = state;
    this.#player = player;
    this.#manifest = manifest;
    kept.onFault = (fault) => {
      this.#faults.store = fault;
      this.#emitter.emit();
    };
    if (kept.found !== undefined) {
      try {
        state.restorePads(readPads(kept.found, 'what was kept'));
      } catch (reason) {
        kept.setAside();
        this.#faults.store = `the sounds of the last visit could not be read: ${messageOf(reason)}`;
      }
    }
    this.#play();
    let wanted = state.pads;
    this.#keptWith.set(wanted, wanted);
    state.padsChanged.subscribe((cause) => {
      this.#play();
      const { pads } = state;
      // Whoever only tries presets out loses nothing, whether they bring sounds or, mostly, none.
      if (cause === 'edit') this.#keptWith.set(pads, pads);
      else if (cause === 'preset') this.#keptWith.set(pads, wanted);
      const next = this.#keptWith.get(pads) ?? pads;
      if (next === wanted) return;
      wanted = next;
      kept.write(wanted.length > 0 ? writePads(wanted) : undefined);
    });
  }

  get stored(): ReadonlyMap<number, number> {
    return this.#stored;
  }

  get armed(): PadAct | null {
    return this.#armed;
  }

  get message(): string {
    return this.#message;
  }

  get fault(): string {
    const { act, list, store } = this.#faults;
    return [act, list, store].filter((fault) => fault).join(' · ');
  }

  arm(act: PadAct | null): void {
    this.#armed = act;
    this.#message = '';
    this.#faults.act = '';
    this.#emitter.emit();
  }

  keyDown(midiNote: number): void {
    const act = this.#armed;
    if (!act) return;
    this.#armed = null;
    const name = noteName(midiNote);
    const { pads } = this.#state;
    try {
      if (act === 'store') {
        const pad = presentPad(this.#player, this.#manifest, this.#player.values(), midiNote);
        this.#state.edit(`Store on ${name}`, { pads: padStored(pads, pad) });
        this.#message = `Stored on ${name}.`;
      } else if (pads.some(({ note }) => note === midiNote)) {
        this.#state.edit(`Clear ${name}`, { pads: padCleared(pads, midiNote) });
        this.#message = `${name} says its own word again.`;
      } else {
        this.#message = `${name} has no stored sound.`;
      }
    } catch (reason) {
      this.#faults.act = messageOf(reason);
    }
    this.#emitter.emit();
  }

  clearAll(): void {
    this.arm(null);
    if (this.#state.pads.length === 0) return;
    this.#state.edit('Clear all keys', { pads: [] });
    this.#message = 'All keys are cleared; Undo brings the sounds back.';
    this.#emitter.emit();
  }

  subscribe(listener: () => void): () => void {
    return this.#emitter.subscribe(listener);
  }

  #play(): void {
    this.#faults.list = loadPads(this.#player, this.#manifest, this.#state.pads).join('; ');
    this.#stored = new Map([...this.#player.pads].map(([note, { digit }]) => [note, digit]));
    this.#emitter.emit();
  }
}
