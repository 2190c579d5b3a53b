// Parts of a song: what plays, as what, and who is silent; drums, ports, keyswitches and lyrics.
import { describe, expect, it } from 'vitest';
import { playModes, type PlayModeName } from '../../src/contract/parameters.ts';
import { Arrangement, type ArrangementSettings } from '../../src/midi/arrangement.ts';
import { readSong } from '../../src/midi/midiFile.ts';
import { performerTarget } from '../../src/midi/performerTarget.ts';
import type { Song } from '../../src/midi/song.ts';
import { SongFeed } from '../../src/midi/songFeed.ts';
import { bytesOf, end, file } from '../helpers/midiBytes.ts';
import { performerRig, readNotes } from '../helpers/performerRig.ts';

const perQuarter = 480;
const quarter = [0x83, 0x60];
const meta = (kind: number, text: string) => [0, 0xff, kind, text.length, ...bytesOf(text)];
const name = (text: string) => meta(3, text);
const port = (number: number) => [0, 0xff, 0x21, 1, number];
const note = (channel: number, key: number) => [
  ...[0, 0x90 + channel - 1, key, 100],
  ...[...quarter, 0x80 + channel - 1, key, 64],
];
const song = (...tracks: number[][]) => readSong(file(1, perQuarter, ...tracks.map((t) => [...t, ...end])));

/** Plays a song's events in order, and gives what the kernel is told of each note. */
function played(song: Song, mode: PlayModeName, settings?: Partial<ArrangementSettings>) {
  const rig = performerRig();
  rig.mode(mode);
  const { performer } = rig;
  const arrangement = new Arrangement(song, () => playModes[performer.parameter('mode')], {
    ...{ drums: 'auto', keyswitches: false, parts: {} },
    ...settings,
  });
  const frameOf = (ms: number) => Math.round(48 * ms);
  const feed = new SongFeed(performerTarget({ performer, frameOf }), arrangement);
  const run = (upTo = Infinity) => {
    for (const event of song.events) if (event.seconds <= upTo) feed.send(event, 1000 * event.seconds);
  };
  const words = () =>
    rig.of('noteOn').map(({ slot, pitchHz, isStruck }) => ({
      digit: slot % 10,
      speaker: Math.floor(slot / 10),
      sung: (pitchHz ?? 0) > 0,
      ...(isStruck ? { isStruck } : {}),
    }));
  return { ...rig, arrangement, feed, run, words };
}
const sung = (digit: number, speaker = 0) => ({ digit, speaker, sung: true });

