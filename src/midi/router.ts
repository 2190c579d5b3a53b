// Messages of all ports to the target: parameter numbers, MPE, learned controls, clock, release when unplugged. Long, since
// every kind of message gets its meaning here.
import {
  parameterById,
  parameterOfNrpn,
  positionOf,
  valueAt,
  valueOfController,
} from '../contract/parameters.ts';
import { fastestBeat, slowestBeat } from '../performer/beatClock.ts';
import { memberBendRange, Zones } from '../performer/mpe.ts';
import type { ControlKind, ControlMove } from './bindings.ts';
import { ClockFollower } from './clock.ts';
import { ControlReader, type ControlEvent } from './controlReader.ts';
import type { Freedom } from './finePair.ts';
import { passes } from './inputFilter.ts';
import type { MidiMessage } from './message.ts';
import { openInput, type InputRules } from './portSettings.ts';
import { PortState, resetControllers } from './portState.ts';
import type { MidiTarget } from './midiTarget.ts';

/** Numbers of channel mode messages (MIDI 1.0); 124..127, the modes, also release all notes. */
const firstModeMessage = 120;
const localControl = 122;
const allNotesOff = 123;
/** Registered parameter numbers. */
const bendRangeNumber = 0;
const fineTuningNumber = 1;
const coarseTuningNumber = 2;
const mpeConfigurationNumber = 6;
/** The third dimension of MPE (timbre): of one note on a member channel, of all notes on the master's. */
const timbreController = 74;
/** As far as MPE goes. */
const widestBendCents = 9600;
const mostMembers = 15;
/** Fine tuning has 14 bits with no tuning in the middle and a semitone to either side (MIDI 1.0). */
const fineTuningCentre = 8192;
const mostFineTuning = 16_383;
/** Coarse tuning has 7 bits, a semitone each. */
const coarseTuningCentre = 64;
const mostCoarseTuning = 127;
const bankCoarse = 0;
const bankFine = 32;
/** A clock that was silent this long lets another port lead. */
const clockHandoverMs = 1000;
/** A sixteenth: so often is the beat told. */
const ticksPerBeat = 6;
/** Tempi this near are the same: half of what a clock tells. */
const sameTempoBpm = 0.05;
/** Two ports that pass one key on say so within this time. */
const doubledMs = 2;

/** What decides about learned controls. */
export interface ControlHandler {
  /**
   * True when the move was used up.
   * @param ms time stamp of the message
   */
  handle(move: ControlMove, ms: number): boolean;
  /** How free a controller 33..63 is to be the fine half of another; without it all are. */
  freedomOf?(device: string, channel: number, controller: number): Freedom;
  /** True while a parameter waits for a control. */
  isWaiting?(): boolean;
}

/** One open port. */
export interface RoutedPort {
  handle(message: MidiMessage): void;
  /** True for a message that ends what the port holds: it must not get lost. */
  releases(message: MidiMessage): boolean;
  /** Releases what it holds: its rules have changed. */
  letGo(ms: number): void;
  /** The device is gone: releases what it held. */
  unplug(ms: number): void;
}

/** The last note-on that counted of a key of a channel. */
interface Strike {
  readonly ms: number;
  /** Ports that have said it. */
  readonly ports: Set<RoutedPort>;
}

/** How a port is opened. */
export interface PortOptions {
  /** What is heard of it, as it is now. Default: everything. */
  readonly rules?: () => InputRules;
}

/** What the system says of time, in no channel. */
type TimeMessage = Extract<
  MidiMessage,
  { readonly type: 'clock' | 'start' | 'stop' | 'continue' | 'position' }
>;

/** Connects ports with a target. */
export class MidiRouter {
  readonly #target: MidiTarget;
  readonly #learn: ControlHandler;
  readonly #zones = new Zones();
  readonly #ports = new Map<RoutedPort, PortState>();
  /** By channel and note. */
  readonly #strikes = new Map<number, Strike>();
  readonly #isDoubled: () => boolean;
  /** Bend ranges in cents that registered numbers have set, by channel. */
  readonly #bendCents = new Map<number, number>();
  /** Tunings that registered numbers have set, by channel, as their data. */
  readonly #tunings = new Map<number, { fine: number; coarse: number }>();
  readonly #clock = new ClockFollower();
  /** The port whose clock leads, and when it was heard last. */
  #leader: { readonly port: RoutedPort; readonly heardMs: number } | undefined;
  /** Tempo of the clock, as it was told. */
  #clockBpm: number | undefined;
  /** Where `continue` goes on, quarter notes from the beginning of the song; undefined while it runs. */
  #songPlace: number | undefined = 0;
  /** Ticks of the clock until its tempo is compared with the instrument's. */
  #ticksToTempo = 0;
  /** Ticks of the clock until the target is told of the beat again. */
  #ticksToBeat = 0;
  #isFirstBeat = true;

