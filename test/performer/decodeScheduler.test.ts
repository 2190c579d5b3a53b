// What the decoder is asked for: order of the words, revisions, and no more often than a decode can follow.
import { beforeEach, describe, expect, it } from 'vitest';
import { digitCount } from '../../src/contract/vocabulary.ts';
import type { ToInference } from '../../src/model/inferenceProtocol.ts';
import { DecodeScheduler, type DecodeSchedulerOptions } from '../../src/performer/decodeScheduler.ts';
import type { Situation } from '../../src/performer/decodeOrder.ts';

const clipSeconds = 1;
/** Slots that the decoder is asked for in any case, behind what the scheduler puts first. */
const slots = [0, 1, 2, 3, 4];

let sent: Extract<ToInference, { type: 'targets' }>[] = [];
let situations: Situation[] = [];
let timers: (() => void)[] = [];
let held: number[] = [];
let finished: number[] = [];
let seconds = 0;
let options: DecodeSchedulerOptions;
let scheduler: DecodeScheduler;
/** The interval between two messages passes. */
const tick = () => timers.splice(0).forEach((callback) => callback());

beforeEach(() => {
  [sent, situations, timers, held, finished, seconds] = [[], [], [], [], [], 0];
  options = {
    targets: (situation) => {
      situations.push(situation);
      const point = new Float32Array();
      return slots.map((slot) => ({ slot, digitPoint: point, style: point }));
    },
    held: () => held,
    finished: () => finished,
    send: (message) => {
      if (message.type === 'targets') sent.push(message);
    },
    now: () => seconds,
    clipSeconds,
    startTimer: (callback) => {
      timers.push(callback);
      return () => void timers.splice(timers.indexOf(callback), 1);
    },
  };
  scheduler = new DecodeScheduler(options);
});

/** Every word is decoded at the point as it stands. */
function settle(): void {
  scheduler.settledAt(scheduler.revision);
  tick();
  tick();
  sent = [];
  situations = [];
}

describe('the order that the decoder is asked for', () => {
  it('has words that were played later before earlier ones, each once', () => {
    for (const slot of [3, 4, 3]) scheduler.use(slot);
    seconds = clipSeconds;
    tick();
    expect(situations.at(-1)).toMatchObject({ sounding: [], recent: [3, 4] });
  });

  it('remembers as many words as there are digits', () => {
    for (let slot = 0; slot <= digitCount; slot++) scheduler.use(slot);
    tick();
    const recent = Array.from({ length: digitCount }, (_, k) => digitCount - k);
    expect(situations.at(-1)?.recent).toEqual(recent);
  });

  it('has held words first, then those that ring, the latest first, then those that are silent', () => {
    for (const slot of [1, 2, 3]) scheduler.use(slot);
    [held, finished] = [[1], [4, 2]];
    tick();
    expect(situations.at(-1)?.sounding).toEqual([1, 3, 2, 4]);
    expect(sent.at(-1)?.held).toBe(1);
  });

  it('counts a word that two notes hold once', () => {
    held = [2, 2, 3];
    scheduler.move();
    expect(sent.at(-1)?.held).toBe(2);
    expect(situations.at(-1)?.sounding).toEqual([2, 3]);
  });

  it('takes a word for one that rings until a clip is over, counted from its last start', () => {
    scheduler.use(1);
    scheduler.use(2);
    seconds = 0.6;
    scheduler.use(1);
    seconds = clipSeconds;
    tick();
    expect(situations.at(-1)?.sounding).toEqual([1]);
    seconds = 1.6;
    scheduler.move();
    tick();
    expect(situations.at(-1)?.sounding).toEqual([]);
  });

  it('takes it for one as long as its release lasts, and never for a shorter time than it did', () => {
    scheduler.use(1);
    scheduler.linger(1, 3);
    scheduler.linger(1, 2);
    scheduler.linger(2, 2.5);
    seconds = 2.4;
    scheduler.move();
    tick();
    expect(situations.at(-1)?.sounding).toEqual([1, 2]);
    seconds = 2.9;
    scheduler.move();
    tick();
    expect(situations.at(-1)?.sounding).toEqual([1]);
    scheduler.clear();
    scheduler.move();
    tick();
    expect(situations.at(-1)?.sounding).toEqual([]);
  });

  it('names the speaker in use, and asks for the rest only while that is not decoded', () => {
    scheduler.speaker = 2;
    scheduler.reorder();
    expect(situations.at(-1)).toMatchObject({ speaker: 2, soundingOnly: false });
    settle();
    scheduler.touch([1]);
    scheduler.ask();
    expect(situations.at(-1)).toMatchObject({ speaker: 2, soundingOnly: true });
  });
});

