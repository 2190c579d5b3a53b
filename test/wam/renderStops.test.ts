// Steps through an offline rendering, with a context that stops where it is told.
import { describe, expect, it } from 'vitest';
import { OfflineSteps, quantumOf, type SteppedContext } from '../../src/wam/renderStops.ts';

/** Renders 1000 frames at 1 kHz in quanta of 10; `taken` are stops of the host. */
class FakeContext implements SteppedContext {
  currentTime = 0;
  readonly sampleRate = 1000;
  readonly length = 1000;
  readonly #stops = new Map<number, () => void>();
  readonly #taken: ReadonlySet<number>;
  #resume: () => void = () => undefined;

  constructor(taken: readonly number[] = []) {
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
      const stop = this.#stops.get(frame);
      if (!stop) continue;
      const resumed = new Promise<void>((resolve) => (this.#resume = resolve));
      stop();
      await resumed;
    }
  }
}

describe('steps of an offline rendering', () => {
  it('prepare all of it, each part before it is rendered', async () => {
    const context = new FakeContext();
    const steps: [number, number][] = [];
    OfflineSteps.of(context, 10, 300).add((from, to) => {
      expect(context.currentTime * 1000).toBeCloseTo(from, 9);
      steps.push([from, to]);
      return Promise.resolve();
    });
    await context.render();
    expect(steps).toEqual([
      [0, 300],
      [300, 600],
      [600, 900],
      [900, 1200],
    ]);
  });

  it('are shared by the plugins of a context, and left by those that are destroyed', async () => {
    const context = new FakeContext();
    const heard: string[] = [];
    OfflineSteps.of(context, 10, 600).add(() => {
      heard.push('a');
      return Promise.resolve();
    });
    const leave = OfflineSteps.of(context, 10, 600).add(() => {
      heard.push('b');
      leave();
      return Promise.resolve();
    });
    await context.render();
    expect(heard).toEqual(['a', 'b', 'a']);
  });

  it('go past stops of the host, and on where one fails', async () => {
    const context = new FakeContext([500]);
    const begun: number[] = [];
    OfflineSteps.of(context, 10, 500).add((from) => {
      begun.push(from);
      return from === 0 ? Promise.reject(new Error('no decoder')) : Promise.resolve();
    });
    await context.render();
    await new Promise((resolve) => setTimeout(resolve));
    expect(begun).toEqual([0, 510]);
  });

  it('know the quantum of a context', () => {
    expect(quantumOf({} as BaseAudioContext)).toBe(128);
    expect(quantumOf({ renderQuantumSize: 256 } as unknown as BaseAudioContext)).toBe(256);
  });
});
