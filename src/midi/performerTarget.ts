// The performer as the target of MIDI: time stamps become context frames.
import type { ParameterId } from '../contract/parameters.ts';
import type { Samples } from '../contract/units.ts';
import type { Performer } from '../instrument/performer.ts';
import type { MidiTarget } from './target.ts';

/** What stands between time stamps, parameters and the performer. */
export interface PerformerTargetOptions {
  readonly performer: Performer;
  /** Context frame of a time stamp in milliseconds, or undefined for now. */
  readonly frameOf: (ms: number) => Samples | undefined;
  /** Where parameters go first, for undo and the page; without it straight to the performer. */
  readonly setParameter?: (id: ParameterId, value: number) => void;
}

/**
 * Plays a performer by MIDI. `continue` and song positions say nothing to it: lyrics and arpeggio go on from
 * where they are.
 */
export function performerTarget({ performer, frameOf, setParameter }: PerformerTargetOptions): MidiTarget {
  return {
    noteOn: (channel, note, velocity, ms) => performer.noteOn(channel, note, velocity, frameOf(ms)),
    noteOff: (channel, note, velocity, ms) => performer.noteOff(channel, note, velocity, frameOf(ms)),
    pitchBend: (channel, bend, ms) => performer.pitchBend(channel, bend, frameOf(ms)),
    channelPressure: (channel, pressure, ms) => performer.channelPressure(channel, pressure, frameOf(ms)),
    polyPressure: (channel, note, pressure, ms) =>
      performer.polyPressure(channel, note, pressure, frameOf(ms)),
    controlChange: (channel, controller, data, ms) =>
      performer.controlChange(channel, controller, data, frameOf(ms)),
    programChange: (channel, program, ms) => performer.programChange(channel, program, frameOf(ms)),
    setBendRange: (channel, semitones, cents) => performer.setBendRange(channel, semitones, cents),
    setZone: (zone, members) => performer.setZone(zone, members),
    setParameter: setParameter ?? ((id, value) => performer.setParameter(id, value)),
    parameterValue: (id) => performer.parameter(id),
    setTempo: (bpm) => performer.setTempo(bpm),
    transport: (action, ms) => {
      if (action === 'start') performer.transportStart(frameOf(ms));
      else if (action === 'stop') performer.transportStop();
    },
    songPosition: () => undefined,
  };
}
