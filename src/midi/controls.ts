// What MIDI messages mean here: notes, the table's controllers, and the two messages that end sound.
import { parameterOfController, valueOfController, type ParameterId } from '../contract/parameters.ts';

/** Controller numbers of channel mode messages (MIDI 1.0). */
export const allSoundOffController = 120;
export const allNotesOffController = 123;
/** 124-127 (omni and mono/poly modes) also mean "all notes off" (MIDI 1.0, channel mode messages). */
const lastModeController = 127;

/** What MIDI plays: the instrument has these methods. */
export interface MidiTarget {
  noteOn(midiNote: number, velocity: number, eventMilliseconds?: number): void;
  noteOff(midiNote: number, eventMilliseconds?: number): void;
  setParameter(id: ParameterId, value: number): void;
  allNotesOff(): void;
  allSoundOff(): void;
}

/** Carries out a control change; unknown controllers do nothing. Returns false for those. */
export function applyController(target: MidiTarget, controller: number, data: number): boolean {
  if (controller === allSoundOffController) {
    target.allSoundOff();
    return true;
  }
  if (controller >= allNotesOffController && controller <= lastModeController) {
    target.allNotesOff();
    return true;
  }
  const parameter = parameterOfController(controller);
  if (!parameter) return false;
  target.setParameter(parameter.id, valueOfController(parameter, data));
  return true;
}
