import { describe, expect, it } from 'vitest';
import { NoteScore } from '../../src/tone/noteScore.ts';

describe('a score', () => {
  it('plays in the order of frames what came in any, and of one frame in the order in which it came', () => {
    const score = new NoteScore();
    const played: string[] = [];
    const add = (frame: number, name: string) => score.add(frame, (at) => played.push(`${name}@${at}`));
    add(30, 'c');
    add(10, 'a');
    add(30, 'd');
    add(20, 'b');
    score.playBefore(30);
    expect(played).toEqual(['a@10', 'b@20']);
    score.playBefore(31);
    expect(played.slice(2)).toEqual(['c@30', 'd@30']);
    expect(score.isEmpty).toBe(true);
  });

  it('plays what an event adds before the same frame', () => {
    const score = new NoteScore();
    const played: number[] = [];
    score.add(1, () => [2, 9].forEach((frame) => score.add(frame, (at) => played.push(at))));
    score.playBefore(5);
    expect(played).toEqual([2]);
    expect(score.isEmpty).toBe(false);
  });

  it('drops what lies before a frame, and counts it', () => {
    const score = new NoteScore();
    const played: number[] = [];
    for (const frame of [5, 1, 3]) score.add(frame, (at) => played.push(at));
    expect(score.dropBefore(3)).toBe(1);
    expect(score.dropBefore(3)).toBe(0);
    score.playBefore(Infinity);
    expect(played).toEqual([3, 5]);
    score.add(1, () => undefined);
    expect(score.dropBefore(Infinity)).toBe(1);
    expect(score.isEmpty).toBe(true);
  });
});
