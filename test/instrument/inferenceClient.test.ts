// One worker's client with a fake worker: what it loads and sends, what it takes for a fault; and the kernel watch.
import { describe, expect, it } from 'vitest';
import { InferenceClient } from '../../src/instrument/inferenceClient.ts';
import { KernelWatch } from '../../src/instrument/kernelWatch.ts';
import type { KernelStatus } from '../../src/worklet/kernel.ts';
import { FakeWorker, readyAnswer } from '../helpers/fakeWorker.ts';

const urls = { gemm: 'a.wasm', gemmRelaxed: 'b.wasm', tfjs: 'c.wasm', tfjsSimd: 'd.wasm' };

function rig() {
  const worker = new FakeWorker();
  const told: unknown[][] = [];
  const client = new InferenceClient(worker, {
    onProgress: (...args) => told.push(['progress', ...args]),
    onReady: ({ backend }) => told.push(['ready', backend]),
    onSettled: (revision) => told.push(['settled', revision]),
    onRefused: ({ slot }) => told.push(['refused', slot]),
    onPong: (milliseconds) => told.push(['pong', milliseconds]),
    onFault: ({ what }) => told.push(['fault', what]),
  });
  const { port2 } = new MessageChannel();
  const load = () => client.load({ modelUrl: 'models/x/', urls, kernelPort: port2, backend: 'wasm' });
  return { client, worker, told, load };
}

describe('inference client', () => {
  it('loads, then sends targets and passes on what comes back', () => {
    const { client, worker, told, load } = rig();
    load();
    expect(worker.sent[0]).toMatchObject({ type: 'load', modelUrl: 'models/x/', urls, backend: 'wasm' });
    worker.say({ type: 'progress', step: 'loading', fraction: 0.5 });
    worker.say(readyAnswer());
    client.send({ type: 'targets', revision: 3, held: 0, targets: [] });
    expect(worker.sent[1]).toMatchObject({ type: 'targets', revision: 3 });
    worker.say({ type: 'settled', revision: 2 });
    worker.say({ type: 'refused', revision: 3, slot: 9, reason: 'noise' });
    worker.say({ type: 'pong', decodingMilliseconds: 4 });
    expect(told).toEqual([
      ['progress', 'loading', 0.5],
      ['ready', 'wasm'],
      ['settled', 2],
      ['refused', 9],
      ['pong', 4],
    ]);
  });

  it('tells of a fault once, in words that are no longer than a line or two, and of nothing afterwards', () => {
    const { worker, told, load } = rig();
    load();
    worker.say({ type: 'error', message: 'x'.repeat(5000) });
    worker.say(readyAnswer());
    worker.crash('later');
    expect(told).toEqual([['fault', expect.stringMatching(/^failed \(x{300}\)$/)]]);
  });

  it('takes a crash, and a message that cannot be read, for a fault', () => {
    const crashed = rig();
    crashed.worker.crash('');
    expect(crashed.told).toEqual([['fault', 'failed (its program could not be loaded)']]);
    const unread = rig();
    unread.worker.onmessageerror?.({} as MessageEvent);
    expect(unread.told).toEqual([['fault', 'sent a message that cannot be read']]);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a word', 'settled'],
    ['a list', [1, 2]],
    ['nothing', {}],
    ['another type', { type: 'clip' }],
    ['a revision that nobody asked for', { type: 'settled', revision: 4 }],
    ['half a revision', { type: 'settled', revision: 0.5 }],
    ['no revision', { type: 'settled' }],
    ['a fraction above 1', { type: 'progress', step: 'x', fraction: 7 }],
    ['a step that is no text', { type: 'progress', step: {}, fraction: 0 }],
    ['an error without words', { type: 'error' }],
    ['a pong of no time', { type: 'pong', decodingMilliseconds: NaN }],
    ['a second ready', readyAnswer()],
    ['a ready of an unknown backend', { ...readyAnswer(), backend: 'abacus' }],
    ['a refusal without reason', { type: 'refused', revision: 3, slot: 1 }],
  ])('takes %s for a fault', (_name, data) => {
    const { client, worker, told } = rig();
    worker.say(readyAnswer());
    client.send({ type: 'targets', revision: 3, held: 0, targets: [] });
    worker.say(data);
    expect(told.slice(1)).toEqual([['fault', 'sent what it cannot mean']]);
  });

  it('hears nothing once it is closed', () => {
    const { client, worker, told } = rig();
    client.close();
    worker.say(readyAnswer());
    worker.crash('late');
    expect(told).toEqual([]);
    expect(worker.isTerminated).toBe(true);
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
