// What keeps an instrument sounding: lost contexts, devices and processors, with fakes for all of Web Audio.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outlet } from '../../src/output/outputChain.ts';
import type { Take } from '../../src/output/recorder.ts';
import { SoundKeeper, type KeptPath } from '../../src/instrument/soundKeeper.ts';

class FakeContext extends EventTarget {
  state: AudioContextState | 'interrupted' = 'running';
  currentTime = 0;
  readonly sampleRate = 48_000;
  resumes = 0;
  /** False where the browser wants a gesture. */
  allows = true;

  become(state: AudioContextState | 'interrupted'): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
  resume(): Promise<void> {
    this.resumes++;
    if (!this.allows) return new Promise(() => undefined);
    this.become('running');
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.become('closed');
    return Promise.resolve();
  }
}

class FakeNode {
  connections = 0;
  connect(): void {
    this.connections++;
  }
  disconnect(): void {
    this.connections = -1;
  }
}

interface FakePath extends KeptPath {
  readonly of: FakeContext;
  kernels: number;
  closed: boolean;
}

const take: Take = { blob: new Blob(), seconds: 1, frames: 48_000, lostFrames: 0 };

/** The second context's clock is 2.5 s behind the first's. */
const path0Lead = (index: number) => (index === 0 ? 4 : 1.5);

