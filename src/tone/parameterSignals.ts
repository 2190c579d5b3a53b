// Parameters as signals of Tone's: made when one is first asked for, and read in the audio worklet.
import { Sampler, Signal, type BaseContext, type Unit } from 'tone';
import type { Instrument, InstrumentOptions } from 'tone/build/esm/instrument/Instrument.js';
import { parameters, type Parameter, type ParameterId } from '../contract/parameters.ts';
import { NativeBridge } from './nativeBridge.ts';
import type { SignalReader } from './signalReader.ts';

/** Share of a parameter's range that nobody hears: it is not told of. */
const unheard = 1e-5;

/** Rows that move: choices stand at one of their names. */
export const signalRows: readonly Parameter[] = parameters.filter(({ curve }) => curve !== 'choice');

/** `digit` says a digit; the parameter is `signal('digit')`. */
type NamedSignal = Exclude<ParameterId, 'digit'>;

/**
 * A parameter as a property: a signal in the parameter's unit.
 * @example
 * const voice = new Numvox('Choir').toDestination();
 * voice.brightness.rampTo(6, 2);
 */
export type SignalProperties = { readonly [Id in NamedSignal]: Signal<Unit.UnitName> };

/** Cents that all notes are moved by, besides the table's parameters. */
export const detune = { id: 'detune', min: -4800, max: 4800, defaultValue: 0 } as const;
export type SignalId = ParameterId | typeof detune.id;

/** Number of a signal's input. */
function indexOfSignal(id: SignalId): number {
  return id === detune.id ? signalRows.length : signalRows.findIndex((row) => row.id === id);
}
export const signalCount = signalRows.length + 1;

/** The row of a signal's number. */
export function rowOfSignal(index: number): Parameter | typeof detune {
  return signalRows[index] ?? detune;
}

function unitsOf({ unit, min, max }: Parameter): Unit.UnitName {
  if (unit === 's') return 'time';
  if (unit === 'Hz') return 'frequency';
  if (unit === 'bpm') return 'bpm';
  return min === 0 && max === 1 ? 'normalRange' : 'number';
}

/** What signals stand on. */
export interface SignalsOptions {
  readonly context: BaseContext;
  /** What is behind the instrument, for the ponyfill to find the signals from its destination. */
  readonly output: AudioNode;
  /** Where a parameter stands now. */
  readonly valueOf: (id: SignalId) => number;
}

interface Followed {
  readonly signal: Signal<Unit.UnitName>;
  readonly bridge: NativeBridge;
  /** Where it stood when it was made. */
  readonly start: number;
}

/** The signals of one instrument. */
export class ParameterSignals {
  readonly #options: SignalsOptions;
  readonly #made = new Map<SignalId, Followed>();
  #unheard: GainNode | null = null;
  #reader: SignalReader | null = null;
  /** Makes the reader, once there is something to read. */
  #makeReader: (() => SignalReader) | null = null;

  constructor(options: SignalsOptions) {
    this.#options = options;
  }

  /** Reads signals from now on. */
  begin(makeReader: () => SignalReader): void {
    this.#makeReader = makeReader;
    for (const [id, followed] of this.#made) this.#follow(id, followed);
  }

  /** The signal of a parameter. @param id of a row of `signalRows`, or detune */
  get(id: SignalId): Signal<Unit.UnitName> {
    const found = this.#made.get(id);
    if (found) return found.signal;
    const { context, valueOf } = this.#options;
    const row = rowOfSignal(indexOfSignal(id));
    const start = valueOf(id);
    const signal = new Signal<Unit.UnitName>({
      context,
      value: start,
      units: row === detune ? 'cents' : unitsOf(row as Parameter),
      // What is connected takes the place of the value, which Tone sets to 0 for that.
      minValue: Math.min(0, row.min),
      maxValue: row.max,
    });
    const followed = { signal, bridge: this.#bridge(signal), start };
    this.#made.set(id, followed);
    this.#follow(id, followed);
    return signal;
  }

  #bridge(signal: Signal<Unit.UnitName>): NativeBridge {
    const { context, output } = this.#options;
    const bridge = new NativeBridge(context, false);
    signal.connect(bridge.node);
    if (bridge.isPonyfill) {
      // Offline the ponyfill renders what it finds on the way back from the destination.
      this.#unheard ??= this.#makeUnheard(context, output);
      bridge.node.connect(this.#unheard);
    }
    return bridge;
  }

  #makeUnheard(context: BaseContext, output: AudioNode): GainNode {
    const gain = context.createGain();
    gain.gain.value = 0;
    gain.connect(output);
    return gain;
  }

  #follow(id: SignalId, { bridge, start }: Followed): void {
    if (!this.#makeReader) return;
    this.#reader ??= this.#makeReader();
    const index = indexOfSignal(id);
    const { min, max } = rowOfSignal(index);
    this.#reader.follow(index, bridge.native, start, unheard * (max - min));
  }

  /** A parameter was set in another way: its signal stands there, too, unless something is connected to it. */
  moved(id: SignalId, value: number): void {
    const signal = this.#made.get(id)?.signal;
    if (signal && !signal.overridden && Number(signal.value) !== value) signal.value = value;
  }

  /** Offline: reads all of them as they are. */
  async read(): Promise<void> {
    await this.#reader?.read();
  }

  /** Takes signals and reader apart. */
  async dispose(): Promise<void> {
    for (const { signal, bridge } of this.#made.values()) {
      stopSource(signal);
      signal.dispose();
      bridge.dispose();
    }
    this.#made.clear();
    this.#unheard?.disconnect();
    await this.#reader?.close();
  }
}

/** Tone (15.5) lets the source of a signal play on for ever once that is disposed of, and with it all that is connected. */
function stopSource({ output }: Signal<Unit.UnitName>): void {
  const source: unknown = Reflect.get(output, '_source');
  if (typeof source !== 'object' || source === null || !('stop' in source)) return;
  (source as ConstantSourceNode).stop();
}

type SignalInstrument = abstract new (
  options?: Partial<InstrumentOptions>,
) => Instrument<InstrumentOptions> & SignalProperties;

/**
 * Tone's own base of instruments with a property for each parameter; `addSignalProperties` puts them there. Tone's index does not name it,
 * but that is the one module that is the host's own copy, however the host gets it.
 */
export const InstrumentWithSignals = Object.getPrototypeOf(Sampler) as SignalInstrument;

/** Puts a property for each parameter on the prototype of an instrument. */
export function addSignalProperties(prototype: { signal(id: string): Signal<Unit.UnitName> }): void {
  for (const { id } of signalRows) {
    if (id === 'digit') continue;
    Object.defineProperty(prototype, id, {
      configurable: true,
      enumerable: true,
      get(this: { signal(id: string): Signal<Unit.UnitName> }) {
        return this.signal(id);
      },
    });
  }
}
