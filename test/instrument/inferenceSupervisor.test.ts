// The supervisor with fake workers and fake time: what counts as a fault, who takes over, and how it ends.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InferenceSupervisor } from '../../src/instrument/inferenceSupervisor.ts';
import type { BackendName } from '../../src/model/inferenceProtocol.ts';
import { FakeWorker, readyAnswer } from '../helpers/fakeWorker.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const urls = { gemm: 'a.wasm', gemmRelaxed: 'b.wasm', tfjs: 'c.wasm', tfjsSimd: 'd.wasm' };
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

interface Faults {
  /** Workers that answer no ping, by their number. */
  readonly mute?: (made: number) => boolean;
  /** Attempts at which no worker can be made. */
  readonly refuse?: (attempt: number) => boolean;
  /** The player asked for this one. */
  readonly backend?: BackendName;
}

function rig({ mute = () => false, refuse = () => false, backend }: Faults = {}) {
  let attempts = 0;
  const workers: FakeWorker[] = [];
  const log: string[] = [];
  const notices: string[] = [];
  const ports: MessagePort[] = [];
  let refused: (reason: string) => void = () => undefined;
  const supervisor = new InferenceSupervisor({
    makeWorker: () => {
      if (refuse(attempts++)) throw new Error('no more threads');
      const worker = new FakeWorker();
      if (mute(workers.length)) worker.answers = null;
      workers.push(worker);
      return worker;
    },
    request: { modelUrl: 'm/', urls, backend },
    events: {
      onProgress: (step) => log.push(`progress ${step}`),
      onSettled: (revision) => log.push(`settled ${revision}`),
      onUnsettled: (reason) => log.push(`unsettled: ${reason}`),
      onDecoding: (decoding, backend) => log.push(`${decoding} on ${backend}`),
      onFresh: () => log.push('fresh'),
      onFault: (what, now) => notices.push(`${what} ${now}`),
    },
  });
  const kernel = {
    connectPort: (port: MessagePort) => void ports.push(port),
    onRefused: (handler: (reason: string) => void) => void (refused = handler),
  };
  const last = () => workers[workers.length - 1];
  const ask = (revision: number) => supervisor.send({ type: 'targets', revision, held: 0, targets: [] });
  /** The worker that was made last has loaded. */
  const ready = (backend: BackendName = last().of('load')[0].backend ?? 'wasm') =>
    last().say(readyAnswer(backend));
  /** An instrument that plays, and has for longer than any fault is remembered. */
  const running = async (backend: BackendName = 'wasm') => {
    const loading = supervisor.load();
    ready(backend);
    await loading;
    supervisor.connect(kernel);
    ask(1);
    await pass(11_000);
    log.length = 0;
  };
  const backendAsked = () => last().of('load')[0].backend;
  return {
    supervisor,
    workers,
    log,
    notices,
    ports,
    kernel,
    last,
    ask,
    ready,
    running,
    backendAsked,
    refuseClip: (reason: string) => refused(reason),
  };
}

