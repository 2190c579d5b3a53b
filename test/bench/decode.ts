// Benchmark: one decode of the shipped model with read-back, on every backend of Node and of headless Chromium.
import * as tf from '@tensorflow/tfjs';
import { fileURLToPath } from 'node:url';
import { buildPage, servePage } from '../../scripts/start.mjs';
import { loadBundleFromFolder } from '../../src/model/bundle.node.ts';
import { Decoder } from '../../src/model/decoder.ts';
import { compileKernels, initWasmBackend } from '../../src/model/kernels/nodeWasm.ts';
import { registerFastKernels } from '../../src/model/kernels/registerKernels.ts';
import { priorMapOf } from '../../src/model/priorMap.ts';
import type { BackendName, FromInference } from '../../src/model/inferenceProtocol.ts';
import { decoderUrls, inferenceWorkerFile } from '../helpers/page.ts';
import { launch, openPage } from '../browser/browser.ts';
import { medianSeconds, row, type Row } from './row.ts';

const model = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));

async function nodeMilliseconds(backend: BackendName, repeats: number): Promise<number> {
  const bundle = await loadBundleFromFolder(model, ['decoder', 'prior-map']);
  const decoder = await Decoder.create(bundle, backend);
  const digit = Float32Array.from(bundle.manifest.digitAnchors[1]);
  const style = Float32Array.from(bundle.manifest.speakers[0].styles[1]);
  const seconds = await medianSeconds(repeats, () => decoder.decode(digit, style));
  decoder.dispose();
  return 1000 * seconds;
}

/** The prior map alone, which every decode runs first. */
async function priorMapMilliseconds(): Promise<number> {
  const bundle = await loadBundleFromFolder(model, ['prior-map']);
  const { digitAnchors, speakers } = bundle.manifest;
  const map = priorMapOf(bundle);
  const calls = 100;
  const seconds = await medianSeconds(20, () => {
    for (let i = 0; i < calls; i++) map.toLatent(digitAnchors[1], speakers[0].styles[1]);
    return Promise.resolve();
  });
  return (1000 * seconds) / calls;
}

type Ready = Extract<FromInference, { type: 'ready' }>;

/** The inference worker of the production build, on each backend by itself. */
async function inChromium(backends: readonly BackendName[]): Promise<Ready[]> {
  const outDir = fileURLToPath(new URL('../../runs/page/', import.meta.url));
  await buildPage({ outDir });
  const server = await servePage({ port: 4340, outDir });
  const browser = await launch();
  try {
    const { page } = await openPage(browser, server.address);
    const found: Ready[] = [];
    for (const backend of backends) {
      found.push(
        await page.evaluate(
          ({ file, urls, backend }) =>
            new Promise<Ready>((resolve, reject) => {
              const worker = new Worker(new URL(file, document.baseURI), { type: 'module' });
              worker.onmessage = ({ data }: MessageEvent<FromInference>) => {
                if (data.type === 'error') reject(new Error(data.message));
                if (data.type !== 'ready') return;
                worker.terminate();
                resolve(data);
              };
              const { port2 } = new MessageChannel();
              const modelUrl = new URL('models/fsdd/', document.baseURI).href;
              worker.postMessage({ type: 'load', modelUrl, urls, kernelPort: port2, backend }, [port2]);
            }),
          { file: inferenceWorkerFile(outDir), urls: decoderUrls(outDir, server.address), backend },
        ),
      );
    }
    return found;
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Times decodes. Leaves the wasm backend with our kernels as the current one. */
export async function benchDecode(): Promise<Row[]> {
  await initWasmBackend();
  const ours = await nodeMilliseconds('wasm', 30);
  const putStockBack = registerFastKernels(await compileKernels());
  putStockBack();
  const priorMap = await priorMapMilliseconds();
  const stock = await nodeMilliseconds('wasm', 5);
  registerFastKernels(await compileKernels());
  const cpu = await nodeMilliseconds('cpu', 3);
  await tf.setBackend('wasm');
  const browser = await inChromium(['wasm', 'webgl']);
  return [
    row('Node, wasm, our kernels', ours, 2, 'ms', 'target 10, wanted 4'),
    row('of which prior map', priorMap, 3, 'ms', `${((100 * priorMap) / ours).toFixed(1)} % of a decode`),
    row('Node, wasm as shipped', stock, 1, 'ms', 'reference'),
    row('Node, cpu', cpu, 0, 'ms', 'reference'),
    ...browser.map(({ backend, milliseconds, renderer }) =>
      row(
        `Chromium, ${backend}`,
        milliseconds[backend] ?? NaN,
        1,
        'ms',
        backend === 'webgl' ? (renderer ?? 'unknown renderer') : undefined,
      ),
    ),
  ];
}
