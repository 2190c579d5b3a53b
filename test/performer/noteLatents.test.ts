// Notes with latent points of their own: who moves with whom, whose slot is used again, and what the decoder is asked.
import { describe, expect, it } from 'vitest';
import { modulationTargets, type ModulationTarget } from '../../src/contract/parameters.ts';
import { lfoShapes } from '../../src/contract/choices.ts';
import { Random } from '../../src/dsp/random.ts';
import { TargetQueue } from '../../src/model/targetQueue.ts';
import { performerRig, rigFirstOwn, rigRate } from '../helpers/performerRig.ts';

const first = rigFirstOwn;
/** Slots of notes of their own. */
const slots = 70;
const to = (target: ModulationTarget) => modulationTargets.indexOf(target);

/** A rig whose chances are drawn by a seed. */
function seededRig(seed = 5) {
  const random = new Random(seed);
  const rig = performerRig({ random: () => random.uniform() });
  /** What is asked for, slot by slot, once the timer has run. */
  const asked = () => {
    rig.tick();
    return new Map((rig.targets.at(-1)?.targets ?? []).map((target) => [target.slot, target]));
  };
  /** What is asked for a slot in its latest list. */
  const point = (slot: number) => {
    const target = asked().get(slot);
    return target && { style: [...target.style], revision: target.revision };
  };
  return { ...rig, asked, point };
}

describe('variation', () => {
  it('decodes each held note at a point of its own, which no later note moves', () => {
    const { performer, of, point } = seededRig();
    performer.setParameter('variation', 0.8);
    performer.noteOn(1, 48, 100);
    performer.noteOn(1, 49, 100);
    const before = [point(first), point(first + 1)];
    expect(before[0]?.style).not.toEqual(before[1]?.style);
    for (const [k, found] of before.entries()) {
      expect(found).toEqual({ style: [...of('noteOn')[k].style], revision: k + 1 });
    }
    performer.noteOn(1, 50, 100);
    expect([point(first), point(first + 1)]).toEqual(before);
    expect(of('noteOn')[2].slot).toBe(first + 2);
    expect(of('word')).toEqual([]);
  });

  it('keeps the distance while knobs, offsets and the map move all', () => {
    const { performer, point } = seededRig();
    performer.setParameter('variation', 0.4);
    performer.noteOn(1, 48, 100);
    const before = point(first)?.style ?? [];
    performer.setParameter('style1', 0.5);
    performer.setStyleOffset([0, 3]);
    const after = point(first)?.style ?? [];
    expect(after[0] - before[0]).toBeCloseTo(0.5, 6);
    expect(after[1] - before[1]).toBeCloseTo(3, 6);
    performer.setStyleTarget(() => [10, 0], 1);
    expect((point(first)?.style ?? [])[0] - after[0]).toBeCloseTo(10, 6);
    // What is drawn at the start is kept, whatever becomes of the parameter.
    performer.setParameter('variation', 0);
    expect((point(first)?.style ?? [])[0] - after[0]).toBeCloseTo(10, 6);
  });

  it('reaches drum pads and morphs, whose digit the kernel is told', () => {
    const { performer, mode, of, asked } = seededRig();
    performer.setParameter('variation', 0.5);
    performer.setPad(40, { digit: 7, style: [5, 5], digitPoint: [6.5] });
    mode('drum');
    performer.noteOn(1, 40, 100);
    expect(of('noteOn')[0]).toMatchObject({ slot: first, digit: 7 });
    expect(asked().get(first)).toMatchObject({ digit: 7, noteId: 1, digitPoint: Float32Array.of(6.5) });
    mode('sing');
    performer.setParameter('digit', 2.25);
    performer.noteOn(1, 60, 100);
    expect(of('noteOn')[1]).toMatchObject({ slot: first + 1, digit: 2 });
    performer.setParameter('digit', 2.75);
    expect(asked().get(first + 1)).toMatchObject({ digit: 3, digitPoint: Float32Array.of(2.75) });
    // The note follows in its own slot: the kernel needs no word for it.
    expect(of('word')).toEqual([]);
  });

  it('stays with a legato note from word to word', () => {
    const { performer, mode, voices, of, asked } = seededRig();
    performer.setLyrics('3 8');
    mode('lyrics');
    voices('legato');
    performer.setParameter('variation', 0.5);
    performer.noteOn(1, 60, 100);
    performer.noteOn(1, 62, 100);
    const [{ style, revision }] = of('noteOn');
    expect(of('word')).toMatchObject([{ noteId: 1, slot: first, digit: 8, at: 'onset' }]);
    expect(of('word')[0].revision).toBeGreaterThan(revision);
    const moved = of('word')[0].style.map((value, k) => value - style[k]);
    expect(moved[0]).toBeCloseTo(0, 6);
    expect(moved[1]).toBeCloseTo(5, 6);
    expect(asked().get(first)?.digit).toBe(8);
  });
});

