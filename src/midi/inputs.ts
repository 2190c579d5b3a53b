// Every MIDI input of the machine, plugged and unplugged at will, found through webmidi and routed to the target; and the outputs
// that are there. Bytes are read here: webmidi's own reading throws at messages that are none.
import { WebMidi, type Input } from 'webmidi';
import { farthestMs } from './heldEvents.ts';
import { Intake } from './intake.ts';
import { readMessage, type MidiMessage } from './message.ts';
import { readBytes } from './midiBytes.ts';
import type { MidiOut, OutPort } from './midiOut.ts';
import { PortPositions, type NamedPort } from './portPositions.ts';
import { openInput, type InputRules, type PortSettings } from './portSettings.ts';
import { numbered, profileName } from './profiles.ts';
import { MidiRouter, type ControlHandler, type RoutedPort } from './router.ts';
import type { MidiTarget } from './midiTarget.ts';

/**
 * A connected input.
 * @example
 * const names = inputs.map(({ name }: MidiInputInfo) => name);
 */
export interface MidiInputInfo {
  readonly id: string;
  /** The second of a name is `#2`. */
  readonly name: string;
  /** Name of the profile that keeps what was learned for it, and of its settings. */
  readonly device: string;
}

/**
 * What the page shows about MIDI.
 * @example
 * const { kind, inputs }: MidiState = state;
 */
export interface MidiState {
  /** 'absent': the browser has no Web MIDI; 'refused': the user or the system said no. */
  readonly kind: 'waiting' | 'absent' | 'refused' | 'ready';
  readonly inputs: readonly MidiInputInfo[];
}

/** One listened-to port. */
interface Attached {
  readonly input: Input;
  readonly device: string;
  readonly port: RoutedPort;
  /** As they were when it was looked at last. */
  rules: InputRules;
  readonly detach: () => void;
}

/** The parts of MIDIAccess that are used here. */
interface MidiAccess {
  readonly inputs: ReadonlyMap<string, { onmidimessage: ((event: BytesEvent) => void) | null }>;
  readonly outputs: ReadonlyMap<string, { send(bytes: readonly number[], ms: number): void }>;
  onstatechange: ((event: unknown) => void) | null;
}

/** What a port says. */
interface BytesEvent {
  readonly data?: unknown;
  readonly timeStamp: number;
}

/** What inputs stand on besides. */
export interface MidiInputsOptions {
  /** Which inputs are heard, and what of them. Default: all of all. */
  readonly settings?: PortSettings;
  /** Gets the outputs; what was sent and comes back is not heard. */
  readonly out?: MidiOut;
}

export type RequestMidiAccess = () => Promise<unknown>;

/** Listens to all channels of all inputs until closed. One at a time: webmidi keeps one access for the page. */
export class MidiInputs {
  readonly #intake = new Intake();
  readonly #router: MidiRouter;
  readonly #onState: (state: MidiState) => void;
  readonly #attached = new Map<string, Attached>();
  readonly #settings: PortSettings | undefined;
  readonly #out: MidiOut | undefined;
  readonly #inputPositions = new PortPositions();
  readonly #outputPositions = new PortPositions();
  /** By id; the same object as long as the port is there. */
  #outputs = new Map<string, OutPort>();
  #open = false;

  /**
   * @param target what is played
   * @param learn hears every control before the target does
   * @param onState told about permission and inputs
   */
  constructor(
    target: MidiTarget,
    learn: ControlHandler,
    onState: (state: MidiState) => void,
    { settings, out }: MidiInputsOptions = {},
  ) {
    this.#router = new MidiRouter(target, learn, () => settings?.doubled ?? false);
    this.#onState = onState;
    this.#settings = settings;
    this.#out = out;
    settings?.subscribe(() => {
      if (this.#open && WebMidi.enabled) this.#scan();
    });
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
      // One port that another program holds is no refusal: the others are there.
      if (!WebMidi.enabled) {
        this.#open = false;
        this.#onState({ kind: 'refused', inputs: [] });
        return;
      }
    }
    // The page may have been closed while the browser asked.
    if (!this.#open) return;
    // Not webmidi's own `connected` and `disconnected`: it drops reports whose `connection` is not the one that
    // it expects. Real devices report a change more than once, and their ports one by one: each report only
    // means "look again".
    const access = this.#access;
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
    this.#outputs.clear();
    this.#out?.setPorts([]);
  }

  /** Everything was silenced: what is held at the devices is over. */
  forgetHands(): void {
    this.#intake.giveUpNotes();
    this.#router.forgetHands();
  }

  get #access(): MidiAccess {
    return WebMidi.interface as unknown as MidiAccess;
  }

