// The sounds of drum keys as the page shows them: storing, clearing, what each key carries. What the player stored is kept until
// the next visit; what a preset brings is in that preset.
import { messageOf } from '../../instrument/errors.ts';
import { readPads, writePads } from '../../contract/preset.ts';
import { noteName } from '../../instrument/keymap.ts';
import {
  loadPads,
  noPads,
  padCleared,
  padStored,
  presentPad,
  type PadPlayer,
} from '../../instrument/state/pads.ts';
import type { ParameterValues } from '../../contract/parameters.ts';
import type { Manifest } from '../../model/manifest.ts';
import { Emitter } from '../emitter.ts';
import type { PadAct, PadsApi } from '../instrumentApi.ts';
import type { KeptText } from './keptText.ts';
import type { PatchState } from './patchState.ts';

/** What the shelf plays on. */
export type PadInstrument = PadPlayer & {
  /** Of all parameters, as they sound. */
  values(): ParameterValues;
};

/** Pads over a state and a performer. */
export class PadShelf implements PadsApi {
  readonly #state: PatchState;
  readonly #player: PadInstrument;
  readonly #manifest: Manifest;
  readonly #emitter = new Emitter();
  #stored: ReadonlyMap<number, number> = new Map();
  #armed: PadAct | null = null;
  #message = '';
  /** Of the last act, of the list that is played, and of the store. */
  #faults = { act: '', list: '', store: '' };

  /** Brings back what was kept. */
  constructor(state: PatchState, player: PadInstrument, manifest: Manifest, kept: KeptText) {
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
    state.padsChanged.subscribe((cause) => {
      this.#play();
      // Presets have none, mostly: whoever only tries some out, or goes through the history of that, loses nothing.
      if (cause === 'preset' || (cause === 'history' && state.pads.length === 0)) return;
      kept.write(state.pads.length > 0 ? writePads(state.pads) : undefined);
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
    this.#state.edit('Clear all keys', { pads: noPads });
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