describe('a decoder that is waited for', () => {
  it('is asked once for all that has come, and for what sounds alone, however settled', () => {
    scheduler = new DecodeScheduler({ ...options, soundingOnly: true });
    scheduler.settledAt(5);
    scheduler.use(1);
    scheduler.move();
    scheduler.use(2);
    expect(sent).toEqual([]);
    tick();
    expect(situations).toMatchObject([{ sounding: [2, 1], soundingOnly: true }]);
    scheduler.reorder();
    tick();
    expect(sent).toHaveLength(2);
  });

  it('from now on is asked for what sounds alone, anew by each note, and tells when it has caught up', () => {
    settle();
    scheduler.isWaitedFor = true;
    scheduler.use(1);
    expect(situations).toMatchObject([{ sounding: [1], soundingOnly: true }]);
    expect([scheduler.settled, scheduler.caughtUp]).toEqual([true, false]);
    scheduler.settledAt(sent[0].revision);
    expect(scheduler.caughtUp).toBe(true);
    tick();
    scheduler.use(1);
    expect(scheduler.caughtUp).toBe(false);
    scheduler.settledAt(sent[0].revision);
    expect(scheduler.caughtUp).toBe(false);
    scheduler.settledAt(sent[1].revision);
    expect(scheduler.caughtUp).toBe(true);
    tick();
    scheduler.move();
    expect(situations.at(-1)).toMatchObject({ soundingOnly: true });
  });
});

describe('the decoder is asked', () => {
  it('by words that start while the point is on the move, and by none once it is settled', () => {
    scheduler.use(1);
    expect(sent).toHaveLength(1);
    settle();
    scheduler.use(2);
    scheduler.reorder();
    tick();
    expect(sent).toEqual([]);
    scheduler.move();
    scheduler.use(3);
    expect(sent).toHaveLength(1);
    tick();
    expect(sent).toHaveLength(2);
    expect(situations.at(-1)?.sounding).toEqual([3, 2, 1]);
  });

  it('at most once an interval, then for the latest point', () => {
    for (let k = 0; k < 5; k++) scheduler.move();
    expect(sent.map(({ revision }) => revision)).toEqual([1]);
    tick();
    tick();
    expect(sent.map(({ revision }) => revision)).toEqual([1, 5]);
  });

  it('no more for what was touched once it has been asked', () => {
    settle();
    scheduler.ask();
    expect(sent).toEqual([]);
    scheduler.touch([3]);
    expect(sent).toEqual([]);
    scheduler.ask();
    expect(sent).toHaveLength(1);
    scheduler.ask();
    tick();
    expect(sent).toHaveLength(1);
    scheduler.touch([3]);
    scheduler.use(3);
    tick();
    expect(sent).toHaveLength(2);
  });

  it('for what sounds when all that sounds has moved, and not in silence', () => {
    settle();
    scheduler.moveSounding();
    expect(sent).toEqual([]);
    expect(scheduler.revision).toBe(0);
    held = [2];
    scheduler.linger(4, 1);
    scheduler.moveSounding();
    expect(sent).toHaveLength(1);
    expect(sent[0].targets.map(({ revision }) => revision)).toEqual([0, 0, 1, 0, 1]);
  });

  it('for every word once more when another one answers, settled or not, at the revisions that they have', () => {
    scheduler.move();
    settle();
    scheduler.touch([3]);
    scheduler.use(3);
    tick();
    sent = [];
    scheduler.repeat();
    expect(situations.at(-1)).toMatchObject({ sounding: [3], soundingOnly: false });
    expect(sent).toHaveLength(1);
    const { revision, targets } = sent[0];
    expect(revision).toBe(scheduler.revision);
    expect(targets.map((target) => target.revision)).toEqual([1, 1, 1, 2, 1]);
    expect(scheduler.settled).toBe(true);
  });

  it('no more once it is disposed of', () => {
    scheduler.move();
    scheduler.move();
    scheduler.dispose();
    tick();
    expect(sent).toHaveLength(1);
  });
});

describe('revisions', () => {
  it('are those at which a point moved last: its own, or the common one behind it', () => {
    scheduler.move();
    scheduler.touch([2, 3]);
    scheduler.touch([3]);
    scheduler.ask();
    tick();
    expect(slots.map((slot) => scheduler.revisionOf(slot))).toEqual([1, 1, 2, 3, 1]);
    expect(sent.at(-1)?.targets.map(({ revision }) => revision)).toEqual([1, 1, 2, 3, 1]);
    expect(sent.at(-1)?.revision).toBe(3);
    scheduler.move();
    expect(slots.map((slot) => scheduler.revisionOf(slot))).toEqual([4, 4, 4, 4, 4]);
  });

  it('settle when the common point is decoded, whatever single words do, and an old answer takes nothing back', () => {
    expect(scheduler.settled).toBe(false);
    scheduler.settledAt(0);
    expect(scheduler.settled).toBe(true);
    scheduler.move();
    expect(scheduler.settled).toBe(false);
    scheduler.touch([1]);
    scheduler.settledAt(1);
    expect(scheduler.settled).toBe(true);
    scheduler.settledAt(0);
    expect(scheduler.settled).toBe(true);
  });
});
