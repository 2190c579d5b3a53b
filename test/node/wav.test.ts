// WAV reading and writing: every coding, stereo, odd lengths, long files. What is odd about files is tested with their chunks.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import wavefile from 'wavefile';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeWav, readWav, writeWav } from '../../src/node/wav.ts';
import { InputError } from '../../src/contract/errors.ts';
import { bytesOf, formatChunk, pcm16Wav, wavFile, type FormatToWrite } from '../helpers/wavBytes.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'numvox-wav-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const ramp = Float64Array.from({ length: 101 }, (_, i) => (i - 50) / 64);

describe('codings that the library writes are read back', () => {
  // [bit depth, factor from [-1, 1] to the coding's integers, allowed error]
  test.each([
    ['8', 127, 2 / 127],
    ['16', 32767, 1e-4],
    ['24', 8388607, 1e-6],
    ['32', 2147483647, 1e-6],
    ['32f', 1, 1e-7],
    ['64', 1, 1e-7],
  ])('%s bits, mono and stereo', (bitDepth, factor, tolerance) => {
    const offset = bitDepth === '8' ? 128 : 0;
    const left = Array.from(ramp, (v) =>
      bitDepth.length < 3 && factor > 1 ? Math.round(v * factor) + offset : v,
    );
    const silent = left.map(() => offset);
    for (const container of ['RIFF', 'RIFX']) {
      const mono = new wavefile.WaveFile();
      mono.fromScratch(1, 22050, bitDepth, left, { container });
      const read = decodeWav(mono.toBuffer(), 'mono.wav');
      expect(read.samples.length).toBe(ramp.length);
      expect(read.sampleRate).toBe(22050);
      ramp.forEach((v, i) => expect(Math.abs((read.samples[i] ?? NaN) - v)).toBeLessThan(tolerance + 1e-9));
      const stereo = new wavefile.WaveFile();
      stereo.fromScratch(2, 96000, bitDepth, [left, silent], { container });
      const both = decodeWav(stereo.toBuffer(), 'stereo.wav');
      expect(both.channels).toBe(2);
      expect(both.samples.length).toBe(ramp.length);
      ramp.forEach((v, i) =>
        expect(Math.abs((both.samples[i] ?? NaN) - v / 2)).toBeLessThan(tolerance + 1e-9),
      );
    }
  });

  test('float samples behind an extensible header are not read as integers', () => {
    const bytes = new Uint8Array(68 + 8);
    const view = new DataView(bytes.buffer);
    bytes.set(new TextEncoder().encode('RIFF----WAVEfmt '));
    view.setUint32(4, 68, true);
    // fmt: 40 bytes, WAVE_FORMAT_EXTENSIBLE, sub-format 3 (float).
    view.setUint32(16, 40, true);
    [0xfffe, 1].forEach((value, i) => view.setUint16(20 + 2 * i, value, true));
    view.setUint32(24, 48000, true);
    view.setUint32(28, 192000, true);
    [4, 32, 22, 32].forEach((value, i) => view.setUint16(32 + 2 * i, value, true));
    [0, 3, 0x00100000, 0xaa000080, 0x719b3800].forEach((value, i) => view.setUint32(40 + 4 * i, value, true));
    bytes.set(new TextEncoder().encode('data'), 60);
    view.setUint32(64, 8, true);
    view.setFloat32(68, 0.5, true);
    view.setFloat32(72, -0.25, true);
    expect(Array.from(decodeWav(bytes, 'ext.wav').samples)).toEqual([0.5, -0.25]);
  });
});

