// The native context inside what a host hands in: native, Tone's, the ponyfill's, and what holds none.
import { describe, expect, it } from 'vitest';
import { InstrumentError } from '../../src/instrument/instrumentError.ts';
import { nativeContextOf } from '../../src/instrument/nativeContext.ts';

const native = (tag: string) => ({ sampleRate: 48_000, [Symbol.toStringTag]: tag });
const thrownBy = (given: unknown): unknown => {
  try {
    return nativeContextOf(given);
  } catch (error) {
    return error;
  }
};

describe('the native context', () => {
  it.each(['AudioContext', 'OfflineAudioContext'])('is itself for %s', (tag) => {
    const context = native(tag);
    expect(nativeContextOf(context)).toBe(context);
  });

  it("is found in Tone's context, in the ponyfill's, and in one within the other", () => {
    const context = native('AudioContext');
    const ponyfill = { _nativeContext: context };
    expect(nativeContextOf({ rawContext: context })).toBe(context);
    expect(nativeContextOf(ponyfill)).toBe(context);
    expect(nativeContextOf({ rawContext: ponyfill })).toBe(context);
  });

  it('is missed with what was given and what to hand in', () => {
    class Mixer {}
    for (const [given, said] of [
      [new Mixer(), 'an object of Mixer with no native context inside'],
      [{ rawContext: {} }, 'an object of Object with no native context inside'],
      [Object.create(null), 'an object of no class'],
      [native('AudioNode'), 'no native context inside'],
      [null, 'null'],
      [48_000, 'a value of type number'],
    ]) {
      const error = thrownBy(given);
      expect(error).toBeInstanceOf(InstrumentError);
      expect((error as Error).message).toContain(said);
      expect((error as Error).message).toMatch(
        /context must be an AudioContext.*hand in new AudioContext\(\)/,
      );
    }
  });

  it('is not looked for in circles', () => {
    const circle: { rawContext?: object } = {};
    circle.rawContext = circle;
    expect(thrownBy(circle)).toBeInstanceOf(InstrumentError);
  });
});