describe('parts', () => {
  it('are the channels of each track that have notes, in the order of ports and channels', () => {
    const { parts } = new Arrangement(
      song(
        [...name('Two'), ...port(1), ...note(1, 60)],
        [...name('Lead'), ...note(3, 60), ...note(3, 62), ...note(1, 64)],
        [...name('Kit'), ...note(10, 36)],
        name('Empty'),
      ),
      () => 'sing',
    );
    expect(parts.map((part) => [part.id, part.name, part.port, part.notes, part.isDrums])).toEqual([
      ['1.0.1', 'Lead', 0, 1, false],
      ['1.0.3', 'Lead', 0, 2, false],
      ['2.0.10', 'Kit', 0, 1, true],
      ['0.1.1', 'Two', 1, 1, false],
    ]);
  });

  it('have a channel of their own on each port: bends and pedals of one leave the other alone', () => {
    const bends = [...port(1), 0, 0xe0, 127, 127, ...note(1, 60)];
    const { run, of } = played(song(note(1, 60), bends), 'sing');
    run();
    // Two keys of the same number, and one of them bent.
    expect(of('noteOn')).toHaveLength(2);
    const ratios = of('control').map(({ pitchRatio }) => pitchRatio);
    expect(ratios.filter((ratio) => ratio !== undefined && ratio > 1)).toHaveLength(1);
  });

  it('may be muted, or heard alone; nothing hangs', () => {
    const two = song(note(1, 60), note(2, 64));
    const heard = (parts: ArrangementSettings['parts']) => {
      const { run, words, kernel } = played(two, 'words', { parts });
      run();
      expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
      return words().map(({ digit }) => digit);
    };
    expect(heard({})).toEqual([0, 4]);
    expect(heard({ '0.0.1': { muted: true } })).toEqual([4]);
    expect(heard({ '0.0.1': { solo: true } })).toEqual([0]);
    expect(heard({ '0.0.1': { solo: true, muted: true } })).toEqual([]);
    expect(heard({ '0.0.1': { solo: true }, '1.0.2': { solo: true } })).toEqual([0, 4]);
  });

  it('let go of what they hold when they are muted, and of nothing else', () => {
    const two = song(note(1, 60), note(1, 60), note(2, 64));
    const { run, feed, arrangement, of } = played(two, 'sing');
    run(0);
    expect(of('noteOn')).toHaveLength(3);
    arrangement.setPart('2.0.2', { muted: true });
    feed.quietUnheard(100);
    // The second note of a key has ended the first one already.
    const ended = () => of('noteOff').map(({ noteId }) => noteId);
    const [first, , third] = of('noteOn').map(({ noteId }) => noteId);
    expect(ended()).toEqual([first, third]);
    // The key of channel 1 is the other track's by now.
    arrangement.setPart('0.0.1', { muted: true });
    feed.quietUnheard(100);
    expect(ended()).toEqual([first, third]);
  });

  it('play digits, voices, modes and texts of their own', () => {
    const four = song(note(1, 60), note(2, 60), note(3, 60), [...note(4, 60), ...note(4, 62)]);
    const { run, words } = played(four, 'sing', {
      parts: {
        '0.0.1': { digit: 7 },
        '1.0.2': { speaker: 2, digit: 3 },
        '2.0.3': { mode: 'words', speaker: 1 },
        '3.0.4': { mode: 'lyrics', lyrics: '5 8' },
      },
    });
    run();
    expect(words()).toEqual([sung(7), sung(3, 2), { digit: 0, speaker: 1, sung: false }, sung(5), sung(8)]);
  });

  it('leave the others as the instrument is set, also when that moves', () => {
    const two = song(note(1, 60), note(2, 60));
    const { run, words, performer, of } = played(two, 'sing', { parts: { '0.0.1': { digit: 7 } } });
    performer.setParameter('digit', 2);
    run(0);
    expect(words()).toEqual([sung(7), sung(2)]);
    performer.setParameter('digit', 4.5);
    expect(of('word').map(({ noteId }) => noteId)).toEqual([of('noteOn')[1].noteId]);
  });

  it('begin their texts anew with the song', () => {
    const { run, words, arrangement } = played(song([...note(1, 60), ...note(1, 62)]), 'sing', {
      parts: { '0.0.1': { mode: 'lyrics', lyrics: '1 2 3' } },
    });
    run();
    arrangement.restart();
    run();
    expect(words().map(({ digit }) => digit)).toEqual([1, 2, 1, 2]);
  });

  it('refuse what is out of range by name, and keep what they had', () => {
    const arrangement = new Arrangement(song(note(1, 60)), () => 'sing');
    arrangement.setPart('0.0.1', { digit: 4 });
    expect(() => arrangement.setPart('0.0.2', { digit: 4 })).toThrow(
      /part must be one of 0\.0\.1, got 0\.0\.2/,
    );
    expect(() => arrangement.setPart('0.0.1', { digit: 10 })).toThrow(/digit of a part .*0 to 9, got 10/);
    expect(() => arrangement.setPart('0.0.1', { speaker: -1 })).toThrow(/speaker of a part/);
    expect(() => arrangement.setPart('0.0.1', { lyrics: 'do re mi' })).toThrow(/"do" is none of them/);
    expect(arrangement.settings.parts).toEqual({ '0.0.1': { digit: 4 } });
    arrangement.setPart('0.0.1', { digit: undefined });
    expect(arrangement.settings.parts).toEqual({ '0.0.1': {} });
  });
});

describe('low keys of a song', () => {
  const low = song([...note(1, 28), ...note(1, 35), ...note(1, 60)]);
  it('sing like all others', () => {
    const { run, words, performer } = played(low, 'sing');
    performer.setParameter('digit', 2);
    run();
    expect(words()).toEqual([sung(2), sung(2), sung(2)]);
    expect([performer.parameter('digit'), performer.speaker]).toEqual([2, 0]);
  });

  it('choose digits and voices where the player says so', () => {
    const { run, words } = played(low, 'sing', { keyswitches: true });
    run();
    expect(words()).toEqual([sung(4, 1)]);
  });
});

describe('drums', () => {
  const kit = song(note(1, 60), [...note(10, 36), 0, 0xc9, 5], note(2, 62));
  const words = (mode: PlayModeName, settings?: Partial<ArrangementSettings>) => {
    const rig = played(kit, mode, settings);
    rig.run();
    return rig.words();
  };
  const struck = { digit: 0, speaker: 0, sung: false, isStruck: true };

  it('are muted where keys sing, and play as words and as drums where keys do', () => {
    expect(words('sing')).toHaveLength(2);
    expect(words('lyrics')).toHaveLength(2);
    expect(words('words')).toHaveLength(3);
    expect(words('drum')[1]).toEqual(struck);
  });

  it('do what the player says in any mode', () => {
    expect(words('words', { drums: 'muted' })).toHaveLength(2);
    expect(words('sing', { drums: 'drum' })[1]).toEqual(struck);
    expect(words('sing', { drums: 'words' })[1]).toMatchObject({ digit: 0, sung: false });
    expect(words('sing', { parts: { '1.0.10': { mode: 'sing' } } })[1]).toMatchObject({ sung: true });
    expect(words('sing', { parts: { '1.0.10': { solo: true } } })).toEqual([struck]);
  });

  it('choose no programs: theirs are kits', () => {
    const programs: number[] = [];
    const rig = played(kit, 'words');
    const { performer } = rig;
    const counted = { ...performerTarget({ performer, frameOf: () => undefined }) };
    const feed = new SongFeed(
      { ...counted, programChange: (_, program) => void programs.push(program) },
      rig.arrangement,
    );
    for (const event of kit.events) feed.send(event, 0);
    feed.send({ seconds: 1, type: 'program', channel: 1, data: 3 }, 0);
    rig.arrangement.setPart('0.0.1', { muted: true });
    feed.send({ seconds: 1, type: 'program', channel: 1, data: 4 }, 0);
    expect(programs).toEqual([3]);
  });

  it('are a finger like others where the song sets an MPE zone up', () => {
    const mpe = song([0, 0xb0, 101, 0, 0, 0xb0, 100, 6, 0, 0xb0, 6, 15, ...note(10, 60)]);
    expect(new Arrangement(mpe, () => 'sing').parts[0].isDrums).toBe(false);
  });
});

