// What the inference worker does, with fakes for tfjs and the network: choosing, decoding, and what happens when they fail.
import { describe, expect, it } from 'vitest';
import { InferenceSession, type InferenceHost } from '../../src/model/inferenceSession.ts';
import type { BackendName, FromInference, ToInference } from '../../src/model/inferenceProtocol.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { frameValues } from '../../src/contract/spectrogram.ts';
import { tinyBundle } from '../helpers/bundle.ts';

const urls = { gemm: 'a', gemmRelaxed: 'b', tfjs: 'c', tfjsSimd: 'd' };
const point = { digitPoint: new Float32Array(3), style: new Float32Array(4) };

const { format } = tinyBundle().manifest;
/** What a decoder gives for a word: bands and tracks that are not all alike, a little beyond [0, 1]. */
const word = () =>
  Float32Array.from({ length: format.frames * frameValues(format) }, (_, k) => (k % 3 === 0 ? -0.2 : 1.1));

/** Backends that do not start, and what decoding does: give a word, where nothing else is said. */
interface Faults {
  readonly dead?: readonly BackendName[];
  decode?: (style: Float32Array) => Promise<Float32Array>;
  fault?: string;
}

function rig(faults: Faults = {}, host = {}) {
  const { dead = [] } = faults;
  const posted: FromInference[] = [];
  const clips: ToKernel[] = [];
  const log: string[] = [];
  const clock = { now: 1 };
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
        decode: (_digit: Float32Array, style: Float32Array) =>
          faults.decode?.(style) ?? Promise.resolve(word()),
        fault: () => faults.fault,
      });
    },
    releaseFiles: () => Promise.resolve({ 'm/manifest.json': new ArrayBuffer(3) }),
    now: () => clock.now,
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
  const say = (message: ToInference) => session.receive(message);
  return { session, load, ask, say, of, clips, log, posted, clock };
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
    expect(withWasm.of('ready')).toMatchObject([{ backend: 'wasm', wasmFault: null }]);
    const without = rig({}, { ...software, registerWasm: () => Promise.reject(new Error('no SIMD')) });
    await without.load();
    expect(without.of('ready')).toMatchObject([{ backend: 'webgl', wasmFault: 'no SIMD' }]);
  });

  it('gives the bytes of what it loaded away, and loads from those that it gets', async () => {
    const given: unknown[] = [];
    const { say, of } = rig(
      {},
      {
        load: ({ files }: { readonly files?: unknown }) => {
          given.push(files);
          return Promise.resolve({
            bundle: tinyBundle(),
            loadingMap: Promise.resolve({ map: null, mapFault: null }),
          });
        },
      },
    );
    const files = { 'm/manifest.json': new ArrayBuffer(7) };
    const { port2 } = new MessageChannel();
    await say({ type: 'load', modelUrl: 'm/', urls, kernelPort: port2, files });
    expect(given).toEqual([files]);
    expect(of('ready')).toMatchObject([{ files: { 'm/manifest.json': { byteLength: 3 } } }]);
    port2.close();
  });

  it('clamps a word to the range of features', async () => {
    const { load, ask, clips } = rig();
    await load();
    await ask(1, [5]);
    const [clip] = clips;
    expect(clip.type === 'clip' && [...new Set(clip.features)]).toEqual([0, 1]);
  });

  it('says that it has failed once, and does nothing afterwards', async () => {
    const faults: Faults = {};
    const { load, ask, of, clips } = rig(faults);
    await load();
    faults.decode = () => Promise.reject(new Error('out of memory'));
    await ask(1, [5, 6]);
    await ask(2, [7]);
    expect(of('error')).toEqual([{ type: 'error', message: 'out of memory' }]);
    expect(of('settled').at(-1)).toEqual({ type: 'settled', revision: -1 });
    expect(clips).toEqual([]);
  });

  it.each([
    ['NaN', (values: Float32Array) => values.fill(NaN, 3, 4), /not finite/],
    ['infinity', (values: Float32Array) => values.fill(-Infinity, 3, 4), /not finite/],
    ['nonsense', (values: Float32Array) => values.fill(1e6, 3, 4), /1.00e\+6 where nothing lies beyond 8/],
    ['zeros', (values: Float32Array) => values.fill(0), /without any sound/],
    ['too little', (values: Float32Array) => values.subarray(1), /numbers instead of \d+ for a word/],
  ])(
    'refuses a word of %s, decodes the others, and does not call that settled',
    async (_name, spoil, what) => {
      const faults: Faults = {};
      const { load, ask, of, clips } = rig(faults);
      await load();
      let decodes = 0;
      faults.decode = () => Promise.resolve(decodes++ === 1 ? spoil(word()) : word());
      await ask(1, [4, 5, 6]);
      expect(clips).toMatchObject([{ slot: 4 }, { slot: 6 }]);
      expect(of('refused')).toMatchObject([
        { slot: 5, revision: 1, reason: expect.stringMatching(what) as unknown },
      ]);
      expect(of('settled').at(-1)).toEqual({ type: 'settled', revision: -1 });
      expect(of('error')).toEqual([]);
      // Asked for again, it is decoded again, though its point has not moved.
      await ask(1, [4, 5, 6]);
      expect(clips.slice(2)).toMatchObject([{ slot: 5 }]);
      expect(of('settled').at(-1)).toEqual({ type: 'settled', revision: 1 });
    },
  );

  it('answers pings while a decode hangs, with how long it has, and tells of a lost context unasked', async () => {
    const faults: Faults = {};
    const { load, ask, say, of, clock } = rig(faults);
    await load();
    await say({ type: 'ping' });
    faults.decode = () => new Promise(() => undefined);
    void ask(1, [5]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    clock.now += 900;
    await say({ type: 'ping' });
    expect(of('pong')).toMatchObject([{ decodingMilliseconds: 0 }, { decodingMilliseconds: 900 }]);
    expect(of('error')).toEqual([]);
    faults.fault = 'the graphics context was lost';
    await say({ type: 'ping' });
    expect(of('error')).toEqual([{ type: 'error', message: 'the graphics context was lost' }]);
  });

  it('takes zeros of a lost context for its fault, not for a bad point', async () => {
    const faults: Faults = {};
    const { load, ask, of } = rig(faults);
    await load();
    faults.decode = () => {
      faults.fault = 'the graphics context was lost';
      return Promise.resolve(word().fill(0));
    };
    await ask(1, [5]);
    expect(of('refused')).toEqual([]);
    expect(of('error')).toEqual([{ type: 'error', message: 'the graphics context was lost' }]);
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
