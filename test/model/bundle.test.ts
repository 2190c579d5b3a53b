// Bundles on disk: a round trip keeps every number to float16, and damage is told from health.
import { readdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleDraws, sayDraws } from '../../src/model/latentDraws.ts';
import { InputError } from '../../src/contract/errors.ts';
import type { Bundle } from '../../src/model/bundle.ts';
import { bundleParts } from '../../src/model/shapes.ts';
import { loadBundleFromFolder, saveBundle } from '../../src/model/bundle.node.ts';
import { clipFeatures } from '../../src/model/decodedClip.ts';
import { Decoder } from '../../src/model/decoder.ts';
import { digitAnchor, styleAt } from '../../src/model/latent.ts';
import { mapOf } from '../../src/model/voiceMap.ts';
import { modelOf, openModel, pointOf } from '../../src/model/nodeModel.ts';
import { tinyBundle, tinyManifest, tinyManifestVersion1, tinyTensors } from '../helpers/bundle.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numvox-bundle-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Changes the manifest on disk. */
async function edit(change: (manifest: Record<string, unknown>) => void): Promise<void> {
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  change(manifest);
  await writeFile(path, JSON.stringify(manifest));
}

async function editTracks(change: (tracks: { f0LowHz: number; f0HighHz: number }) => void): Promise<void> {
  await edit((m) => change((m.format as { tracks: { f0LowHz: number; f0HighHz: number } }).tracks));
}

/** Changes the bytes of a file in place. */
async function scramble(path: string, change: (bytes: Buffer) => void): Promise<void> {
  const bytes = await readFile(path);
  change(bytes);
  await writeFile(path, bytes);
}

/** A tiny bundle whose weights were changed before it was saved. */
async function savedWith(change: (tensors: Map<string, Float32Array>) => void): Promise<Bundle> {
  const tensors = tinyTensors();
  change(tensors);
  await saveBundle(folder, tinyManifest(), tensors);
  return loadBundleFromFolder(folder);
}

