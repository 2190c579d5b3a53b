// Assets of the built package: addresses that a bundler gave, each file under a name of its own.
import { expect, it, vi } from 'vitest';
import { assetFiles, defaultAssets, packagedModelFiles, resolveAssets } from '../../src/instrument/assets.ts';

vi.mock('../../src/instrument/packagedFiles.ts', () => {
  const files = ['kernelProcessor.js', 'models/fsdd/manifest.json', 'models/fsdd/decoder.bin'];
  const hashed = (file: string) => `https://host.example/static/${file.replace(/^.*\//, 'a1b2-')}`;
  return { packagedFiles: Object.fromEntries(files.map((file) => [file, () => hashed(file)])) };
});

it('are taken from where the bundler has put them, the model file by file', () => {
  expect(defaultAssets().kernelProcessor).toBe('https://host.example/static/kernelProcessor.js');
  expect(resolveAssets().model).toBe('https://host.example/static/');
  expect(packagedModelFiles()).toEqual({
    'manifest.json': 'https://host.example/static/a1b2-manifest.json',
    'decoder.bin': 'https://host.example/static/a1b2-decoder.bin',
  });
});

it('are the folder that is named where they were copied, or another model', () => {
  const assets = defaultAssets('https://cdn.example/numvox/');
  expect(assets.kernelProcessor).toBe(`https://cdn.example/numvox/${assetFiles.kernelProcessor}`);
  expect(packagedModelFiles(assets)).toBeUndefined();
  expect(packagedModelFiles({ model: '/mine/' })).toBeUndefined();
  expect(packagedModelFiles({ engine: '/engine.wasm' })).toHaveProperty('manifest.json');
});
