// What is set of songs: kept by the content of their files, with the session's state, the latest few.
import { describe, expect, it } from 'vitest';
import { plainArrangement } from '../../src/midi/arrangement.ts';
import { readSongSettings, SongSettings } from '../../src/session/songSettings.ts';
import { openSession } from '../helpers/openSession.ts';

const muted = { ...plainArrangement, parts: { '0.0.1': { muted: true, lyrics: '3 1 4' } } };

describe('settings of songs', () => {
  it('are kept by file, and forgotten where nothing is set', () => {
    const songs = new SongSettings();
    songs.keep('a', muted);
    expect(songs.of('a')).toEqual(muted);
    expect(songs.of('b')).toBeUndefined();
    songs.keep('a', { ...plainArrangement, parts: { '0.0.1': {} } });
    expect(songs.of('a')).toBeUndefined();
    songs.keep('a', { ...plainArrangement, drums: 'drum' });
    songs.keep('b', { ...plainArrangement, keyswitches: true });
    expect(Object.keys(songs.data())).toEqual(['a', 'b']);
  });

  it('are those of the songs that were touched last', () => {
    const songs = new SongSettings();
    for (let k = 0; k < 40; k++) songs.keep(`song ${k}`, muted);
    songs.keep('song 8', muted);
    songs.keep('another', muted);
    expect([songs.of('song 8'), songs.of('song 9'), songs.of('song 10')]).toEqual([muted, undefined, muted]);
    expect(Object.keys(songs.data())).toHaveLength(32);
  });

  it('go with the session, which says when they change', async () => {
    const { session } = await openSession();
    let changes = 0;
    session.songs.changed.subscribe(() => changes++);
    session.songs.keep('a', muted);
    expect(changes).toBe(1);
    const state: unknown = JSON.parse(JSON.stringify(session.getState()));
    const { session: other } = await openSession();
    expect(other.setState(state)).toEqual([]);
    expect(other.songs.of('a')).toEqual(muted);
    // A new session is about the sound, not about the songs.
    other.startNew();
    expect(other.songs.of('a')).toEqual(muted);
    expect(() => other.setState({ ...(state as object), songs: { a: { drums: 'loud' } } })).toThrow(
      /damaged at songs/,
    );
  });

  it('are refused where they are malformed', () => {
    expect(() => readSongSettings({ a: { ...muted, parts: { x: { digit: 10 } } } })).toThrow();
    expect(readSongSettings({ a: muted }).get('a')).toEqual(muted);
  });
});
