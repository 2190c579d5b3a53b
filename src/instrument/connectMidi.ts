// MIDI inputs for a host of an instrument: every port, every channel, MPE, as on the page; what only it needs is loaded with it.
import { performerTarget } from '../midi/performerTarget.ts';
import type { MidiState, RequestMidiAccess } from '../midi/inputs.ts';
import type { Instrument } from './instrument.ts';

/**
 * How to connect MIDI.
 * @example
 * const options: MidiOptions = { onState: ({ inputs }) => show(inputs.map(({ name }) => name)) };
 */
export interface MidiOptions {
  /** Told about permission and the inputs that are there, whenever that changes. */
  readonly onState?: (state: MidiState) => void;
  /** Stands in for `navigator.requestMIDIAccess`. */
  readonly requestAccess?: RequestMidiAccess;
}

/**
 * Inputs that play an instrument.
 * @example
 * addEventListener('pagehide', () => midi.close());
 */
export interface MidiConnection {
  /** Stops listening and lets go of what the inputs hold. */
  close(): void;
}

/**
 * Has every MIDI input of the machine play an instrument, those too that are plugged in later: notes, MPE, pedals, bends, programs,
 * and the controller numbers of docs/midi.md. One connection at a time in a page. The browser may ask the user first; where it has no
 * MIDI, or the user says no, `onState` is told, and nothing is thrown.
 * @example
 * const midi = await connectMidi(instrument, { onState: ({ kind, inputs }) => console.log(kind, inputs.length) });
 * midi.close();
 */
export async function connectMidi(
  instrument: Instrument,
  { onState = () => undefined, requestAccess }: MidiOptions = {},
): Promise<MidiConnection> {
  const { MidiInputs } = await import('../midi/inputs.ts');
  const target = performerTarget({
    performer: instrument.performer,
    frameOf: (milliseconds) => instrument.frameOf(milliseconds),
    setParameter: (id, value, time) => instrument.session.takeOver(id, value, time),
  });
  // Nothing is learned here: every controller keeps its number's meaning.
  const learn = { handle: () => false, freedomOf: () => 'free' as const, isWaiting: () => false };
  const inputs = new MidiInputs(target, learn, onState);
  await inputs.open(requestAccess);
  return { close: () => inputs.close() };
}
