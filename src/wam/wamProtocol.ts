// What passes between our node and its processor beside the SDK's own messages, and what both are made with.
import type { WamEvent } from '@webaudiomodules/api';
import type { Seconds } from '../contract/units.ts';

/** What crosses into the worklet when the node is made, beside what the SDK adds. */
export interface WamProcessorOptions {
  /** What is heard of an event comes so long after its time. */
  readonly delaySeconds: Seconds;
}

/** An event that has been played already goes on to what is connected. */
export interface PassOn {
  readonly passOn: WamEvent;
}

/** True for events that go on: notes and controllers. Automation is of our parameters, and the transport is the host's to tell. */
export function goesOn({ type }: WamEvent): boolean {
  return type === 'wam-midi' || type === 'wam-mpe';
}
