// The table of assets: its defaults, overrides, and what is no asset or no address.
import { describe, expect, it } from 'vitest';
import { assetFiles, defaultAssets, resolveAssets } from '../../src/instrument/assets.ts';

const module = new URL('../../src/instrument/assets.ts', import.meta.url);

describe('assets', () => {
  it('lie beside the module by default, each in a file of its own', () => {
    const assets = resolveAssets();
    expect(assets).toEqual(defaultAssets());
    expect(assets.engine).toBe(new URL('engine.wasm', module).href);
    expect(assets.model).toBe(new URL('models/fsdd/', module).href);
    expect(new Set(Object.values(assets)).size).toBe(Object.keys(assetFiles).length);
  });

  it('can all be taken from elsewhere', () => {
    for (const url of Object.values(defaultAssets('https://cdn.example/numvox/numvox.js'))) {
      expect(url).toMatch(/^https:\/\/cdn\.example\/numvox\/[^/]/);
    }
  });

  it('can be taken from a folder beside the page, and from no address that is none', () => {
    expect(defaultAssets('numvox/').engine).toBe(new URL('numvox/engine.wasm', module).href);
    expect(() => defaultAssets('http://[')).toThrow(
      /^base must be the address of the folder of assets, .*correct it/,
    );
  });

  it('are overridden one by one, by strings and URLs, the model with or without its last slash', () => {
    const assets = resolveAssets({
      engine: new URL('https://cdn.example/e.wasm'),
      model: 'https://cdn.example/voices/mine',
    });
    expect(assets.engine).toBe('https://cdn.example/e.wasm');
    expect(assets.model).toBe('https://cdn.example/voices/mine/');
    expect(assets.fft).toBe(defaultAssets().fft);
    expect(resolveAssets({ model: 'https://cdn.example/m/' }).model).toBe('https://cdn.example/m/');
    expect(resolveAssets({ engine: undefined })).toEqual(defaultAssets());
  });

  it('are refused by name where they are none, and by kind where they are no addresses', () => {
    const wrong = (overrides: object) => () => resolveAssets(overrides);
    expect(wrong({ engin: 'x' })).toThrow(
      /^assets\.engin is no asset; the names are kernelProcessor, .*model$/,
    );
    expect(wrong({ engin: 'x' })).toThrow(RangeError);
    expect(wrong({ engine: 7 })).toThrow(TypeError);
    expect(wrong({ engine: 7 })).toThrow(/assets\.engine must be the address of engine\.wasm.*got number/);
    expect(wrong({ engine: 'http://[' })).toThrow(TypeError);
    expect(wrong({ engine: 'http://[' })).toThrow(/got 'http:\/\/\[', .*correct it/);
  });
});
