// Every MIDI input of the machine, plugged and unplugged at will, played into the instrument.
import { WebMidi, type Input } from 'webmidi';
import { applyController, type MidiTarget } from './controls.ts';

/** A connected input. */
export interface MidiInputInfo {
  readonly id: string;
  readonly name: string;
}

/** What the page shows about MIDI. */
export interface MidiState {
  /** 'absent': the browser has no Web MIDI; 'refused': the user or the system said no. */
  readonly kind: 'waiting' | 'absent' | 'refused' | 'ready';
  readonly inputs: readonly MidiInputInfo[];
}

/** The parts of webmidi's messages that are used here. */
interface NoteMessage {
  readonly note: { readonly number: number; readonly rawAttack: number };
  readonly timestamp: number;
}
interface ControlMessage {
  readonly controller: { readonly number: number };
  readonly rawValue?: number;
}

/** One listened-to port and the notes it holds. */
interface Attached {
  readonly input: Input;
  readonly held: Set<number>;
  readonly detach: () => void;
}

/** The part of MIDIAccess that is used here. */
interface MidiAccess {
  onstatechange: ((event: unknown) => void) | null;
}

export type RequestMidiAccess = () => Promise<unknown>;

/** Listens to all channels of all inputs until closed. One at a time: webmidi keeps one access for the page. */
export class MidiInputs {
  readonly #target: MidiTarget;
  readonly #onState: (state: MidiState) => void;
  readonly #attached = new Map<string, Attached>();
  #open = false;

  constructor(target: MidiTarget, onState: (state: MidiState) => void) {
    this.#target = target;
    this.#onState = onState;
  }

  /**
   * Asks for access (the browser may prompt) and listens. Never throws: absence and refusal are states.
   * @param requestAccess stands in for navigator.requestMIDIAccess
   */
  async open(requestAccess?: RequestMidiAccess): Promise<void> {
    if (!requestAccess && !('requestMIDIAccess' in navigator)) {
      this.#onState({ kind: 'absent', inputs: [] });
      return;
    }
    if (this.#open) {
      if (WebMidi.enabled) this.#scan();
      return;
    }
    this.#onState({ kind: 'waiting', inputs: [] });
    this.#open = true;
    try {
      await WebMidi.enable({
        sysex: false,
        validation: false,
        ...(requestAccess ? { requestMIDIAccessFunction: requestAccess } : {}),
      });
    } catch {
      this.#open = false;
      this.#onState({ kind: 'refused', inputs: [] });
      return;
    }
    // The page may have been closed while the browser asked.
    if (!this.#open) return;
    // Not webmidi's own `connected` and `disconnected`: it drops reports whose `connection` is not the one that it expects.
    // Real devices report a change more than once, and their ports one by one: each report only means "look again".
    const access = WebMidi.interface as unknown as MidiAccess;
    const update = access.onstatechange?.bind(access);
    access.onstatechange = (event) => {
      update?.(event);
      if (this.#open) this.#scan();
    };
    this.#scan();
  }

  /** Stops listening and releases held notes. */
  close(): void {
    this.#open = false;
    for (const id of [...this.#attached.keys()]) this.#drop(id);
  }

  #scan(): void {
    const present = WebMidi.inputs.filter((input) => input.state !== 'disconnected');
    const byId = new Map(present.map((input) => [input.id, input]));
    for (const [id, { input }] of [...this.#attached]) if (byId.get(id) !== input) this.#drop(id);
    for (const [id, input] of byId) {
      if (!this.#attached.has(id)) this.#attached.set(id, this.#attach(input));
    }
    const inputs = [...byId.values()].map(({ id, name }) => ({ id, name: name || 'MIDI input' }));
    this.#onState({ kind: 'ready', inputs });
  }

  #attach(input: Input): Attached {
    const held = new Set<number>();
    const noteOn = ({ note, timestamp }: NoteMessage) => {
      held.add(note.number);
      this.#target.noteOn(note.number, note.rawAttack, timestamp);
    };
    const noteOff = ({ note, timestamp }: NoteMessage) => {
      held.delete(note.number);
      this.#target.noteOff(note.number, timestamp);
    };
    const control = ({ controller, rawValue }: ControlMessage) =>
      void applyController(this.#target, controller.number, rawValue ?? 0);
    input.addListener('noteon', noteOn);
    input.addListener('noteoff', noteOff);
    input.addListener('controlchange', control);
    const detach = () => {
      input.removeListener('noteon', noteOn);
      input.removeListener('noteoff', noteOff);
      input.removeListener('controlchange', control);
    };
    return { input, held, detach };
  }

  /** A port that went away cannot send its note-offs any more. */
  #drop(id: string): void {
    const attached = this.#attached.get(id);
    if (!attached) return;
    this.#attached.delete(id);
    attached.detach();
    for (const note of attached.held) this.#target.noteOff(note);
  }
}
