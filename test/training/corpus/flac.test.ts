// FLAC: what the reference encoder made, streams of our own, and damage.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import { decodeFlac, isFlac } from '../../../training/corpus/flac.ts';
import { flacBytes } from '../../helpers/flacBytes.ts';

/** 400 frames of 8 kHz stereo by flac 1.4.2 with -8 -e: linear prediction, Rice codes, joint stereo, an MD5 sum. */
const reference = new Uint8Array(
  Buffer.from(
    'ZkxhQ4AAACIQABAAAALRAALRAfQC8AAAAZAO6ksjLK/dk9LQlIQC5Qc2//h0GAABj0NGAeURrCM0Mhi0HF19mr+OhwAJYY0KErIw' +
      'yanMWV6GvRB86g/MrcWlqjH9jRLH4Rjq7okURLvey5YCKwHG3/s7/w7/M4OSyG2Ly4JI5F6enI/sZJVc0h+FXqVSpPj1ZyVUwgQW' +
      'xcMMprBSQk5i6qBRqHQerawlNwaRMgWGwm3Zc9yBeAXd+xatN1WaoIUik/bAXBM1U9X3v76qPn46WStk1sEMUY0gkhbqBcwbt1Wb' +
      'n9MlTIBPLpTFuBxPNu+DU6XX6lQefLYieXDaURLgV0CbsMS6BIXlRspkJB3KwuCxGoNAL2UNX5J3L/+DIejAKCcWYG4ZrkGwXqz0' +
      '3e3Xc/l8T0MvQKIvTnS5S/aVusxuNZwLI7wxlQHbWnHapfk3nIzGBjCPByKsava+YbFb2s5bUD2CZEYWweuaw5SkYicalVjBxhTW' +
      'gU8FyoZOM5iUFYMd4ggAlUPifRXKglvmaBFkaGANnJcT0Eo1FZN62K7GftGQLt2II6zDAL50FxqI06dnn31K46bCt39UuHj/K09F' +
      'S6mZf9DiM3HnhydZUAkLOmdFc3fvnFEr7/SMyGqU+QGyNrX5pGfzs8MFd6f+5x2hRVGE4bWGSW7m2HYlIqmoYnK2q+XtWS4HhIkF' +
      'rBRuWIKQrXLujMGjgnR1OXgziI++Rt2E5kfwBqIAPmpAChhegL7BFklpvamHTU4tf3x/BEAABFbNK0nekJzpGEaQpMQQrCQIkiKE' +
      'TSmyzhhuiNpJkRC0EFkIhCkkUizZTO+DhexRKSISIREIoguUI4Zz0fNTS0sSwiISISQlEsibJ6N6zGriZBcEKIREIkiSErKaNzob' +
      'FBoJyQhUEUISIVAliXqOEYjutxeUhKCRBESQiUiVzizs5NraEk0EoJEESESSRSJ49b2s1ORSLEKIQkQkiIXik7Ro7PkhWEbTpXke' +
      'bUyhdLK3VESB0DSggw==',
    'base64',
  ),
);
/** Some of what was encoded. */
const encoded: readonly (readonly [number, number, number])[] = [
  [0, 485, 323],
  [1, 4524, 3024],
  [2, 9012, 6104],
  [31, 19662, -19417],
  [32, 19016, -18700],
  [33, 17068, -17516],
  [100, 6706, 0],
  [399, -20803, -3025],
];
/**
 * Streams by flac 1.4.2, each with its MD5 sum: all ways of joining two channels, of predicting, and of writing rates, sizes and numbers of
 * bits.
 */