  /** @param isDoubled true where the same note from two ports at once is one note */
  constructor(target: MidiTarget, learn: ControlHandler, isDoubled: () => boolean = () => false) {
    this.#target = target;
    this.#learn = learn;
    this.#isDoubled = isDoubled;
  }

  /**
   * Opens a port.
   * @param device name of its profile
   */
  open(device: string, { rules = () => openInput }: PortOptions = {}): RoutedPort {
    const state = new PortState();
    const learn = this.#learn;
    const reader = new ControlReader({
      freedomOf: (channel, controller) => learn.freedomOf?.(device, channel, controller) ?? 'free',
      isWaiting: () => learn.isWaiting?.() ?? false,
    });
    /** Keys that are learned controls: their note-offs are no note's. */
    const learnedKeys = new Set<number>();
    const letGo = (ms: number) => {
      // A clock that is heard as before goes on.
      const isHeard = this.#ports.has(port) && passes(rules(), { type: 'clock', ms });
      if (this.#leader?.port === port && !isHeard) this.#loseClock();
      for (const channel of state.tuned) this.#tunings.delete(channel);
      learnedKeys.clear();
      state.letGo(this.#target, othersOf(this.#ports, state), ms);
    };
    const port: RoutedPort = {
      handle: (message) => {
        const now = rules();
        if (!passes(now, message)) return;
        this.#handle(port, device, state, reader, learnedKeys, now.role !== 'controllers', message);
      },
      releases: (message) =>
        state.releases(message) ||
        (message.type === 'noteOff' && learnedKeys.has(message.channel * 128 + message.note)),
      letGo,
      unplug: (ms) => {
        this.#ports.delete(port);
        letGo(ms);
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
    playsNotes: boolean,
    message: MidiMessage,
  ): void {
    const target = this.#target;
    const { ms } = message;
    switch (message.type) {
      case 'noteOn': {
        const { channel, note, velocity } = message;
        if (this.#isLearned(device, channel, 'note', note, velocity, ms)) {
          learnedKeys.add(channel * 128 + note);
          return;
        }
        if (!playsNotes) return;
        state.press(channel, note);
        if (!this.#isDouble(port, channel * 128 + note, ms)) target.noteOn(channel, note, velocity, ms);
        return;
      }
      case 'noteOff': {
        const { channel, note, velocity } = message;
        const wasLearned = learnedKeys.delete(channel * 128 + note);
        // A key that was learned while it sounded has a note to end.
        if ((wasLearned && !state.holds(channel, note)) || !playsNotes) return;
        state.release(channel, note);
        // The key goes up with the last device that holds it.
        for (const other of this.#ports.values()) if (other.holds(channel, note)) return;
        target.noteOff(channel, note, velocity, ms);
        return;
      }
      case 'bend': {
        const { channel, bend } = message;
        const data = bend < 0 ? 64 + 64 * bend : 64 + 63 * bend;
        if (this.#isLearned(device, channel, 'bend', 0, data, ms)) {
          // Bound while it was held: what it says from now on goes elsewhere.
          state.letGoOfBend(channel, target, ms);
          return;
        }
        state.bend(channel, bend);
        target.pitchBend(channel, bend, ms);
        return;
      }
      case 'pressure': {
        const { channel, data } = message;
        if (this.#isLearned(device, channel, 'pressure', 0, data, ms)) {
          state.letGoOfPressure(channel, target, ms);
          return;
        }
        state.pressure(channel, data);
        target.channelPressure(channel, data / 127, ms);
        return;
      }
      case 'polyPressure':
        if (playsNotes) target.polyPressure(message.channel, message.note, message.data / 127, ms);
        return;
      case 'program': {
        const { channel, data } = message;
        if (this.#isLearned(device, channel, 'program', 0, data, ms)) return;
        target.programChange(channel, data, ms, state.bank(channel));
        return;
      }
      case 'control': {
        const { channel, controller, data } = message;
        if (controller >= firstModeMessage) {
          this.#mode(state, channel, controller, ms);
          return;
        }
        const event = reader.read(channel, controller, data, ms);
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

  /** Everything was silenced: what the ports held before is over, and a key that one of them never lets go holds up no other. */
  forgetHands(): void {
    for (const state of this.#ports.values()) state.forgetHands();
    this.#strikes.clear();
  }

  /** True where another port has struck the same key just now; each port counts once for a strike. */
  #isDouble(port: RoutedPort, key: number, ms: number): boolean {
    if (!this.#isDoubled()) return false;
    const strike = this.#strikes.get(key);
    if (strike && !strike.ports.has(port) && Math.abs(ms - strike.ms) <= doubledMs) {
      strike.ports.add(port);
      return true;
    }
    this.#strikes.set(key, { ms, ports: new Set([port]) });
    return false;
  }

  #isLearned(
    device: string,
    channel: number,
    kind: ControlKind,
    number: number,
    data: number,
    ms: number,
  ): boolean {
    if (this.#belongsToNotes(channel, kind, number)) return false;
    return this.#learn.handle({ device, channel, kind, number, data }, ms);
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
        if (this.#isLearned(device, channel, isFine ? 'cc14' : 'cc', controller, data, ms)) {
          state.letGoOfController(channel, controller, this.#target, othersOf(this.#ports, state), ms);
          return;
        }
        if (controller === bankCoarse || controller === bankFine) {
          state.selectBank(channel, controller === bankCoarse ? 'coarse' : 'fine', data);
          return;
        }
        state.control(channel, controller, data);
        this.#target.controlChange(channel, controller, data, ms);
        return;
      }
      case 'nrpn': {
        if (this.#isLearned(device, channel, 'nrpn', event.number, event.data, ms)) return;
        const parameter = parameterOfNrpn(event.number);
        if (parameter) this.#target.setParameter(parameter.id, valueOfController(parameter, event.data), ms);
        return;
      }
      case 'rpn':
        this.#register(state, event, ms);
        return;
      case 'step':
        if (
          this.#learn.handle(
            { device, channel, kind: event.of, number: event.number, data: 0, steps: event.by },
            ms,
          )
        )
          return;
        if (event.of === 'nrpn') this.#step(event.number, event.by, ms);
        else this.#stepRegistered(state, event, ms);
    }
  }

  #register(
    state: PortState,
    { channel, number, coarse, fine }: Extract<ControlEvent, { type: 'rpn' }>,
    ms: number,
  ): void {
    switch (number) {
      case bendRangeNumber:
        return this.#setBendRange(channel, coarse * 100 + Math.min(99, fine), ms);
      case fineTuningNumber:
        return this.#tune(state, channel, { fine: coarse * 128 + fine }, ms);
      case coarseTuningNumber:
        return this.#tune(state, channel, { coarse }, ms);
      case mpeConfigurationNumber:
        return this.#configureMpe(channel, coarse, ms);
    }
  }

  /** RP-018 says what a step of each number is: a cent of the bend range, the finest of fine tuning, a semitone. */
  #stepRegistered(
    state: PortState,
    { channel, number, by }: Extract<ControlEvent, { type: 'step' }>,
    ms: number,
  ): void {
    const { fine, coarse } = this.#tuningOf(channel);
    switch (number) {
      case bendRangeNumber: {
        const isMember = this.#zones.masterOf(channel) !== undefined;
        const first = isMember ? memberBendRange : this.#target.parameterValue('bendRange');
        const before = this.#bendCents.get(channel) ?? Math.round(100 * first);
        return this.#setBendRange(channel, before + by, ms);
      }
      case fineTuningNumber:
        return this.#tune(state, channel, { fine: Math.min(mostFineTuning, Math.max(0, fine + by)) }, ms);
      case coarseTuningNumber:
        return this.#tune(
          state,
          channel,
          { coarse: Math.min(mostCoarseTuning, Math.max(0, coarse + by)) },
          ms,
        );
    }
  }

  #setBendRange(channel: number, wantedCents: number, ms: number): void {
    const cents = Math.min(widestBendCents, Math.max(0, wantedCents));
    const master = this.#zones.masterOf(channel);
    for (let other = 1; other <= 16; other++) {
      // Members of a zone have one range.
      const isMeant = other === channel || (master !== undefined && this.#zones.masterOf(other) === master);
      if (isMeant) this.#bendCents.set(other, cents);
    }
    this.#target.setBendRange(channel, Math.floor(cents / 100), cents % 100, ms);
  }

  #tuningOf(channel: number): { fine: number; coarse: number } {
    return this.#tunings.get(channel) ?? { fine: fineTuningCentre, coarse: coarseTuningCentre };
  }

  #tune(state: PortState, channel: number, change: { fine?: number; coarse?: number }, ms: number): void {
    const tuning = { ...this.#tuningOf(channel), ...change };
    this.#tunings.set(channel, tuning);
    state.tune(channel);
    this.#tellTuning(channel, tuning, ms);
  }

  #tellTuning(channel: number, { fine, coarse }: { fine: number; coarse: number }, ms: number): void {
    const semitones = coarse - coarseTuningCentre + (fine - fineTuningCentre) / fineTuningCentre;
    this.#target.setChannelTuning(channel, semitones, ms);
  }

  /** Tells a target that begins anew the zones, bend ranges and tunings that devices have set: they say them once. */
  retell(ms: number): void {
    for (const zone of ['lower', 'upper'] as const) {
      const members = this.#zones.members(zone);
      if (members > 0) this.#target.setZone(zone, members, ms);
    }
    for (const [channel, cents] of this.#bendCents) {
      this.#target.setBendRange(channel, Math.floor(cents / 100), cents % 100, ms);
    }
    for (const [channel, tuning] of this.#tunings) this.#tellTuning(channel, tuning, ms);
  }

  /**
   * Only the two masters configure; a new zone has the ranges that MPE names, so what was set before is
   * forgotten.
   */
  #configureMpe(channel: number, members: number, ms: number): void {
    if ((channel !== 1 && channel !== 16) || members > mostMembers) return;
    const zone = channel === 1 ? 'lower' : 'upper';
    this.#zones.set(zone, members);
    this.#bendCents.clear();
    this.#target.setZone(zone, members, ms);
  }

  /** A step is one of seven bits, or one choice. */
  #step(number: number, by: 1 | -1, ms: number): void {
    const parameter = parameterOfNrpn(number);
    if (!parameter) return;
    const value = this.#target.parameterValue(parameter.id);
    const next = parameter.choices
      ? Math.min(parameter.max, Math.max(parameter.min, value + by))
      : valueAt(parameter, positionOf(parameter, value) + by / 127);
    this.#target.setParameter(parameter.id, next, ms);
  }

  /** One port leads: two that pass the same clock on would double the tempo. */
  #time(port: RoutedPort, message: TimeMessage): void {
    const { ms } = message;
    if (this.#leader && this.#leader.port !== port) {
      const isSilent = ms - this.#leader.heardMs > clockHandoverMs;
      // Many keyboards tick all day: while no song runs, whoever begins one is meant.
      const begins = message.type !== 'clock' && message.type !== 'stop' && !this.#clock.isRunning;
      if (!isSilent && !begins) return;
      this.#loseClock();
      if (begins) this.#lead(port, ms);
    }
    switch (message.type) {
      case 'clock':
        this.#lead(port, ms);
        this.#tellTempo(this.#clock.tick(ms), ms);
        this.#tellBeat();
        return;
      case 'position':
        this.#songPlace = message.quarters;
        this.#target.songPosition(message.quarters, ms);
        return;
      case 'start':
        this.#run(message.type, 0, ms);
        return;
      case 'continue':
        // A song that runs goes on already.
        if (this.#songPlace !== undefined) this.#run(message.type, this.#songPlace, ms);
        return;
      case 'stop':
        this.#rest();
        this.#target.transport('stop', ms);
    }
  }

  #lead(port: RoutedPort, ms: number): void {
    this.#leader = { port, heardMs: ms };
  }

  /** The port that led is gone, or another takes its place. */
  #loseClock(): void {
    this.#rest();
    this.#leader = undefined;
    this.#clock.reset();
    this.#clockBpm = undefined;
  }

  #run(action: 'start' | 'continue', quarters: number, ms: number): void {
    this.#clock.run(quarters);
    this.#songPlace = undefined;
    this.#ticksToBeat = 0;
    this.#isFirstBeat = true;
    this.#target.transport(action, ms);
  }

  #rest(): void {
    this.#songPlace = this.#clock.halt() ?? this.#songPlace;
  }

