// FLAC: what the reference encoder made, streams of our own, and damage. Without the package that decodes only its absence can be tested (flacMissing.test.ts).
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import { decodeFlac, isFlac } from '../../../training/corpus/flac.ts';
import { flacBytes } from '../../helpers/flacBytes.ts';
import { webAudioLoads } from '../../helpers/webAudio.ts';

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
const ofBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const tone = Float32Array.from({ length: 9000 }, (_, n) => Math.round(20_000 * Math.sin(n / 7)) / 32768);
/** Of `flacBytes`: the head, and a frame of 4096 samples. */
const [headBytes, frameBytes] = [42, 11 + 2 * 4096 + 2];

/** Without the number of samples that the head promises: the last 32 of its 36 bits. */
function lengthLeftOpen(bytes: Uint8Array): Uint8Array {
  return bytes.slice().fill(0, 22, 26);
}

function withBit(bytes: Uint8Array, at: number): Uint8Array {
  const changed = bytes.slice();
  changed[at] ^= 4;
  return changed;
}

/** The stream with a block of something else between STREAMINFO and the frames. */
function withBlock(bytes: Uint8Array, kind: number, content: readonly number[]): Uint8Array {
  const block = [0x80 | kind, 0, 0, content.length, ...content];
  const joined = [...bytes.subarray(0, headBytes), ...block, ...bytes.subarray(headBytes)];
  joined[4] = 0;
  return Uint8Array.from(joined);
}

