// Wrong arguments of the instrument in Node: each is named, with what it may be.
import { describe, expect, it } from 'vitest';
import { OfflineInstrument, type OfflineOptions } from '../../src/offline/offlineInstrument.ts';
import { openModel } from '../../src/model/nodeModel.ts';
import { shippedModel } from '../../src/offline/shippedModel.ts';

const model = await openModel(shippedModel());
const open = (options: unknown) => OfflineInstrument.open(options as OfflineOptions);

describe('the instrument in Node', () => {
  it.each([
    [undefined, /options must be an object such as .*openModel.*got undefined/],
    [{ sampleRate: 48_000 }, /model must be what openModel resolves with, got undefined/],
    [{ model: 'public/models/fsdd', sampleRate: 48_000 }, /model must be.*got "public/],
    [{ model }, /sampleRate must be a whole number from 1000 to 768000, got undefined/],
    [{ model, sampleRate: '48000' }, /sampleRate must be.*got "48000"/],
    [{ model, sampleRate: 48_000, blockFrames: 0 }, /blockFrames must be/],
  ])('says what is wrong with %#', async (options, said) => {
    await expect(open(options)).rejects.toThrow(said);
  });

  it('ends at a frame that is one, and hands samples to a function', async () => {
    const instrument = await open({ model, sampleRate: 48_000, blockFrames: 100 });
    const heard: number[] = [];
    const keep = (left: Float32Array) => heard.push(...left);
    for (const frame of [NaN, Infinity, -1, '5']) {
      await expect(instrument.renderTo(frame as number, keep)).rejects.toThrow(
        /frame must be a number from 0/,
      );
    }
    await expect(instrument.renderTo(100, undefined as never)).rejects.toThrow(/sink must be a function/);
    // Seconds times the rate are seldom whole.
    await instrument.renderTo(0.1 * 3 * 1000, keep);
    expect(instrument.frame).toBe(300);
    expect(heard).toHaveLength(300);
    await instrument.close();
    await instrument.close();
  });
});
