// The inference worker of the production build: WebGL and wasm decode what the cpu backend decodes.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { styleAt } from '../../src/model/latent.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { decoderUrls, inferenceWorkerFile } from '../helpers/page.ts';
import { launch, openPage } from './browser.ts';

const address = inject('address');
const urls = decoderUrls(inject('outDir'), address);
/** Slots that are compared, at a moved latent point: enough words to catch a wrong layer, few enough for software WebGL. */
const slots = [0, 17, 34, 59];

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launch({ webGl: true });
  ({ page } = await openPage(browser, address));
});
afterAll(() => browser.close());

/** Clips that the worker sends to the kernel's port, by slot. */
async function decode(backend: string): Promise<Map<number, number[]>> {
  const file = inferenceWorkerFile(inject('outDir'));
  const manifest = (await (await page.request.get(`${address}models/fsdd/manifest.json`)).json()) as Manifest;
  const targets = slots.map((slot) => ({
    slot: slot % (10 * manifest.speakers.length),
    digitPoint: manifest.digitAnchors[slot % 10],
    style: [...styleAt(manifest, Math.floor(slot / 10) % manifest.speakers.length, slot % 10, [0.7, -0.4])],
  }));
  const clips = await page.evaluate(
    ({ file, urls, wanted, points }) =>
      new Promise<[number, number[]][]>((resolve, reject) => {
        const worker = new Worker(new URL(file, document.baseURI), { type: 'module' });
        const { port1, port2 } = new MessageChannel();
        const found: [number, number[]][] = [];
        port1.onmessage = ({ data }: MessageEvent<{ slot: number; features: Float32Array }>) => {
          found.push([data.slot, [...data.features]]);
          if (found.length < points.length) return;
          worker.terminate();
          resolve(found);
        };
        worker.onmessage = ({ data }: MessageEvent<{ type: string; message?: string; backend?: string }>) => {
          if (data.type === 'error') reject(new Error(data.message));
          if (data.type === 'backend') reject(new Error(`fell back to ${data.backend}`));
          if (data.type !== 'ready') return;
          if (data.backend !== wanted) reject(new Error(`${data.backend} instead of ${wanted}`));
          const sent = points.map((point) => ({
            slot: point.slot,
            revision: 1,
            digitPoint: Float32Array.from(point.digitPoint),
            style: Float32Array.from(point.style),
          }));
          worker.postMessage({ type: 'targets', revision: 1, held: 0, targets: sent });
        };
        const modelUrl = new URL('models/fsdd/', document.baseURI).href;
        worker.postMessage({ type: 'load', modelUrl, urls, kernelPort: port2, backend: wanted }, [port2]);
      }),
    { file, urls, wanted: backend, points: targets },
  );
  return new Map(clips);
}

/** Compiling shaders in software on a busy machine can outlast the worker's patience; the second time they are cached. */
async function decodePatiently(backend: string): Promise<Map<number, number[]>> {
  for (let tries = 0; tries < 3; tries++) {
    const clips = await decode(backend).catch((reason: unknown) => {
      if (!/none of/.test(String(reason))) throw reason;
    });
    if (clips) return clips;
  }
  return decode(backend);
}

it('says that a list is settled even where all of it was decoded before', async () => {
  const file = inferenceWorkerFile(inject('outDir'));
  const manifest = (await (await page.request.get(`${address}models/fsdd/manifest.json`)).json()) as Manifest;
  const point = { digitPoint: manifest.digitAnchors[3], style: [...styleAt(manifest, 0, 3, [])] };
  const settled = await page.evaluate(
    ({ file, urls, point }) =>
      new Promise<number[]>((resolve, reject) => {
        const worker = new Worker(new URL(file, document.baseURI), { type: 'module' });
        const revisions: number[] = [];
        const ask = (revision: number) => {
          const digitPoint = Float32Array.from(point.digitPoint);
          const target = { slot: 3, revision: 1, digitPoint, style: Float32Array.from(point.style) };
          worker.postMessage({ type: 'targets', revision, held: 0, targets: [target] });
        };
        worker.onmessage = ({ data }: MessageEvent<{ type: string; revision: number; message?: string }>) => {
          if (data.type === 'error') reject(new Error(data.message));
          if (data.type === 'ready') ask(1);
          // Nothing is asked for before the worker is ready.
          if (data.type !== 'settled' || data.revision < 0) return;
          revisions.push(data.revision);
          if (revisions.length === 1) ask(2);
          else {
            worker.terminate();
            resolve(revisions);
          }
        };
        const modelUrl = new URL('models/fsdd/', document.baseURI).href;
        const { port2 } = new MessageChannel();
        worker.postMessage({ type: 'load', modelUrl, urls, kernelPort: port2, backend: 'wasm' }, [port2]);
      }),
    { file, urls, point },
  );
  expect(settled).toEqual([1, 2]);
});

it('decodes the same on WebGL, wasm and cpu, within a thousandth of the feature range', async () => {
  const reference = await decode('cpu');
  for (const backend of ['wasm', 'webgl']) {
    const clips = await decodePatiently(backend);
    expect(clips.size).toBe(reference.size);
    for (const [slot, features] of reference) {
      const other = clips.get(slot) ?? [];
      expect(other).toHaveLength(features.length);
      const worst = features.reduce((most, x, k) => Math.max(most, Math.abs(x - other[k])), 0);
      expect(worst).toBeLessThan(1e-3);
      // A decoder that gives nothing would agree with another that gives nothing.
      expect(Math.max(...features)).toBeGreaterThan(0.2);
    }
  }
});