const kinds: readonly (readonly [string, string])[] = [
  [
    'left and side',
    'ZkxhQ4AAACIAMAAwAABcAABcAfQC8AAAADBF5wHmopl/Sg+e66m1noEG//hkiAAvJRgAAAN3BuMKOQBVhGFoWSKFkVCYQwTYnJ8Yh/HbEAH/vlqrvLcLFQCaV/bFJx2IeCYqwfDNd7XXSK7mI2+3NoVswcvxwqpLsOsyZlQK9yVTur1a7Wc=',
  ],
  [
    'side and right',
    'ZkxhQ4AAACIAMAAwAABdAABdBhqC8AAAADAFlnVQX9a5aXzolWeeZIgq//hsmAAvGcoQAf9+msvMxxMb/TKw7olNutEQLGV73ZzwbC5RPaw253Z1EtWFmeWDUphiVeVNJ9YOOpdtgrhgAAAN3BuMKOQBVhGFoWSKFkVCYQwTYnJ8Yh/HbHPR',
  ],
  [
    'mid and side',
    'ZkxhQ4AAACIAMAAwAABkAABkAwOS8AAAADCOvrvh0t7eIHqzRTH24UjM//htqAAvMDm7GAAAA3cG4wo5AFWEYWhZIoWRUJhDBNicnxiH8dsQAj9/JrF2zDhMYgKZq93Iqm7sohBWMWF72aeBrlzRXtsS3HazlCWtgsx4sHVUwYar5KaKCsDk1N3bArT5tw==',
  ],
  [
    'fixed order 0',
    'ZkxhQ4AAACIAMAAwAABBAABBHiOg8AAAADCeoqKinusH5acUD1YhpXAA//huCAAvMDkzEAH/fprLzMcTG/0ysO6JTbrRECxle92c8GwuUT2sNud2dRLVhZnlg1KYYlXlTSfWDjqXbYK4Kpc=',
  ],
  [
    'fixed order 1',
    'ZkxhQ4AAACIAMAAwAABAAABAAfQA8AAAADBpPvO1ex3FMFVoEJRTLoYj//hkCAAvLhIAAAH/fprLzMcTG/0ysO6JTbrRECxle92c8GwuUT2sNud2dRLVhZnlg1KYYlXlTSfWDjqXbYCH5w==',
  ],
  [
    'fixed order 2',
    'ZkxhQ4AAACIAMAAwAAAqAAAqAfQA8AAAADAWhWo0QKNil+xnJFWjpHpT//hkCAAvLhT//P/7ANiscz0q6UvRLFvY5i0+1nZS2Z22hl5CVPt9KG+R',
  ],
  [
    'fixed order 3',
    'ZkxhQ4AAACIAMAAwAAAjAAAjAfQBcAAAADDDGUud8XYaORfrd06mk/TL//hkDAAvhRb///////3///sAVJbVtrTaSb2qmq9Lpp7k+Ws=',
  ],
  [
    'fixed order 4',
    'ZkxhQ4AAACIAMAAwAAAmAAAmAfQBcAAAADCHOzrNXRK2asHXtQFYPsZq//hkDAAvhRj///////z///f///EAZLattabSTe1U1XpdNPcg8WA=',
  ],
  [
    'wasted bits',
    'ZkxhQ4AAACIAEAAQAAAYAAAcAfQBcAAAABhh6gijFI7WZcLvudu7H8Mp//hkDAAPZRkgAAAAG7gBuMAUcgCrCMLQskB51v/4ZAwBB0gZIB6VAO1wBxqANZgABDgAJg==',
  ],
  ['8 bits', 'ZkxhQ4AAACIQABAAAAAaAAAaAfQAcAAAADDfnyhLzHJHsKh6YxVP1AoA//hkAgAvqRQACAANtWMaNWu8pMmSQySQKY0='],
  [
    '32 bits',
    'ZkxhQ4AAACIAMAAwAABsAABsAfQB8AAAADC1O1OxXTBUDUJy7AzjTduY//hkDgAvUxkEAAAACpLoxUEP8fMnNA3hqgAOGkQ1BSeiGo4aeGopPuGlhqcNTDUgACk+4aWGow1IACAAKT5hpiGoENOOhJhpsNMpPmGnAAcNTDT4aYAApPSk+ENPw08NMAAUnsABw0sNMLag',
  ],
  ['silence', 'ZkxhQ4AAACIAMAAwAAAMAAAMAfQA8AAAADCs60hufkstLxxfIyi1A1Ar//hkCAAvLgAAAAGo'],
  [
    'loud noise of 24 bits',
    'ZkxhQ4AAACIAMAAwAACXAACXF3ABcAAAADCV0jOqpHh5x63/GQHwRlNI//hrDAAvVxBCpX/BmQPxI/8pRoZOI/NRdH9EIEgUF/nbF1+w0IlqNoFvvwg6+Fgxhed/HtcHL0gk7/VdQBLHfqTcF0JYsBQgHOIUggLnW3vgyEXgCkcgXD5EShuAWEF47jI7dxF85rS5jcUAvqPuwjPEVr+GI5us4UGy3xaqz5zb1CHy5HEnAi1xSbc6q5uqjXG2wabHLg==',
  ],
  [
    'partitions',
    'ZkxhQ4AAACIAQABAAABYAABYAfQA8AAAAECbas209xdWGzv7e0Vyup30//hkCAA/XhAEWeMU1ZvMl2Jt3HoZHxRn3aYbndvt4LPKKIhuT+hhz22HVXiT/v5eh56ewFQgat/QTtC+ys6KILqQ5V6L/og+rM8/wJDO4P6J0NeeQndqwA==',
  ],
];
const tone = Float32Array.from({ length: 9000 }, (_, n) => Math.round(20_000 * Math.sin(n / 7)) / 32768);

