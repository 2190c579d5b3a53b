// Options that are none are refused before anything is loaded.
import { describe, expect, it } from 'vitest';
import { createInstrument, type InstrumentOptions } from '../../src/instrument/instrument.ts';

describe('createInstrument', () => {
  it.each([
    [null, /options must be an object such as \{ context: audioContext, connect: true \}, got null/],
    ['Choir', /options must be an object.*got "Choir"/],
    [{ currentTime: 0, sampleRate: 48_000 }, /options must be an object.*got an audio context itself/],
    [{ connect: 'speakers' }, /connect must be a native AudioNode.*got "speakers"/],
    [{ connect: { context: {} } }, /connect must be a native AudioNode.*got an object/],
    [{ connect: null }, /connect must be a native AudioNode.*got null/],
  ])('says what is wrong with %o', async (options, said) => {
    await expect(createInstrument(options as InstrumentOptions)).rejects.toThrow(TypeError);
    await expect(createInstrument(options as InstrumentOptions)).rejects.toThrow(said);
  });
});
