// Bytes of ports: messages as they are, and whatever is none.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../src/midi/midiBytes.ts';
import { readMessage } from '../../src/midi/message.ts';

const read = (...bytes: number[]) =>
  readBytes(Uint8Array.from(bytes)).map(({ type, channel, dataBytes }) => [type, channel, ...dataBytes]);

describe('bytes', () => {
  it('are messages of every kind and channel', () => {
    expect(read(0x80, 60, 64)).toEqual([['noteoff', 1, 60, 64]]);
    expect(read(0x9f, 60, 100)).toEqual([['noteon', 16, 60, 100]]);
    expect(read(0xa1, 60, 5)).toEqual([['keyaftertouch', 2, 60, 5]]);
    expect(read(0xb2, 7, 5)).toEqual([['controlchange', 3, 7, 5]]);
    expect(read(0xc3, 9)).toEqual([['programchange', 4, 9]]);
    expect(read(0xd4, 9)).toEqual([['channelaftertouch', 5, 9]]);
    expect(read(0xe5, 0, 64)).toEqual([['pitchbend', 6, 0, 64]]);
    expect(read(0xf2, 8, 1)).toEqual([['songposition', 0, 8, 1]]);
    expect([0xf8, 0xfa, 0xfb, 0xfc].map((status) => read(status)[0][0])).toEqual([
      'clock',
      'start',
      'continue',
      'stop',
    ]);
  });

  it('may hold several messages, with running status and a clock between', () => {
    expect(read(0x90, 60, 1, 62, 0xf8, 2, 0xb0, 1, 2)).toEqual([
      ['noteon', 1, 60, 1],
      ['clock', 0],
      ['noteon', 1, 62, 2],
      ['controlchange', 1, 1, 2],
    ]);
  });

  it.each([
    ['nothing', []],
    ['data alone', [60, 100]],
    ['a status alone', [0x90]],
    ['a note that lacks its velocity', [0x90, 60]],
    ['undefined statuses', [0xf4, 1, 2, 0xf5, 0xf9, 0xfd]],
    ['an exclusive message', [0xf0, 1, 2, 3, 0xf7]],
    ['one without an end', [0xf0, 0, 0x20, 0x33]],
    ['the rest of one', [1, 2, 0xf7]],
    ['a song that is selected, and a quarter frame', [0xf3, 1, 0xf1, 2]],
    ['active sensing and a reset', [0xfe, 0xff]],
  ])('that are %s hold no message', (_, bytes) => {
    expect(read(...bytes)).toEqual([]);
  });

  it('too many for a message leave the message', () => {
    expect(read(0x90, 60, 100, 5)).toEqual([['noteon', 1, 60, 100]]);
    expect(read(0xc0, 5, 6)).toHaveLength(2);
    expect(read(0xf2, 1, 2, 3, 4)).toEqual([['songposition', 0, 1, 2]]);
  });

  it('behind damage are none: a status where data was due', () => {
    expect(read(0x90, 200, 100)).toEqual([]);
    expect(read(0x90, 60, 0x80, 61, 0)).toEqual([]);
    expect(read(0xf0, 1, 0x90, 60, 9)).toEqual([]);
    expect(read(0x90, 60, 100, 0xb0, 7, 0xff)).toEqual([['noteon', 1, 60, 100]]);
  });

  it('of any kind never throw, and give messages in range', () => {
    for (const odd of [undefined, null, 'bytes', [0x90, 60, 1], {}]) expect(readBytes(odd)).toEqual([]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        for (const parsed of readBytes(bytes)) {
          const message = readMessage(parsed, 0);
          expect(message).toBeDefined();
          if (message && 'channel' in message) expect(message.channel).toBeGreaterThan(0);
          expect(parsed.dataBytes.every((data) => data < 128)).toBe(true);
        }
      }),
    );
  });
});