  #scan(): void {
    this.#scanOutputs();
    const present = WebMidi.inputs.filter((input) => input.state !== 'disconnected');
    const positions = this.#inputPositions.assign(present.map(named));
    const inputs = present.map((input) => {
      const position = positions.get(input.id);
      return {
        id: input.id,
        name: numbered(input.name || 'MIDI input', position ?? 1),
        device: profileName(input.manufacturer, input.name, position),
      };
    });
    const devices = new Map(inputs.map(({ id, device }) => [id, device]));
    const byId = new Map(present.map((input) => [input.id, input]));
    for (const [id, { input, device }] of [...this.#attached]) {
      if (byId.get(id) !== input || devices.get(id) !== device || !this.#rulesOf(device).on) this.#drop(id);
    }
    for (const [id, input] of byId) {
      const device = devices.get(id)!;
      const attached = this.#attached.get(id);
      const rules = this.#rulesOf(device);
      if (attached) {
        if (attached.rules !== rules) attached.port.letGo(performance.now());
        attached.rules = rules;
      } else if (rules.on) {
        this.#attached.set(id, this.#attach(input, device));
      } else {
        // webmidi would read what nobody hears.
        const raw = this.#access.inputs.get(id);
        if (raw) raw.onmidimessage = null;
      }
    }
    this.#onState({ kind: 'ready', inputs });
  }

  #rulesOf(device: string): InputRules {
    return this.#settings?.input(device) ?? openInput;
  }

  #scanOutputs(): void {
    if (!this.#out) return;
    const present = WebMidi.outputs.filter((output) => output.state !== 'disconnected');
    const positions = this.#outputPositions.assign(present.map(named));
    const ports = present.map(({ id, manufacturer, name }): [string, OutPort] => {
      const device = profileName(manufacturer, name, positions.get(id), 'MIDI output');
      const before = this.#outputs.get(id);
      if (before?.device === device) return [id, before];
      return [id, { device, send: (bytes, ms) => this.#access.outputs.get(id)?.send(bytes, ms) }];
    });
    this.#outputs = new Map(ports);
    this.#out.setPorts([...this.#outputs.values()]);
  }

  /** One listener for all kinds keeps their order as it came. */
  #attach(input: Input, device: string): Attached {
    const rules = this.#rulesOf(device);
    const port = this.#router.open(device, { rules: () => this.#rulesOf(device) });
    const raw = this.#access.inputs.get(input.id);
    const carryOut = (message: MidiMessage) => {
      if (this.#out) this.#out.carryOut(device, () => port.handle(message));
      else port.handle(message);
    };
    const hear = ({ data, timeStamp }: BytesEvent) => {
      // Some drivers stamp nothing, or by a clock of their own.
      const now = performance.now();
      const ms = timeStamp > 0 && timeStamp - now <= farthestMs ? timeStamp : now;
      for (const parsed of readBytes(data)) {
        const message = readMessage(parsed, ms);
        if (!message) continue;
        // Rather one echo too many than a key that hangs.
        if (this.#out?.isEcho(device, message) && !port.releases(message)) continue;
        this.#intake.take(input.id, message, carryOut);
      }
    };
    if (raw) raw.onmidimessage = hear;
    const detach = () => {
      if (raw?.onmidimessage === hear) raw.onmidimessage = null;
      this.#intake.flush();
      port.unplug(performance.now());
    };
    return { input, device, port, rules, detach };
  }

  #drop(id: string): void {
    const attached = this.#attached.get(id);
    this.#attached.delete(id);
    attached?.detach();
  }
}

/** A port as its name is counted. */
function named({ id, manufacturer, name }: Pick<Input, 'id' | 'manufacturer' | 'name'>): NamedPort {
  return { id, name: profileName(manufacturer, name) };
}
