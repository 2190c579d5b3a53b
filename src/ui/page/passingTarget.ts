// A MIDI target that comes and goes: while nothing is loaded messages are dropped, as the player hears that the page is not
// ready.
import { parameterById } from '../../contract/parameters.ts';
import type { MidiTarget } from '../../midi/midiTarget.ts';

/**
 * Passes everything on to the target of the moment.
 * @param beforeNote called for every key that goes down
 */
export function passingTarget(target: () => MidiTarget | null, beforeNote: () => void): MidiTarget {
  return {
    noteOn: (...args) => {
      beforeNote();
      target()?.noteOn(...args);
    },
    noteOff: (...args) => target()?.noteOff(...args),
    pitchBend: (...args) => target()?.pitchBend(...args),
    channelPressure: (...args) => target()?.channelPressure(...args),
    polyPressure: (...args) => target()?.polyPressure(...args),
    controlChange: (...args) => target()?.controlChange(...args),
    programChange: (...args) => target()?.programChange(...args),
    setBendRange: (...args) => target()?.setBendRange(...args),
    setChannelTuning: (...args) => target()?.setChannelTuning(...args),
    setZone: (...args) => target()?.setZone(...args),
    zoneMembers: (zone) => target()?.zoneMembers(zone) ?? 0,
    restoreChannel: (channel) => target()?.restoreChannel(channel),
    setParameter: (...args) => target()?.setParameter(...args),
    parameterValue: (id) => target()?.parameterValue(id) ?? parameterById(id).defaultValue,
    setTempo: (...args) => target()?.setTempo(...args),
    beat: (...args) => target()?.beat(...args),
    transport: (...args) => target()?.transport(...args),
    songPosition: (...args) => target()?.songPosition(...args),
  };
}
