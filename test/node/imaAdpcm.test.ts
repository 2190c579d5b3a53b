// IMA ADPCM: a block that SoX made, channels in turns, blocks that are cut or filled up.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { framesOfBlock, fromImaAdpcm } from '../../src/node/imaAdpcm.ts';
import { decodeWav } from '../../src/node/wav.ts';
import { formatChunk, uint32, wavFile } from '../helpers/wavBytes.ts';

/** Two channels of 505 frames, and some of them as SoX 14.4.2 decodes them. */
const block = new Uint8Array(
  Buffer.from(
    'KAM+ACgDNgBXEanMZDIzM6uKQFMzIQCpMwHJzNu9vbyqCUE0vLzLuiOR27ysqqqamyhjQwkYMjURuNu7RUNDQwpRQyNDM0MygNu8' +
      'miMjEoEgNSQBmMu9vbq9nBjMu63LQzQRuavLurq9rAhDqqqJGDQSudwxVENEqhlSM0NDMzQSub6rNDMkIyljMwIjEhGIysyaELnM' +
      'zLxEI4DLvLy8rLyKQTTLuru7E7Dcq7u7qpgIUyQBIEI1RcrLijFDQzRDRCKovTNEMkOrGFQyMiIjIoDbuwkBgKjMUiSCydvby8vL' +
      'ikFDy7u8vBLJy5rKqrurMUQDuKurmQm9mzFFEFNTNBKpvZo1UzM0MTUDuTQ0QzO+ikEkQyMzMwLZuwoiIgCYUzOS68rMvL27GEQj' +
      'zMq7vKjMmzHLy7rLRALJy7q7u7sJQiSQupqZENuqIDVBY0NEAsnLCTM1NENSI6DMJEMzNJoxJYIzNDMzy6wQRDMzIxECubwJgLnM' +
      'vUQiuMy9zLu9CkIUkMvLu7y8i0IkrLusu5HMmjKsurq6JZDbiqqZiQAxJZDbMkU0RIpBM6A0UzM0vYtTIzQ0QzOovQpjJTM0MhK5' +
      'vBhDIiMjNQLaqyISAJAhNZG8ytu8zItSM7m8y7y8vRlEAsvLu7zaqjElu7ysu6C8CWPLurvKArqsMaq5qYg=',
    'base64',
  ),
);
const decoded: readonly (readonly [number, number, number])[] = [
  [0, 808, 808],
  [1, 5961, 2250],
  [2, 14064, 4772],
  [7, 6884, 14111],
  [8, -1139, 15603],
  [9, -8689, 16961],
  [100, -18527, -19098],
  [255, -16200, -6548],
  [256, -19759, -5190],
  [400, -4752, -18122],
  [503, -16362, -19464],
  [504, -6313, -19520],
];

/** A channel of the block as a block of its own. */
function channelOf(channel: 0 | 1): Uint8Array {
  return block.filter((_, n) => (n >> 2) % 2 === channel);
}

describe('IMA ADPCM', () => {
  it('is decoded bit for bit as by SoX, two channels in turns of eight frames', () => {
    const stereo = fromImaAdpcm(block, 2, 512, 505);
    expect(stereo).toHaveLength(2 * 505);
    for (const [n, left, right] of decoded)
      expect([...stereo.subarray(2 * n, 2 * n + 2)]).toEqual([left, right]);
    expect(fromImaAdpcm(channelOf(0), 1, 256, 505)).toEqual(stereo.filter((_, n) => n % 2 === 0));
    expect(fromImaAdpcm(channelOf(1), 1, 256, 505)).toEqual(stereo.filter((_, n) => n % 2 === 1));
  });

  it('knows every step: a block that begins with each, as SoX decodes them', () => {
    let seed = 7;
    const byte = () => {
      seed = Number((BigInt(seed) * 1103515245n + 12345n) % 2n ** 31n);
      return (seed >> 16) & 255;
    };
    const blocks = Array.from({ length: 89 }, (_, index) => [
      ...[0, 0, index, 0],
      // Codes of small moves, so that the step stays near where it began.
      ...Array.from({ length: 12 }, () => byte() & 0xbb),
    ]);
    const samples = fromImaAdpcm(Uint8Array.from(blocks.flat()), 1, 16, 25);
    expect(samples).toHaveLength(89 * 25);
    expect([...samples.subarray(-4)]).toEqual([-7168, -6615, -8124, -5837]);
    expect(createHash('md5').update(samples).digest('hex')).toBe('1a7bd28d9d6a7300f641483701c1f786');
  });

  it('begins anew with every block', () => {
    const twice = fromImaAdpcm(new Uint8Array([...block, ...block]), 2, 512, 505);
    expect(twice.subarray(2 * 505)).toEqual(twice.subarray(0, 2 * 505));
  });

  it('may end within a block, and within a turn', () => {
    const mono = fromImaAdpcm(channelOf(0), 1, 256, 505);
    expect(fromImaAdpcm(channelOf(0).subarray(0, 101), 1, 256, 505)).toEqual(mono.subarray(0, 1 + 2 * 97));
    expect(fromImaAdpcm(block.subarray(0, 8 + 13), 2, 512, 505)).toHaveLength(2 * (1 + 8));
    expect(fromImaAdpcm(block.subarray(0, 7), 2, 512, 505)).toHaveLength(0);
  });

  it('has blocks of any size', () => {
    expect([3, 4, 5, 37, 256].map((bytes) => framesOfBlock(bytes, 1))).toEqual([0, 1, 3, 67, 505]);
    expect([7, 8, 15, 16, 512].map((bytes) => framesOfBlock(bytes, 2))).toEqual([0, 1, 1, 9, 505]);
  });

  it('holds its values within 16 bits, and a step that there is none of at the largest', () => {
    const loud = Uint8Array.of(0xff, 0x7f, 200, 0, ...new Uint8Array(12).fill(0x77));
    expect(Math.max(...fromImaAdpcm(loud, 1, 16, 25))).toBe(32767);
    const last = loud.map((byte, n) => (n === 2 ? 88 : n < 4 ? 0 : byte));
    const beyond = last.map((byte, n) => (n === 2 ? 255 : byte));
    expect(fromImaAdpcm(beyond, 1, 16, 25)).toEqual(fromImaAdpcm(last, 1, 16, 25));
    const deep = loud.map((byte, n) => (n < 4 ? byte : 0xff));
    expect(Math.min(...fromImaAdpcm(deep, 1, 16, 25))).toBe(-32768);
  });

  it('in a WAV has as many frames as `fact` says, where that can be', () => {
    const file = (fact: number, more: readonly number[] = [2, 505]) =>
      decodeWav(
        wavFile([
          formatChunk({ coding: 17, channels: 2, bits: 4, blockBytes: 512, more }),
          { id: 'fact', content: uint32(fact) },
          { id: 'data', content: new Uint8Array([...block, ...block]) },
        ]),
        'x.wav',
      ).samples;
    const frames = [700, 1010, 0, 400, 1011, 0xffffffff].map((fact) => file(fact).length);
    expect(file(505).length).toBe(1010);
    expect(file(506).length).toBe(506);
    expect(frames).toEqual([700, 1010, 1010, 1010, 1010, 1010]);
    expect(file(0, []).length).toBe(1010);
    expect(file(0, [2, 500]).length).toBe(1000);
    expect(file(1010)[8] * 32768).toBe((-1139 + 15603) / 2);
  });
});