describe('loading', () => {
  it('gives what the first worker has loaded, and its port to the kernel once that is there', async () => {
    const { supervisor, workers, kernel, ports, ready, last, log } = rig();
    const loading = supervisor.load();
    last().say({ type: 'progress', step: 'loading the model', fraction: 0 });
    ready('webgl');
    expect(await loading).toMatchObject({ backend: 'webgl' });
    expect(supervisor.backend).toBe('webgl');
    supervisor.connect(kernel);
    expect(ports).toHaveLength(1);
    expect(log).toEqual(['progress loading the model', 'running on webgl']);
    expect(workers).toHaveLength(1);
    supervisor.close();
  });

  it("rejects with the worker's own words and what to do, and tries what it said not again", async () => {
    const { supervisor, workers, last } = rig();
    const loading = supervisor.load();
    last().say({ type: 'error', message: 'manifest.json was not found' });
    await expect(loading).rejects.toThrow(
      /^The model could not be used: manifest.json was not found; check .* then try again\.$/,
    );
    expect(workers).toHaveLength(1);
    expect(last().isTerminated).toBe(true);
    const crashing = rig();
    const crashed = crashing.supervisor.load();
    crashing.last().crash('');
    await expect(crashed).rejects.toThrow(/the decoder's worker failed: its program could not be loaded/);
    const forbidden = rig({ refuse: () => true });
    await expect(forbidden.supervisor.load()).rejects.toThrow(/no more threads/);
  });

  it('tries a worker that falls silent once more, without measuring', async () => {
    const { supervisor, workers, ready, backendAsked } = rig({ mute: (made) => made === 0 });
    const loading = supervisor.load();
    await pass(29_000);
    expect(workers).toHaveLength(1);
    await pass(2000);
    expect(workers).toHaveLength(2);
    expect(workers[0].isTerminated).toBe(true);
    expect(backendAsked()).toBe('wasm');
    ready();
    expect(await loading).toMatchObject({ backend: 'wasm' });
    supervisor.close();
  });

  it('waits for a slow network as long as the worker answers', async () => {
    const { supervisor, workers, ready } = rig();
    const loading = supervisor.load();
    await pass(600_000);
    expect(workers).toHaveLength(1);
    ready();
    await loading;
    supervisor.close();
  });

  it('rejects a load under way when it is closed, and leaves no timer', async () => {
    const { supervisor, last } = rig();
    const loading = supervisor.load();
    supervisor.close();
    await expect(loading).rejects.toThrow(/closed while loading/);
    expect(last().isTerminated).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a worker that fails while it decodes', () => {
  const faults: [string, (worker: FakeWorker) => void, RegExp][] = [
    ['throws', (worker) => worker.crash('boom'), /failed \(boom\)/],
    [
      'says that it failed',
      (worker) => worker.say({ type: 'error', message: 'out of memory' }),
      /out of memory/,
    ],
    ['posts garbage', (worker) => worker.say({ settled: true }), /sent what it cannot mean/],
    [
      'claims what nobody asked for',
      (worker) => worker.say({ type: 'settled', revision: 99 }),
      /cannot mean/,
    ],
    ['cannot be read', (worker) => worker.onmessageerror?.({} as MessageEvent), /cannot be read/],
    [
      'gives no word',
      (worker) =>
        worker.say({ type: 'refused', revision: 1, slot: 3, reason: 'numbers that are not finite' }),
      /gave numbers that are not finite; that was refused, and the last good word stays/,
    ],
  ];
  it.each(faults)('%s: a fresh one on the same backend takes over at once', async (_name, fail, what) => {
    const { workers, log, notices, ports, last, ready, running, backendAsked, supervisor, ask } = rig();
    await running();
    fail(workers[0]);
    expect(workers[0].isTerminated).toBe(true);
    expect(notices).toEqual([expect.stringMatching(what)]);
    expect(notices[0]).toMatch(/^The decoder on wasm .*\. A new one is being started; all notes sound on\.$/);
    // What is asked for meanwhile is asked for again by the one who is told that another decodes.
    ask(2);
    await pass(1);
    expect(workers).toHaveLength(2);
    expect(backendAsked()).toBe('wasm');
    expect(last().of('load')[0].files).toEqual({ 'http://x/manifest.json': new ArrayBuffer(5) });
    ready();
    expect(log).toEqual(['replacing on wasm', 'running on wasm', 'fresh']);
    expect(ports).toHaveLength(2);
    expect(notices[1]).toMatch(/A new decoder on wasm has taken over; nothing else has changed\.$/);
    ask(3);
    expect(last().of('targets')).toMatchObject([{ revision: 3 }]);
    last().say({ type: 'settled', revision: 3 });
    expect(log.at(-1)).toBe('settled 3');
    supervisor.close();
  });

  it('hangs or was ended from outside: noticed within a second, replaced beside it', async () => {
    const { workers, notices, last, ready, running, supervisor } = rig();
    await running();
    workers[0].answers = null;
    await pass(1000);
    expect(notices).toEqual([
      expect.stringMatching(/^The decoder on wasm has not answered for 0\.\d s\. A new/),
    ]);
    expect(workers).toHaveLength(2);
    expect(workers[0].isTerminated).toBe(false);
    ready();
    expect(workers[0].isTerminated).toBe(true);
    expect(last().isTerminated).toBe(false);
    supervisor.close();
  });

  it('answers, but does not finish a word', async () => {
    const { workers, notices, running, supervisor } = rig();
    await running();
    workers[0].answers = 900;
    await pass(200);
    expect(notices).toEqual([expect.stringMatching(/has not answered for 0.9 s/)]);
    await pass(1);
    expect(workers).toHaveLength(2);
    supervisor.close();
  });

  it('sends the kernel what is no clip', async () => {
    const { workers, notices, refuseClip, running, supervisor } = rig();
    await running();
    refuseClip('clip.slot must be a whole number from 0 to 59, got -1');
    expect(notices[0]).toMatch(/sent the sound engine something else than words \(clip\.slot .* got -1\)/);
    expect(workers[0].isTerminated).toBe(true);
    supervisor.close();
  });
});

describe('a worker that is only slow', () => {
  it('goes on when it answers before the other is ready, and is given more time from then on', async () => {
    const { workers, log, notices, running, supervisor } = rig();
    await running();
    workers[0].answers = null;
    await pass(1000);
    workers[0].answers = 0;
    await pass(200);
    expect(workers[1].isTerminated).toBe(true);
    expect(workers[0].isTerminated).toBe(false);
    expect(notices.at(-1)).toMatch(/It answers again and goes on; nothing has changed\.$/);
    expect(log).toEqual(['replacing on wasm', 'running on wasm']);
    workers[0].answers = null;
    await pass(1200);
    expect(workers).toHaveLength(2);
    await pass(600);
    expect(workers).toHaveLength(3);
    supervisor.close();
  });

  it('is not suspected while one decode takes as long as decodes do there', async () => {
    const { supervisor, workers, kernel, last } = rig();
    const loading = supervisor.load();
    last().say({ ...readyAnswer('cpu'), milliseconds: { cpu: 2000 } });
    await loading;
    supervisor.connect(kernel);
    workers[0].answers = null;
    await pass(7500);
    expect(workers).toHaveLength(1);
    await pass(1000);
    expect(workers).toHaveLength(2);
    supervisor.close();
  });

  it('is not suspected because the page itself was held up', async () => {
    const { workers, running, supervisor } = rig();
    await running();
    // No tick and no answer for an hour, as in a page that was asleep; then one late tick.
    vi.setSystemTime(Date.now() + 3_600_000);
    const real = performance.now();
    const later = vi.spyOn(performance, 'now').mockImplementation(() => real + 3_600_000);
    workers[0].answers = null;
    await pass(300);
    workers[0].answers = 0;
    await pass(300);
    expect(workers).toHaveLength(1);
    later.mockRestore();
    supervisor.close();
  });
});

describe('one fault after the other', () => {
  it('goes on to the next backend, then round again with pauses, and ends with the truth', async () => {
    const { supervisor, workers, log, notices, running, last, backendAsked } = rig();
    await running('webgl');
    const asked: [BackendName | undefined, number][] = [];
    let since = performance.now();
    workers[0].crash('driver reset');
    for (let tries = 0; tries < 6; tries++) {
      const made = workers.length;
      while (workers.length === made) await pass(50);
      asked.push([backendAsked(), Math.round((performance.now() - since) / 1000)]);
      since = performance.now();
      last().say({ type: 'error', message: 'still broken' });
    }
    expect(asked).toEqual([
      ['webgl', 0],
      ['wasm', 0],
      ['cpu', 0],
      ['webgl', 1],
      ['wasm', 2],
      ['cpu', 4],
    ]);
    expect(supervisor.decoding).toBe('stopped');
    expect(log.slice(-2)).toEqual(['stopped on webgl', 'unsettled: the decoder could not be started again']);
    expect(notices.at(-1)).toBe(
      'The decoder on webgl failed (driver reset). No new one could be started. ' +
        'Notes sound on with the words that they have; knobs that change words do not reach them.',
    );
    const { length } = workers;
    await pass(60_000);
    expect(workers).toHaveLength(length);
    expect(vi.getTimerCount()).toBe(0);
    supervisor.retry();
    await pass(1);
    expect(workers).toHaveLength(length + 1);
    last().say(readyAnswer('webgl'));
    expect(supervisor.decoding).toBe('running');
    supervisor.retry();
    await pass(1);
    expect(workers).toHaveLength(length + 1);
    supervisor.close();
  });

  it('moves on from a backend that fails whenever it has taken over', async () => {
    const { workers, running, ready, last, backendAsked, supervisor } = rig();
    await running('webgl');
    const asked: unknown[] = [];
    for (let losses = 0; losses < 3; losses++) {
      workers.at(-1)?.say({ type: 'error', message: 'the graphics context was lost' });
      await pass(1);
      asked.push(backendAsked());
      ready();
      await pass(500);
    }
    expect(asked).toEqual(['webgl', 'wasm', 'wasm']);
    expect(last().isTerminated).toBe(false);
    supervisor.close();
  });

  it('leaves a backend that has failed three times, however long it had lasted each time', async () => {
    const { workers, running, ready, backendAsked, supervisor } = rig();
    await running('webgl');
    const asked: unknown[] = [];
    for (let losses = 0; losses < 4; losses++) {
      workers.at(-1)?.say({ type: 'error', message: 'the graphics context was lost' });
      await pass(1);
      asked.push(backendAsked());
      ready();
      await pass(20_000);
    }
    expect(asked).toEqual(['webgl', 'webgl', 'wasm', 'wasm']);
    // It has its rest, and then another try.
    const { length } = workers;
    await pass(90_000);
    expect(workers).toHaveLength(length);
    await pass(20_000);
    expect(backendAsked()).toBe('webgl');
    supervisor.close();
  });

  it('survives a replacement that dies, hangs or cannot be made', async () => {
    const { workers, running, ready, last, supervisor, backendAsked } = rig({
      mute: (made) => made === 2,
      refuse: (attempt) => attempt === 3,
    });
    await running();
    workers[0].crash('boom');
    await pass(1);
    workers[1].crash('again');
    await pass(1);
    expect(backendAsked()).toBe('cpu');
    await pass(2500);
    expect(workers[2].isTerminated).toBe(true);
    await pass(1100);
    expect(workers).toHaveLength(4);
    expect(backendAsked()).toBe('wasm');
    ready();
    expect(supervisor.decoding).toBe('running');
    expect(last().isTerminated).toBe(false);
    supervisor.close();
  });

  it('takes two faults at once for one', async () => {
    const { workers, running, notices, ready, supervisor } = rig();
    await running();
    workers[0].answers = null;
    await pass(1000);
    workers[0].crash('boom');
    workers[0].say('garbage');
    await pass(1000);
    expect(workers).toHaveLength(2);
    expect(notices).toHaveLength(1);
    ready();
    expect(supervisor.decoding).toBe('running');
    supervisor.close();
  });

  it('is closed in the middle of it all: every worker ends, no timer stays, nothing is told any more', async () => {
    const { workers, running, notices, log, supervisor } = rig();
    await running();
    workers[0].answers = null;
    await pass(1000);
    supervisor.close();
    log.length = notices.length = 0;
    for (const worker of workers) {
      worker.crash('late');
      worker.say(readyAnswer());
    }
    await pass(60_000);
    expect(workers.every(({ isTerminated }) => isTerminated)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    expect([log, notices]).toEqual([[], []]);
    const pausing = rig();
    await pausing.running();
    pausing.workers[0].crash('boom');
    pausing.supervisor.close();
    await pass(60_000);
    expect(pausing.workers).toHaveLength(1);
  });
});

describe('a point that no decoder makes a word of', () => {
  it('is refused on every backend, then the first one goes on with all other words', async () => {
    const { workers, running, ready, last, log, notices, supervisor, backendAsked, ask } = rig();
    await running();
    const refuse = () => last().say({ type: 'refused', revision: 1, slot: 3, reason: 'noise' });
    const asked: unknown[] = [];
    for (let tries = 0; tries < 3; tries++) {
      refuse();
      await pass(1100);
      asked.push(backendAsked());
      ready();
      ask(1);
    }
    expect(asked).toEqual(['wasm', 'cpu', 'wasm']);
    expect(notices.at(-1)).toMatch(
      /gave noise; .* All other words follow the knobs, decoded on wasm; that one keeps/,
    );
    refuse();
    refuse();
    expect(log.at(-1)).toBe('unsettled: a word could not be decoded (noise)');
    await pass(5000);
    expect(workers).toHaveLength(4);
    expect(supervisor.decoding).toBe('running');
    // A point that swings in and out of such a place for minutes: told now and then, and nothing is replaced.
    const { length } = notices;
    for (let swings = 0; swings < 1000; swings++) {
      last().say({ type: 'settled', revision: 1 });
      await pass(75);
      refuse();
      await pass(75);
    }
    expect(notices.length - length).toBe(2);
    expect(workers).toHaveLength(4);
    supervisor.close();
  });
});

describe('the backend of the start', () => {
  /** Two faults in a row have left wasm for plain JavaScript. */
  const onCpu = async (faults: Faults = {}) => {
    const made = rig(faults);
    await made.running();
    for (let losses = 0; losses < 2; losses++) {
      made.last().crash('boom');
      await pass(1);
      made.ready();
    }
    expect(made.supervisor.backend).toBe('cpu');
    made.log.length = made.notices.length = 0;
    return made;
  };

  it('takes over again after a quiet while, beside the one that decodes meanwhile', async () => {
    const { supervisor, workers, log, notices, ready, backendAsked } = await onCpu();
    const { length } = workers;
    await pass(9000);
    expect(workers).toHaveLength(length);
    await pass(2000);
    expect(backendAsked()).toBe('wasm');
    expect([supervisor.decoding, workers[length - 1].isTerminated]).toEqual(['running', false]);
    ready();
    expect(workers[length - 1].isTerminated).toBe(true);
    expect([supervisor.backend, log]).toEqual(['wasm', ['running on wasm', 'fresh']]);
    expect(notices).toEqual([
      'The decoder works on wasm again. It has taken over from cpu; nothing else has changed.',
    ]);
    await pass(600_000);
    expect(workers).toHaveLength(length + 1);
    supervisor.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is tried ever more seldom while it fails, and nobody is told', async () => {
    const { supervisor, workers, notices, last } = await onCpu();
    const tries: number[] = [];
    const begin = performance.now();
    while (tries.length < 7) {
      const { length } = workers;
      while (workers.length === length) await pass(1000);
      tries.push(Math.round((performance.now() - begin) / 10_000));
      last().say({ type: 'error', message: 'still broken' });
    }
    expect(tries).toEqual([1, 3, 7, 15, 31, 61, 91]);
    expect([supervisor.decoding, supervisor.backend, notices]).toEqual(['running', 'cpu', []]);
    supervisor.close();
  });

  it('is dropped where the one that decodes fails meanwhile, which is told and mended as ever', async () => {
    const { supervisor, workers, notices, ready } = await onCpu();
    const { length } = workers;
    await pass(11_000);
    workers[length - 1].crash('boom');
    expect(workers[length].isTerminated).toBe(true);
    expect(notices).toEqual([expect.stringMatching(/^The decoder on cpu failed \(boom\)\. A new one/)]);
    expect(supervisor.decoding).toBe('replacing');
    await pass(1);
    ready();
    expect([supervisor.decoding, supervisor.backend]).toEqual(['running', 'wasm']);
    supervisor.close();
  });

  it('cannot be made: the one that decodes goes on', async () => {
    const { supervisor, notices } = await onCpu({ refuse: (attempt) => attempt > 2 });
    await pass(60_000);
    expect([supervisor.decoding, supervisor.backend, notices]).toEqual(['running', 'cpu', []]);
    supervisor.close();
  });

  it('that was asked for survives ten faults, each after it had lasted', async () => {
    const { supervisor, workers, running, ready, backendAsked, notices } = rig({ backend: 'webgl' });
    await running('webgl');
    for (let losses = 0; losses < 10; losses++) {
      workers.at(-1)?.say({ type: 'error', message: 'the graphics context was lost' });
      await pass(1);
      expect(backendAsked()).toBe('webgl');
      ready();
      await pass(2500);
    }
    expect(notices).toHaveLength(20);
    expect(workers.filter(({ isTerminated }) => !isTerminated)).toHaveLength(1);
    supervisor.close();
  });

  it('comes first after its fault, plain JavaScript too', async () => {
    const { supervisor, running, last, backendAsked } = rig({ backend: 'cpu' });
    await running('cpu');
    last().crash('boom');
    await pass(1);
    expect(backendAsked()).toBe('cpu');
    supervisor.close();
  });
});

describe('another kernel', () => {
  it('gets a port of its own, and a worker that takes over later serves it alone', async () => {
    const { workers, running, ready, ports, supervisor } = rig();
    await running();
    const later: MessagePort[] = [];
    supervisor.connect({ connectPort: (port) => void later.push(port), onRefused: () => undefined });
    expect(workers[0].of('kernel')).toHaveLength(1);
    expect([ports.length, later.length]).toEqual([1, 1]);
    workers[0].crash('boom');
    await pass(1);
    ready();
    expect([ports.length, later.length]).toEqual([1, 2]);
    supervisor.close();
  });
});
