// The packed package in hosts that strangers write: four bundlers, a page without one, Node, and the checks that npm users run.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build as esbuild } from 'esbuild';
import type { Browser } from 'playwright-core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { rollup } from 'rollup';
import { build as vite, createServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { servePage } from '../../scripts/start.mjs';
import { launch, openPage } from './browser.ts';
import { installPackage, type InstalledPackage } from './installedPackage.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Bytes that `numvox/dsp` alone may cost a page, compressed by gzip. */
const mostDspBytes = 40_000;

/** What a host writes. `heard` tells the loudest sample of a note. */
const hostText = (options: string) => `
  import { createInstrument, defaultAssets, factoryPresets } from 'numvox';
  window.heard = async () => {
    const context = new AudioContext();
    const instrument = await createInstrument({ context, connect: true, backend: 'wasm', ${options} });
    const analyser = new AnalyserNode(context, { fftSize: 8192 });
    instrument.output.connect(analyser);
    instrument.session.load(factoryPresets[0]);
    instrument.noteOn(60, 100);
    const samples = new Float32Array(analyser.fftSize);
    let peak = 0;
    for (let k = 0; k < 100 && peak < 0.02; k++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      analyser.getFloatTimeDomainData(samples);
      peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), peak);
    }
    const { speedFault, map } = instrument;
    await instrument.dispose();
    await context.close();
    return { peak, speedFault, hasMap: map !== null };
  };
`;
/** For bundlers that leave files alone: the folder of assets is copied beside the page. */
const copied = "assets: defaultAssets('numvox/')";

interface HostWindow extends Window {
  readonly heard: () => Promise<{ peak: number; speedFault: string | null; hasMap: boolean }>;
}
declare const window: HostWindow;

let installed: InstalledPackage;
let browser: Browser;
let served: { address: string; close: () => Promise<void> };
/** Folder that is served; the project with the package lies in it, as a page without a bundler reads it from there. */
let hosts: string;

const page = (scripts: string) =>
  `<!doctype html><meta charset="utf-8"><title>host</title><link rel="icon" href="data:,">${scripts}`;

/** Writes a host's files and gives its folder. */
function host(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(hosts, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

/** Opens a host's page and has it play. */
async function play(address: string) {
  const { page: tab, faults } = await openPage(browser, address);
  await tab.waitForFunction(() => 'heard' in window);
  const found = await tab.evaluate(() => window.heard());
  await tab.context().close();
  return { ...found, faults };
}

async function expectSound(address: string): Promise<void> {
  const { peak, ...rest } = await play(address);
  expect(rest).toEqual({ speedFault: null, hasMap: true, faults: [] });
  expect(peak).toBeGreaterThan(0.02);
}

beforeAll(async () => {
  installed = installPackage();
  hosts = join(installed.project, 'hosts');
  rmSync(hosts, { recursive: true, force: true });
  mkdirSync(hosts, { recursive: true });
  symlinkSync(join(installed.project, 'node_modules'), join(hosts, 'packages'));
  served = await servePage({ port: 4370, outDir: hosts });
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  await served.close();
});

describe('the package', () => {
  it('is what publint and arethetypeswrong find nothing to say of', async () => {
    const tarball = readFileSync(installed.tarball);
    const data = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength);
    const { messages, pkg } = await publint({ pack: { tarball: data } });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
    const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    // It says what is wrong in its exit code, which would throw here.
    execFileSync(process.execPath, [attw, installed.tarball, '--profile', 'esm-only', '--no-color']);
  });
});

describe('a note sounds', () => {
  it('in a page without a bundler', async () => {
    const map = { imports: { numvox: '../packages/numvox/dist-library/index.js' } };
    host('plain', {
      'index.html': page(
        `<script type="importmap">${JSON.stringify(map)}</script><script type="module" src="host.js"></script>`,
      ),
      'host.js': hostText(''),
    });
    await expectSound(`${served.address}plain/index.html`);
  });

  it('behind Vite, built', async () => {
    const source = host('vite-source', {
      'index.html': page('<script type="module" src="./host.js"></script>'),
      'host.js': hostText(''),
    });
    const outDir = join(hosts, 'vite');
    await vite({ root: source, base: './', configFile: false, logLevel: 'error', build: { outDir } });
    await expectSound(`${served.address}vite/index.html`);
  });

  it('behind Vite, while it is written', async () => {
    const server = await createServer({
      root: join(hosts, 'vite-source'),
      configFile: false,
      logLevel: 'error',
      optimizeDeps: { exclude: ['numvox'] },
      server: { port: 4380, fs: { strict: false } },
    });
    await server.listen();
    try {
      await expectSound(server.resolvedUrls!.local[0]);
    } finally {
      await server.close();
    }
  });

  it('of an instrument of Tone.js behind Vite, in the copy of Tone that the page has', async () => {
    const source = host('tone-source', {
      'index.html': page('<script type="module" src="./host.js"></script>'),
      'host.js': `
        import * as Tone from 'tone';
        import { Numvox } from 'numvox/tone';
        window.heard = async () => {
          const voice = new Numvox({ preset: 'Choir', backend: 'wasm' }).toDestination();
          const meter = new Tone.Waveform(8192);
          voice.connect(meter);
          await Tone.start();
          await voice.loaded;
          voice.triggerAttackRelease(['C4', 'G4'], 1);
          let peak = 0;
          for (let k = 0; k < 100 && peak < 0.02; k++) {
            await new Promise((resolve) => setTimeout(resolve, 20));
            peak = meter.getValue().reduce((most, sample) => Math.max(most, Math.abs(sample)), peak);
          }
          const isOfTone = voice instanceof Tone.ToneAudioNode && voice.brightness instanceof Tone.Signal && voice.context === Tone.getContext();
          const { speedFault, map } = voice.instrument;
          voice.dispose();
          await voice.closed;
          return { peak: isOfTone ? peak : 0, speedFault, hasMap: map !== null };
        };
      `,
    });
    const outDir = join(hosts, 'tone');
    await vite({ root: source, base: './', configFile: false, logLevel: 'error', build: { outDir } });
    await expectSound(`${served.address}tone/index.html`);
  });

  it('behind webpack', async () => {
    const folder = host('webpack', {
      'index.html': page('<script defer src="built/main.js"></script>'),
      'host.js': hostText(''),
    });
    const compiler = webpack({
      mode: 'production',
      context: folder,
      entry: './host.js',
      output: { path: join(folder, 'built') },
      performance: false,
    });
    const stats = await promisify(compiler.run.bind(compiler))();
    expect(stats?.toString({ all: false, errors: true, warnings: true })).toBe('');
    await expectSound(`${served.address}webpack/index.html`);
  });

  it('behind esbuild, with the assets copied', async () => {
    const folder = host('esbuild', {
      'index.html': page('<script type="module" src="built.js"></script>'),
      'host.js': hostText(copied),
    });
    const { warnings } = await esbuild({
      entryPoints: [join(folder, 'host.js')],
      outfile: join(folder, 'built.js'),
      bundle: true,
      format: 'esm',
      minify: true,
    });
    expect(warnings).toEqual([]);
    cpSync(join(installed.folder, 'dist-library/assets'), join(folder, 'numvox'), { recursive: true });
    await expectSound(`${served.address}esbuild/index.html`);
  });

  it('behind Rollup, with the assets copied', async () => {
    const folder = host('rollup', {
      'index.html': page('<script type="module" src="built/host.js"></script>'),
      'host.js': hostText(copied),
    });
    const warnings: string[] = [];
    const bundle = await rollup({
      input: join(folder, 'host.js'),
      plugins: [nodeResolve({ browser: true })],
      onwarn: ({ message }) => void warnings.push(message),
    });
    await bundle.write({ dir: join(folder, 'built'), format: 'es' });
    await bundle.close();
    expect(warnings).toEqual([]);
    cpSync(join(installed.folder, 'dist-library/assets'), join(folder, 'numvox'), { recursive: true });
    await expectSound(`${served.address}rollup/index.html`);
  });
});

describe('numvox/dsp', () => {
  it('alone costs a page 40 kB at most, and nothing of TensorFlow.js, Tone.js or Lit', async () => {
    const folder = host('dsp', { 'host.js': "export * from 'numvox/dsp';" });
    const { metafile, outputFiles } = await esbuild({
      entryPoints: [join(folder, 'host.js')],
      bundle: true,
      format: 'esm',
      minify: true,
      write: false,
      metafile: true,
    });
    const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;
    console.log(`numvox/dsp in a page: ${(bytes / 1000).toFixed(1)} kB of gzip`);
    expect(bytes).toBeLessThanOrEqual(mostDspBytes);
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.filter((input) => !/(?:^|\/)(?:numvox\/dist-library\/|host\.js$)/.test(input))).toEqual([]);
    expect(inputs.filter((input) => /\b(?:tone|lit|tensorflow)\b/.test(input))).toEqual([]);
    expect(outputFiles[0].text).not.toMatch(/tensorflow|LitElement|Tone\.js/i);
  });
});
