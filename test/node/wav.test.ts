// WAV reading and writing: every coding, stereo, odd lengths, long files, and damage of every kind as one clear error.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import wavefile from 'wavefile';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeWav, readWav, writeWav } from '../../src/node/wav.ts';
import { InputError } from '../../src/contract/errors.ts';
import { pcm16Wav } from '../helpers/wavBytes.ts';

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

  test('mu-law and A-law', () => {
    for (const convert of ['toMuLaw', 'toALaw'] as const) {
      const wave = new wavefile.WaveFile();
      wave.fromScratch(
        1,
        8000,
        '16',
        Array.from(ramp, (v) => Math.round(v * 32767)),
      );
      wave[convert]();
      const { samples } = decodeWav(wave.toBuffer(), 'law.wav');
      // Companding keeps 4 bits of mantissa: 1/32 of the value, rounded.
      ramp.forEach((v, i) => expect(Math.abs((samples[i] ?? NaN) - v)).toBeLessThan(Math.abs(v) / 25 + 1e-3));
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

describe('damage', () => {
  const good = pcm16Wav(
    Int16Array.from({ length: 1000 }, (_, i) => i),
    1,
    8000,
  );
  const patched = (change: (view: DataView) => void): Uint8Array => {
    const copy = good.slice();
    change(new DataView(copy.buffer));
    return copy;
  };
  test.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(0), /x\.wav is empty/],
    ['text', new TextEncoder().encode('this is not a sound at all, it is text'), /x\.wav is not a WAV file/],
    ['only the first bytes of the header', good.subarray(0, 10), /x\.wav is not a WAV file/],
    ['a cut header', good.subarray(0, 30), /x\.wav is not a WAV file/],
    ['a header alone', pcm16Wav(new Int16Array(0), 1, 8000), /x\.wav holds no sound/],
    ['cut short', good.subarray(0, 1001), /x\.wav is truncated: .* 2000 bytes .* 957/],
    ['no channels', patched((v) => v.setUint16(22, 0, true)), /0 channels/],
    ['MP3 in a WAV', patched((v) => v.setUint16(20, 0x55, true)), /format 85.*save it as 16-bit PCM/],
    ['a rate of 0', patched((v) => v.setUint32(24, 0, true)), /sample rate of 0 Hz; rates from 1000/],
    ['0 bits', patched((v) => v.setUint16(34, 0, true)), /x\.wav/],
    ['99 bits', patched((v) => v.setUint16(34, 99, true)), /99 bits/],
    ['no data chunk', patched((v) => v.setUint32(36, 0x58585858)), /x\.wav is not a WAV file.*data/],
  ])('%s', (_, bytes, message) => {
    expect(() => decodeWav(bytes, 'x.wav')).toThrow(InputError);
    expect(() => decodeWav(bytes, 'x.wav')).toThrow(message);
  });

  test('a length of 0xffffffff, which pipes write, means: to the end', () => {
    const bytes = patched((v) => v.setUint32(40, 0xffffffff, true));
    expect(decodeWav(bytes, 'x.wav').samples.length).toBe(1000);
  });

  test('NaN samples', () => {
    const wave = new wavefile.WaveFile();
    wave.fromScratch(1, 8000, '32f', []);
    (wave.data as { samples: Uint8Array }).samples = new Uint8Array(new Float32Array([0, NaN]).buffer);
    expect(() => decodeWav(wave.toBuffer(), 'x.wav')).toThrow(
      /x\.wav holds samples that are no finite numbers/,
    );
  });

  test('a missing file, a folder, an unwritable place', () => {
    expect(() => readWav(join(folder, 'none.wav'))).toThrow(/cannot read .*none\.wav: there is no such file/);
    expect(() => readWav(folder)).toThrow(/folder/);
    writeFileSync(join(folder, 'file'), 'x');
    expect(() => writeWav(join(folder, 'file', 'a.wav'), new Float32Array(4), 8000)).toThrow(InputError);
    expect(() => writeWav(join(folder, 'file', 'a.wav'), new Float32Array(4), 8000)).toThrow(/cannot write/);
  });
});
