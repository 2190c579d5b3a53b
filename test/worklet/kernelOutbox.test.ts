// Messages on their way to the kernel: what goes together, in which order, and how soon.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { plainVoiceParameters } from '../../src/contract/voiceParameters.ts';
import { KernelOutbox } from '../../src/worklet/kernelOutbox.ts';
import type { KernelChange, ToKernel } from '../../src/worklet/kernelProtocol.ts';

let posted: ToKernel[];
let ms: number;
let outbox: KernelOutbox;
const box = (isLive = true) =>
  new KernelOutbox({ post: (message) => posted.push(message), isLive, now: () => ms });
const pan = (noteId: number, value: number, frame = 1000): KernelChange => ({
  type: 'control',
  noteId,
  pan: value,
  frame,
});
const endOfTask = () => Promise.resolve();

beforeEach(() => {
  vi.useFakeTimers();
  posted = [];
  ms = 0;
  outbox = box();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the outbox', () => {
  it('sends the changes of one task as one message, and one alone as it is', async () => {
    for (const note of [1, 2, 3]) outbox.send(pan(note, 0.5));
    expect(posted).toEqual([]);
    await endOfTask();
    expect(posted).toEqual([{ type: 'changes', changes: [pan(1, 0.5), pan(2, 0.5), pan(3, 0.5)] }]);
    ms = 10;
    outbox.send(pan(1, 0.1));
    await endOfTask();
    expect(posted[1]).toEqual(pan(1, 0.1));
  });

  it('lets no note and no word wait, nor overtake what was sent before', () => {
    outbox.send(pan(1, 0.5));
    outbox.send({ type: 'noteOff', noteId: 1, frame: 1000 });
    expect(posted).toEqual([pan(1, 0.5), { type: 'noteOff', noteId: 1, frame: 1000 }]);
  });

  it('posts at most once in 2 ms where changes come faster, and the last ones then', async () => {
    for (let k = 0; k < 200; k++) {
      outbox.send(pan(k, 0.5));
      await endOfTask();
      if (k % 10 < 9) continue;
      ms++;
      await vi.advanceTimersByTimeAsync(1);
    }
    await vi.advanceTimersByTimeAsync(2);
    expect(posted.length).toBeLessThanOrEqual(11);
    const sent = posted.flatMap((message): readonly ToKernel[] =>
      message.type === 'changes' ? message.changes : [message],
    );
    expect(sent).toEqual(Array.from({ length: 200 }, (_, k) => pan(k, 0.5)));
  });

  it('waits for no timer where nothing is live', async () => {
    outbox = box(false);
    for (const note of [1, 2]) {
      outbox.send(pan(note, 0));
      await endOfTask();
    }
    expect(posted).toEqual([pan(1, 0), pan(2, 0)]);
  });

  it('leaves out a level that another one follows within a render quantum', async () => {
    for (const [k, value] of [0.1, 0.2, 0.3].entries()) outbox.send(pan(1, value, 1000 + 60 * k));
    outbox.send(pan(1, 0.4, 2000));
    outbox.send({ type: 'control', noteId: 1, pan: 0.5, pitchHz: 220, frame: 2000 });
    await endOfTask();
    expect(posted).toEqual([
      {
        type: 'changes',
        changes: [pan(1, 0.3, 1120), { type: 'control', noteId: 1, pan: 0.5, pitchHz: 220, frame: 2000 }],
      },
    ]);
  });

  it('leaves out nothing that says more, comes later, or is of another note or of all', async () => {
    const changes: KernelChange[] = [
      { type: 'control', noteId: 1, pan: 0.1, gain: 0.5, frame: 1000 },
      pan(1, 0.2),
      pan(1, 0.3, 1128),
      pan(2, 0.3, 1128),
      { type: 'control', gain: 0, frame: 1128 },
      { type: 'control', gain: 1, frame: 1128 },
      { type: 'control', noteId: 1, position: 0.2, frame: 1128 },
      { type: 'control', noteId: 1, position: 0.3, frame: 1128 },
    ];
    for (const change of changes) outbox.send(change);
    await endOfTask();
    expect(posted).toEqual([{ type: 'changes', changes }]);
  });

  it('keeps the last parameters for a frame, and those of other frames', async () => {
    const parameters = (brightnessDb: number, frame: number): KernelChange => ({
      type: 'parameters',
      parameters: { ...plainVoiceParameters, speed: brightnessDb },
      frame,
    });
    for (const [value, frame] of [
      [1, 1000],
      [2, 9000],
      [3, 1050],
      [4, 9000],
    ]) {
      outbox.send(parameters(value, frame));
    }
    await endOfTask();
    expect(posted).toEqual([{ type: 'changes', changes: [parameters(3, 1050), parameters(4, 9000)] }]);
  });
});
