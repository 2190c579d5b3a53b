// Values on the page: many changes, one drawing; and listeners that come and go.
import { describe, expect, it } from 'vitest';
import { LiveValues } from '../../src/session/liveValues.ts';
import { Emitter } from '../../src/contract/emitter.ts';

describe('live values', () => {
  function rig() {
    const frames: (() => void)[] = [];
    const live = new LiveValues((task) => frames.push(task));
    let draws = 0;
    live.subscribe(() => draws++);
    return { live, frames, draws: () => draws };
  }

  it('tell of a hundred changes once, with all of them', () => {
    const { live, frames, draws } = rig();
    const before = live.values;
    for (let k = 0; k <= 100; k++) live.set('attack', 0.001 + k / 100);
    live.set('sustain', 0.5);
    expect(live.values).toBe(before);
    expect(live.latest('attack')).toBeCloseTo(1.001);
    expect(frames).toHaveLength(1);
    frames[0]();
    expect(draws()).toBe(1);
    expect(live.values.attack).toBeCloseTo(1.001);
    expect(live.values.sustain).toBe(0.5);
    expect(before.sustain).toBe(1);
  });

  it('tell of a change after the drawing in the next one, and of no change never', () => {
    const { live, frames, draws } = rig();
    live.set('attack', 1);
    frames[0]();
    const drawn = live.values;
    live.set('attack', 1);
    expect(frames).toHaveLength(1);
    live.set('attack', 2);
    expect(drawn.attack).toBe(1);
    frames[1]();
    expect(live.values.attack).toBe(2);
    expect(draws()).toBe(2);
  });
});

describe('an emitter', () => {
  it('lets a listener leave while it is called', () => {
    const emitter = new Emitter<number>();
    const heard: number[] = [];
    const stop = emitter.subscribe((event) => {
      heard.push(event);
      stop();
    });
    emitter.subscribe((event) => heard.push(10 * event));
    emitter.emit(1);
    emitter.emit(2);
    expect(heard).toEqual([1, 10, 20]);
  });
});
