// A-law and mu-law: the values of G.711's tables, and what an independent encoder made.
import { existsSync, readFileSync } from 'node:fs';
import wavefile from 'wavefile';
import { describe, expect, test } from 'vitest';
import { fromG711 } from '../../src/node/g711.ts';
import { decodeWav } from '../../src/node/wav.ts';
import { formatChunk, wavFile } from '../helpers/wavBytes.ts';

test('the values at the ends of the tables, at their middle and in between', () => {
  // G.711, tables 1a and 2a: A-law in steps of 16, mu-law in steps of 4 of 16 bits.
  expect([...fromG711(Uint8Array.of(0xd5, 0x55, 0xaa, 0x2a, 0x80, 0x00), 'A-law')]).toEqual([
    8, -8, 32256, -32256, 5504, -5504,
  ]);
  expect([...fromG711(Uint8Array.of(0xff, 0x7f, 0x80, 0x00, 0xf0, 0x70, 0xaa), 'mu-law')]).toEqual([
    0, 0, 32124, -32124, 120, -120, 5372,
  ]);
});

test('every code is of another value, but for the two zeros of mu-law', () => {
  const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
  expect(new Set(fromG711(codes, 'A-law')).size).toBe(256);
  expect(new Set(fromG711(codes, 'mu-law')).size).toBe(255);
});

test.each(['toALaw', 'toMuLaw'] as const)('what wavefile codes by %s is read back', (convert) => {
  const wave = new wavefile.WaveFile();
  const samples = Array.from({ length: 101 }, (_, n) => Math.round(((n - 50) / 64) * 32767));
  wave.fromScratch(1, 8000, '16', samples);
  wave[convert]();
  const read = decodeWav(wave.toBuffer(), 'law.wav');
  // Companding keeps 4 bits of mantissa: 1/32 of the value, rounded.
  samples.forEach((value, n) =>
    expect(Math.abs(read.samples[n] * 32768 - value)).toBeLessThan(Math.abs(value) / 25 + 33),
  );
});

test('stereo and an extensible header', () => {
  const content = Uint8Array.of(0xaa, 0x2a, 0xaa, 0xaa);
  const stereo = decodeWav(
    wavFile([formatChunk({ coding: 6, channels: 2, bits: 8 }), { id: 'data', content }]),
    'x.wav',
  );
  expect(Array.from(stereo.samples, (value) => value * 32768)).toEqual([0, 32256]);
  const more = [22, 8, 4, 0, 6];
  const extensible = wavFile([formatChunk({ coding: 0xfffe, bits: 8, more }), { id: 'data', content }]);
  expect(decodeWav(extensible, 'x.wav').samples[0] * 32768).toBe(32256);
});

const field = new URL('../../../shared/field/', import.meta.url);
describe.runIf(existsSync(field))('the files that people brought', () => {
  test.each(['w-alaw', 'w-mulaw', 'w-mulaw-stereo'])(
    '%s is read whole, and nothing is said of it',
    (name) => {
      const read = decodeWav(readFileSync(new URL(`${name}.wav`, field)), `${name}.wav`);
      expect([read.sampleRate, read.samples.length, read.mended]).toEqual([16_000, 8000, undefined]);
      const largest = read.samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest).toBeGreaterThan(0.05);
      expect(largest).toBeLessThanOrEqual(1);
    },
  );
});
