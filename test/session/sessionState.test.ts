// The session as JSON: back to the last bit, older and newer versions, and nonsense that changes nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultValues } from '../../src/contract/parameters.ts';
import { writePads } from '../../src/patch/preset.ts';
import { memoryStore } from '../../src/session/keyValueStore.ts';
import { sessionStateVersion, type SessionState } from '../../src/session/sessionState.ts';
import { arbitrarySnapshot } from '../helpers/arbitrarySession.ts';
import { openSession, sessionManifest } from '../helpers/openSession.ts';

const { styleDimensions, digitDimensions } = sessionManifest.latent;

/** As hosts keep it: what JSON cannot say is lost here. */
const kept = (state: SessionState): SessionState => JSON.parse(JSON.stringify(state)) as SessionState;

describe('the state of a session', () => {
  it('is the same after get, set and get, and sounds the same', async () => {
    const [first, second] = [await openSession(), await openSession()];
    fc.assert(
      fc.property(arbitrarySnapshot(styleDimensions, digitDimensions), (snapshot) => {
        first.session.state.restore(snapshot);
        const state = kept(first.session.getState());
        expect(second.session.setState(state)).toEqual([]);
        expect(kept(second.session.getState())).toEqual(state);
        expect(second.session.state.snapshot).toEqual(snapshot);
        expect(second.performer.values()).toEqual(first.performer.values());
        expect([...second.performer.pads]).toEqual([...first.performer.pads]);
        expect(second.performer.tuningName).toBe(first.performer.tuningName);
      }),
      { numRuns: 60 },
    );
  });

  it('knows which preset is current and whether it was changed since', async () => {
    const store = memoryStore();
    const { session } = await openSession(store);
    session.presets.load('factory:3');
    const plain = kept(session.getState());
    session.set('drive', 0.7);
    const changed = kept(session.getState());
    await session.presets.save('Mine');
    session.set('drive', 0.1);
    const own = kept(session.getState());
    const { session: other } = await openSession(store);
    const after = (state: SessionState) => {
      other.setState(state);
      return [other.presets.current?.name, other.presets.edited];
    };
    expect(after(plain)).toEqual([session.presets.entries[3].name, false]);
    expect(after(changed)).toEqual([session.presets.entries[3].name, true]);
    expect(after(own)).toEqual(['Mine', true]);
    const { session: stranger } = await openSession();
    stranger.setState(own);
    expect([stranger.presets.current, stranger.state.values.drive]).toEqual([null, 0.1]);
  });

  it('forgets the steps that led to what was there before', async () => {
    const { session } = await openSession();
    const state = kept(session.getState());
    session.set('drive', 0.7);
    session.setState(state);
    expect(session.state.history.undoLabel).toBeNull();
    expect(session.state.values.drive).toBe(0);
  });

  it('is taken part by part: what is missing is as at first', async () => {
    const { session } = await openSession();
    session.set('drive', 0.7);
    session.state.setLyrics('1 2');
    expect(session.setState({ format: 'numvox-session', version: 1 })).toEqual([]);
    expect(session.state.values).toEqual(defaultValues());
    expect(session.state.lyrics).toBe('');
    session.setState({
      format: 'numvox-session',
      version: 1,
      sound: { formatVersion: 2, name: 'x', values: { mode: 'sing' } },
    });
    expect(session.state.values.mode).toBe(1);
  });

  it('of version 0, what pages kept before, brings tuning and sounds of drum keys', async () => {
    const { session, performer } = await openSession();
    const pads = [{ note: 40, digit: 3, speaker: 1, style: [0.5, 1] }];
    const tuning = { version: 1, scale: { name: 'x.scl', text: 'Fifths\n1\n3/2\n' } };
    const old = {
      format: 'numvox-session',
      version: 0,
      tuning,
      pads: JSON.parse(writePads(pads)) as unknown,
    };
    expect(session.setState(old)).toEqual([]);
    expect(session.state.snapshot).toMatchObject({ pads, ownPads: pads });
    expect(performer.tuningName).toBe('Fifths');
    expect(performer.pads.get(40)?.digit).toBe(3);
    expect(session.setState({ format: 'numvox-session', version: 0 })).toEqual([]);
    expect(performer.pads.size).toBe(0);
  });

  it('of version 0 with no list where one should be is refused as damaged', async () => {
    const { session } = await openSession();
    expect(() => session.setState({ format: 'numvox-session', version: 0, pads: null })).toThrow(
      /damaged at (sound|ownPads)/,
    );
  });

  it('holds lyrics as long as they may be, and longer ones are refused where they enter', async () => {
    const { session } = await openSession();
    const text = '1 2 3 4 5 '.repeat(10_000);
    session.state.setLyrics(text);
    const state = kept(session.getState());
    session.state.setLyrics('7');
    expect(session.setState(state)).toEqual([]);
    expect(session.state.lyrics).toBe(text);
    expect(() => session.state.setLyrics(`${text}6`)).toThrow(
      /lyrics may be up to 100000 characters long, got 100001/,
    );
    expect(session.state.lyrics).toBe(text);
  });

  it('is the same after get, set and get also when the current preset was deleted', async () => {
    const { session } = await openSession();
    await session.presets.save('Mine');
    await session.presets.remove(session.user.list[0].id);
    const state = kept(session.getState());
    session.setState(state);
    expect(kept(session.getState())).toEqual(state);
  });

  it('of a newer version is taken as far as it is understood, with notices', async () => {
    const { session } = await openSession();
    const state = kept(session.getState());
    const notices = session.setState({
      ...state,
      version: sessionStateVersion + 1,
      mover: 'orbit',
      somethingNew: { a: 1 },
      tuning: 'by ear',
      sound: {
        formatVersion: 99,
        name: 'x',
        values: { drive: 0.25, warp: 3, digit: 12, mode: 'opera' },
        lyrics: '3 1 4',
      },
    });
    expect(session.state.values).toMatchObject({ drive: 0.25, digit: 9, mode: 0 });
    expect(session.state.lyrics).toBe('3 1 4');
    expect(session.state.snapshot.mover).toBe('pad');
    expect(notices.join('\n')).toMatch(/newer numvox \(version 2, this one writes 1\)/);
    expect(notices.join('\n')).toMatch(/no parameter "warp"/);
    expect(notices.join('\n')).toMatch(/Digit must be from 0 to 9, got 12; 9 is used/);
    expect(notices.join('\n')).toMatch(/Mode must be one of words, sing, lyrics, drum, got "opera"/);
    expect(notices.join('\n')).toMatch(/mover could not be read and was left out/);
    expect(notices.join('\n')).toMatch(/tuning could not be read and was left out/);
  });

  it('that is nonsense or damaged in one part is refused whole', async () => {
    const { session, performer } = await openSession();
    session.presets.load('factory:5');
    session.set('drive', 0.7);
    const before = kept(session.getState());
    const { undoLabel } = session.state.history;
    const good = kept((await openSession()).session.getState());
    const bad: [unknown, RegExp][] = [
      [undefined, /no state of a numvox session: format must be "numvox-session"/],
      [null, /no state/],
      ['numvox-session', /no state/],
      [{}, /no state/],
      [{ ...good, format: 'other' }, /no state/],
      [{ ...good, version: 1.5 }, /no state/],
      [{ ...good, version: -1 }, /no state/],
      [{ ...good, sound: 3 }, /damaged at sound .* nothing of it was taken/],
      [{ ...good, sound: { ...(good.sound as object), values: { drive: [] } } }, /damaged at sound/],
      [{ ...good, sound: { ...(good.sound as object), lyrics: 'hello' } }, /damaged at sound .*"hello"/],
      [{ ...good, other: 3 }, /damaged at other/],
      [{ ...good, mover: 'orbit' }, /damaged at mover/],
      [{ ...good, side: 'C' }, /damaged at side/],
      [{ ...good, ownPads: [] }, /damaged at ownPads/],
      [{ ...good, tuning: { scale: { name: 'x.scl', text: 'no' } } }, /damaged at tuning .*x\.scl/],
      [{ ...good, preset: 3 }, /damaged at preset/],
      [{ ...good, bundle: 'fsdd' }, /damaged at bundle/],
    ];
    for (const [data, why] of bad) {
      expect(() => session.setState(data), JSON.stringify(data)).toThrow(why);
      expect(kept(session.getState())).toEqual(before);
      expect(session.state.history.undoLabel).toBe(undoLabel);
      expect(performer.parameter('drive')).toBe(0.7);
    }
  });

  it('names the bundle that it was made with, and tells when another one plays it', async () => {
    const { session } = await openSession();
    const state = kept(session.getState());
    expect(state.bundle).toEqual({ name: 'small', weightsHash: 'abc' });
    const other = { ...state, bundle: { name: 'large', weightsHash: 'def' } };
    expect(session.setState(other)).toEqual([expect.stringMatching(/made with the model large/)]);
    expect(session.setState({ ...state, bundle: { name: 'small', weightsHash: 'def' } })).toHaveLength(1);
    expect(session.setState({ ...state, bundle: { name: 'small', weightsHash: null } })).toEqual([]);
  });
});

