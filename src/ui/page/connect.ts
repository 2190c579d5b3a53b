// Joins the page to an instrument: a session on it with what the browser keeps, live playing, and the patch of the address.
import { messageOf } from '../../contract/errors.ts';
import type { Instrument } from '../../instrument/instrument.ts';
import type { MidiOut } from '../../midi/midiOut.ts';
import type { TextStore } from '../../midi/profiles.ts';
import { toneTransports } from '../../midi/toneTransport.ts';
import { decodePatch } from '../../patch/patchAddress.ts';
import { LivePlay } from '../../session/livePlay.ts';
import type { Session } from '../../session/session.ts';
import type { SessionApi } from '../../session/sessionApi.ts';
import { panelsOf } from '../../session/panelsOf.ts';
import { browserStore } from './browserStore.ts';
import { LastingStore } from './lastingStore.ts';
import { SavedSession } from './savedSession.ts';

/** A loaded instrument with everything round it. */
export interface Connected {
  readonly session: Session;
  readonly play: LivePlay;
  /** What the panels see of both. */
  readonly api: SessionApi;
  /** Ends what goes on by itself, and keeps the state as it is now. */
  close(): Promise<void>;
}

/** What the browser keeps: open it before the instrument, which plays with the presets that lie there. */
export interface Keeping {
  readonly store: LastingStore;
  /** Sentences that the player should read once. */
  readonly notices: string[];
}

/** Opens what the browser keeps; where it keeps nothing, the store says why. */
export async function openKeeping(): Promise<Keeping> {
  return { store: await LastingStore.open({ open: () => browserStore('numvox') }), notices: [] };
}

/**
 * Stands where the page was left, loads the patch of the address, and plays.
 * @param out gets what is played
 */
export async function connectInstrument(
  instrument: Instrument,
  keeping: Keeping,
  out: MidiOut,
): Promise<Connected> {
  const { performer, session } = instrument;
  const { store, notices } = keeping;
  // The page plays on without a map.
  if (instrument.mapFault) notices.push(`The map of voices is missing: ${instrument.mapFault}.`);
  if (instrument.speedFault) {
    notices.push(
      `All is there, but slower than it could be: ${instrument.speedFault}. Reload the page once it is mended.`,
    );
  }
  const play = new LivePlay({
    session,
    performer,
    sampleRate: instrument.frameRate,
    audioNow: () => instrument.seconds,
    nowMs: () => performance.now(),
    frameOf: (ms) => instrument.frameOf(ms),
    learnStore: pageStore(),
    // The context may be another one by then.
    openTransport: (...song) =>
      toneTransports(
        instrument.context,
        () => instrument.resume(),
        () => instrument.seconds,
      )(...song),
    loadDemo,
    silenceAll: () => instrument.panic(),
    silenceEffects: () => instrument.silenceEffects(),
    out: { port: out, millisecondsOf: (frame) => instrument.millisecondsOf(frame) },
  });
  notices.push(...session.user.notices);
  const stopFollowing = store.onForeignWrite((keys) => void session.user.follow(keys));
  const saved = await SavedSession.open(store, session, notices);
  if (saved.isAddressNews(location.hash)) takeShared(session, notices);
  saved.start();
  const api = panelsOf(session, {
    map: instrument.map,
    learn: play.learn,
    song: play.song,
    notices,
    keeping: saved,
  });
  return {
    session,
    play,
    api,
    close: async () => {
      play.close();
      session.close();
      stopFollowing();
      await saved.close();
      store.close();
    },
  };
}

async function loadDemo(): Promise<Uint8Array> {
  const address = new URL('songs/demo.mid', document.baseURI).href;
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}; the demo song is missing`);
  return new Uint8Array(await response.arrayBuffer());
}

function takeShared(session: Session, notices: string[]): void {
  try {
    const shared = decodePatch(location.hash);
    if (!shared) return;
    session.state.load('Shared patch', shared.patch);
    notices.push(...shared.notices);
  } catch (reason) {
    notices.push(messageOf(reason));
  }
}

/** The browser's own store of texts, or one that refuses to keep any, which whoever saves there tells. */
export function pageStore(): TextStore {
  try {
    // Null where the browser has been told to keep nothing.
    const store = (globalThis as { localStorage?: Storage | null }).localStorage;
    if (store) return store;
  } catch {
    // Closed to this page.
  }
  return {
    getItem: () => null,
    setItem: () => {
      throw new Error('this browser keeps nothing for the page');
    },
  };
}