  /** A new tempo at once; a sixteenth later it is said again where a preset or a knob has moved it since. */
  #tellTempo(news: number | undefined, ms: number): void {
    if (news !== undefined) {
      const { min, max } = parameterById('tempo');
      this.#clockBpm = Math.min(max, Math.max(min, news));
    } else {
      if (this.#clockBpm === undefined || !this.#clock.knowsTempo || this.#ticksToTempo-- > 0) return;
      const away = this.#target.parameterValue('tempo') - this.#clockBpm;
      if (Math.abs(away) < sameTempoBpm) return;
    }
    this.#ticksToTempo = ticksPerBeat - 1;
    this.#target.setTempo(this.#clockBpm, ms);
  }

  /** The first beat says where the song stands; later ones, a few a quarter, only correct that. */
  #tellBeat(): void {
    const { beat } = this.#clock;
    if (!beat || this.#ticksToBeat-- > 0) return;
    this.#ticksToBeat = ticksPerBeat - 1;
    const { quarters, ms, bpm = this.#target.parameterValue('tempo') } = beat;
    // Ticks of other distances are no clock.
    if (!(bpm >= slowestBeat && bpm <= fastestBeat)) return;
    this.#target.beat(quarters, bpm, ms, !this.#isFirstBeat);
    this.#isFirstBeat = false;
  }
}

/** What the other ports hold. */
function othersOf(ports: ReadonlyMap<RoutedPort, PortState>, state: PortState): PortState[] {
  return [...ports.values()].filter((other) => other !== state);
}
