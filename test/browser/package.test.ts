// The packed package in hosts that strangers write: four bundlers, a page without one, Node, and the checks that npm users run.
import { execFileSync, spawnSync } from 'node:child_process';
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
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
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
  installed = installPackage(inject('packageHome'));
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

describe('types', () => {
  it('of every entry are whole, for bundlers and for Node', () => {
    const folder = host('types', {
      'host.ts': `
        import { createInstrument, type Instrument, type InstrumentOptions } from 'numvox';
        import { StreamingInverter, stftMagnitudes } from 'numvox/dsp';
        import { Decoder, loadBundle, type Bundle } from 'numvox/model';
        import { defineElements, type ElementName } from 'numvox/elements';
        import { OfflineInstrument, openModel, shippedModel } from 'numvox/offline';
        import { Numvox } from 'numvox/tone';
        import { loadPlugin, type PluginConstructor } from 'numvox/wam';
        export const plugin: Promise<PluginConstructor> = loadPlugin('/numvox/');
        export const voice = (): Numvox => new Numvox({ preset: 'Choir' }).toDestination();
        const options: InstrumentOptions = { connect: true, backend: 'wasm', assets: { model: '/mine/' } };
        export const play = async (): Promise<number> => {
          const instrument: Instrument = await createInstrument(options);
          instrument.session.set('reverb', 0.3);
          // @ts-expect-error there is no such parameter
          instrument.setParameter('reverbs', 1);
          return instrument.manifest.speakers.length;
        };
        export const bundle: Promise<Bundle> = loadBundle(() => Promise.reject(new Error('none')), 'none');
        export const decoder = (from: Bundle): Promise<Decoder> => Decoder.create(from, 'cpu');
        export const names: ElementName[] = ['nv-knob'];
        export const defined: Promise<void> = defineElements(...names);
        export const samples: number = new StreamingInverter({ sampleRate: 16000 }).process(
          stftMagnitudes(new Float32Array(4096), { fftSamples: 1024, hopSamples: 256 }).magnitudes,
          new Float32Array(4096),
        ).produced;
        export const offline = async (): Promise<OfflineInstrument> =>
          OfflineInstrument.open({ model: await openModel(shippedModel()), sampleRate: 48000 });
      `,
    });
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const strict = [
      '--ignoreConfig',
      '--strict',
      '--noEmit',
      '--target',
      'es2022',
      '--lib',
      'es2023,dom,dom.iterable',
    ];
    for (const module of [
      ['--moduleResolution', 'bundler', '--module', 'esnext'],
      ['--module', 'node16'],
    ]) {
      const run = spawnSync(process.execPath, [tsc, ...strict, ...module, join(folder, 'host.ts')], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(run.stdout).toBe('');
    }
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

  it('of the plugin in a host of Web Audio Modules behind esbuild, with the assets copied', async () => {
    const folder = host('wam', {
      'index.html': page('<script type="module" src="built.js"></script>'),
      'host.js': `
        import { initializeWamHost } from '@webaudiomodules/sdk';
        import { loadPlugin } from 'numvox/wam';
        window.heard = async () => {
          const context = new AudioContext();
          const [groupId] = await initializeWamHost(context);
          const Numvox = await loadPlugin('numvox/');
          const plugin = await Numvox.createInstance(groupId, context);
          const analyser = new AnalyserNode(context, { fftSize: 8192 });
          plugin.audioNode.connect(analyser);
          plugin.audioNode.scheduleEvents({ type: 'wam-midi', data: { bytes: [0x90, 60, 100] } });
          const samples = new Float32Array(analyser.fftSize);
          let peak = 0;
          for (let k = 0; k < 100 && peak < 0.02; k++) {
            await new Promise((resolve) => setTimeout(resolve, 20));
            analyser.getFloatTimeDomainData(samples);
            peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), peak);
          }
          const refused = await loadPlugin('nowhere/').catch(({ message }) => message);
          const isToldWell = /nowhere\\/wam\\.js .*; behind a bundler copy numvox\\/dist-library\\/assets/.test(refused);
          await context.close();
          return { peak, speedFault: isToldWell ? null : refused, hasMap: true };
        };
      `,
    });
    await esbuild({
      entryPoints: [join(folder, 'host.js')],
      outfile: join(folder, 'built.js'),
      bundle: true,
      format: 'esm',
    });
    cpSync(join(installed.folder, 'dist-library/assets'), join(folder, 'numvox'), { recursive: true });
    const { peak, faults, ...rest } = await play(`${served.address}wam/index.html`);
    expect(rest).toEqual({ speedFault: null, hasMap: true });
    expect(peak).toBeGreaterThan(0.02);
    // The one that was asked for in vain.
    expect(faults.filter((fault) => !/404/.test(fault))).toEqual([]);
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

describe('Node', () => {
  it('renders the instrument with its effects, decodes a word and inverts a spectrogram', () => {
    const folder = host('node', {
      'host.js': `
        import '@tensorflow/tfjs-backend-cpu';
        import { readFile } from 'node:fs/promises';
        import { join } from 'node:path';
        import { StreamingInverter, stftMagnitudes } from 'numvox/dsp';
        import { Decoder, loadBundle } from 'numvox/model';
        import {
          OfflineEffects, OfflineInstrument, factoryPreset, loadEngineModules, openModel, shippedModel,
        } from 'numvox/offline';
        import * as page from 'numvox';
        const peakOf = (samples) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
        const sampleRate = 24000;
        const model = await openModel(shippedModel());
        const instrument = await OfflineInstrument.open({
          model, sampleRate, modules: loadEngineModules(),
          openEffects: (begin) => OfflineEffects.open({ ...begin, sampleRate, longestFrames: 40 * sampleRate }),
        });
        instrument.load(factoryPreset('Choir'));
        const heard = [];
        const keep = (left) => { for (const sample of left) heard.push(sample); };
        instrument.performer.noteOn(1, 60, 100, 0);
        await instrument.renderTo(sampleRate / 2, keep);
        instrument.performer.allNotesOff();
        await instrument.finish(keep);
        await instrument.close();
        const read = async (file) => new Uint8Array(await readFile(join(shippedModel(), file))).buffer;
        const bundle = await loadBundle(read, 'fsdd', ['decoder', 'prior-map']);
        const decoder = await Decoder.create(bundle, 'cpu');
        const { digitAnchors, speakers } = bundle.manifest;
        const features = await decoder.decode(
          Float32Array.from(digitAnchors[7]), Float32Array.from(speakers[0].styles[7]));
        const tone = Float32Array.from({ length: 16000 }, (_, n) => 0.5 * Math.sin(0.2 * n));
        const inverter = new StreamingInverter({ sampleRate: 16000, fftSamples: 1024, hopSamples: 256 });
        const out = new Float32Array(16000);
        const { magnitudes } = stftMagnitudes(tone, { fftSamples: 1024, hopSamples: 256 });
        const { produced } = inverter.process(magnitudes, out);
        console.log(JSON.stringify({
          engine: loadEngineModules() !== undefined, missed: instrument.missedNotes, seconds: heard.length / sampleRate,
          peak: peakOf(heard), features: features.length, produced, inverted: peakOf(out.subarray(4000, 12000)),
          page: typeof page.createInstrument,
        }));
      `,
    });
    const said = execFileSync(process.execPath, ['host.js'], { cwd: folder, encoding: 'utf8' });
    const found = JSON.parse(said.trim().split('\n').at(-1)!) as Record<string, number>;
    expect(found).toMatchObject({ engine: true, missed: 0, page: 'function' });
    // A reverb of four seconds rings on.
    expect(found.seconds).toBeGreaterThan(2);
    expect(found.peak).toBeGreaterThan(0.05);
    expect(found.features).toBeGreaterThan(1000);
    expect(found.produced).toBeGreaterThan(14_000);
    expect(Math.abs(found.inverted - 0.5)).toBeLessThan(0.05);
  });
});

describe('numvox/elements', () => {
  it('registers what is asked for, on the copy of Lit that the host has', async () => {
    const source = host('elements-source', {
      'index.html': page('<script type="module" src="./host.js"></script>'),
      'host.js': `
        import { LitElement } from 'lit';
        import { applyTheme, defineElements, parameterById } from 'numvox/elements';
        applyTheme();
        await defineElements('nv-control', 'nv-keyboard');
        const control = document.createElement('nv-control');
        Object.assign(control, { parameterId: 'reverb', value: parameterById('reverb').defaultValue });
        const keyboard = Object.assign(document.createElement('nv-keyboard'), { low: 48 });
        document.body.append(control, keyboard);
        const changes = (window.changes = []);
        control.addEventListener('parameter-change', ({ detail }) => changes.push(detail));
        keyboard.addEventListener('key-press', ({ detail: { semitone, down } }) => changes.push({ semitone, down }));
        const refused = await defineElements('nv-nothing').catch(({ message }) => message);
        const meter = customElements.get('nv-meter') === undefined;
        window.found = { lit: control instanceof LitElement, meter, refused };
      `,
    });
    const outDir = join(hosts, 'elements');
    await vite({
      root: source,
      base: './',
      configFile: false,
      logLevel: 'error',
      build: { outDir, target: 'es2022' },
    });
    const { page: tab, faults } = await openPage(browser, `${served.address}elements/index.html`);
    await tab.waitForFunction(() => 'found' in window);
    expect(await tab.evaluate(() => Reflect.get(window, 'found') as unknown)).toEqual({
      lit: true,
      meter: true,
      refused: expect.stringMatching(
        /^nv-nothing is no element of numvox; the names are nv-knob, /,
      ) as unknown,
    });
    await tab.getByRole('slider', { name: /reverb/i }).press('ArrowUp');
    await tab.locator('nv-keyboard button').first().click();
    const changes = await tab.evaluate(() => Reflect.get(window, 'changes') as { id?: string }[]);
    expect(changes[0]).toMatchObject({ id: 'reverb' });
    expect(changes.slice(1)).toEqual([
      { semitone: 0, down: true },
      { semitone: 0, down: false },
    ]);
    expect(faults).toEqual([]);
    await tab.context().close();
  });
});

describe('numvox/dsp', () => {
  it('streams in a worklet and in a worker', async () => {
    /** Frames of a steady tone of amplitude 0.5 through an inverter, as they are asked for. */
    const tone = `
      import { StreamingInverter } from 'numvox/dsp';
      const frame = new Float32Array(513);
      frame.set([0.25, 0.5, 0.25], 19);
      const fill = (inverter, out) => {
        for (let at = 0; at < out.length; ) at += inverter.process(frame, out.subarray(at)).produced;
      };
      const open = (sampleRate) => new StreamingInverter({ sampleRate, fftSamples: 1024, hopSamples: 256 });
    `;
    const folder = host('threads', {
      'index.html': page('<script type="module" src="page.js"></script>'),
      'page.js': `
        window.threads = async () => {
          const context = new OfflineAudioContext(1, 16384, 48000);
          await context.audioWorklet.addModule('built/worklet.js');
          new AudioWorkletNode(context, 'tone').connect(context.destination);
          const rendered = (await context.startRendering()).getChannelData(0);
          const worker = new Worker('built/worker.js', { type: 'module' });
          const answered = await new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
          const peakOf = (samples) => samples.subarray(4096).reduce((most, each) => Math.max(most, Math.abs(each)), 0);
          return { worklet: peakOf(rendered), worker: peakOf(answered) };
        };
      `,
      'worklet.js': `${tone}
        registerProcessor('tone', class extends AudioWorkletProcessor {
          inverter = open(sampleRate);
          process(_, [[out]]) {
            fill(this.inverter, out);
            return true;
          }
        });
      `,
      'worker.js': `${tone}
        const out = new Float32Array(16384);
        fill(open(48000), out);
        postMessage(out);
      `,
    });
    await esbuild({
      entryPoints: [join(folder, 'worklet.js'), join(folder, 'worker.js')],
      outdir: join(folder, 'built'),
      bundle: true,
      format: 'esm',
    });
    const { page: tab, faults } = await openPage(browser, `${served.address}threads/index.html`);
    await tab.waitForFunction(() => 'threads' in window);
    const peaks = await tab.evaluate(() =>
      (Reflect.get(window, 'threads') as () => Promise<{ worklet: number; worker: number }>)(),
    );
    for (const peak of Object.values(peaks)) expect(Math.abs(peak - 0.5)).toBeLessThan(0.05);
    expect(faults).toEqual([]);
    await tab.context().close();
  });

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
