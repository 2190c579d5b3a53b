// Values as a page shows them: many changes, one drawing.
import { describe, expect, it } from 'vitest';
import { defaultValues, type ParameterId } from '../../src/contract/parameters.ts';
import { LiveValues } from '../../src/session/liveValues.ts';

describe('live values', () => {
  function rig() {
    const frames: (() => void)[] = [];
    const values = defaultValues();
    const live = new LiveValues(
      () => values,
      (task) => frames.push(task),
    );
    let draws = 0;
    live.subscribe(() => draws++);
    const set = (id: ParameterId, value: number) => {
      values[id] = value;
      live.touch();
    };
    return { live, set, frames, draws: () => draws };
  }

  it('tell of a hundred changes once, with all of them', () => {
    const { live, set, frames, draws } = rig();
    const before = live.values;
    for (let k = 0; k <= 100; k++) set('attack', 0.001 + k / 100);
    set('sustain', 0.5);
    expect(frames).toHaveLength(1);
    frames[0]();
    expect(draws()).toBe(1);
    expect(live.values.attack).toBeCloseTo(1.001);
    expect(live.values.sustain).toBe(0.5);
    expect(before.sustain).toBe(1);
  });

  it('tell of a change after the drawing in the next one', () => {
    const { live, set, frames, draws } = rig();
    set('attack', 1);
    frames[0]();
    const drawn = live.values;
    set('attack', 2);
    expect(drawn.attack).toBe(1);
    frames[1]();
    expect(live.values.attack).toBe(2);
    expect(draws()).toBe(2);
  });

  it('are what they are for whoever asks before the drawing, and the same object until one changes', () => {
    const { live, set, draws } = rig();
    const before = live.values;
    expect(live.values).toBe(before);
    set('mode', 1);
    expect(live.values.mode).toBe(1);
    expect(live.values).toBe(live.values);
    expect(before.mode).not.toBe(1);
    expect(draws()).toBe(0);
  });
});
