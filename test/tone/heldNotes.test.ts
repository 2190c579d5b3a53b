import { describe, expect, it } from 'vitest';
import { HeldNotes, mostHeld } from '../../src/tone/heldNotes.ts';

describe('held notes', () => {
  it('that overlap on one key stand on channels of their own and are released the oldest first', () => {
    const held = new HeldNotes();
    const channels = ['a', 'a', 'b'].map((name) => held.attack(name, 60, false, 0).note.channel);
    expect(channels).toEqual([1, 2, 3]);
    expect(held.release('a', 9)?.channel).toBe(1);
    expect(held.attack('c', 60, false, 0).note.channel).toBe(1);
    expect(held.release('a', 9)?.channel).toBe(2);
    expect(held.release('a', 9)).toBeUndefined();
    expect(held.attack('d', 61, false, 0).note.channel).toBe(1);
    expect(held.releaseAll(9).map(({ name }) => name)).toEqual(['b', 'c', 'd']);
    expect(held.releaseAll(9)).toEqual([]);
  });

  it('that were struck ahead of a release stay', () => {
    const held = new HeldNotes();
    held.attack('a', 60, false, 100);
    held.attack('a', 60, false, 200);
    expect(held.release('a', 99)).toBeUndefined();
    expect(held.releaseAll(150).map(({ frame }) => frame)).toEqual([100]);
    expect(held.release('a', 199)).toBeUndefined();
    expect(held.release('a', 200)?.channel).toBe(2);
  });

  it('of one voice stay on one channel, where the same key ends the note before', () => {
    const held = new HeldNotes();
    expect(held.attack('a', 60, true, 7)).toEqual({
      note: { name: 'a', midiNote: 60, channel: 1, frame: 7 },
      ended: undefined,
    });
    const { note, ended } = held.attack('b', 60, true, 8);
    expect(note.channel).toBe(1);
    expect(ended?.name).toBe('a');
    expect(held.release('a', 9)).toBeUndefined();
  });

  it('give up the oldest on a key that is struck more often than there are voices', () => {
    const held = new HeldNotes();
    for (let k = 0; k < mostHeld; k++) expect(held.attack(String(k), 60, false, 0).ended).toBeUndefined();
    const { note, ended } = held.attack('last', 60, false, 0);
    expect(ended?.name).toBe('0');
    expect(note.channel).toBe(1);
    expect(held.releaseAll(9)).toHaveLength(mostHeld);
  });
});
