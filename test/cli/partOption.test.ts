// `render --part`: parts by their numbers, what each plays, and clear words for what cannot be.
import { describe, expect, it } from 'vitest';
import { arrangementOf } from '../../src/cli/partOption.ts';
import { InputError } from '../../src/contract/errors.ts';
import { readSong } from '../../src/midi/midiFile.ts';
import { bytesOf, end, file } from '../helpers/midiBytes.ts';

const song = readSong(
  file(
    1,
    96,
    [0, 0xff, 3, 4, ...bytesOf('Lead'), 0, 0x90, 60, 100, 96, 0x80, 60, 64, ...end],
    [0, 0x99, 36, 100, ...end],
  ),
);
const voices = ['ada', 'grace'];
const of = (...part: string[]) => arrangementOf(song, { drums: 'auto', part }, voices);

describe('the option --part', () => {
  it('says what a part plays', () => {
    expect(of('1: digit=7 , voice=grace,mode=lyrics, lyrics=3, 1 4', '2:mute').parts).toEqual({
      '0.0.1': { digit: 7, speaker: 1, mode: 'lyrics', lyrics: '3, 1 4' },
      '1.0.10': { muted: true },
    });
    expect(of('1:lyrics=three one', '1:solo').parts).toEqual({
      '0.0.1': { lyrics: 'three one', solo: true },
    });
    expect(of().parts).toEqual({});
  });

  it.each([
    ['3:mute', /parts are 1 \(Lead, channel 1, 1 note\), 2 \(channel 10, 1 note\)/],
    ['lead:mute', /--part takes the number of a part/],
    ['1:', /--part takes the number of a part/],
    ['1:digit=10', /digit must be one of 0, 1, .* got 10/],
    ['1:voice=bob', /voice must be one of ada, grace, got bob/],
    ['1:mode=', /mode must be one of words, sing, lyrics, drum, got nothing/],
    ['1:solo=no', /solo takes no value, got solo=no/],
    ['1:mute=false', /mute takes no value/],
    ['1:,', /--part: {2}must be one of mute/],
    ['1:louder', /louder must be one of mute, solo/],
    ['1:lyrics=do re', /"do" is none of them/],
  ])('refuses %s', (text, message) => {
    expect(() => of(text)).toThrow(InputError);
    expect(() => of(text)).toThrow(message);
  });
});