function rig({ isOwn = true, recording = false } = {}) {
  const first = new FakeContext();
  const contexts = [first];
  const log: string[] = [];
  const takes: (Take | null)[] = [];
  const state = { silent: false, refuse: 0, refuseKernel: 0, changes: 0 };
  const paths: FakePath[] = [];
  const keeper = new SoundKeeper<FakePath>({
    context: first as unknown as BaseAudioContext,
    isOwn,
    openContext: () => {
      const context = new FakeContext();
      contexts.push(context);
      return context as unknown as AudioContext;
    },
    openPath: (context, outlet) => {
      if (state.refuse-- > 0) return Promise.reject(new Error('no worklet'));
      const path: FakePath = {
        of: context as unknown as FakeContext,
        context,
        outlet,
        recorder: { recording, salvage: () => (recording ? take : null) } as FakePath['recorder'],
        frames: null,
        kernels: 1,
        closed: false,
        send: ({ type }) => void log.push(`${type} to path ${paths.indexOf(path)}`),
        share: (count) => void log.push(`path ${paths.indexOf(path)} is one of ${count}`),
        silenceEffects: () => void log.push(`no tails on path ${paths.indexOf(path)}`),
        close: () => {
          path.closed = true;
          return Promise.resolve();
        },
        renewKernel: () => {
          if (state.refuseKernel-- > 0) return Promise.reject(new Error('no kernel'));
          path.kernels++;
          return Promise.resolve();
        },
        forgetClock: () => undefined,
        apply: () => undefined,
        observe: () => undefined,
        leadSeconds: path0Lead(paths.length),
        isSilent: () => Promise.resolve(state.silent),
      };
      paths.push(path);
      return Promise.resolve(path);
    },
    connect: ({ output }) => output.connect(output),
    onLost: (kept) => takes.push(kept),
    onKernel: (path) => {
      log.push(`told path ${paths.indexOf(path)}`);
      return Promise.resolve();
    },
    onPrepare: (path) => {
      log.push(`prepared path ${paths.indexOf(path)}`);
      return Promise.resolve();
    },
    onMoved: (path) => log.push(`moved to path ${paths.indexOf(path)}`),
    onChange: () => state.changes++,
    onFault: (what, now) => log.push(`${what} ${now}`),
    onFail: (reason) => log.push(`FAIL ${reason}`),
  });
  return { keeper, first, contexts, paths, log, takes, state };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('GainNode', FakeNode);
  vi.stubGlobal('AnalyserNode', FakeNode);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const connections = ({ output }: Outlet) => (output as unknown as FakeNode).connections;

describe('an own context', () => {
  it('that is closed gives way to another: told anew, on the same time, the take kept and said', async () => {
    const { keeper, first, contexts, paths, log, takes } = rig({ recording: true });
    await keeper.open();
    first.currentTime = 5;
    await first.close();
    expect(keeper.condition).toBe('recovering');
    expect(takes).toEqual([take]);
    await pass(10);
    expect(keeper.condition).toBe('running');
    expect(contexts).toHaveLength(2);
    expect(keeper.context).toBe(contexts[1]);
    expect(keeper.timeline.seconds).toBe(5);
    expect(paths[1].frames?.toContext(5 * 48_000)).toBe(0);
    expect([paths[0].closed, connections(paths[0].outlet), connections(paths[1].outlet)]).toEqual([
      true,
      -1,
      1,
    ]);
    expect(log).toEqual([
      'told path 1',
      'The audio context was closed. The sound was started again. Keys that were held were let go. The take ended there, and what was recorded is kept.',
    ]);
    keeper.send({ type: 'silence' });
    expect(log.at(-1)).toBe('silence to path 1');
    await keeper.close();
  });

  it('is tried again until it is built, later and later, and at once by a gesture', async () => {
    const { keeper, first, contexts, state } = rig();
    await keeper.open();
    state.refuse = 6;
    await first.close();
    await pass(900);
    expect(contexts).toHaveLength(4);
    await keeper.resume();
    await pass(0);
    expect(contexts).toHaveLength(5);
    for (let k = 0; k < 40 && keeper.condition === 'recovering'; k++) await pass(500);
    expect(keeper.condition).toBe('running');
    expect(contexts).toHaveLength(8);
    for (const context of contexts.slice(0, 7)) expect(context.state).toBe('closed');
    await keeper.close();
  });

  it('is resumed when the browser or the system has paused it, by itself and by a gesture', async () => {
    for (const state of ['suspended', 'interrupted'] as const) {
      const { keeper, first, paths } = rig();
      await keeper.open();
      first.allows = false;
      first.become(state);
      expect(keeper.condition).toBe('paused');
      await pass(4000);
      expect(first.resumes).toBe(3);
      await pass(600_000);
      expect(first.resumes).toBeLessThan(10);
      first.allows = true;
      await keeper.resume();
      expect(keeper.condition).toBe('running');
      expect(paths).toHaveLength(1);
      await keeper.close();
    }
  });

  it('gives way when its device fails, or takes no sound although it runs', async () => {
    const { keeper, first, contexts, log } = rig();
    await keeper.open();
    first.dispatchEvent(new Event('error'));
    await pass(10);
    expect(contexts).toHaveLength(2);
    expect(log.at(-1)).toContain('The audio device failed.');
    const second = contexts[1];
    for (let k = 0; k < 20; k++) {
      second.currentTime += 0.5;
      await pass(500);
    }
    expect(contexts).toHaveLength(2);
    await pass(2500);
    expect(contexts).toHaveLength(2);
    await pass(1500);
    expect(contexts).toHaveLength(3);
    expect(log.at(-1)).toContain('does not take sound any more');
    await keeper.close();
  });

  it('stands still in peace while it is paused', async () => {
    const { keeper, first, contexts } = rig();
    await keeper.open();
    first.allows = false;
    first.become('suspended');
    await pass(60_000);
    expect(contexts).toHaveLength(1);
    await keeper.close();
  });
});

describe('a processor that stops', () => {
  it('is built again in its place: the kernel alone, and the take goes on', async () => {
    const { keeper, contexts, paths, log, takes } = rig({ recording: true });
    const path = await keeper.open();
    keeper.stopped('kernel', 'it threw', path);
    await pass(10);
    expect([contexts.length, paths.length, path.kernels]).toEqual([1, 1, 2]);
    expect(takes).toEqual([null]);
    expect(log).toEqual([
      'told path 0',
      'The sound engine stopped (kernel: it threw). It was started again. Keys that were held were let go.',
    ]);
    await keeper.close();
  });

  it('is built with all of its path where that is the output, to the outlet that the host knows', async () => {
    const { keeper, contexts, paths, takes } = rig({ isOwn: false, recording: true });
    const path = await keeper.open();
    keeper.stopped('output', 'it threw', path);
    await pass(10);
    expect([contexts.length, paths.length]).toEqual([1, 2]);
    expect(paths[1].outlet).toBe(path.outlet);
    expect([path.closed, connections(path.outlet)]).toEqual([true, 1]);
    expect(takes).toEqual([take]);
    await keeper.close();
  });

  it('moves to another context where it does not come back, and is given up when it stops again and again', async () => {
    const { keeper, contexts, state, log } = rig();
    const path = await keeper.open();
    state.refuseKernel = 1;
    keeper.stopped('kernel', 'it threw', path);
    await pass(500);
    expect(contexts).toHaveLength(2);
    for (let k = 0; k < 6; k++) {
      keeper.stopped('kernel', 'it threw', keeper.path!);
      await pass(300);
    }
    expect(keeper.condition).toBe('lost');
    expect(log.filter((line) => line.startsWith('FAIL'))).toHaveLength(1);
    await keeper.close();
  });

  it('of a path that has been replaced is nobody’s business', async () => {
    const { keeper, first, paths } = rig();
    const path = await keeper.open();
    await first.close();
    await pass(10);
    keeper.stopped('kernel', 'late', path);
    await pass(10);
    expect(paths).toHaveLength(2);
    await keeper.close();
  });
});

describe("a host's context", () => {
  it('is neither resumed nor replaced: closed, the host is told what to do', async () => {
    const { keeper, first, contexts, log, takes } = rig({ isOwn: false, recording: true });
    await keeper.open();
    first.become('suspended');
    await pass(60_000);
    expect([keeper.condition, first.resumes]).toEqual(['paused', 0]);
    first.become('running');
    first.dispatchEvent(new Event('error'));
    expect(log.at(-1)).toContain('when the host resumes');
    await first.close();
    expect([keeper.condition, contexts.length]).toEqual(['lost', 1]);
    expect(takes).toEqual([take]);
    expect(log.at(-1)).toMatch(/^FAIL .*closed; make another one and load the instrument in it\.$/);
    await keeper.close();
  });

  it('fails with the reason when a processor cannot be built in it any more', async () => {
    const { keeper, state, log } = rig({ isOwn: false });
    const path = await keeper.open();
    state.refuseKernel = 9;
    keeper.stopped('kernel', 'it threw', path);
    await pass(5000);
    expect(keeper.condition).toBe('lost');
    expect(log.at(-1)).toMatch(/^FAIL .*it threw.*no kernel; load the instrument again\.$/);
    await keeper.close();
  });
});

describe('a move to another context', () => {
  const noteOn = (noteId: number) =>
    ({ type: 'noteOn', noteId, slot: 0, revision: 0, style: new Float32Array(), gain: 1 }) as const;

  it('leaves notes that sound where they began, until they are silent, and takes the clocks as compared', async () => {
    const { keeper, first, contexts, paths, log, state } = rig();
    await keeper.open();
    first.currentTime = 7;
    keeper.send(noteOn(1));
    const moving = keeper.move();
    expect(keeper.canMove).toBe(false);
    await pass(700);
    expect(await moving).toBe(true);
    expect(keeper.context).toBe(contexts[1]);
    expect(keeper.timeline.frames.start).toBe(2.5);
    expect(log).toEqual([
      'noteOn to path 0',
      'path 0 is one of 2',
      'path 1 is one of 2',
      'prepared path 1',
      'moved to path 1',
    ]);
    log.length = 0;
    keeper.send({ type: 'control', noteId: 1, gain: 0.5 });
    keeper.send(noteOn(2));
    keeper.send({ type: 'noteOff', noteId: 1 });
    keeper.send({ type: 'noteOff', noteId: 2 });
    keeper.send({ type: 'silence' });
    keeper.silenceEffects();
    expect(log).toEqual([
      'control to path 0',
      'noteOn to path 1',
      'noteOff to path 0',
      'noteOff to path 1',
      'silence to path 0',
      'silence to path 1',
      'no tails on path 0',
      'no tails on path 1',
    ]);
    contexts[1].currentTime = 1;
    await pass(2000);
    expect([paths[0].closed, first.state]).toEqual([false, 'running']);
    state.silent = true;
    await pass(1100);
    expect([paths[0].closed, first.state, connections(paths[0].outlet)]).toEqual([true, 'closed', -1]);
    expect(log.at(-1)).toBe('path 1 is one of 1');
    expect(keeper.canMove).toBe(true);
    expect(keeper.condition).toBe('running');
    await keeper.close();
  });

  it('is not made while a take is recorded, nor in a host\u2019s context; one that fails leaves all as it was', async () => {
    const recording = rig({ recording: true });
    await recording.keeper.open();
    expect(await recording.keeper.move()).toBe(false);
    const host = rig({ isOwn: false });
    await host.keeper.open();
    expect(await host.keeper.move()).toBe(false);
    expect(host.contexts).toHaveLength(1);
    const { keeper, contexts, state, paths } = rig();
    const path = await keeper.open();
    state.refuse = 1;
    expect(await keeper.move()).toBe(false);
    expect([keeper.path, paths.length, contexts[1].state, keeper.condition]).toEqual([
      path,
      1,
      'closed',
      'running',
    ]);
    for (const each of [recording, host]) await each.keeper.close();
    await keeper.close();
  });
});
