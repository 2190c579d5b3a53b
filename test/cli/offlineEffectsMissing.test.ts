// What is said where the optional package of the effects is missing.
import { expect, test, vi } from 'vitest';
import { OfflineEffects } from '../../src/cli/offlineEffects.ts';
import { InputError } from '../../src/contract/errors.ts';

vi.mock('node-web-audio-api', () => {
  throw new Error('Cannot find package');
});

test('without Web Audio the message says what to install, and how to do without', async () => {
  const begin = {
    sampleRate: 48_000,
    blockFrames: 512,
    longestFrames: 512,
    values: { drive: 0.5 },
    areSettled: true,
  };
  const error: unknown = await OfflineEffects.open(begin).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InputError);
  expect(String(error)).toMatch(/node-web-audio-api.*npm install.*--dry/);
});
