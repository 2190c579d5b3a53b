// Every MIDI input of the machine, plugged and unplugged at will, heard through webmidi and routed to the
// target.
import { WebMidi, type Input } from 'webmidi';
import { farthestMs } from './heldEvents.ts';
import { readMessage, type ParsedMessage } from './message.ts';
import { profileName } from './profiles.ts';
import { MidiRouter, type ControlHandler, type RoutedPort } from './router.ts';
import type { MidiTarget } from './midiTarget.ts';

/** A connected input. */
export interface MidiInputInfo {
  readonly id: string;
  readonly name: string;
  /** Name of the profile that keeps what was learned for it. */
  readonly device: string;
}

/** What the page shows about MIDI. */
export interface MidiState {
  /** 'absent': the browser has no Web MIDI; 'refused': the user or the system said no. */
  readonly kind: 'waiting' | 'absent' | 'refused' | 'ready';
  readonly inputs: readonly MidiInputInfo[];
}

/** What webmidi says about any message. */
interface InputMessage {
  readonly message: ParsedMessage;
  readonly timestamp: number;
}

/** One listened-to port. */
interface Attached {
  readonly input: Input;
  readonly detach: () => void;
}

/** The part of MIDIAccess that is used here. */
interface MidiAccess {
  onstatechange: ((event: unknown) => void) | null;
}

export type RequestMidiAccess = () => Promise<unknown>;

/** Listens to all channels of all inputs until closed. One at a time: webmidi keeps one access for the page. */
export class MidiInputs {
  readonly #router: MidiRouter;
  readonly #onState: (state: MidiState) => void;
  readonly #attached = new Map<string, Attached>();
  #open = false;

  /**
   * @param target what is played
   * @param learn hears every control before the target does
   * @param onState told about permission and inputs
   */
  constructor(target: MidiTarget, learn: ControlHandler, onState: (state: MidiState) => void) {
    this.#router = new MidiRouter(target, learn);
    this.#onState = onState;
  }

  /**
   * Asks for access (the browser may prompt) and listens. Never throws: absence and refusal are states. Where it listens
   * already, a new target is told what devices have set.
   * @param requestAccess stands in for navigator.requestMIDIAccess
   */
  async open(requestAccess?: RequestMidiAccess): Promise<void> {
    if (!requestAccess && !('requestMIDIAccess' in navigator)) {
      this.#onState({ kind: 'absent', inputs: [] });
      return;
    }
    if (this.#open) {
      this.#router.retell(performance.now());
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
    // Not webmidi's own `connected` and `disconnected`: it drops reports whose `connection` is not the one that
    // it expects. Real devices report a change more than once, and their ports one by one: each report only
    // means "look again".
    const access = WebMidi.interface as unknown as MidiAccess;
    const update = access.onstatechange?.bind(access);
    access.onstatechange = (event) => {
      update?.(event);
      if (this.#open) this.#scan();
    };
    this.#scan();
  }

  /** Stops listening and releases what the inputs held. */
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
    const inputs = [...byId.values()].map((input) => ({
      id: input.id,
      name: input.name || 'MIDI input',
      device: profileName(input.manufacturer, input.name),
    }));
    this.#onState({ kind: 'ready', inputs });
  }

  /** One listener for all kinds keeps their order as it came. */
  #attach(input: Input): Attached {
    const port: RoutedPort = this.#router.open(profileName(input.manufacturer, input.name));
    const hear = ({ message, timestamp }: InputMessage) => {
      // Some drivers stamp nothing, or by a clock of their own.
      const now = performance.now();
      const ms = timestamp > 0 && timestamp - now <= farthestMs ? timestamp : now;
      const read = readMessage(message, ms);
      if (read) port.handle(read);
    };
    input.addListener('midimessage', hear);
    const detach = () => {
      input.removeListener('midimessage', hear);
      port.unplug(performance.now());
    };
    return { input, detach };
  }

  #drop(id: string): void {
    const attached = this.#attached.get(id);
    this.#attached.delete(id);
    attached?.detach();
  }
}
