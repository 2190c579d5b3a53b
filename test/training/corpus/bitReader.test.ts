// Bits of bytes: numbers of any width across bytes, signs, runs of zeros, and the end.
import { expect, test } from 'vitest';
import { BitReader, EndOfBits } from '../../../training/corpus/bitReader.ts';

test('numbers follow one another at any bit, up to 53 of them', () => {
  const reader = new BitReader(Uint8Array.of(0, 0b1010_0110, 0xff, 0, 1, 2, 3, 4, 5, 6), 1);
  expect([reader.read(3), reader.read(0), reader.readSigned(5), reader.byte]).toEqual([5, 0, 6, 2]);
  expect([reader.readSigned(4), reader.read(4), reader.read(53)]).toEqual([-1, 15, 0x000102030405 * 32]);
  expect(() => reader.read(4)).toThrow(EndOfBits);
  expect(reader.read(3)).toBe(6);
});

test('runs of zeros are counted across bytes', () => {
  const reader = new BitReader(Uint8Array.of(0b0010_0000, 0, 0b0000_0101, 0), 0);
  expect([reader.readUnary(), reader.readUnary(), reader.readUnary()]).toEqual([2, 18, 1]);
  expect(() => reader.readUnary()).toThrow(EndOfBits);
});

test('the next whole byte', () => {
  const reader = new BitReader(Uint8Array.of(1, 2), 0);
  reader.align();
  reader.read(1);
  reader.align();
  expect([reader.byte, reader.read(8)]).toEqual([1, 2]);
});