test('what writeWav writes, readWav returns bit for bit', () => {
  const path = join(folder, 'round.wav');
  const samples = Float32Array.from({ length: 777 }, (_, i) => Math.fround(Math.sin(i) * 1.5));
  writeWav(path, samples.subarray(1), 44100);
  const read = readWav(path);
  expect(read.sampleRate).toBe(44100);
  expect(read.channels).toBe(1);
  expect(read.samples).toEqual(samples.slice(1));
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('ten minutes of 48 kHz stereo are read whole', () => {
  const frames = 600 * 48000;
  const bytes = pcm16Wav(new Int16Array(frames * 2).fill(1000), 2, 48000);
  const read = decodeWav(bytes, 'long.wav');
  expect(read.samples.length).toBe(frames);
  expect(read.samples[frames - 1]).toBeCloseTo(1000 / 32768, 6);
});

test('what writeWav writes has the complete header that other programs expect', () => {
  const path = join(folder, 'header.wav');
  writeWav(path, Float32Array.of(0.25, -0.5, 0.75), 22050);
  const bytes = readFileSync(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const id = (at: number) => bytes.toString('latin1', at, at + 4);
  expect(bytes).toHaveLength(58 + 12);
  expect([id(0), view.getUint32(4, true), id(8)]).toEqual(['RIFF', 62, 'WAVE']);
  // A format of 18 bytes, which ends with the size of its extension, 0; float, mono.
  expect([id(12), view.getUint32(16, true), view.getUint16(36, true)]).toEqual(['fmt ', 18, 0]);
  expect([view.getUint16(20, true), view.getUint16(22, true)]).toEqual([3, 1]);
  expect([id(38), view.getUint32(42, true), view.getUint32(46, true)]).toEqual(['fact', 4, 3]);
  expect([id(50), view.getUint32(54, true), view.getFloat32(66, true)]).toEqual(['data', 12, 0.75]);
});

describe('formats at the edges', () => {
  test.each([4000, 5512, 7999, 11025, 22254, 37800, 44056, 88200, 192000, 352800, 384000])(
    '%i Hz',
    (rate) => {
      const read = decodeWav(pcm16Wav(Int16Array.of(1, 2, 3), 1, rate), 'x.wav');
      expect([read.sampleRate, read.samples.length]).toEqual([rate, 3]);
    },
  );

  test('12 bits in 16, 20 in 24, and 24 in 32, all at the upper end of their container', () => {
    const first = (format: FormatToWrite, content: Uint8Array) =>
      decodeWav(wavFile([formatChunk(format), { id: 'data', content }]), 'x.wav').samples[0];
    expect(first({ bits: 12 }, Uint8Array.of(0xf0, 0x3f))).toBe(0x3ff0 / 32768);
    expect(first({ bits: 20 }, Uint8Array.of(0, 0, 0x40))).toBe(0.5);
    expect(first({ bits: 24, blockBytes: 4 }, Uint8Array.of(0, 0, 0, 0x40))).toBe(0.5);
  });

  test('a format without its last field, as the first WAV files had it', () => {
    const { content } = formatChunk();
    const bytes = wavFile([
      { id: 'fmt ', content: content.subarray(0, 14) },
      { id: 'data', content: bytesOf(Int16Array.of(16384)) },
    ]);
    expect(decodeWav(bytes, 'x.wav').samples[0]).toBe(0.5);
  });

  test('more channels than two are averaged', () => {
    const content = bytesOf(Int16Array.of(16384, 0, 0, 0, 8192, 8192, 8192, 8192));
    const read = decodeWav(wavFile([formatChunk({ channels: 4 }), { id: 'data', content }]), 'x.wav');
    expect([read.channels, ...read.samples]).toEqual([4, 0.125, 0.25]);
  });
});

test('a missing file, a folder, an unwritable place', () => {
  expect(() => readWav(join(folder, 'none.wav'))).toThrow(/cannot read .*none\.wav: there is no such file/);
  expect(() => readWav(folder)).toThrow(/folder/);
  writeFileSync(join(folder, 'file'), 'x');
  expect(() => writeWav(join(folder, 'file', 'a.wav'), new Float32Array(4), 8000)).toThrow(InputError);
  expect(() => writeWav(join(folder, 'file', 'a.wav'), new Float32Array(4), 8000)).toThrow(/cannot write/);
});
