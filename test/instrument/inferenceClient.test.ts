// The worker's client with a fake worker: load, refusal, faults after loading, closing; and the kernel watch.
import { describe, expect, it } from 'vitest';
import { InferenceClient, type InferenceWorker } from '../../src/instrument/inferenceClient.ts';
import { KernelWatch } from '../../src/instrument/kernelWatch.ts';
import type { FromInference, ToInference } from '../../src/model/inferenceProtocol.ts';
import type { KernelStatus } from '../../src/worklet/kernel.ts';
import { smallManifest } from '../helpers/manifest.ts';

function rig() {
  const sent: ToInference[] = [];
  const events: unknown[][] = [];
  const state = { terminated: false };
  const worker: InferenceWorker = {
    postMessage: (message) => sent.push(message),
    onmessage: null,
    onerror: null,
    terminate: () => (state.terminated = true),
  };
  const client = new InferenceClient(worker, {
    onProgress: (...args) => events.push(['progress', ...args]),
    onSettled: (revision) => events.push(['settled', revision]),
    onBackend: (...args) => events.push(['backend', ...args]),
    onFault: (error) => events.push(['fault', error.place, error.message]),
  });
  const say = (data: FromInference) => worker.onmessage?.({ data } as MessageEvent<FromInference>);
  const { port2 } = new MessageChannel();
  return { client, worker, sent, events, say, port: port2, state };
}

const urls = { gemm: 'a.wasm', gemmRelaxed: 'b.wasm', tfjs: 'c.wasm', tfjsSimd: 'd.wasm' };
const request = (modelUrl: string, kernelPort: MessagePort) => ({ modelUrl, kernelPort, urls });

const ready: FromInference = {
  type: 'ready',
  manifest: smallManifest(),
  weightsHash: null,
  map: null,
  mapFault: null,
  backend: 'wasm',
  milliseconds: { wasm: 4 },
  renderer: null,
};

describe('inference client', () => {
  it('loads, passing progress on, then forwards targets and events', async () => {
    const { client, sent, events, say, port } = rig();
    const loading = client.load({ ...request('models/x/', port), backend: 'wasm' });
    expect(sent[0]).toMatchObject({ type: 'load', modelUrl: 'models/x/', urls, backend: 'wasm' });
    say({ type: 'progress', step: 'loading', fraction: 0.5 });
    say(ready);
    expect((await loading).backend).toBe('wasm');
    client.send({ type: 'targets', revision: 3, held: 0, targets: [] });
    say({ type: 'settled', revision: 3 });
    say({ type: 'backend', backend: 'cpu', reason: 'context lost' });
    expect(sent[1]).toMatchObject({ type: 'targets', revision: 3 });
    expect(events).toEqual([
      ['progress', 'loading', 0.5],
      ['settled', 3],
      ['backend', 'cpu', 'context lost'],
    ]);
  });

  it('rejects with what to do when the bundle cannot be loaded', async () => {
    const { client, say, port } = rig();
    const loading = client.load(request('models/none/', port));
    say({ type: 'error', message: 'manifest.json was not found' });
    await expect(loading).rejects.toThrow(
      /could not be used: manifest.json was not found; check .* try again/,
    );
  });

  it('rejects when the worker itself cannot start, and when closed while loading', async () => {
    const first = rig();
    const loading = first.client.load(request('m/', first.port));
    first.worker.onerror?.({ message: '', preventDefault: () => undefined } as ErrorEvent);
    await expect(loading).rejects.toThrow(/program could not be loaded/);
    const second = rig();
    const closed = second.client.load(request('m/', second.port));
    second.client.close();
    await expect(closed).rejects.toThrow(/closed while loading/);
    expect(second.state.terminated).toBe(true);
  });

  it('reports faults after loading as events', async () => {
    const { client, events, say, port } = rig();
    const loading = client.load(request('m/', port));
    say(ready);
    await loading;
    say({ type: 'error', message: 'no backend is left' });
    expect(events).toEqual([['fault', 'model', expect.stringContaining('no backend is left')]]);
  });
});

describe('kernel watch', () => {
  const status = (clips: number): KernelStatus => ({
    frame: 0,
    failedBlocks: 0,
    activeVoices: 0,
    clips,
    missedNotes: 0,
    underruns: 0,
    load: 0,
    lookAheadFrames: 3,
    sweeps: 2,
    nonFinite: 0,
    loops: 'simd',
  });

  it('waits for a clip of every digit, and no longer than it is wanted or answered', async () => {
    let clips = 7;
    const watch = new KernelWatch({ status: () => Promise.resolve(status(clips++)) });
    await watch.firstWords(() => true);
    expect(clips).toBe(11);
    await new KernelWatch({ status: () => Promise.resolve(status(0)) }).firstWords(() => false);
    const dead = new KernelWatch({ status: () => Promise.reject(new Error('no answer')) });
    await dead.firstWords(() => true);
    expect(await dead.isAlive()).toBe(false);
    expect(await watch.isAlive()).toBe(true);
  });
});
