// Bundles on disk: a round trip keeps every number to float16, and damage is told from health.
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../src/contract/errors.ts';
import { loadBundleFromFolder, saveBundle } from '../../src/model/bundle.node.ts';
import { tinyManifest, tinyTensors } from '../helpers/bundle.ts';

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

describe('a bundle', () => {
  it('comes back as it was saved, to half precision', async () => {
    const tensors = tinyTensors();
    await saveBundle(folder, tinyManifest(), tensors);
    const bundle = await loadBundleFromFolder(folder);
    expect({ ...bundle.manifest, tensors: [] }).toEqual({ ...tinyManifest(), tensors: [] });
    expect(bundle.tensors.size).toBe(tensors.size);
    for (const [name, { values }] of bundle.tensors) {
      const saved = tensors.get(name) ?? new Float32Array();
      expect(values.length).toBe(saved.length);
      values.forEach((value, i) => {
        expect(Math.abs(value - saved[i])).toBeLessThanOrEqual(Math.abs(saved[i]) / 1024 + 1e-7);
      });
    }
  });

  it('loads only the parts asked for', async () => {
    await saveBundle(folder, tinyManifest(), tinyTensors());
    await rm(join(folder, 'encoder.bin'));
    const bundle = await loadBundleFromFolder(folder, ['decoder']);
    expect([...bundle.tensors.keys()].every((name) => name.startsWith('decoder.'))).toBe(true);
    await expect(loadBundleFromFolder(folder)).rejects.toThrow(/encoder\.bin/);
  });

  it('is refused with the place and the fault when it is damaged', async () => {
    const damages: [string, RegExp, () => Promise<unknown>][] = [
      ['no manifest', /cannot read .*manifest\.json/, () => rm(join(folder, 'manifest.json'))],
      ['not JSON', /is not JSON/, () => writeFile(join(folder, 'manifest.json'), '{')],
      ['other version', /formatVersion/, () => edit((m) => (m.formatVersion = 99))],
      ['field missing', /format/, () => edit((m) => delete m.format)],
      ['unknown field', /surprise/, () => edit((m) => (m.surprise = 1))],
      [
        'short anchor',
        /digitAnchors\[4\] has 1 numbers, expected 3/,
        () => edit((m) => ((m.digitAnchors as number[][])[4] = [1])),
      ],
      [
        'path as weight file',
        /plain \.bin/,
        () => edit((m) => ((m.tensors as { file: string }[])[0].file = '../x.bin')),
      ],
      ['truncated weights', /truncated/, () => truncate(join(folder, 'decoder.bin'), 100)],
      [
        'weights not finite',
        /not finite/,
        () => writeFile(join(folder, 'prior.bin'), Buffer.alloc(60000, 0xff)),
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
