// What is played, sent to a chosen MIDI output: notes, controllers, clock. Whatever went down goes up again: when the output
// changes or goes, when sending is switched off, when the page is left.
import type { Played } from '../performer/played.ts';
import { ClockOut } from './clockOut.ts';
import { EchoGuard } from './echoGuard.ts';
import { bytesOf, type OutMessage } from './midiBytes.ts';
import type { MidiMessage } from './message.ts';
import type { TransportAction } from './midiTarget.ts';
import type { OutputRules, PortSettings } from './portSettings.ts';
import { PortState, resetControllers, type LetGoTarget } from './portState.ts';
import { SendOrder, type ChannelMessage } from './sendOrder.ts';

/** Parameters are moved by the controllers of this channel. */
const parameterChannel = 1;
const portChannels = 16;
/** Channel mode messages that end a channel's sound, and release its keys (MIDI 1.0). */
const [allSoundOff, allNotesOff] = [120, 123];
/** Release velocity of keys that nobody lets go by hand. */
const plainRelease = 64;
/** Ticks at rest are told next to nothing ahead: as evenly as this. A song's are told ahead. */
const clockTickMs = 4;

/** An output that is there. */
export interface OutPort {
  /** Name with position, as inputs have it. */
  readonly device: string;
  /** @param ms when it leaves, on the clock of performance.now(); a time that has passed is at once */
  send(bytes: readonly number[], ms: number): void;
}

/** What sending stands on. */
export interface MidiOutOptions {
  readonly settings: PortSettings;
  /** performance.now(). */
  readonly nowMs: () => number;
  /** The tempo at rest, quarter notes a minute. */
  readonly tempo: () => number;
  /** Calls `tick` so often until the returned function is called. */
  readonly startTicks: (tick: () => void, milliseconds: number) => () => void;
}

/** Sends to one output at a time. Times are milliseconds of performance.now(), absent for now. */
export class MidiOut {
  readonly #options: MidiOutOptions;
  readonly #guard = new EchoGuard();
  readonly #clock: ClockOut;
  readonly #letGo: LetGoTarget;
  #ports: readonly OutPort[] = [];
  #port: OutPort | undefined;
  #rules: OutputRules;
  /** Pedals, bends, pressures and expression that the output holds. */
  #state = new PortState();
  /** Keys that are down there, or will be, by their channel. */
  readonly #down = new Map<number, { readonly channel: number; readonly note: number }>();
  #order = new SendOrder();
  /** Data of parameters' controllers as sent last. */
  readonly #data = new Map<number, number>();
  /** The input whose message is being carried out. */
  #from: string | undefined;
  #stopTicks: (() => void) | undefined;
  readonly #stopSettings: () => void;

