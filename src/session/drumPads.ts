// The sounds of drum keys as they are shown: storing, clearing, what each key carries.
import { messageOf } from '../contract/errors.ts';
import { noteName } from '../performer/keymap.ts';
import { loadPads, padCleared, padStored, presentPad, type PadPlayer } from '../patch/storedPads.ts';
import type { Manifest } from '../model/manifest.ts';
import { Emitter } from '../contract/emitter.ts';
import type { PadAct, PadsApi } from './sessionApi.ts';
import type { SoundState } from './soundState.ts';

/** Pads over a state and a performer. */
export class DrumPads implements PadsApi {
  readonly #state: SoundState;
  readonly #player: PadPlayer;
  readonly #manifest: Manifest;
  readonly #emitter = new Emitter();
  #stored: ReadonlyMap<number, number> = new Map();
  #armed: PadAct | null = null;
  #message = '';
  /** Of the last act, and of the list that is played. */
  #faults = { act: '', list: '' };

  constructor(state: SoundState, player: PadPlayer, manifest: Manifest) {
    this.#state = state;
    this.#player = player;
    this.#manifest = manifest;
    this.#play();
    state.padsChanged.subscribe(() => this.#play());
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
    const { act, list } = this.#faults;
    return [act, list].filter((fault) => fault).join(' · ');
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
        const pad = presentPad(this.#player, this.#manifest, this.#state.sounding, midiNote);
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
