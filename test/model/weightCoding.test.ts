// Weights in a bundle's files: float16, or 8 bits with a scale for each channel, there and back.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/dsp/random.ts';
import { loadBundleFromFolder, saveBundle } from '../../src/model/bundle.node.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { bytesOfTensor, channelAxisOf, readWeights, writeWeights } from '../../src/model/weightCoding.ts';
import { tinyManifest, tinyTensors } from '../helpers/bundle.ts';

describe('8 bits with a scale for each channel', () => {
  /** Channels of very different sizes, along the axis. */
  function kernel(shape: number[], axis: number) {
    const random = new Random(5);
    const run = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => {
      const channel = Math.floor(i / run) % shape[axis];
      return random.normal() * 10 ** (channel - 2);
    });
    return { values, channelOf: (i: number) => Math.floor(i / run) % shape[axis] };
  }

  it.each([
    [[3, 3, 5, 4], 3],
    [[4, 4, 3, 5], 2],
    [[7, 3], 1],
  ])('loses at most half a step of the channel, of shape %j along axis %i', (shape, axis) => {
    const { values, channelOf } = kernel(shape, axis);
    const bytes = writeWeights(values, { shape, channelAxis: axis });
    expect(bytes.length).toBe(bytesOfTensor({ shape, channelAxis: axis }));
    expect(bytes.length % 2).toBe(0);
    const back = readWeights(bytes.buffer as ArrayBuffer, { shape, byteOffset: 0, channelAxis: axis });
    const peaks = new Float64Array(shape[axis]);
    values.forEach((value, i) => (peaks[channelOf(i)] = Math.max(peaks[channelOf(i)], Math.abs(value))));
    back.forEach((value, i) => {
      // A half step, and what the scale itself loses to float16.
      expect(Math.abs(value - values[i])).toBeLessThanOrEqual(peaks[channelOf(i)] * (0.5 / 127 + 1e-3));
    });
  });

  it('keeps a channel of nothing, and refuses what is beyond float16', () => {
    const shape = [2, 2];
    const place = { shape, byteOffset: 0, channelAxis: 1 };
    const bytes = writeWeights(Float32Array.of(0, 1, 0, -1), place);
    expect([...readWeights(bytes.buffer as ArrayBuffer, place)].map((value) => value || 0)).toEqual([
      0,
      expect.closeTo(1, 2),
      0,
      expect.closeTo(-1, 2),
    ]);
    expect(() => writeWeights(Float32Array.of(1e9, 1, 1, 1), place)).toThrow(/8 bits/);
    expect(() => writeWeights(Float32Array.of(1e9), { shape: [1] })).toThrow(/float16/);
  });

  it('goes along the outputs of kernels alone', () => {
    expect(channelAxisOf('decoder.up1.kernel', [4, 4, 64, 128])).toBe(2);
    expect(channelAxisOf('encoder.conv0.kernel', [3, 3, 1, 32])).toBe(3);
    expect(channelAxisOf('decoder.dense.kernel', [48, 3456])).toBe(1);
    expect(channelAxisOf('decoder.dense.bias', [3456])).toBeUndefined();
    expect(channelAxisOf('priorMap.rotation', [40, 40])).toBeUndefined();
    expect(channelAxisOf('priorMap.0.first.kernel', [28, 64])).toBeUndefined();
  });
});

describe('a bundle of 8 bits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'numvox-weights-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'manifest.json');
  const read = () => JSON.parse(readFileSync(path, 'utf8')) as Manifest;

  it('loads as what was saved, in little more than half the bytes', async () => {
    const tensors = tinyTensors();
    await saveBundle(folder, tinyManifest(), tensors);
    const halves = read().files!['encoder.bin'].bytes;
    await saveBundle(folder, tinyManifest(), tensors, 8);
    expect(read().files!['encoder.bin'].bytes).toBeLessThan(0.7 * halves);
    const bundle = await loadBundleFromFolder(folder);
    for (const [name, values] of tensors) {
      const back = bundle.tensors.get(name)!.values;
      const peak = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      back.forEach((value, i) => expect(Math.abs(value - values[i])).toBeLessThan(0.006 * peak + 1e-6));
    }
  });

  it('is refused when a tensor has a channel axis that it has not, or its file is cut off', async () => {
    await saveBundle(folder, tinyManifest(), tinyTensors(), 8);
    const manifest = read();
    const kernel = manifest.tensors.find(({ channelAxis }) => channelAxis !== undefined)!;
    kernel.channelAxis = 9;
    writeFileSync(path, JSON.stringify(manifest));
    await expect(loadBundleFromFolder(folder)).rejects.toThrow(/channelAxis.*axes, got 9/);
    await saveBundle(folder, tinyManifest(), tinyTensors(), 8);
    const file = join(folder, 'encoder.bin');
    writeFileSync(file, readFileSync(file).subarray(0, 100));
    await expect(loadBundleFromFolder(folder)).rejects.toThrow(/truncated/);
  });
});
