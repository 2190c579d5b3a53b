// What parameters, aftertouch and the soft pedal make of the kernel's parameters and of the common latent point.
import { parameterById, parameters, type ParameterId, type ParameterValues } from '../contract/parameters.ts';
import type { Hertz, Samples } from '../contract/units.ts';
import { voiceParametersOf, type VoiceParameters } from '../contract/voiceParameters.ts';
import type { ToKernel } from '../worklet/kernelProtocol.ts';
import type { BeatLine } from './beatClock.ts';
import type { Channels } from './channels.ts';
import type { DecodeScheduler } from './decodeScheduler.ts';
import { softBrightness } from './expression.ts';
import type { NoteModulation } from './noteModulation.ts';
import type { SoundingNotes } from './soundingNotes.ts';
import type { StyleLfo } from './styleLfo.ts';
import type { WordSlots } from './wordSlots.ts';

const knobRows = parameters.flatMap(({ id, knob }) => (knob === undefined ? [] : [{ id, knob }]));

/** What the feed stands on. */
export interface VoiceParameterFeedOptions {
  /** Read at every call. */
  readonly values: ParameterValues;
  readonly channels: Channels;
  readonly notes: SoundingNotes;
  readonly slots: WordSlots;
  readonly scheduler: DecodeScheduler;
  readonly modulation: NoteModulation;
  readonly lfo: StyleLfo;
  /** Directions of the bundle. */
  readonly directions: number;
  readonly send: (message: ToKernel) => void;
  readonly nowFrame: () => Samples;
  /** How the beat goes on that those follow who follow the tempo; undefined where there is none. */
  readonly lineAt: (time: Samples | undefined) => BeatLine | undefined;
  /** Of the frames. */
  readonly sampleRate: Hertz;
}

/** Where the slow oscillator stands that keeps to its own rate, since a transport began. */
interface FreeTurns {
  readonly frame: Samples;
  readonly turns: number;
  readonly hz: Hertz;
}

/** Sends what has changed, and nothing else. */
export class VoiceParameterFeed {
  readonly #options: VoiceParameterFeedOptions;
  #parameters: VoiceParameters | null = null;
  /** Latest frame that parameters were sent for. */
  #aheadFrame: Samples = 0;
  #knobs: readonly number[];
  #free: FreeTurns | null = null;

  constructor(options: VoiceParameterFeedOptions) {
    this.#options = options;
    this.#knobs = new Array<number>(options.directions).fill(0);
  }

  /** Something that counts here has changed. */
  update(time: Samples | undefined): void {
    const values = this.#effective();
    if (this.#placePoint(values)) this.#options.scheduler.move();
    this.#sendParameters(values, time);
  }

  /** Sends everything, to a kernel that knows nothing. */
  sendAll(): void {
    this.#parameters = null;
    this.update(undefined);
  }

  /** A transport begins at a frame: the slow oscillator starts with it, so that what is played again sounds the same again. */
  restartLfo(frame: Samples): void {
    const { hz = 0 } = this.#free ?? {};
    this.#free = { frame, turns: 0, hz };
    this.update(frame);
  }

  /** Puts the knobs where parameters and pressure want them. Returns whether they have moved. */
  #placePoint(values: ParameterValues): boolean {
    const knobs = this.#knobs.map(() => 0);
    for (const { id, knob } of knobRows) if (knob < knobs.length) knobs[knob] = values[id];
    if (knobs.every((amount, k) => amount === this.#knobs[k])) return false;
    this.#knobs = knobs;
    this.#options.slots.setKnobs(knobs);
    return true;
  }

  #sendParameters(values: ParameterValues, time: Samples | undefined): void {
    const parameters = this.#parametersAt(values, time);
    const before = this.#parameters;
    if (before && isSame(parameters, before)) return;
    this.#parameters = parameters;
    const { lfo, send, nowFrame } = this.#options;
    const at = time ?? nowFrame();
    lfo.setParameters(parameters, at);
    send({ type: 'parameters', parameters, ...(time === undefined ? {} : { frame: time }) });
    if (time !== undefined && time >= this.#aheadFrame) this.#aheadFrame = time;
    // Parameters that wait in the kernel are from before this change, and would undo it.
    const frame = this.#aheadFrame;
    if (frame <= at) return;
    const later = this.#parametersAt(values, frame);
    lfo.setParameters(later, frame);
    send({ type: 'parameters', parameters: later, frame });
  }

  #parametersAt(values: ParameterValues, time: Samples | undefined): VoiceParameters {
    const line = this.#options.lineAt(time);
    const parameters = voiceParametersOf(values, 60 / (line?.bpm ?? this.#options.values.tempo), line);
    return this.#withFreeTurns(parameters, values, time ?? this.#options.nowFrame());
  }

  /** Says where a slow oscillator of its own rate stands; before any transport the kernel alone knows. */
  #withFreeTurns(parameters: VoiceParameters, values: ParameterValues, at: Samples): VoiceParameters {
    const free = this.#free;
    if (!free || at < free.frame || values.lfoTo === 0 || values.lfoSync > 0) return parameters;
    const turnsAt = (frame: Samples) =>
      free.turns + ((frame - free.frame) * free.hz) / this.#options.sampleRate;
    // At another rate it goes on from where it stands.
    const now = parameters.lfoHz === free.hz ? free : { frame: at, turns: turnsAt(at), hz: parameters.lfoHz };
    this.#free = now;
    if (parameters.stutterTurns === null) {
      return { ...parameters, phaseFrame: now.frame, lfoTurns: now.turns };
    }
    // The stutter has said from which frame turns are counted.
    const lead = ((parameters.phaseFrame - now.frame) * now.hz) / this.#options.sampleRate;
    return { ...parameters, lfoTurns: now.turns + lead };
  }

  /** The values with what pressure and pedals add. */
  #effective(): ParameterValues {
    const { channels, notes, modulation } = this.#options;
    const values = { ...this.#options.values };
    const add = (id: ParameterId, amount: number) => {
      const { min, max } = parameterById(id);
      values[id] = Math.min(max, Math.max(min, values[id] + amount));
    };
    const aim = modulation.pressureParameter;
    if (aim) {
      const pressure = notes.all.reduce((most, note) => Math.max(most, note.polyPressure), channels.pressure);
      if (pressure > 0) add(aim.id, aim.amount * pressure);
    }
    if (channels.anySoft) add('brightness', softBrightness);
    return values;
  }
}

function isSame(a: VoiceParameters, b: VoiceParameters): boolean {
  for (const name in a)
    if (a[name as keyof VoiceParameters] !== b[name as keyof VoiceParameters]) return false;
  return true;
}
