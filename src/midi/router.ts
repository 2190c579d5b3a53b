// Messages of all ports to the target: parameter numbers, MPE, learned controls, clock, release when unplugged.
import {
  parameterById,
  parameterIds,
  positionOf,
  valueAt,
  valueOfController,
  type ParameterId,
} from '../contract/parameters.ts';
import { Zones } from '../instrument/performer/mpe.ts';
import type { ControlKind, ControlMove } from './bindings.ts';
import { ClockFollower } from './clock.ts';
import { ControlReader, type ControlEvent } from './controlReader.ts';
import type { MidiMessage } from './message.ts';
import { PortState, resetControllers } from './portState.ts';
import type { MidiTarget } from './target.ts';

/** Numbers of channel mode messages (MIDI 1.0); 124..127, the modes, also release all notes. */
const firstModeMessage = 120;
const localControl = 122;
const allNotesOff = 123;
/** Registered parameter numbers. */
const bendRangeNumber = 0;
const mpeConfigurationNumber = 6;
/** The third dimension of MPE (timbre): of one note on a member channel, of all notes on the master's. */
const timbreController = 74;
/** As far as MPE goes. */
const widestBendCents = 9600;
const mostMembers = 15;
/** A clock that was silent this long lets another port lead. */
const clockHandoverMs = 1000;

/** What decides about learned controls. */
export interface ControlHandler {
  /** True when the move was used up. */
  handle(move: ControlMove): boolean;
}

/** One open port. */
export interface RoutedPort {
  handle(message: MidiMessage): void;
  /** The device is gone: releases what it held. */
  unplug(ms: number): void;
}

/** The parameter of a non-registered number: its place in the table. */
export function parameterOfNrpn(number: number): ParameterId | undefined {
  return parameterIds[number];
}

/** Connects ports with a target. */
export class MidiRouter {
  readonly #target: MidiTarget;
  readonly #learn: ControlHandler;
  readonly #zones = new Zones();
  readonly #ports = new Map<RoutedPort, PortState>();
  /** Bend ranges in cents that registered numbers have set, by channel. */
  readonly #bendCents = new Map<number, number>();
  readonly #clock = new ClockFollower();
  #clockPort: RoutedPort | undefined;
  #lastTickMs = -Infinity;

  constructor(target: MidiTarget, learn: ControlHandler) {
    this.#target = target;
    this.#learn = learn;
  }

