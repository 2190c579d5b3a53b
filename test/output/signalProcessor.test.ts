// Signals as they are read in the audio worklet, in a worklet's scope without one.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakePort } from '../helpers/workletScope.ts';
import type { SignalProcessor as Processor } from '../../src/output/signalProcessor.ts';

const scope = globalThis as unknown as { currentFrame: number };
let SignalProcessor: typeof Processor;
beforeAll(async () => {
  Object.assign(globalThis, {
    currentFrame: 0,
    AudioWorkletProcessor: class {
      readonly port = new FakePort();
    },
  });
  ({ SignalProcessor } = await import('../../src/output/signalProcessor.ts'));
});
beforeEach(() => {
  scope.currentFrame = 0;
});

function rig(intervalFrames: number) {
  const processor = new SignalProcessor({ processorOptions: { signals: 3, intervalFrames } });
  const port = processor.port as unknown as FakePort;
  const send = (data: unknown) => port.onmessage?.({ data });
  /** A quantum; undefined for an input to which nothing is connected. */
  const run = (...values: (number | undefined)[]) => {
    const goesOn = processor.process(
      values.map((value) => (value === undefined ? [] : [new Float32Array(128).fill(value)])),
    );
    scope.currentFrame += 128;
    return goesOn;
  };
  const follow = (signal: number, value: number, tolerance = 0.01) =>
    send({ type: 'follow', signal, value, tolerance });
  return { send, run, follow, taken: () => port.sent.splice(0) };
}

describe('a signal', () => {
  it('is told of when it has moved further than nobody hears, and only then', () => {
    const { run, follow, taken } = rig(128);
    follow(1, 0.5);
    run(undefined, 0.5, undefined);
    run(undefined, 0.509, undefined);
    expect(taken()).toEqual([]);
    run(undefined, 0.75, undefined);
    run(undefined, 0.75, undefined);
    expect(taken()).toEqual([{ type: 'moved', moved: [[1, 0.75]] }]);
  });

  it('that nobody follows, or to which nothing is connected, is not told of', () => {
    const { run, follow, taken } = rig(128);
    follow(0, 1);
    run(undefined, 5, 7);
    expect(taken()).toEqual([]);
  });

  it('that goes on moving is told of once in an interval, with the others that have moved', () => {
    const { run, follow, taken } = rig(256);
    follow(0, 0);
    follow(2, 0);
    run(0.25, undefined, 0);
    run(0.5, undefined, 0.5);
    run(0.75, undefined, 0.5);
    run(1, undefined, 0.5);
    expect(taken()).toEqual([
      { type: 'moved', moved: [[0, 0.25]] },
      {
        type: 'moved',
        moved: [
          [0, 0.75],
          [2, 0.5],
        ],
      },
    ]);
  });

  it('is told of offline when it is asked for', () => {
    const { run, follow, send, taken } = rig(0);
    follow(0, 0);
    run(0.5, undefined, undefined);
    expect(taken()).toEqual([]);
    send({ type: 'read' });
    send({ type: 'read' });
    expect(taken()).toEqual([
      { type: 'moved', moved: [[0, 0.5]] },
      { type: 'moved', moved: [] },
    ]);
  });

  it('is followed until the processor is told to end', () => {
    const { run, send, taken } = rig(128);
    expect(run(0, 0, 0)).toBe(true);
    send({ type: 'close' });
    expect(run(0, 0, 0)).toBe(false);
    expect(taken()).toEqual([{ type: 'closed' }]);
  });
});