describe('a new session', () => {
  it('is clean in every part, and one undo brings all of the old one back', async () => {
    const { session, performer } = await openSession();
    const clean = kept(session.getState());
    fc.assert(
      fc.property(arbitrarySnapshot(styleDimensions, digitDimensions), (snapshot) => {
        session.state.restore(snapshot);
        session.startNew();
        expect(kept(session.getState())).toEqual(clean);
        expect(performer.values()).toEqual(defaultValues());
        expect(performer.pads.size).toBe(0);
        if (session.state.history.undoLabel !== 'New') return;
        session.state.history.undo();
        expect(session.state.snapshot).toEqual(snapshot);
        session.state.history.redo();
        expect(kept(session.getState())).toEqual(clean);
      }),
      { numRuns: 30 },
    );
    expect(session.presets.current).toBeNull();
  });
});

it('begins anew from side B too, whose other side was clean', async () => {
  const { session } = await openSession();
  const clean = kept(session.getState());
  session.state.history.switchSide();
  session.set('drive', 0.5);
  session.startNew();
  expect(kept(session.getState())).toEqual(clean);
  session.state.history.undo();
  expect([session.state.history.side, session.state.values.drive]).toEqual(['B', 0.5]);
});

it('begins anew without a step where everything is as at first', async () => {
  const { session } = await openSession();
  session.set('drive', 0.5);
  session.state.history.undo();
  session.startNew();
  expect(session.state.history.undoLabel).toBeNull();
  expect(session.state.history.redoLabel).toBe('Drive');
});

describe('values that are moved', () => {
  it('are refused out of their ranges, and nothing changes then', async () => {
    const { session, performer } = await openSession();
    expect(() => session.set('drive', 2)).toThrow(/drive must be a number from 0 to 1, got 2/);
    expect(() => session.takeOver('drive', Number.NaN)).toThrow(/drive must be/);
    expect(() => session.state.putAll({ sustain: 0.5, drive: -1 })).toThrow(/drive must be/);
    expect(performer.parameter('sustain')).toBe(1);
    expect(session.state.history.undoLabel).toBeNull();
    session.set('hold', 1.4);
    expect(session.state.values.hold).toBe(1);
  });
});
