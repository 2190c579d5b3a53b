// What the rules of an input let through: by channel, and by what the input is for.
import type { MidiMessage } from './message.ts';
import type { InputRules } from './portSettings.ts';

/**
 * Controllers that belong to a hand on a keyboard: modulation wheel, expression, pedals, timbre of MPE, parameter numbers (bend
 * ranges, zones), and from 120 the channel mode messages.
 */
const keyControllers: ReadonlySet<number> = new Set([
  1, 11, 33, 43, 64, 65, 66, 67, 68, 69, 74, 6, 38, 96, 97, 98, 99, 100, 101,
]);
const firstModeMessage = 120;

/** True for what a port with these rules says to the instrument. Notes of controllers pass: they may be buttons. */
export function passes({ channel, role }: InputRules, message: MidiMessage): boolean {
  switch (message.type) {
    case 'clock':
    case 'start':
    case 'stop':
    case 'continue':
    case 'position':
      return role === 'everything' || role === 'clock';
    default:
      if (role === 'clock' || (channel !== 'any' && message.channel !== channel)) return false;
      if (role !== 'keys') return true;
      if (message.type === 'program') return false;
      if (message.type !== 'control') return true;
      return message.controller >= firstModeMessage || keyControllers.has(message.controller);
  }
}