describe('FLAC', () => {
  it('of the reference encoder is decoded bit for bit, and its MD5 sum agrees', () => {
    const { samples, sampleRate, channels, mended } = decodeFlac(reference, 'x.flac');
    expect([samples.length, sampleRate, channels, mended]).toEqual([400, 8000, 2, undefined]);
    for (const [n, left, right] of encoded) expect(samples[n]).toBe((left + right) / 2 / 32768);
  });

  it.each(kinds)('of the kind "%s" agrees with its MD5 sum, and other samples would not', (_, base64) => {
    const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
    expect(decodeFlac(bytes, 'x.flac').samples.length).toBeGreaterThan(20);
    // The sum's first byte.
    bytes[26] ^= 1;
    expect(() => decodeFlac(bytes, 'x.flac')).toThrow(/its samples are not those that were encoded/);
  });

  it('of several blocks, without an MD5 sum, behind a tag, before other bytes', () => {
    const bytes = flacBytes(tone, 22_050);
    const tagged = Buffer.concat([
      Buffer.from('ID3\x04\0\0\0\0\0\x05title', 'latin1'),
      bytes,
      Buffer.from('TAG'),
    ]);
    for (const file of [bytes, new Uint8Array(tagged)]) {
      expect(isFlac(file)).toBe(true);
      const { samples, sampleRate } = decodeFlac(file, 'x.flac');
      expect(sampleRate).toBe(22_050);
      expect(samples).toEqual(tone);
    }
    expect(isFlac(new Uint8Array(Buffer.from('RIFF')))).toBe(false);
  });

  it('that leaves its length open is read to its end', () => {
    const bytes = flacBytes(tone, 8000);
    // The last 32 of the 36 bits of its length.
    bytes.fill(0, 8 + 14, 8 + 18);
    expect(decodeFlac(bytes, 'x.flac').samples).toEqual(tone);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    [
      'cut in its head',
      (bytes) => bytes.subarray(0, 30),
      /x\.flac is a damaged FLAC file \(its head is cut off\); copy/,
    ],
    [
      'cut within a frame',
      (bytes) => bytes.subarray(0, -10),
      /damaged FLAC file \(the bits end too soon after 0\.00 s\)/,
    ],
    ['a wrong bit', (bytes) => bytes.map((byte, n) => (n === 400 ? byte ^ 4 : byte)), /damaged FLAC file/],
    [
      'a wrong MD5 sum',
      (bytes) => bytes.map((byte, n) => (n === 30 ? byte ^ 4 : byte)),
      /its samples are not those that were encoded/,
    ],
    [
      'a rate of 100 Hz',
      (bytes) => bytes.map((byte, n) => [0, 0x06, 0x42][n - 18] ?? byte),
      /sample rate of 100 Hz/,
    ],
  ])('with %s is refused', (_, damage, message) => {
    expect(() => decodeFlac(damage(reference), 'x.flac')).toThrow(InputError);
    expect(() => decodeFlac(damage(reference), 'x.flac')).toThrow(message);
  });

  it('with any damage is refused with a reason, or was none', () => {
    const whole = decodeFlac(reference, 'x.flac').samples;
    fc.assert(
      fc.property(
        fc.nat(reference.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (at, flip, isCut) => {
          const bytes = reference.slice(0, isCut ? at : reference.length);
          if (!isCut) bytes[at] ^= flip;
          try {
            const { samples, sampleRate } = decodeFlac(bytes, 'x.flac');
            // Sizes of blocks and frames in the head are not needed, and no sum holds the rate.
            if (sampleRate === 8000) expect(samples).toEqual(whole);
          } catch (error) {
            if (!(error instanceof InputError)) throw error;
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
