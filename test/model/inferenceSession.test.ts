// What the inference worker does, with fakes for tfjs and the network: choosing, decoding, and what happens when backends fail.
import { describe, expect, it } from 'vitest';
import { InferenceSession, type InferenceHost } from '../../src/model/inferenceSession.ts';
import type { BackendName, FromInference, ToInference } from '../../src/model/inferenceProtocol.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { tinyBundle } from '../helpers/bundle.ts';

const urls = { gemm: 'a', gemmRelaxed: 'b', tfjs: 'c', tfjsSimd: 'd' };
const point = { digitPoint: new Float32Array(3), style: new Float32Array(4) };

/** Backends that do not start, those that fail in the middle, and those whose weights cannot be freed. */
interface Faults {
  readonly dead?: readonly BackendName[];
  readonly failing?: Set<BackendName>;
  readonly stuck?: readonly BackendName[];
}

function rig({ dead = [], failing = new Set<BackendName>(), stuck = [] }: Faults = {}, host = {}) {
  const posted: FromInference[] = [];
  const clips: ToKernel[] = [];
  const log: string[] = [];
  const faces: InferenceHost = {
    post: (message) => posted.push(message),
    load: () =>
      Promise.resolve({ bundle: tinyBundle(), loadingMap: Promise.resolve({ map: null, mapFault: 'lost' }) }),
    registerWasm: () => Promise.resolve(),
    rendererName: () => null,
    measure: (_bundle, candidates) =>
      Promise.resolve(
        candidates
          .filter((backend) => backend !== 'cpu' && !dead.includes(backend))
          .map((backend, k) => ({ backend, milliseconds: 1 + k })),
      ),
    time: () => Promise.resolve(4),
    createDecoder: (_bundle, backend) => {
      log.push(`create ${backend}`);
      if (dead.includes(backend)) return Promise.reject(new Error(`${backend} does not start`));
      return Promise.resolve({
        backend,
        decode: () =>
          failing.has(backend)
            ? Promise.reject(new Error(`${backend} is lost`))
            : Promise.resolve(Float32Array.of(1)),
        dispose: () => {
          log.push(`dispose ${backend}`);
          if (stuck.includes(backend)) throw new Error('the weights are gone');
        },
      });
    },
    messagesRead: () => Promise.resolve(),
    ...host,
  };
  const session = new InferenceSession(faces);
  const kernelPort = {
    postMessage: (message: ToKernel) => clips.push(message),
  } as unknown as MessagePort;
  const load = (backend?: BackendName) =>
    session.receive({
      type: 'load',
      modelUrl: 'm/',
      urls,
      kernelPort,
      ...(backend ? { backend } : {}),
    });
  const ask = (revision: number, slots: readonly number[]) =>
    session.receive({
      type: 'targets',
      revision,
      held: 0,
      targets: slots.map((slot) => ({ slot, revision, ...point })),
    } satisfies ToInference);
  const of = <T extends FromInference['type']>(type: T) =>
    posted.filter((message): message is Extract<FromInference, { type: T }> => message.type === type);
  return { session, load, ask, of, clips, log, posted };
}

