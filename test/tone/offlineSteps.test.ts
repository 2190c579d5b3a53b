import { describe, expect, it } from 'vitest';
import { joinRendering, requireStops, stepFrames, type OfflineGuest } from '../../src/tone/offlineSteps.ts';

/** An offline context that renders `quanta` steps when it is told to, and stands where it was asked to. */
function fakeContext(steps: number, taken: readonly number[] = []) {
  const sampleRate = 48_000;
  const stops = new Map<number, () => void>();
  const listeners: (() => void)[] = [];
  const log: string[] = [];
  let resumed: (() => void) | null = null;
  const context = {
    sampleRate,
    length: steps * stepFrames,
    startRendering: () => undefined,
    suspend: (seconds: number) => {
      const frame = Math.round(seconds * sampleRate);
      if (taken.includes(frame)) return Promise.reject(new Error('taken'));
      return new Promise<void>((resolve) => stops.set(frame, resolve));
    },
    resume: () => {
      resumed?.();
      return Promise.resolve();
    },
    addEventListener: (_type: string, listener: () => void) => listeners.push(listener),
  } as unknown as OfflineAudioContext;
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  const render = async () => {
    for (let frame = 0; frame < context.length; frame += stepFrames) {
      await settle();
      const stop = stops.get(frame);
      if (stop) {
        const going = new Promise<void>((resolve) => (resumed = resolve));
        stop();
        await going;
      }
      log.push(`rendered ${frame}`);
    }
    for (const listener of listeners) listener();
  };
  const guest = (name: string, ready: Promise<unknown> = Promise.resolve()): OfflineGuest => ({
    ready,
    step: (untilFrame) => {
      log.push(`${name} ${untilFrame}`);
      return settle().then(() => undefined);
    },
    end: () => log.push(`${name} ended`),
  });
  return { context, log, render, guest };
}

describe('an offline context', () => {
  it('waits for its guests before each stretch that it renders, and tells them when it is over', async () => {
    const { context, log, render, guest } = fakeContext(2);
    joinRendering(context, guest('a'));
    joinRendering(context, guest('b'));
    await render();
    const [one, two] = [stepFrames, 2 * stepFrames];
    expect(log).toEqual([
      ...[`a ${one}`, `b ${one}`, 'rendered 0'],
      ...[`a ${two}`, `b ${two}`, `rendered ${stepFrames}`],
      ...['a ended', 'b ended'],
    ]);
  });

  it('renders nothing before its guests are ready, and goes on without one that cannot play or has left', async () => {
    const { context, log, render, guest } = fakeContext(2);
    let isReady: () => void = () => undefined;
    const loading = new Promise<void>((resolve) => (isReady = resolve));
    const failing = Promise.reject(new Error('no model'));
    failing.catch(() => undefined);
    joinRendering(context, guest('late', loading));
    joinRendering(context, guest('lost', failing));
    joinRendering(context, guest('gone'))();
    const rendering = render();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(log).toEqual([]);
    isReady();
    await rendering;
    expect(log.filter((text) => /lost|gone/.test(text))).toEqual([]);
    expect(log.filter((text) => text.startsWith('late'))).toHaveLength(3);
  });

  it('goes on behind a place where its host stands', async () => {
    const { context, log, render, guest } = fakeContext(3, [stepFrames]);
    joinRendering(context, guest('a'));
    await render();
    expect(log.filter((text) => text.startsWith('a '))).toEqual([
      `a ${stepFrames}`,
      `a ${3 * stepFrames}`,
      'a ended',
    ]);
  });

  it('that cannot stand still is refused, and a live one needs not', () => {
    const still = { startRendering: () => undefined } as unknown as BaseAudioContext;
    expect(() => requireStops(still)).toThrow(/has no suspend\(\).*Tone.Recorder/);
    expect(() => requireStops({} as BaseAudioContext)).not.toThrow();
    expect(() => requireStops(fakeContext(1).context)).not.toThrow();
  });
});
