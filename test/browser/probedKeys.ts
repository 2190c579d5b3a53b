// A keyboard of fake MIDI on a page that a probe listens to.
import type { Page } from 'playwright-core';
import { parameterById, parameterIds, positionOf, type ParameterId } from '../../src/contract/parameters.ts';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import type { Probe } from './probe.ts';

/** What the tests find in such a page. */
export interface ProbedWindow extends Window {
  readonly fakeMidi: FakeMidi;
  readonly probe: Probe;
}
declare const window: ProbedWindow;

/** Plays the device `keys`; the page is asked for at each call, as tests open one after the other. */
export function probedKeys(page: () => Page) {
  const send = (...messages: readonly (readonly number[])[]) =>
    page().evaluate((all) => {
      for (const bytes of all) window.fakeMidi.send('keys', bytes);
    }, messages);
  return {
    send,
    /** Lets time pass by the audio clock. */
    pass: (seconds: number) => page().evaluate((s) => window.probe.pass(s), seconds),
    /** Sets a parameter by its number, in 14 bits. */
    set: (id: ParameterId, value: number): Promise<void> => {
      const number = parameterIds.indexOf(id);
      const raw = Math.round(16383 * positionOf(parameterById(id), value));
      return send(
        [0xb0, 99, number >> 7],
        [0xb0, 98, number & 127],
        [0xb0, 6, raw >> 7],
        [0xb0, 38, raw & 127],
      );
    },
  };
}
