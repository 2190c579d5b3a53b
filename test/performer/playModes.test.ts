// The table of play modes: every mode of the parameter is in it, and each plans, strikes and shows what it should.
import { describe, expect, it } from 'vitest';
import { playModes, type PlayModeName } from '../../src/contract/parameters.ts';
import { Lyrics } from '../../src/performer/lyrics.ts';
import { playModeOf, type LyricVoice, type PlanSources } from '../../src/performer/playModes.ts';
import type { SlotWord } from '../../src/performer/wordSlots.ts';

const modeOf = (name: PlayModeName) => playModeOf(playModes.indexOf(name));
const modesWhere = (isMeant: (mode: ReturnType<typeof playModeOf>) => unknown) =>
  playModes.filter((name) => isMeant(modeOf(name)));

/** Words name their origin by the slot: 100 the sung one, 200 and on keys, 300 and on pads, others digits. */
function sources(text = ''): PlanSources & { moves: number } {
  const lyrics = new Lyrics();
  lyrics.setText(text);
  const word = (slot: number): SlotWord => ({ digit: 0, speaker: 0, slot });
  const made = {
    moves: 0,
    lyrics,
    lyricsLoop: false,
    onLyrics: () => made.moves++,
    digitWord: (digit: number) => word(digit),
    sungWord: () => word(100),
    spokenWord: (midiNote: number) => word(200 + midiNote),
    padWord: (midiNote: number) => word(300 + midiNote),
    hzOf: (midiNote: number) => (midiNote === 61 ? 0 : 440),
  };
  return made;
}

const silent = 61;
const plan = (
  name: PlayModeName,
  midiNote: number,
  from = sources(),
  voice: LyricVoice = { lyricWord: null },
) => modeOf(name).plan(from, midiNote, voice);

describe('play modes', () => {
  it('say words by their key, and strike what is stored on it', () => {
    expect(plan('words', 60)).toMatchObject({ word: { slot: 260 }, source: 'key', tie: false });
    expect(plan('drum', 60)).toMatchObject({ word: { slot: 360 }, source: 'key', tie: false });
    // They keep the word's own pitch: a tuning that leaves the key out does not silence it.
    expect(plan('words', silent)).not.toBeNull();
    expect(plan('drum', silent)).not.toBeNull();
  });

  it('sing the digit of the parameter on keys that have a pitch', () => {
    expect(plan('sing', 60)).toMatchObject({ word: { slot: 100 }, source: 'digit', tie: false });
    expect(plan('sing', silent)).toBeNull();
  });

  it('step through lyrics, and sing the digit where there are none', () => {
    const from = sources('3 - . 5');
    const voice: LyricVoice = { lyricWord: null };
    expect(plan('lyrics', 60, from, voice)).toMatchObject({
      word: { slot: 3 },
      source: 'lyrics',
      tie: false,
    });
    expect(modeOf('lyrics').tieFollows?.(from)).toBe(true);
    expect(plan('lyrics', 62, from, voice)).toMatchObject({ word: { slot: 3 }, source: 'lyrics', tie: true });
    expect(modeOf('lyrics').tieFollows?.(from)).toBe(false);
    expect(plan('lyrics', 64, from, voice)).toBeNull();
    // A key without a pitch takes its step all the same.
    expect(plan('lyrics', silent, from, voice)).toBeNull();
    expect(from.moves).toBe(4);
    expect(plan('lyrics', 60)).toMatchObject({ word: { slot: 100 }, source: 'digit' });
  });

  it('differ in what keys do', () => {
    expect(modesWhere(({ isPitched }) => isPitched)).toEqual(['sing', 'lyrics']);
    expect(modesWhere(({ isStruck }) => isStruck)).toEqual(['drum']);
    expect(modesWhere(({ allowsMono }) => !allowsMono)).toEqual(['drum']);
    expect(modesWhere(({ hasKeyswitches }) => hasKeyswitches)).toEqual(['sing']);
    expect(modesWhere(({ tieFollows }) => tieFollows)).toEqual(['lyrics']);
  });

  it('differ in what the page shows', () => {
    const shown = playModes.map((name) => {
      const { keys, panel, numberRow } = modeOf(name).page;
      return [keys, panel, numberRow];
    });
    expect(shown).toEqual([
      ['digits', null, 'twelve keys'],
      ['piano', 'digits', 'digit'],
      ['piano', 'lyrics', null],
      ['piano', 'pads', 'ten keys'],
    ]);
  });

  it('are chosen by the nearest number, the first where there is none', () => {
    expect(playModeOf(2.6)).toBe(modeOf('drum'));
    expect(playModeOf(17)).toBe(modeOf('words'));
  });
});
