// Which contexts can be rendered in.
import { expect, it } from 'vitest';
import { requireStops } from '../../src/tone/requireStops.ts';

it('refuses an offline context that cannot stand still; a live one needs not', () => {
  const still = { startRendering: () => undefined };
  expect(() => requireStops(still as unknown as BaseAudioContext)).toThrow(
    /has no suspend\(\).*Tone.Recorder/,
  );
  expect(() => requireStops({} as BaseAudioContext)).not.toThrow();
  const stopping = { ...still, suspend: () => Promise.resolve() };
  expect(() => requireStops(stopping as unknown as BaseAudioContext)).not.toThrow();
});