describe('a bundle', () => {
  it('comes back as it was saved, to half precision', async () => {
    const tensors = tinyTensors();
    await saveBundle(folder, tinyManifest(), tensors);
    const bundle = await loadBundleFromFolder(folder);
    const { files, ...rest } = bundle.manifest;
    expect({ ...rest, tensors: [] }).toEqual({ ...tinyManifest(), tensors: [] });
    expect(Object.keys(files ?? {})).toEqual(bundleParts.map((part) => `${part}.bin`));
    expect(bundle.tensors.size).toBe(tensors.size);
    for (const [name, { values }] of bundle.tensors) {
      const saved = tensors.get(name) ?? new Float32Array();
      expect(values.length).toBe(saved.length);
      values.forEach((value, i) => {
        expect(Math.abs(value - saved[i])).toBeLessThanOrEqual(Math.abs(saved[i]) / 1024 + 1e-7);
      });
    }
  });

  it('of format version 1 still draws, decodes and encodes: its style is the latent one', async () => {
    const manifest = tinyManifestVersion1();
    await saveBundle(folder, manifest, tinyTensors(manifest));
    expect(readdirSync(folder).sort()).toEqual(['decoder.bin', 'encoder.bin', 'manifest.json', 'prior.bin']);
    const model = await openModel(folder);
    const { bundle, priorMap } = model;
    expect(bundle.manifest.formatVersion).toBe(1);
    const style = styleAt(bundle.manifest, 1, 3);
    expect(priorMap.toLatent(digitAnchor(bundle.manifest, 3), style)).toEqual(style);
    const draws = [...sayDraws(bundle, [3, 4], 2, 1), ...sampleDraws(bundle, 3, 1)];
    const words = await model.decode(draws.map(({ point }) => point));
    for (const word of words) {
      expect(word).toHaveLength(16 * 16);
      expect(word.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
    const [encoding] = await model.encode(words);
    expect(pointOf(model, encoding, 5).style).toEqual(encoding.latent);
    model.dispose();
    const decoder = await Decoder.create(bundle, 'wasm');
    const [{ point }] = draws;
    expect(clipFeatures(await decoder.decode(point.digit, point.style), bundle.manifest.format)).toEqual(
      words[0],
    );
    decoder.dispose();
    expect(() => mapOf(bundle)).toThrow(/has no map/);
  });

  it('puts the prior map before the decoder, and its tracks behind the bands', async () => {
    await saveBundle(folder, tinyManifest(), tinyTensors());
    const model = await openModel(folder);
    const { manifest } = model.bundle;
    const digit = digitAnchor(manifest, 2);
    const u = Float32Array.of(0.3, -1, 0.5, 2);
    const [word] = await model.decode([{ digit, style: u }]);
    expect(word).toHaveLength(16 * (16 + 5));
    const bare = { ...model.bundle, manifest: { ...manifest, priorMap: undefined } };
    const plain = modelOf(bare);
    const [same] = await plain.decode([{ digit, style: model.priorMap.toLatent(digit, u) }]);
    expect(same).toEqual(word);
    const decoder = await Decoder.create(model.bundle, 'wasm');
    expect(clipFeatures(await decoder.decode(digit, u), manifest.format)).toEqual(word);
    for (const one of [model, plain, decoder]) one.dispose();
  });

  it('leaves nothing on the backend of what a decoder has decoded, and of its weights once it is disposed of', async () => {
    const bundle = tinyBundle();
    const decoder = await Decoder.create(bundle, 'wasm');
    const before = tf.memory().numTensors;
    const digit = digitAnchor(bundle.manifest, 2);
    for (let k = 0; k < 3; k++) await decoder.decode(digit, Float32Array.of(0.3, -1, 0.5, k));
    expect(tf.memory().numTensors).toBe(before);
    decoder.dispose();
    const weights = [...bundle.tensors.keys()].filter((name) => name.startsWith('decoder.'));
    expect(tf.memory().numTensors).toBe(before - weights.length);
  });

  it.each([
    ['decoder', 'decoder.track.kernel'],
    ['prior-map', 'priorMap.1.second.bias'],
    ['listener', 'listener.gender.bias'],
    ['map', 'map.styles'],
  ] as const)('is refused when its %s part lacks a tensor, which is named', async (part, name) => {
    await saveBundle(folder, tinyManifest(), tinyTensors());
    await edit((manifest) => {
      manifest.tensors = (manifest.tensors as { name: string }[]).filter((tensor) => tensor.name !== name);
    });
    await expect(loadBundleFromFolder(folder)).rejects.toThrow(InputError);
    await expect(loadBundleFromFolder(folder)).rejects.toThrow(
      new RegExp(`tensor ${name} must have the shape .*the manifest lists nothing`),
    );
    await rm(join(folder, `${part}.bin`));
    const others = bundleParts.filter((other) => other !== part);
    expect((await loadBundleFromFolder(folder, others)).tensors.has(name)).toBe(false);
  });

  it('without hashes, as they were written before, loads as ever', async () => {
    await saveBundle(folder, tinyManifest(), tinyTensors());
    const { identity } = await loadBundleFromFolder(folder);
    await edit((manifest) => delete manifest.files);
    const old = await loadBundleFromFolder(folder);
    expect(old.manifest.files).toBeUndefined();
    expect(old.identity).toEqual(identity);
  });

  it('loads only the parts asked for', async () => {
    await saveBundle(folder, tinyManifest(), tinyTensors());
    await rm(join(folder, 'encoder.bin'));
    const bundle = await loadBundleFromFolder(folder, ['decoder']);
    expect([...bundle.tensors.keys()].every((name) => name.startsWith('decoder.'))).toBe(true);
    await expect(loadBundleFromFolder(folder)).rejects.toThrow(/encoder\.bin/);
  });

  it('is known by the SHA-256 of its decoder and prior map, each file once, in order of name', async () => {
    await saveBundle(folder, tinyManifest(), tinyTensors());
    const files = await Promise.all(
      ['decoder.bin', 'prior-map.bin'].map((file) => readFile(join(folder, file))),
    );
    const weightsHash = createHash('sha256').update(Buffer.concat(files)).digest('hex');
    const whole = await loadBundleFromFolder(folder);
    expect(whole.identity).toEqual({ name: 'tiny', weightsHash });
    const decoding = await loadBundleFromFolder(folder, ['prior-map', 'decoder']);
    expect(decoding.identity).toEqual(whole.identity);
  });

  it('has another identity with other weights that decode, and the same with another listener', async () => {
    const { identity } = await savedWith(() => undefined);
    expect((await savedWith((tensors) => tensors.get('listener.dense.bias')?.fill(0.25))).identity).toEqual(
      identity,
    );
    for (const name of ['decoder.dense.bias', 'priorMap.offset']) {
      const other = await savedWith((tensors) => tensors.get(name)?.fill(0.25));
      expect(other.identity.weightsHash, name).toMatch(/^[0-9a-f]{64}$/);
      expect(other.identity.weightsHash, name).not.toBe(identity.weightsHash);
    }
  });

  it('has no hash of weights where a part that decodes was not loaded', async () => {
    await saveBundle(folder, tinyManifest(), tinyTensors());
    for (const parts of [[], ['map'], ['decoder'], ['prior-map', 'listener']] as const) {
      const { identity } = await loadBundleFromFolder(folder, parts);
      expect(identity, parts.join()).toEqual({ name: 'tiny', weightsHash: null });
    }
    const old = tinyManifestVersion1();
    await saveBundle(folder, old, tinyTensors(old));
    expect((await loadBundleFromFolder(folder, ['decoder'])).identity.weightsHash).toHaveLength(64);
  });

  it('is refused with the place and the fault when it is damaged', async () => {
    const damages: [string, RegExp, () => Promise<unknown>][] = [
      ['no manifest', /cannot read .*manifest\.json/, () => rm(join(folder, 'manifest.json'))],
      ['not JSON', /is no JSON file/, () => writeFile(join(folder, 'manifest.json'), '{')],
      ['other version', /formatVersion/, () => edit((m) => (m.formatVersion = 99))],
      ['field missing', /format/, () => edit((m) => delete m.format)],
      ['unknown field', /surprise/, () => edit((m) => (m.surprise = 1))],
      [
        'unknown channel',
        /format\.tracks\.channels must be of f0, voicing1, .*"loudness"/,
        () => edit((m) => ((m.format as { tracks: { channels: string[] } }).tracks.channels[0] = 'loudness')),
      ],
      [
        'short anchor',
        /digitAnchors\[4\] has 1 numbers, expected 3/,
        () => edit((m) => ((m.digitAnchors as number[][])[4] = [1])),
      ],
      [
        'tracks without units',
        /format\.tracks and architecture\.trackUnits go together/,
        () => edit((m) => delete (m.architecture as { trackUnits?: number }).trackUnits),
      ],
      [
        'a listener of other bands',
        /listener\.bands must divide format\.melBands/,
        () => edit((m) => ((m.listener as { bands: number }).bands = 7)),
      ],
      [
        'a map of half a label',
        /map\.digits and map\.speakers must be of one length/,
        () => edit((m) => (m.map as { digits: number[] }).digits.pop()),
      ],
      [
        'path as weight file',
        /plain \.bin/,
        () => edit((m) => ((m.tensors as { file: string }[])[0].file = '../x.bin')),
      ],
      ['truncated weights', /truncated/, () => truncate(join(folder, 'decoder.bin'), 100)],
      [
        'weights altered in one bit',
        /decoder\.bin is not the file that the manifest describes/,
        () => scramble(join(folder, 'decoder.bin'), (bytes) => (bytes[41] ^= 1)),
      ],
      [
        'weights not finite, in a bundle without hashes',
        /not finite/,
        async () => {
          await edit((m) => delete m.files);
          await scramble(join(folder, 'prior.bin'), (bytes) => bytes.fill(0xff));
        },
      ],
      [
        'weights with something behind them',
        /prior\.bin.* bytes, expected at most/,
        () => writeFile(join(folder, 'prior.bin'), Buffer.alloc(60000)),
      ],
      [
        'couplings without end',
        /priorMap\.couplings needs 6 tensors each, got 9007199254740991/,
        () => edit((m) => ((m.priorMap as { couplings: number }).couplings = Number.MAX_SAFE_INTEGER)),
      ],
      ['f0 upside down', /f0LowHz must be below f0HighHz/, () => editTracks((t) => (t.f0LowHz = 1000))],
      ['f0 past Nyquist', /at most half the sample rate/, () => editTracks((t) => (t.f0HighHz = 1e308))],
      [
        'mel edges past Nyquist',
        /melHighHz, and that at most half/,
        () => edit((m) => ((m.format as { melHighHz: number }).melHighHz = 4001)),
      ],
      [
        'an anchor beyond all numbers',
        /digitAnchors/,
        () => edit((m) => ((m.digitAnchors as number[][])[0][0] = 1e300)),
      ],
      [
        'a hash for no file',
        /files must tell length and SHA-256 of map\.bin/,
        () => edit((m) => delete (m.files as Record<string, unknown>)['map.bin']),
      ],
    ];
    for (const [name, message, damage] of damages) {
      await saveBundle(folder, tinyManifest(), tinyTensors());
      await damage();
      const loading = loadBundleFromFolder(folder);
      await expect(loading, name).rejects.toThrow(message);
      await expect(loading, name).rejects.toThrow(InputError);
    }
  });

  it('is not written with a tensor that is missing or does not fit half precision', async () => {
    const tensors = tinyTensors();
    tensors.set('prior.means', tensors.get('prior.means')?.fill(1e6) ?? new Float32Array());
    await expect(saveBundle(folder, tinyManifest(), tensors)).rejects.toThrow(/prior\.means does not fit/);
    tensors.delete('decoder.dense.bias');
    await expect(saveBundle(folder, tinyManifest(), tensors)).rejects.toThrow(/decoder\.dense\.bias/);
  });
});