describe('the inference session', () => {
  it('keeps the fastest backend and decodes what was asked for before it was ready', async () => {
    const { load, ask, of, clips, log } = rig();
    await ask(1, [3, 4]);
    expect(clips).toEqual([]);
    await load();
    expect(of('ready')).toMatchObject([{ backend: 'webgl', milliseconds: { webgl: 1, wasm: 2 } }]);
    expect(clips).toMatchObject([{ type: 'clip', slot: 3 }, { slot: 4 }]);
    expect(of('settled')).toEqual([{ type: 'settled', revision: 1 }]);
    expect(log).toEqual(['create webgl']);
  });

  it('sends clips to another kernel from the message on that names it, also of a list that it was decoding', async () => {
    const second: ToKernel[] = [];
    const kernelPort = { postMessage: (message: ToKernel) => second.push(message) } as unknown as MessagePort;
    let turns = 0;
    const { session, load, ask, clips } = rig(
      {},
      {
        messagesRead: async () => {
          if (++turns === 2) await session.receive({ type: 'kernel', kernelPort });
        },
      },
    );
    await load();
    await ask(1, [3, 4, 5]);
    expect(clips).toMatchObject([{ slot: 3 }, { slot: 4 }]);
    expect(second).toMatchObject([{ slot: 5 }]);
    await ask(2, [3]);
    expect(second).toMatchObject([{ slot: 5 }, { slot: 3, revision: 2 }]);
  });

  it('makes a decoder that was asked for once, without measuring others', async () => {
    const measured: unknown[] = [];
    const { load, of, log } = rig({}, { measure: (...args: unknown[]) => void measured.push(args) });
    await load('wasm');
    expect(measured).toEqual([]);
    expect(log).toEqual(['create wasm']);
    expect(of('ready')).toMatchObject([{ backend: 'wasm', milliseconds: { wasm: 4 } }]);
  });

  it('leaves a WebGL that is drawn in software out where wasm works', async () => {
    const software = { rendererName: () => 'Google SwiftShader' };
    const withWasm = rig({}, software);
    await withWasm.load();
    expect(withWasm.of('ready')).toMatchObject([{ backend: 'wasm' }]);
    const without = rig({}, { ...software, registerWasm: () => Promise.reject(new Error('no SIMD')) });
    await without.load();
    expect(without.of('ready')).toMatchObject([{ backend: 'webgl' }]);
  });

  it('frees a decoder that fails and goes on with the next one', async () => {
    const failing = new Set<BackendName>();
    const { load, ask, of, clips, log } = rig({ failing });
    await load();
    failing.add('webgl');
    await ask(1, [5]);
    expect(log).toEqual(['create webgl', 'dispose webgl', 'create wasm']);
    expect(of('backend')).toEqual([{ type: 'backend', backend: 'wasm', reason: 'webgl: webgl is lost' }]);
    expect(clips).toMatchObject([{ slot: 5 }]);
    expect(of('error')).toEqual([]);
  });

  it('passes over a reserve that does not start, and over weights that cannot be freed', async () => {
    const failing = new Set<BackendName>();
    const dead: BackendName[] = [];
    const { load, ask, of, clips, log } = rig({ failing, dead, stuck: ['webgl'] });
    await load();
    failing.add('webgl');
    dead.push('wasm');
    await ask(1, [5]);
    expect(log).toEqual(['create webgl', 'dispose webgl', 'create wasm', 'create cpu']);
    expect(of('backend')).toMatchObject([{ backend: 'cpu' }]);
    expect(clips).toMatchObject([{ slot: 5 }]);
    expect(of('error')).toEqual([]);
  });

  it('says what each backend failed of when none is left, once for each list', async () => {
    const failing = new Set<BackendName>();
    const dead: BackendName[] = [];
    const { load, ask, of, clips } = rig({ failing, dead });
    await load();
    failing.add('webgl');
    dead.push('wasm', 'cpu');
    await ask(1, [5, 6]);
    expect(of('error')).toEqual([
      {
        type: 'error',
        message:
          'no backend is left that decodes (webgl: webgl is lost; wasm: wasm does not start; cpu: cpu does not start)',
      },
    ]);
    await ask(2, [7]);
    expect(of('error')).toHaveLength(2);
    expect(clips).toEqual([]);
  });

  it('says so when a bundle is missing, and when no backend works at all', async () => {
    const missing = rig({}, { load: () => Promise.reject(new Error('manifest.json is missing')) });
    await missing.load();
    expect(missing.of('error')).toEqual([{ type: 'error', message: 'manifest.json is missing' }]);
    const none = rig({ dead: ['webgl', 'wasm'] });
    await none.load();
    expect(none.of('error')[0].message).toMatch(/^none of webgl, wasm, cpu can run the decoder here/);
    const forced = rig({ dead: ['wasm'] });
    await forced.load('wasm');
    expect(forced.of('error')[0].message).toMatch(/^none of wasm can .* \(wasm does not start\)$/);
  });

  it('takes a newer list in between two words', async () => {
    let newer: (() => Promise<void>) | null = null;
    const { load, ask, clips, of } = rig(
      {},
      {
        messagesRead: () => {
          const act = newer;
          newer = null;
          void act?.();
          return Promise.resolve();
        },
      },
    );
    await load();
    newer = () => ask(2, [9]);
    await ask(1, [1, 2, 3]);
    expect(clips.map((clip) => (clip.type === 'clip' ? clip.slot : -1))).toEqual([1, 9]);
    expect(of('settled').at(-1)).toEqual({ type: 'settled', revision: 2 });
  });
});
