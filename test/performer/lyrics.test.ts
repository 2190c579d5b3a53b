// Lyrics: what texts mean, and stepping through them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lyrics, parseLyrics } from '../../src/performer/lyrics.ts';

const digit = (value: number) => ({ kind: 'digit', digit: value });

describe('lyrics text', () => {
  it('reads digits with and without spaces, names, ties and rests', () => {
    expect(parseLyrics('3 1,4\n15')).toEqual([3, 1, 4, 1, 5].map(digit));
    expect(parseLyrics('Three one FOUR zero oh')).toEqual([3, 1, 4, 0, 0].map(digit));
    expect(parseLyrics('5 - . _ \u2014 | 9;')).toEqual([
      digit(5),
      { kind: 'tie' },
      { kind: 'rest' },
      { kind: 'rest' },
      { kind: 'tie' },
      digit(9),
    ]);
    expect(parseLyrics(' \n ')).toEqual([]);
  });

  it('names the first word that it cannot read', () => {
    expect(() => parseLyrics('1 eleven 2')).toThrow(/"eleven" is none of them/);
    expect(() => parseLyrics('1 # 2')).toThrow(/"#"/);
    expect(() => parseLyrics('\u{1f600}')).toThrow(/none of them/);
  });

  it('reads back every row of steps that is written out', () => {
    const step = fc.oneof(
      fc.integer({ min: 0, max: 9 }).map(digit),
      fc.constant({ kind: 'tie' }),
      fc.constant({ kind: 'rest' }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const text = steps.map((s) => ('digit' in s ? s.digit : s.kind === 'tie' ? '-' : '.')).join(' ');
        expect(parseLyrics(text)).toEqual(steps);
      }),
    );
  });
});

describe('stepping through lyrics', () => {
  it('loops or stops at the end, and goes back to the front', () => {
    const lyrics = new Lyrics();
    lyrics.setText('7 8');
    const three = (loop: boolean) => [lyrics.next(loop), lyrics.next(loop), lyrics.next(loop)];
    expect(three(true)).toEqual([7, 8, 7].map(digit));
    expect([lyrics.current, lyrics.position]).toEqual([0, 1]);
    lyrics.reset();
    expect([lyrics.current, lyrics.position]).toEqual([-1, 0]);
    expect(three(false)).toEqual([digit(7), digit(8), undefined]);
    expect(lyrics.peek(false)).toBeUndefined();
    expect(lyrics.peek(true)).toEqual(digit(7));
  });

  it('gives nothing for an empty text, and keeps the old text when a new one cannot be read', () => {
    const lyrics = new Lyrics();
    expect([lyrics.next(true), lyrics.peek(true)]).toEqual([undefined, undefined]);
    lyrics.setText('4');
    expect(() => lyrics.setText('four-teen')).toThrow(/"teen"/);
    expect(lyrics.next(true)).toEqual(digit(4));
  });
});
