// The reverb's impulse response in one piece, as measurements want it.
import type { Hertz, Seconds } from '../../src/contract/units.ts';
import { roomParts, roomSamples, type RoomSides } from '../../src/output/effects/roomImpulse.ts';

/** Left and right response, `roomSamples` long; errors as of `roomParts`. */
export function wholeRoom(decaySeconds: Seconds, sampleRate: Hertz, seed?: number): RoomSides {
  const [whole] = roomParts(decaySeconds, sampleRate, roomSamples(decaySeconds, sampleRate), seed);
  return whole;
}
