// Two thousand mixed messages a second on the path that they take on a page: how much of it is passed on. Counts, no times.
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChannelMessage } from '../../src/midi/message.ts';
import { floodedPage, floodRates, floodSecond } from '../helpers/flood.ts';
import { smallManifest } from '../helpers/manifest.ts';

const perSecond = Object.values(floodRates).reduce((sum, rate) => sum + rate, 0);
let page: Awaited<ReturnType<typeof floodedPage>>;
beforeEach(async () => {
  page = await floodedPage(smallManifest(3));
});

describe('a flood of MIDI', () => {
  it('goes to the kernel in fewer messages than come, and to the screen sixty times a second', () => {
    for (const { ms, message } of floodSecond(1)) page.play(ms, message);
    const { messages, kernel, shown } = page.posted;
    expect(perSecond).toBe(2000);
    expect(messages.length).toBeGreaterThan(perSecond);
    expect(kernel).toBeLessThan(0.6 * perSecond);
    expect(shown).toBeLessThanOrEqual(63);
  });

  it('asks the decoder once in 10 ms at the most', () => {
    const { targets } = page.posted;
    const style = (k: number): ChannelMessage => ({
      type: 'control',
      channel: 1,
      controller: 70,
      data: k % 128,
    });
    for (let k = 0; k < 600; k++) page.play((1000 * k) / 600, style(k));
    // All thirty words each time, as the point does not rest.
    expect((page.posted.targets - targets) / 30).toBeLessThanOrEqual(101);
  });

  it('tells the kernel its parameters once for a program, however many it changes', () => {
    page.play(0, { type: 'program', channel: 1, data: 1 });
    page.posted.messages.length = 0;
    for (const [k, data] of [5, 7, 9].entries())
      page.play(100 * (k + 1), { type: 'program', channel: 1, data });
    const parameters = page.posted.messages.filter((type) => type === 'parameters');
    // Once for its frame, and once for what was told ahead.
    expect(parameters.length).toBeLessThanOrEqual(6);
    expect(page.session.presets.current?.name).toBe('Telephone');
  });

  it('ends at the very values that came last', () => {
    page.play(0, { type: 'noteOn', channel: 1, note: 60, velocity: 100 });
    for (let k = 0; k < 500; k++) page.play(1 + k / 10, { type: 'bend', channel: 1, bend: k / 499 });
    page.play(100, { type: 'noteOff', channel: 1, note: 60, velocity: 64 });
    const ratio = 2 ** (2 / 12);
    expect(page.bends.at(-1)).toBeCloseTo(ratio, 6);
    expect(page.bends.length).toBeLessThan(60);
  });
});