describe('velocity and chance', () => {
  it('move the style of their note, and live while their amounts move', () => {
    const { performer, of, point } = seededRig();
    performer.setParameters({ velocityTo: to('style 2'), velocityToAmount: 0.5 });
    performer.noteOn(1, 48, 127);
    performer.noteOn(1, 48 + 1, 63.5);
    performer.noteOn(1, 48 + 2, 31.75);
    expect(of('noteOn').map(({ slot, style }) => [slot, style[1]])).toEqual([
      [first, 0 + 1],
      [1, 1],
      [first + 1, 2 - 0.5],
    ]);
    performer.setParameter('velocityToAmount', -0.25);
    expect([point(first)?.style[1], point(first + 1)?.style[1]]).toEqual([-0.5, 2.25]);
  });

  it('are another chance for every note, within the amount, and the same again', () => {
    const draw = () => {
      const { performer, of } = seededRig();
      performer.setParameters({ randomTo: to('style 1'), randomAmount: 0.5 });
      for (let k = 0; k < 40; k++) performer.noteOn(1, 48, 100);
      return of('noteOn').map(({ style }) => style[0]);
    };
    const drawn = draw();
    expect(new Set(drawn).size).toBe(40);
    expect(Math.max(...drawn.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(Math.max(...drawn)).toBeGreaterThan(0.7);
    expect(Math.min(...drawn)).toBeLessThan(-0.7);
    expect(draw()).toEqual(drawn);
  });

  it('aimed at a direction that the bundle does not have move nothing', () => {
    const { performer, of } = seededRig();
    performer.setParameters({ velocityTo: to('style 8'), velocityToAmount: 1, lfoTo: to('style 8') });
    performer.setParameter('lfoAmount', 1);
    performer.noteOn(1, 48, 127);
    performer.advance(0);
    expect(of('noteOn')[0]).toMatchObject({ slot: 0, style: Float32Array.of(0, 0) });
  });
});

describe('slots', () => {
  it('are used again once their notes have died away, the one that ended first before others', () => {
    const { performer, of, clock } = seededRig();
    performer.setParameter('variation', 1);
    for (let k = 0; k < slots; k++) performer.noteOn(1, k, 100);
    expect(new Set(of('noteOn').map(({ slot }) => slot)).size).toBe(slots);
    performer.noteOff(1, 7);
    clock.seconds = 0.1;
    performer.noteOff(1, 3);
    clock.seconds = 5;
    for (const key of [100, 101]) performer.noteOn(1, key, 100);
    expect(
      of('noteOn')
        .slice(-2)
        .map(({ slot }) => slot),
    ).toEqual([first + 7, first + 3]);
    expect(of('word')).toEqual([]);
  });

  it('of a tail go before those of held notes, whose earliest goes back to its word at the last', () => {
    const { performer, of, asked } = seededRig();
    performer.setParameter('variation', 1);
    for (let k = 0; k < slots; k++) performer.noteOn(1, k, 100);
    performer.noteOff(1, 50);
    performer.noteOn(1, 100, 100);
    expect(of('noteOn').at(-1)?.slot).toBe(first + 50);
    expect(of('word')).toEqual([]);
    performer.noteOn(1, 101, 100);
    expect(of('noteOn').at(-1)?.slot).toBe(first);
    const [word] = of('word');
    expect(word).toMatchObject({ noteId: 1, at: 'same' });
    expect(word.slot).toBeLessThan(30);
    expect(asked().get(first)?.noteId).toBe(slots + 2);
    // It stays there: more notes would otherwise take slots from each other for ever.
    performer.setParameters({ velocityTo: to('style 1'), velocityToAmount: 1 });
    expect(of('word')).toHaveLength(1);
  });

  it('are not taken by notes that stand where their words are', () => {
    const { performer, of, asked } = seededRig();
    performer.setParameters({ variation: 0, velocityTo: to('style 1'), velocityToAmount: 0 });
    performer.noteOn(1, 48, 127);
    expect(of('noteOn')[0].slot).toBe(0);
    expect([...asked().keys()].filter((slot) => slot >= first)).toEqual([]);
  });
});

describe('the slow oscillator', () => {
  it('swings all that sounds by its own phase, once a hop, and nothing else', () => {
    const { performer, clock, targets, asked, hold } = seededRig();
    hold('hold');
    performer.setParameters({ lfoTo: to('style 1'), lfoAmount: 0.5, lfoRate: 2 });
    performer.noteOn(1, 48, 100);
    performer.noteOn(1, 60 + 3, 100);
    const swing: number[] = [];
    for (let k = 0; k < 64; k++) {
      clock.seconds = (k * 768) / rigRate;
      performer.advance(clock.seconds * rigRate);
      // A second call within the hop changes nothing.
      clock.seconds += 0.004;
      const { revision } = performer;
      performer.advance(clock.seconds * rigRate);
      expect(performer.revision).toBe(revision);
      const list = asked();
      swing.push(list.get(0)?.style[0] ?? NaN);
      expect(list.get(13)?.style[0]).toBeCloseTo(1 + swing[k], 6);
      expect(list.get(20)?.style[0]).toBe(2);
    }
    const wanted = swing.map((_, k) => Math.sin(2 * Math.PI * 2 * 0.016 * k));
    swing.forEach((value, k) => expect(Math.abs(value - wanted[k])).toBeLessThan(0.15));
    // A slow swing moves nothing every hop.
    performer.setParameter('lfoRate', 0.2);
    const { revision } = performer;
    for (let k = 64; k < 128; k++) performer.advance((clock.seconds = (k * 768) / rigRate) * rigRate);
    expect(performer.revision - revision).toBeLessThan(16);
    // Words that do not sound are decoded once.
    const rest = targets.flatMap(({ targets: list }) => list.filter(({ slot }) => slot === 20));
    expect(new Set(rest.map(({ revision }) => revision)).size).toBe(1);
    performer.setParameter('lfoAmount', 0);
    expect(asked().get(0)?.style[0]).toBe(0);
  });

  it('follows tempo and shape as the kernel does', () => {
    const { performer, clock, of, asked } = seededRig();
    const square = lfoShapes.indexOf('square');
    performer.setParameters({ lfoTo: to('style 1'), lfoAmount: 1, lfoSync: 3, lfoShape: square, tempo: 150 });
    expect(of('parameters').at(-1)?.parameters).toMatchObject({ lfoHz: 2.5, lfoTarget: 'nothing' });
    performer.noteOn(1, 48, 100);
    const at = (seconds: number) => {
      clock.seconds = seconds;
      performer.advance(seconds * rigRate);
      return asked().get(0)?.style[0];
    };
    expect([0.02, 0.1, 0.21, 0.39, 0.41].map(at)).toEqual([2, 2, -2, -2, 2]);
    // From here on half as fast, from the phase that was reached: a quarter of a turn at 0.5 s.
    clock.seconds = 0.5;
    performer.setTempo(75);
    expect([0.55, 0.69, 0.71, 1.09, 1.11].map(at)).toEqual([2, 2, -2, -2, 2]);
  });

  it('follows a beat that changes ahead though a knob moves meanwhile', () => {
    const { performer, clock, of, asked } = seededRig();
    const lfoShape = lfoShapes.indexOf('square');
    performer.setParameters({ lfoTo: to('style 1'), lfoAmount: 1, lfoSync: 3, lfoShape });
    performer.noteOn(1, 48, 100);
    performer.followBeat(0, 120);
    // From 20 ms on half as fast.
    performer.followBeat(0.04, 60, 960);
    performer.setTempo(60, 960);
    performer.setParameter('breath', 0.5);
    expect(of('parameters').at(-1)).toMatchObject({
      frame: 960,
      parameters: { lfoTurns: 0.04, phaseFrame: 960 },
    });
    clock.seconds = 0.6;
    performer.advance(0.6 * rigRate);
    // The beat is at 0.62.
    expect(asked().get(0)?.style[0]).toBe(-2);
  });

  it('has a legato note say its next word where the wave stands', () => {
    const { performer, mode, voices, of, asked } = seededRig();
    performer.setLyrics('3 8');
    mode('lyrics');
    voices('legato');
    performer.setParameters({ lfoTo: to('style 1'), lfoAmount: 1, lfoShape: lfoShapes.indexOf('square') });
    performer.noteOn(1, 60, 100);
    performer.noteOn(1, 62, 100);
    const [word] = of('word');
    expect(word).toMatchObject({ slot: 8, style: Float32Array.of(2, 8) });
    expect(asked().get(8)).toMatchObject({ style: word.style, revision: word.revision });
    expect(word.revision).toBeGreaterThan(of('noteOn')[0].revision);
  });

  it('asks for nothing while nothing sounds or the wave stands still', () => {
    const { performer, clock, targets, tick } = seededRig();
    performer.begin();
    performer.setParameters({ lfoTo: to('style 1'), lfoAmount: 1, lfoShape: lfoShapes.indexOf('square') });
    tick();
    const run = (from: number, until: number) => {
      const before = targets.length;
      for (let seconds = from; seconds < until; seconds += 0.016) {
        clock.seconds = seconds;
        performer.advance(seconds * rigRate);
        tick();
      }
      return targets.length - before;
    };
    expect(run(0, 1)).toBe(0);
    performer.noteOn(1, 48, 100);
    tick();
    // A turn a second: two edges.
    expect(run(1, 2)).toBeLessThanOrEqual(3);
  });
});

describe('what the decoder is asked', () => {
  it('begins with single notes that are held, and has nothing else once the common point is settled', () => {
    const { performer, targets, tick, clock } = seededRig();
    performer.begin();
    performer.settledAt(0);
    performer.setParameters({ velocityTo: to('style 1'), velocityToAmount: 1 });
    performer.noteOn(1, 48, 127);
    performer.noteOn(1, 49, 63.5);
    performer.noteOn(1, 50, 127);
    performer.noteOff(1, 48);
    tick();
    clock.seconds = 0.1;
    performer.noteOn(1, 51, 127);
    tick();
    const list = targets.at(-1)!;
    expect(list.targets.map(({ slot }) => slot)).toEqual([first + 2, first + 1, 1, first]);
    expect(list.held).toBe(3);
    expect(performer.settled).toBe(true);
  });

  it('does not have a note wait for words that the pedal holds and that have long been said', () => {
    const { performer, targets, tick, clock, hold } = seededRig();
    performer.begin();
    performer.settledAt(0);
    performer.controlChange(1, 64, 127);
    for (let key = 48; key < 58; key++) {
      performer.noteOn(1, key, 100);
      performer.noteOff(1, key);
    }
    clock.seconds = 5;
    performer.noteOn(1, 60, 100);
    performer.setParameter('style1', 1);
    tick();
    expect(targets.at(-1)).toMatchObject({ held: 1 });
    expect(targets.at(-1)?.targets[0].slot).toBe(10);
    // Vowels sound for as long as they are held.
    hold('hold');
    performer.setParameter('style1', 0);
    tick();
    expect(targets.at(-1)?.held).toBe(11);
  });

  it('lets ten notes of their own follow a turning knob in turn, without a backlog', () => {
    const decodeSeconds = 0.006;
    const timers: { at: number; run: () => void }[] = [];
    let now = 0;
    const queue = new TargetQueue();
    const random = new Random(2);
    const { performer, hold } = performerRig({
      random: () => random.uniform(),
      now: () => now,
      startTimer: (run, milliseconds) => {
        const timer = { at: now + milliseconds / 1000, run };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
      sendInference: (message) => {
        if (message.type === 'targets') queue.replace(message.revision, message.targets, message.held);
      },
    });
    performer.begin();
    hold('hold');
    performer.setParameters({ variation: 0.5 });
    for (let k = 0; k < 10; k++) performer.noteOn(1, 48 + k, 100);
    const decoded = new Map<number, { seconds: number; lag: number }[]>();
    let isFree = 0;
    const run = (until: number, turn: boolean) => {
      for (; now < until; now += 0.001) {
        if (turn) performer.setParameter('style1', Math.sin(3 * now));
        for (const timer of timers.filter(({ at }) => at <= now)) {
          timers.splice(timers.indexOf(timer), 1);
          timer.run();
        }
        if (now < isFree) continue;
        const target = queue.take();
        if (!target) continue;
        isFree = now + decodeSeconds;
        const lag = performer.revision - target.revision;
        decoded.set(target.slot, [...(decoded.get(target.slot) ?? []), { seconds: now, lag }]);
      }
    };
    run(1, true);
    const own = Array.from({ length: 10 }, (_, k) => decoded.get(first + k) ?? []);
    const counts = own.map((list) => list.length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(Math.min(...counts)).toBeGreaterThan(10);
    // Never a point that was asked for longer ago than the interval of asking: ten moves of the knob.
    expect(Math.max(...own.flat().map(({ lag }) => lag))).toBeLessThanOrEqual(11);
    decoded.clear();
    run(1.1, false);
    const last = Array.from({ length: 10 }, (_, k) => decoded.get(first + k)?.at(-1)?.lag);
    expect(last).toEqual(new Array(10).fill(0));
  });
});
