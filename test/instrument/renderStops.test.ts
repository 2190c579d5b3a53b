// Stops of an offline rendering, with a context that stops where it is told.
import { describe, expect, it } from 'vitest';
import { joinRendering, quantumOf, type SteppedContext } from '../../src/instrument/renderStops.ts';

const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** Renders 1000 frames at 1 kHz in quanta of 10; `taken` are stops of the host. */
class FakeContext extends EventTarget implements SteppedContext {
  currentTime = 0;
  readonly renderQuantumSize = 10;
  readonly sampleRate = 1000;
  readonly length = 1000;
  readonly #stops = new Map<number, () => void>();
  readonly #taken: ReadonlySet<number>;
  #resume: () => void = () => undefined;

  constructor(taken: readonly number[] = []) {
    super();
    this.#taken = new Set(taken);
  }

  suspend(seconds: number): Promise<void> {
    const frame = Math.ceil((seconds * 1000) / 10 - 1e-9) * 10;
    if (this.#stops.has(frame) || this.#taken.has(frame))
      return Promise.reject(new Error('one stop in a frame'));
    return new Promise((resolve) => this.#stops.set(frame, resolve));
  }

  resume(): Promise<void> {
    this.#resume();
    return Promise.resolve();
  }

  async render(): Promise<void> {
    for (let frame = 0; frame < this.length; frame += 10) {
      this.currentTime = frame / 1000;
      await settle();
      const stop = this.#stops.get(frame);
      if (!stop) continue;
      const resumed = new Promise<void>((resolve) => (this.#resume = resolve));
      stop();
      await resumed;
    }
    this.dispatchEvent(new Event('complete'));
  }
}

describe('stops of an offline rendering', () => {
  it('prepare all of it, each part before it is rendered, and tell when it is over', async () => {
    const context = new FakeContext();
    const steps: (string | [number, number])[] = [];
    joinRendering(context, {
      stepFrames: 300,
      step: (from, to) => {
        expect(context.currentTime * 1000).toBeCloseTo(from, 9);
        steps.push([from, to]);
        return settle();
      },
      end: () => void steps.push('over'),
    });
    await context.render();
    expect(steps).toEqual([[0, 300], [300, 600], [600, 900], [900, 1200], 'over']);
  });

  it('are shared by all guests of a context, as often as the one that asks for most', async () => {
    const context = new FakeContext();
    const heard: string[] = [];
    const guest = (name: string, stepFrames: number) => ({
      stepFrames,
      step: (from: number) => {
        heard.push(`${name} ${from}`);
        return Promise.resolve();
      },
    });
    joinRendering(context, guest('a', 600));
    const leave = joinRendering(context, {
      ...guest('b', 200),
      step: async (from) => {
        heard.push(`b ${from}`);
        if (from === 200) leave();
        await settle();
      },
    });
    await context.render();
    expect(heard).toEqual(['a 0', 'b 0', 'a 200', 'b 200', 'a 400']);
  });

  it('wait until guests are ready, and leave out who cannot play', async () => {
    const context = new FakeContext();
    const heard: string[] = [];
    let isReady: () => void = () => undefined;
    const step = (name: string) => () => {
      heard.push(name);
      return Promise.resolve();
    };
    const ready = new Promise<void>((resolve) => (isReady = resolve));
    joinRendering(context, { stepFrames: 500, ready, step: step('late') });
    joinRendering(context, {
      stepFrames: 500,
      ready: Promise.reject(new Error('no model')),
      step: step('lost'),
    });
    const rendering = context.render();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([heard, context.currentTime]).toEqual([[], 0]);
    isReady();
    await rendering;
    expect(heard).toEqual(['late', 'late']);
  });

  it('go past stops of the host, and on where one fails', async () => {
    const context = new FakeContext([500]);
    const begun: number[] = [];
    joinRendering(context, {
      stepFrames: 500,
      step: (from) => {
        begun.push(from);
        return from === 0 ? Promise.reject(new Error('no decoder')) : Promise.resolve();
      },
    });
    await context.render();
    expect(begun).toEqual([0, 510]);
  });

  it('know the quantum of a context', () => {
    expect(quantumOf({})).toBe(128);
    expect(quantumOf({ renderQuantumSize: 256 })).toBe(256);
  });
});