describe('the drum channel', () => {
  const zone = (members: number) => [0, 0xb0, 101, 0, 0, 0xb0, 100, 6, 0, 0xb0, 6, members];
  const isDrums = (...tracks: number[][]) =>
    new Arrangement(song(...tracks), () => 'sing').parts.find(({ channel }) => channel === 10)?.isDrums;

  it('is one again when the zone has ended, and on other ports', () => {
    expect(isDrums([...zone(15), ...note(10, 60)])).toBe(false);
    expect(isDrums([...zone(3), ...zone(0), ...note(10, 60)])).toBe(true);
    expect(isDrums([...port(0), ...note(1, 60)], [...port(1), ...zone(15), ...note(10, 60)])).toBe(true);
    // A non-registered number has been selected meanwhile.
    expect(isDrums([0, 0xb0, 101, 0, 0, 0xb0, 100, 6, 0, 0xb0, 98, 1, 0, 0xb0, 6, 3, ...note(10, 60)])).toBe(
      true,
    );
  });

  it('chooses no programs, also where it has no notes', () => {
    const arrangement = new Arrangement(song([0, 0xc9, 5], note(1, 60)), () => 'words');
    expect([arrangement.followsPrograms(0, 10), arrangement.followsPrograms(0, 5)]).toEqual([false, true]);
  });
});

describe('lyrics of a song', () => {
  const word = (text: string) => meta(5, text);
  const lyric = (...texts: string[]) =>
    song(texts.flatMap((text, k) => [...(text ? word(text) : []), ...note(1, 60 + k)]));

  it('are sung, as digits or names, a syllable a note', () => {
    const { run, words, of } = played(lyric('3 ', 'seven ', 'se-', 'ven ', 'Oh,', ''), 'sing');
    run();
    // The second syllable of seven ties: its note goes on.
    expect(words().map(({ digit }) => digit)).toEqual([3, 7, 7, 0, 0]);
    expect(of('control').some(({ pitchHz }) => pitchHz !== undefined)).toBe(true);
  });

  it('stay where they are though others are empty', () => {
    const sungOf = (...texts: string[]) => {
      const { run, words, performer } = played(
        song(texts.flatMap((text, k) => [...meta(5, text), ...note(1, 60 + k)])),
        'sing',
      );
      performer.setParameter('digit', 9);
      run();
      return words().map(({ digit }) => digit);
    };
    expect(sungOf('', '3')).toEqual([9, 3]);
    expect(sungOf('2 ', '3 ', '', '4')).toEqual([2, 3, 9, 4]);
    expect(sungOf('', '', '5')).toEqual([9, 9, 5]);
  });

  it('tie over notes within a word that have no syllable', () => {
    const { run, of } = played(lyric('se-', '', 'ven'), 'sing');
    run();
    expect(of('noteOn')).toHaveLength(1);
  });

  it('leave notes alone whose words are no digits', () => {
    const { run, words, performer } = played(lyric('Sweet ', 'two ', 'dreams '), 'sing');
    performer.setParameter('digit', 9);
    run();
    expect(words().map(({ digit }) => digit)).toEqual([9, 2, 9]);
  });

  it('are those of the part whose notes stand where they do', () => {
    const tune = song(
      [...word('four '), ...quarter, 0xff, 5, 4, ...bytesOf('five'), 0, 0xff, 1, 0],
      [...note(1, 60), ...note(1, 62)],
      [0x81, 0x70, ...note(2, 40).slice(1)],
    );
    const { run, words, arrangement, performer } = played(tune, 'lyrics');
    performer.setParameter('digit', 0);
    run();
    expect(arrangement.parts.map(({ hasLyrics }) => hasLyrics)).toEqual([true, false]);
    expect(words().map(({ digit }) => digit)).toEqual([4, 0, 5]);
  });

  it('do not touch what speaks or drums', () => {
    const { run, words } = played(lyric('seven '), 'words');
    run();
    expect(words().map(({ digit }) => digit)).toEqual([0]);
  });
});
