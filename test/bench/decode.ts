// Benchmark: one decode of the shipped model with read-back, on every backend of Node and of headless Chromium.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { fileURLToPath } from 'node:url';
import { buildPage, servePage } from '../../scripts/start.mjs';
import { loadBundleFromFolder } from '../../src/model/bundle.node.ts';
import { Decoder } from '../../src/model/decoder.ts';
import { compileKernels, initWasmBackend } from '../../src/model/kernels/node.ts';
import { registerFastKernels, unregisterFastKernels } from '../../src/model/kernels/register.ts';
import type { BackendName, FromInference } from '../../src/model/protocol.ts';
import { inferenceWorkerFile } from '../helpers/page.ts';
import { launch, openPage } from '../browser/browser.ts';
import { medianSeconds, row, type Row } from './row.ts';

const model = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));

async function nodeMilliseconds(backend: BackendName, repeats: number): Promise<number> {
  const bundle = await loadBundleFromFolder(model, ['decoder']);
  const decoder = await Decoder.create(bundle, backend);
  const digit = Float32Array.from(bundle.manifest.digitAnchors[1]);
  const style = Float32Array.from(bundle.manifest.speakers[0].styles[1]);
  const seconds = await medianSeconds(repeats, () => decoder.decode(digit, style));
  decoder.dispose();
  return 1000 * seconds;
}

/** Backends as the inference worker of the production build measures them when the page starts. */
async function browserMilliseconds(): Promise<Extract<FromInference, { type: 'ready' }>> {
  const outDir = fileURLToPath(new URL('../../runs/page/', import.meta.url));
  await buildPage({ outDir });
  const server = await servePage({ port: 4340, outDir });
  const browser = await launch();
  try {
    const { page } = await openPage(browser, server.address);
    return await page.evaluate(
      (file) =>
        new Promise<Extract<FromInference, { type: 'ready' }>>((resolve, reject) => {
          const worker = new Worker(new URL(file, document.baseURI), { type: 'module' });
          worker.onmessage = ({ data }: MessageEvent<FromInference>) => {
            if (data.type === 'error') reject(new Error(data.message));
            if (data.type === 'ready') resolve(data);
          };
          const { port2 } = new MessageChannel();
          const modelUrl = new URL('models/fsdd/', document.baseURI).href;
          worker.postMessage({ type: 'load', modelUrl, kernelPort: port2 }, [port2]);
        }),
      inferenceWorkerFile(outDir),
    );
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Times decodes. Leaves the wasm backend with our kernels as the current one. */
export async function benchDecode(): Promise<Row[]> {
  await initWasmBackend();
  const ours = await nodeMilliseconds('wasm', 30);
  unregisterFastKernels();
  const stock = await nodeMilliseconds('wasm', 5);
  registerFastKernels(await compileKernels());
  const cpu = await nodeMilliseconds('cpu', 3);
  await tf.setBackend('wasm');
  const { milliseconds, backend, renderer } = await browserMilliseconds();
  return [
    row('Node, wasm, our kernels', ours, 2, 'ms', 'target 10, wanted 4'),
    row('Node, wasm as shipped', stock, 1, 'ms', 'reference'),
    row('Node, cpu', cpu, 0, 'ms', 'reference'),
    ...Object.entries(milliseconds).map(([name, value]) =>
      row(`Chromium, ${name}`, value, 1, 'ms', name === backend ? 'the one kept' : undefined),
    ),
    { name: 'Chromium, WebGL renderer', value: '', unit: renderer ?? 'none' },
  ];
}
