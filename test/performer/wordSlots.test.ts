// Word slots: where words, morphs and stored points live, and the latent points that they are decoded at.
import { describe, expect, it } from 'vitest';
import { isWhole, slotCount, WordSlots } from '../../src/performer/wordSlots.ts';
import { smallManifest } from '../helpers/manifest.ts';

const speakers = 3;
const manifest = smallManifest(speakers);
const idle = { sounding: [], recent: [], speaker: 0 };

function targetOf(slots: WordSlots, slot: number) {
  const target = slots.targets(idle).find((candidate) => candidate.slot === slot);
  return target && { point: [...target.digitPoint], style: [...target.style] };
}

describe('word slots', () => {
  it('have room for every speaker, ten morphs, fifty pads and seventy notes of their own', () => {
    expect(slotCount(manifest)).toBe(160);
  });

  it('decode the own words at their own styles until something moves them', () => {
    const slots = new WordSlots(manifest);
    expect(slots.targets(idle)).toHaveLength(30);
    expect(targetOf(slots, 14)).toEqual({ point: [4], style: [1, 4] });
    slots.setKnobs([0.5, -1]);
    slots.setOffset([10, 20]);
    expect(targetOf(slots, 14)).toEqual({ point: [4], style: [11.5, 23] });
    slots.setOffset(null);
    slots.setTarget((digit) => [9, digit], 0.5);
    expect(targetOf(slots, 14)).toEqual({ point: [4], style: [5.5, 3] });
    expect([...slots.styleOf(14)]).toEqual([5.5, 3]);
    expect(() => slots.setOffset([1])).toThrow(/length of style offset .* from 2 to 2, got 1/);
  });

  it('morph between two digits in a slot that names the nearest, and stay in it while a note sounds there', () => {
    const slots = new WordSlots(manifest);
    expect(slots.between(2, 6.7, false)).toEqual({ digit: 7, speaker: 2, slot: 37 });
    expect(targetOf(slots, 37)?.point[0]).toBeCloseTo(6.7, 5);
    expect(targetOf(slots, 37)?.style[1]).toBeCloseTo(6.7, 5);
    expect(slots.between(2, 8, true)).toEqual({ digit: 8, speaker: 2, slot: 37 });
    expect(targetOf(slots, 37)).toEqual({ point: [8], style: [2, 8] });
    expect(slots.between(2, 9, true).slot).toBe(37);
    expect(targetOf(slots, 37)).toEqual({ point: [9], style: [2, 9] });
    expect(slots.between(2, 8, false)).toEqual({ digit: 8, speaker: 2, slot: 28 });
    expect(slots.morphSlot).toBeNull();
    expect(slots.targets(idle)).toHaveLength(30);
  });

  it('reach every whole digit from a 7-bit controller', () => {
    for (let digit = 0; digit <= 9; digit++) {
      expect(isWhole((Math.round((digit * 127) / 9) / 127) * 9)).toBe(true);
    }
    expect(isWhole(4.5)).toBe(false);
  });

  it('store points on keys, in slots that name their digit, and offer every word elsewhere', () => {
    const slots = new WordSlots(manifest);
    expect(slots.pad(36)).toEqual({ digit: 0, speaker: 0, slot: 0 });
    expect(slots.pad(36 + 14)).toEqual({ digit: 4, speaker: 1, slot: 14 });
    expect(slots.pad(35).slot).toBe(29);
    slots.setPad(50, { digit: 7, style: [5, 5], digitPoint: [6.5], speaker: 2 });
    const word = slots.pad(50);
    expect(word).toMatchObject({ digit: 7, speaker: 2 });
    expect(word.slot).toBeGreaterThanOrEqual(40);
    expect(word.slot % 10).toBe(7);
    expect(targetOf(slots, word.slot)).toEqual({ point: [6.5], style: [5, 5] });
    // What was stored is heard, wherever knobs and map go on to.
    slots.setKnobs([0.5, -1]);
    slots.setTarget((digit) => [9, digit], 0.5);
    expect(targetOf(slots, word.slot)).toEqual({ point: [6.5], style: [5, 5] });
    slots.setPad(50, { digit: 3, style: [1, 1] });
    expect(slots.pad(50).slot).toBe(word.slot);
    slots.setPad(50, null);
    expect(slots.pad(50).slot).toBe(14);
  });

  it('hold fifty points and refuse the next', () => {
    const slots = new WordSlots(manifest);
    for (let key = 0; key < 50; key++) slots.setPad(key, { digit: 1, style: [0, 0] });
    const used = Array.from({ length: 50 }, (_, key) => slots.pad(key).slot);
    expect(new Set(used).size).toBe(50);
    expect(Math.max(...used)).toBe(89);
    expect(Math.min(...used)).toBe(40);
    expect(() => slots.setPad(60, { digit: 1, style: [0, 0] })).toThrow(/50 at most/);
    expect(() => slots.setPad(0, { digit: 1, style: [0] })).toThrow(/length of pad style/);
  });

  it('decode a note of its own beside its word, wherever that is, and what sounds with the swing', () => {
    const slots = new WordSlots(manifest);
    slots.setKnobs([0.5, 0]);
    slots.setPad(50, { digit: 7, style: [5, 5] });
    slots.between(0, 2.5, false);
    const along = [1, -0.25];
    const word = (slot: number, digit: number) => ({ slot, digit, speaker: 0 });
    slots.setNoteLatent(90, { noteId: 1, word: word(14, 4), styleOffset: along });
    slots.setNoteLatent(91, { noteId: 2, word: slots.pad(50), styleOffset: along });
    slots.setNoteLatent(92, { noteId: 3, word: word(33, 3), styleOffset: along });
    const read = (sounding: number[]) =>
      slots
        .targets({ ...idle, sounding, soundingOnly: true })
        .map(({ slot, digit, noteId, style }) => [slot, digit, noteId, [...style]]);
    expect(read([90, 91, 92])).toEqual([
      [90, 4, 1, [2.5, 3.75]],
      // The knobs leave a stored point where it is; what is the note's own moves it.
      [91, 7, 2, [6, 4.75]],
      [92, 3, 3, [1.5, 2.25]],
    ]);
    slots.setSwing({ direction: 0, amount: 0.25, between: [0, 1] });
    expect(read([90, 14])).toEqual([
      [90, 4, 1, [2.75, 3.75]],
      [14, undefined, undefined, [1.75, 4]],
    ]);
    expect([...slots.styleOf(14)]).toEqual([1.5, 4]);
    // Along a direction nothing goes beyond what a knob reaches.
    slots.setKnobs([1.5, 0]);
    expect(read([90])).toEqual([[90, 4, 1, [3, 3.75]]]);
  });

  it('ask for what sounds first, then the morph, the pads and the rest, each once', () => {
    const slots = new WordSlots(manifest);
    slots.between(0, 1.5, false);
    slots.setPad(60, { digit: 4, style: [0, 0] });
    const order = slots.targets({ sounding: [25], recent: [3], speaker: 1 }).map(({ slot }) => slot);
    expect(order.slice(0, 5)).toEqual([25, 32, 44, 3, 10]);
    expect(new Set(order).size).toBe(order.length);
    expect(order).toHaveLength(32);
  });
});
