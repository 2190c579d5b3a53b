// What the page's program and its worker's are made of: only the packages that belong there, and of each no more than is used.
import { fileURLToPath } from 'node:url';
import { build, mergeConfig, type InlineConfig, type Plugin } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';
import config from '../../../vite.config.ts';

/** Modules of each chunk that has code in the build, by the chunk's name: paths with forward slashes. */
const chunks = new Map<string, string[]>();

function listModules(): Plugin {
  return {
    name: 'list-modules',
    generateBundle(_, output) {
      for (const chunk of Object.values(output)) {
        if (chunk.type !== 'chunk') continue;
        const used = Object.entries(chunk.modules).filter(([, { renderedLength }]) => renderedLength > 0);
        chunks.set(
          chunk.name,
          used.map(([id]) => id),
        );
      }
    },
  };
}

function modulesOf(name: string): string[] {
  const modules = chunks.get(name);
  if (!modules) throw new Error(`there is no chunk ${name} among ${[...chunks.keys()].join(', ')}`);
  // An address of a file is no code of its package.
  return modules.filter((id) => !/\?(worker&)?url$/.test(id));
}

/** Names of the packages whose code is in a chunk, in order of the alphabet. */
function packagesOf(name: string): string[] {
  const names = modulesOf(name).flatMap((id) => {
    const inside = id.split('/node_modules/').slice(1).at(-1);
    const [first, second] = inside?.split('/') ?? [];
    return first ? [first.startsWith('@') ? `${first}/${second}` : first] : [];
  });
  return [...new Set(names)].sort();
}

beforeAll(async () => {
  const listing: InlineConfig = {
    root: fileURLToPath(new URL('../../../', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    plugins: [listModules()],
    worker: { plugins: () => [listModules()] },
    build: { write: false, minify: false },
  };
  // What is done to a finished build has nothing to do here.
  await build(mergeConfig({ ...config, plugins: [] }, listing));
});

describe('the page', () => {
  it('is made of these packages, none of which computes tensors', () => {
    expect(packagesOf('index')).toEqual([
      '@lit/reactive-element',
      'lit-element',
      'lit-html',
      'midi-file',
      'tone',
      'tslib',
      'webmidi',
      'zod',
    ]);
  });

  it('leaves the manifest to the worker, which checks it', () => {
    expect(modulesOf('index').filter((id) => /src\/model\/(manifest|bundle|network)\.ts/.test(id))).toEqual(
      [],
    );
    expect(modulesOf('inference.worker').some((id) => id.endsWith('src/model/manifest.ts'))).toBe(true);
  });

  it('has the small build of Zod', () => {
    expect(modulesOf('index').filter((id) => id.includes('/zod/v4/classic/'))).toEqual([]);
    expect(modulesOf('index').some((id) => id.includes('/zod/v4/mini/'))).toBe(true);
  });
});

describe('the inference worker', () => {
  it('is made of these packages', () => {
    expect(packagesOf('inference.worker')).toEqual([
      '@petamoriken/float16',
      '@tensorflow/tfjs-backend-cpu',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgl',
      '@tensorflow/tfjs-core',
      'long',
      'zod',
    ]);
  });

  it('registers single kernels of each backend, not all', () => {
    const kernels = modulesOf('inference.worker').filter((id) => id.includes('/dist/kernels/'));
    for (const backend of ['cpu', 'wasm', 'webgl']) {
      expect(kernels.some((id) => id.endsWith(`tfjs-backend-${backend}/dist/kernels/LeakyRelu.js`))).toBe(
        true,
      );
      expect(kernels.some((id) => id.endsWith(`tfjs-backend-${backend}/dist/kernels/Softmax.js`))).toBe(
        false,
      );
    }
    expect(modulesOf('inference.worker').filter((id) => id.includes('register_all'))).toEqual([]);
  });
});