  /**
   * Opens a port.
   * @param device name of its profile
   */
  open(device: string): RoutedPort {
    const state = new PortState();
    const reader = new ControlReader();
    /** Keys that are learned controls: their note-offs are no note's. */
    const learnedKeys = new Set<number>();
    const port: RoutedPort = {
      handle: (message) => this.#handle(port, device, state, reader, learnedKeys, message),
      unplug: (ms) => {
        this.#ports.delete(port);
        if (this.#clockPort === port) this.#clockPort = undefined;
        learnedKeys.clear();
        state.letGo(this.#target, [...this.#ports.values()], ms);
      },
    };
    this.#ports.set(port, state);
    return port;
  }

  #handle(
    port: RoutedPort,
    device: string,
    state: PortState,
    reader: ControlReader,
    learnedKeys: Set<number>,
    message: MidiMessage,
  ): void {
    const target = this.#target;
    const { ms } = message;
    switch (message.type) {
      case 'noteOn': {
        const { channel, note, velocity } = message;
        if (this.#isLearned(device, channel, 'note', note, velocity)) {
          learnedKeys.add(channel * 128 + note);
          return;
        }
        state.press(channel, note);
        target.noteOn(channel, note, velocity, ms);
        return;
      }
      case 'noteOff': {
        const { channel, note, velocity } = message;
        if (learnedKeys.delete(channel * 128 + note)) return;
        state.release(channel, note);
        // The key goes up with the last device that holds it.
        for (const other of this.#ports.values()) if (other.holds(channel, note)) return;
        target.noteOff(channel, note, velocity, ms);
        return;
      }
      case 'bend': {
        const { channel, bend } = message;
        const data = bend < 0 ? 64 + 64 * bend : 64 + 63 * bend;
        if (this.#isLearned(device, channel, 'bend', 0, data)) return;
        state.bend(channel, bend);
        target.pitchBend(channel, bend, ms);
        return;
      }
      case 'pressure': {
        const { channel, data } = message;
        if (this.#isLearned(device, channel, 'pressure', 0, data)) return;
        state.pressure(channel, data);
        target.channelPressure(channel, data / 127, ms);
        return;
      }
      case 'polyPressure':
        target.polyPressure(message.channel, message.note, message.data / 127, ms);
        return;
      case 'program': {
        const { channel, data } = message;
        if (this.#isLearned(device, channel, 'program', 0, data)) return;
        target.programChange(channel, data, ms);
        return;
      }
      case 'control': {
        const { channel, controller, data } = message;
        if (controller >= firstModeMessage) {
          this.#mode(state, channel, controller, ms);
          return;
        }
        const event = reader.read(channel, controller, data);
        if (event) this.#control(device, state, event, ms);
        return;
      }
      case 'clock':
      case 'start':
      case 'stop':
      case 'continue':
      case 'position':
        this.#time(port, message);
    }
  }

  #isLearned(device: string, channel: number, kind: ControlKind, number: number, data: number): boolean {
    if (this.#belongsToNotes(channel, kind, number)) return false;
    return this.#learn.handle({ device, channel, kind, number, data });
  }

  /** In a zone of MPE these are a note's own movements, and no knob. */
  #belongsToNotes(channel: number, kind: ControlKind, number: number): boolean {
    if (kind === 'cc' || kind === 'cc14') {
      return number === timbreController && this.#zones.zoneOf(channel) !== undefined;
    }
    const isMember = this.#zones.masterOf(channel) !== undefined;
    return isMember && (kind === 'bend' || kind === 'pressure' || kind === 'note');
  }

  #mode(state: PortState, channel: number, controller: number, ms: number): void {
    if (controller === localControl) return;
    if (controller === resetControllers) state.resetControllers(channel);
    if (controller >= allNotesOff) state.releaseChannel(channel);
    this.#target.controlChange(channel, controller, 0, ms);
  }

  #control(device: string, state: PortState, event: ControlEvent, ms: number): void {
    const { channel } = event;
    switch (event.type) {
      case 'control': {
        const { controller, data, isFine } = event;
        if (this.#isLearned(device, channel, isFine ? 'cc14' : 'cc', controller, data)) return;
        state.control(channel, controller, data);
        this.#target.controlChange(channel, controller, data, ms);
        return;
      }
      case 'nrpn': {
        if (this.#isLearned(device, channel, 'nrpn', event.number, event.data)) return;
        const id = parameterOfNrpn(event.number);
        if (id) this.#target.setParameter(id, valueOfController(parameterById(id), event.data));
        return;
      }
      case 'rpn':
        if (event.number === bendRangeNumber) {
          this.#setBendRange(channel, event.coarse * 100 + Math.min(99, event.fine));
        } else if (event.number === mpeConfigurationNumber) {
          this.#configureMpe(channel, event.coarse);
        }
        return;
      case 'step':
        if (event.of === 'nrpn') this.#step(event.number, event.by);
        // RP-018: increments of the bend range are cents.
        else if (event.number === bendRangeNumber) {
          const before = this.#bendCents.get(channel) ?? 100 * this.#target.parameterValue('bendRange');
          this.#setBendRange(channel, Math.round(before) + event.by);
        }
    }
  }

  #setBendRange(channel: number, wantedCents: number): void {
    const cents = Math.min(widestBendCents, Math.max(0, wantedCents));
    this.#bendCents.set(channel, cents);
    this.#target.setBendRange(channel, Math.floor(cents / 100), cents % 100);
  }

  /**
   * Only the two masters configure; a new zone has the ranges that MPE names, so what was set before is
   * forgotten.
   */
  #configureMpe(channel: number, members: number): void {
    if ((channel !== 1 && channel !== 16) || members > mostMembers) return;
    const zone = channel === 1 ? 'lower' : 'upper';
    this.#zones.set(zone, members);
    this.#bendCents.clear();
    this.#target.setZone(zone, members);
  }

  /** A step is one of seven bits, or one choice. */
  #step(number: number, by: 1 | -1): void {
    const id = parameterOfNrpn(number);
    if (!id) return;
    const parameter = parameterById(id);
    const value = this.#target.parameterValue(id);
    const next = parameter.choices
      ? Math.min(parameter.max, Math.max(parameter.min, value + by))
      : valueAt(parameter, positionOf(parameter, value) + by / 127);
    this.#target.setParameter(id, next);
  }

  /** One port leads: two that pass the same clock on would double the tempo. */
  #time(port: RoutedPort, message: MidiMessage): void {
    const { ms } = message;
    const isFree = this.#clockPort === undefined || ms - this.#lastTickMs > clockHandoverMs;
    if (this.#clockPort !== port && !isFree) return;
    if (message.type === 'clock') {
      if (this.#clockPort !== port) this.#clock.reset();
      this.#clockPort = port;
      this.#lastTickMs = ms;
      const bpm = this.#clock.tick(ms);
      const { min, max } = parameterById('tempo');
      if (bpm !== undefined) this.#target.setTempo(Math.min(max, Math.max(min, bpm)));
    } else if (message.type === 'position') {
      this.#target.songPosition(message.quarters, ms);
    } else if (message.type === 'start' || message.type === 'stop' || message.type === 'continue') {
      this.#target.transport(message.type, ms);
    }
  }
}