describe.runIf(await webAudioLoads())('FLAC', () => {
  it('of the reference encoder is decoded bit for bit, and its MD5 sum agrees', async () => {
    const { samples, sampleRate, channels, mended } = await decodeFlac(reference, 'x.flac');
    expect([samples.length, sampleRate, channels, mended]).toEqual([400, 8000, 2, undefined]);
    for (const [n, left, right] of encoded) expect(samples[n]).toBe((left + right) / 2 / 32768);
  });

  it.each(kinds)(
    'of the kind "%s" agrees with its MD5 sum, and other samples would not',
    async (_, base64) => {
      const bytes = ofBase64(base64);
      expect((await decodeFlac(bytes, 'x.flac')).samples.length).toBeGreaterThan(20);
      // The sum's first byte.
      bytes[26] ^= 1;
      await expect(decodeFlac(bytes, 'x.flac')).rejects.toThrow(
        /its samples are not those that were encoded/,
      );
    },
  );

  it('of several blocks, without an MD5 sum, behind a tag, before another', async () => {
    const bytes = flacBytes(tone, 22_050);
    const tagged = Buffer.concat([
      Buffer.from('ID3\x04\0\0\0\0\0\x05title', 'latin1'),
      bytes,
      Buffer.from('TAG'.padEnd(128, '\0')),
    ]);
    for (const file of [bytes, new Uint8Array(tagged)]) {
      expect(isFlac(file)).toBe(true);
      const { samples, sampleRate } = await decodeFlac(file, 'x.flac');
      expect(sampleRate).toBe(22_050);
      expect(samples).toEqual(tone);
    }
    expect(isFlac(new Uint8Array(Buffer.from('RIFF')))).toBe(false);
  });

  it.each([2000, 4000, 11_025, 44_100, 192_000, 384_000])('of %i Hz is not resampled', async (rate) => {
    const { samples, sampleRate } = await decodeFlac(flacBytes(tone, rate), 'x.flac');
    expect(sampleRate).toBe(rate);
    expect(samples).toEqual(tone);
  });

  it.each([4, 12, 20, 24])('of %i bits is exact', async (bits) => {
    const full = 2 ** (bits - 1);
    const { samples } = await decodeFlac(flacBytes(tone, 8000, bits), 'x.flac');
    expect(samples).toEqual(tone.map((value) => Math.min(full - 1, Math.round(value * full) + 0) / full));
  });

  it('that leaves its length open is read to its end', async () => {
    expect((await decodeFlac(lengthLeftOpen(flacBytes(tone, 8000)), 'x.flac')).samples).toEqual(tone);
  });

  it('with a damaged comment in its head is read all the same', async () => {
    // A length of the encoder's name of 4 GB.
    const bytes = withBlock(flacBytes(tone, 8000), 4, [0xff, 0xff, 0xff, 0xff, 0x78]);
    expect((await decodeFlac(bytes, 'x.flac')).samples).toEqual(tone);
  });

  it('without a sample is told from one that lost them', async () => {
    const empty = flacBytes(new Float32Array(0), 8000);
    await expect(decodeFlac(empty, 'x.flac')).rejects.toThrow(/^x\.flac holds no sound$/);
    const lost = flacBytes(tone, 8000).subarray(0, headBytes);
    await expect(decodeFlac(lost, 'x.flac')).rejects.toThrow(/damaged FLAC file/);
  });

  it.each<[string, Uint8Array, RegExp]>([
    [
      'cut in its head',
      reference.subarray(0, 30),
      /x\.flac is a damaged FLAC file \(its head is cut off\); copy/,
    ],
    ['cut within its only frame', reference.subarray(0, -10), /damaged FLAC file/],
    ['a wrong MD5 sum', withBit(reference, 30), /its samples are not those that were encoded/],
    [
      'a rate of 100 Hz',
      reference.map((byte, n) => [0, 0x06, 0x42][n - 18] ?? byte),
      /sample rate of 100 Hz; FLAC of 2000 to 384000 Hz can be read/,
    ],
    [
      '32 bits',
      ofBase64(
        'ZkxhQ4AAACIAMAAwAABsAABsAfQB8AAAADC1O1OxXTBUDUJy7AzjTduY//hkDgAvUxkEAAAACpLoxUEP8fMnNA3hqgAOGkQ1BSeiGo4aeGopPuGlhqcNTDUgACk+4aWGow1IACAAKT5hpiGoENOOhJhpsNMpPmGnAAcNTDT4aYAApPSk+ENPw08NMAAUnsABw0sNMLag',
      ),
      /has 32 bits; FLAC of up to 24 bits can be read: encode it again or convert it to WAV/,
    ],
    [
      'a damaged frame in its middle',
      withBit(flacBytes(tone, 8000), headBytes + frameBytes + 500),
      /damaged FLAC file \(4904 samples could be decoded, and its head promises 9000\)/,
    ],
    [
      'a damaged header of a frame',
      withBit(flacBytes(tone, 8000), headBytes + frameBytes + 4),
      /samples could be decoded, and its head promises 9000/,
    ],
    [
      'its last byte missing',
      flacBytes(tone, 8000).subarray(0, -1),
      /8192 samples could be decoded, and its head promises 9000/,
    ],
    [
      'more samples than its head promises',
      withBit(flacBytes(tone, 8000), 24),
      /9000 samples could be decoded, and its head promises/,
    ],
  ])('with %s is refused', async (_, bytes, message) => {
    const error = await decodeFlac(bytes, 'x.flac').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect(String(error)).toMatch(message);
  });

  it.each<[string, number]>([
    ['a wrong sync code', headBytes + frameBytes],
    ['a wrong sync code of the first frame', headBytes],
    ['a wrong sync code of the last frame', headBytes + 2 * frameBytes],
    ['a wrong header', headBytes + frameBytes + 4],
    ['a wrong sample', headBytes + frameBytes + 500],
    ['a wrong checksum', headBytes + frameBytes - 1],
  ])('with %s and its length left open is refused', async (_, at) => {
    const bytes = lengthLeftOpen(withBit(flacBytes(tone, 8000), at));
    await expect(decodeFlac(bytes, 'x.flac')).rejects.toThrow(/^x\.flac is a damaged FLAC file \(/);
  });

  it('that was cut within a frame, its length left open, is refused', async () => {
    const bytes = lengthLeftOpen(flacBytes(tone, 8000));
    for (const lost of [1, 2, 300, frameBytes]) {
      await expect(decodeFlac(bytes.subarray(0, -lost), 'x.flac')).rejects.toThrow(
        /the checksums of its frames do not agree/,
      );
    }
  });

  it('with any damage is refused with a reason, or was none', async () => {
    const whole = (await decodeFlac(reference, 'x.flac')).samples;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(reference.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, flip, isCut) => {
          const bytes = reference.slice(0, isCut ? at : reference.length);
          if (!isCut) bytes[at] ^= flip;
          try {
            const { samples, sampleRate } = await decodeFlac(bytes, 'x.flac');
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
