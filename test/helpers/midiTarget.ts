// A target of the MIDI layer that writes down what it is told, and keeps parameters.
import { defaultValues, type ParameterId } from '../../src/contract/parameters.ts';
import { MidiLearn } from '../../src/midi/learn.ts';
import type { TextStore } from '../../src/midi/profiles.ts';
import type { MidiTarget } from '../../src/midi/midiTarget.ts';

export interface RecordingTarget extends MidiTarget {
  /** Calls as `[method, ...arguments]`. */
  readonly calls: unknown[][];
  readonly values: Record<ParameterId, number>;
}

/** Makes one, with every parameter at its default. */
export function recordingTarget(): RecordingTarget {
  const calls: unknown[][] = [];
  const values = defaultValues();
  const record =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  return {
    calls,
    values,
    noteOn: record('noteOn'),
    noteOff: record('noteOff'),
    pitchBend: record('pitchBend'),
    channelPressure: record('channelPressure'),
    polyPressure: record('polyPressure'),
    controlChange: record('controlChange'),
    programChange: record('programChange'),
    setBendRange: record('setBendRange'),
    setChannelTuning: record('setChannelTuning'),
    setZone: record('setZone'),
    zoneMembers: () => 0,
    restoreChannel: record('restoreChannel'),
    beat: record('beat'),
    transport: record('transport'),
    songPosition: record('songPosition'),
    parameterValue: (id) => values[id],
    setTempo: (bpm, ms) => {
      values.tempo = bpm;
      calls.push(['setTempo', bpm, ms]);
    },
    setParameter: (id, value, ms) => {
      values[id] = value;
      calls.push(['setParameter', id, value, ms]);
    },
  };
}

/** A store in memory; `fault` makes it refuse to write. */
export function memoryStore(content: Record<string, string> = {}) {
  const kept = new Map(Object.entries(content));
  const store = {
    kept,
    fault: '',
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (store.fault) throw new Error(store.fault);
      kept.set(key, value);
    },
  };
  return store;
}

/** Learning that moves a target's parameters. */
export function learnOf(target: MidiTarget, store: TextStore): MidiLearn {
  return new MidiLearn({
    store,
    setParameter: (id, value, ms = 0) => target.setParameter(id, value, ms),
    parameterValue: (id) => target.parameterValue(id),
  });
}
