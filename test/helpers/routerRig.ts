// A router whose target writes down what it is told, and messages for it.
import type { ControlMove } from '../../src/midi/bindings.ts';
import type { MidiMessage } from '../../src/midi/message.ts';
import { MidiRouter } from '../../src/midi/router.ts';
import { recordingTarget } from './midiTarget.ts';

type Plain<T> = T extends unknown ? Omit<T, 'ms'> : never;

/** From tick to tick of a clock at 120. */
export const tickMs = 60_000 / 120 / 24;

/** A router with one port `a`; `learned` says which moves are used up. */
export function routerRig(learned: (move: ControlMove) => boolean = () => false) {
  const target = recordingTarget();
  const moves: ControlMove[] = [];
  const router = new MidiRouter(target, {
    handle: (move) => {
      moves.push(move);
      return learned(move);
    },
  });
  const port = router.open('a');
  const send = (message: Plain<MidiMessage>, to = port, ms = 5) => to.handle({ ...message, ms });
  const control = (channel: number, ...changes: readonly (readonly [number, number])[]) => {
    for (const [controller, data] of changes) send({ type: 'control', channel, controller, data });
  };
  return { ...target, moves, router, port, send, control };
}

/** A key moves at velocity 100. */
export const noteMessage = (type: 'noteOn' | 'noteOff', channel: number, key: number) =>
  ({ type, channel, note: key, velocity: 100 }) as const;

/** Beats told: quarters, tempo, time and whether they are measured. */
export const beatsOf = (calls: readonly unknown[][]) =>
  calls.flatMap((call) => (call[0] === 'beat' ? [call.slice(1) as [number, number, number, boolean]] : []));