  constructor(options: MidiOutOptions) {
    this.#options = options;
    this.#rules = options.settings.output;
    this.#clock = new ClockOut((message, ms) => this.#send(message, ms), options.tempo);
    this.#letGo = {
      noteOff: (channel, note) => this.#noteOff(channel, note, plainRelease),
      controlChange: (channel, controller, data) => this.#control(channel, controller, data),
      pitchBend: (channel, bend) => this.#inOrder({ type: 'bend', channel, bend }),
      channelPressure: (channel, pressure) =>
        this.#inOrder({ type: 'pressure', channel, data: 127 * pressure }),
      setChannelTuning: () => undefined,
    };
    this.#stopSettings = options.settings.subscribe(() => this.#follow());
  }

  /** Names of the outputs that are there. */
  get devices(): readonly string[] {
    return this.#ports.map(({ device }) => device);
  }

  /** Outputs have come or gone. */
  setPorts(ports: readonly OutPort[]): void {
    this.#ports = ports;
    this.#follow();
  }

  /** Carries out a message of an input: what a hand plays there is not sent back to it. */
  carryOut(device: string, act: () => void): void {
    const before = this.#from;
    this.#from = device;
    try {
      act();
    } finally {
      this.#from = before;
    }
  }

  /** True for a message of an input that was sent from here, and has come back. */
  isEcho(device: string, message: MidiMessage): boolean {
    const port = this.#port;
    if (!port) return false;
    return this.#guard.isEcho(message, message.ms, device, device === port.device, this.#rules.clock);
  }

  /** Something is played. */
  played(event: Played, ms: number | undefined): void {
    const { notes, controllers } = this.#rules;
    // An output has the channels of one port; those of a song's further ports come together there.
    const channel = ((event.channel - 1) % portChannels) + 1;
    const isOwn = this.#isOwn;
    const passesOn = controllers && !isOwn;
    switch (event.type) {
      case 'noteOn':
        if (notes && !(isOwn && event.byHand)) this.#noteOn(channel, event.note, event.velocity, ms);
        return;
      case 'noteOff':
        return this.#noteOff(channel, event.note, event.velocity, ms);
      case 'control':
        if (passesOn) this.#control(channel, event.controller, event.data, ms);
        return;
      case 'bend':
        if (!passesOn) return;
        this.#state.bend(channel, event.bend);
        return this.#inOrder({ type: 'bend', channel, bend: event.bend }, ms);
      case 'pressure':
        if (!passesOn) return;
        this.#state.pressure(channel, event.pressure);
        return this.#inOrder({ type: 'pressure', channel, data: 127 * event.pressure }, ms);
      case 'polyPressure':
        if (!passesOn) return;
        return this.#inOrder(
          { type: 'polyPressure', channel, note: event.note, data: 127 * event.pressure },
          ms,
        );
    }
  }

  /**
   * A parameter was moved, by a hand or a gesture.
   * @param controller the controller that moves it
   * @param data 0..127, with fractions
   */
  parameter(controller: number, data: number): void {
    const rounded = Math.round(data);
    if (!this.#rules.controllers || this.#data.get(controller) === rounded) return;
    this.#data.set(controller, rounded);
    if (this.#isOwn) return;
    this.#state.control(parameterChannel, controller, rounded);
    this.#inOrder({ type: 'control', channel: parameterChannel, controller, data: rounded });
  }

  transport(action: TransportAction, ms: number | undefined): void {
    this.#clock.transport(action, ms ?? this.#options.nowMs());
  }

  /** See `MidiTarget.beat`. */
  beat(quarters: number, bpm: number, ms: number | undefined, isMeasured: boolean): void {
    this.#clock.beat(quarters, bpm, ms ?? this.#options.nowMs(), isMeasured);
  }

  songPosition(quarters: number): void {
    this.#clock.songPosition(quarters, this.#options.nowMs());
  }

  /** The page is left: nothing goes on sounding or running. */
  leave(): void {
    this.silence();
    if (this.#stopTicks) this.#clock.leave(this.#options.nowMs());
  }

  /** Lets everything go that the output holds. */
  silence(): void {
    for (const { channel, note } of [...this.#down.values()]) this.#noteOff(channel, note, plainRelease);
    this.#letGoControllers();
  }

  /** Ends all that sounds at the output, whoever began it, as far as anything but the clock is sent there. */
  panic(): void {
    this.silence();
    if (!this.#rules.notes && !this.#rules.controllers) return;
    for (let channel = 1; channel <= portChannels; channel++) {
      for (const controller of [allSoundOff, allNotesOff]) {
        this.#inOrder({ type: 'control', channel, controller, data: 0 });
      }
    }
  }

  /** Ends sending. */
  close(): void {
    this.leave();
    this.#stopTicks?.();
    this.#stopTicks = undefined;
    this.#port = undefined;
    this.#stopSettings();
  }

  /** True while what is carried out came from the output's own device. */
  get #isOwn(): boolean {
    return this.#from !== undefined && this.#from === this.#port?.device;
  }

  /** Other outputs, or other rules. */
  #follow(): void {
    const rules = this.#options.settings.output;
    const port = this.#ports.find(({ device }) => device === rules.device);
    const isOther = port !== this.#port;
    if (isOther || (this.#rules.notes && !rules.notes)) this.silence();
    else if (this.#rules.controllers && !rules.controllers) this.#letGoControllers();
    const { startTicks, nowMs } = this.#options;
    const hadClock = this.#stopTicks !== undefined;
    const hasClock = port !== undefined && rules.clock;
    if (hadClock && (isOther || !hasClock)) this.#clock.leave(nowMs());
    this.#rules = rules;
    if (isOther) {
      this.#port = port;
      this.#state = new PortState();
      this.#order = new SendOrder();
      this.#guard.clear();
    }
    if (hasClock && (isOther || !hadClock)) this.#clock.join(nowMs(), isOther);
    if (hasClock === hadClock) return;
    this.#stopTicks?.();
    this.#stopTicks = hasClock ? startTicks(() => this.#clock.advance(nowMs()), clockTickMs) : undefined;
  }

  /** Keys that are down stay down. */
  #letGoControllers(): void {
    this.#state.letGo(this.#letGo, [], this.#options.nowMs());
    this.#data.clear();
  }

  #control(channel: number, controller: number, data: number, ms?: number): void {
    if (controller === resetControllers) {
      this.#state.resetControllers(channel);
      // Parameters stand otherwise there than they were sent.
      if (channel === parameterChannel) this.#data.clear();
    }
    this.#state.control(channel, controller, data);
    this.#inOrder({ type: 'control', channel, controller, data }, ms);
  }

  #noteOn(channel: number, note: number, velocity: number, ms?: number): void {
    if (!this.#port) return;
    // A key that is struck anew while it is down.
    this.#noteOff(channel, note, plainRelease, ms);
    this.#down.set(channel * 128 + note, { channel, note });
    this.#inOrder({ type: 'noteOn', channel, note, velocity: Math.max(1, velocity) }, ms);
  }

  /** Not before the key goes down, which may lie ahead. */
  #noteOff(channel: number, note: number, velocity: number, ms?: number): void {
    if (this.#down.delete(channel * 128 + note)) {
      this.#inOrder({ type: 'noteOff', channel, note, velocity }, ms);
    }
  }

  #inOrder(message: ChannelMessage, ms = this.#options.nowMs()): void {
    if (this.#port) this.#send(message, this.#order.timeOf(message, ms));
  }

  #send(message: OutMessage, ms: number): void {
    const port = this.#port;
    if (!port) return;
    const isOfClock = !('channel' in message);
    if (isOfClock && !this.#rules.clock) return;
    // What is asked for too late leaves now.
    this.#guard.sent(message, Math.max(ms, this.#options.nowMs()));
    try {
      port.send(bytesOf(message), ms);
    } catch {
      // It was pulled out a moment ago: the next look at the ports finds that.
    }
  }
}
