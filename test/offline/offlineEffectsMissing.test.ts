// What is said where the optional package of the effects is missing.
import { expect, test, vi } from 'vitest';

const packageFault = vi.hoisted(() => ({ message: '' }));

vi.mock('node-web-audio-api', () => ({
  get OfflineAudioContext() {
    throw new Error(packageFault.message);
  },
}));

test.each([
  ['no package', 'Cannot find package', /node-web-audio-api.*Cannot find package.*npm install.*--dry/],
  [
    'no ALSA library',
    'libasound.so.2: cannot open shared object file: No such file or directory',
    /node-web-audio-api.*libasound\.so\.2.*install the ALSA library.*--dry/,
  ],
])(
  'without Web Audio the message says what to install, and how to do without: %s',
  async (_, fault, message) => {
    packageFault.message = fault;
    // What was loaded is kept.
    vi.resetModules();
    const { OfflineEffects } = await import('../../src/offline/offlineEffects.ts');
    const begin = {
      sampleRate: 48_000,
      blockFrames: 512,
      longestFrames: 512,
      values: { drive: 0.5 },
      areSettled: true,
    };
    const error = await OfflineEffects.open(begin).catch((reason: unknown) => reason);
    expect(error).toHaveProperty('name', 'InputError');
    expect(String(error)).toMatch(message);
  },
);
