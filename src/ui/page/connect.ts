// Joins the page to an instrument: a session on it with what the browser keeps, live playing, and the patch of the address.
import { messageOf } from '../../contract/errors.ts';
import type { Instrument } from '../../instrument/instrument.ts';
import type { TextStore } from '../../midi/profiles.ts';
import { toneTransports } from '../../midi/toneTransport.ts';
import { decodePatch } from '../../patch/patchAddress.ts';
import { memoryStore, type KeyValueStore } from '../../session/keyValueStore.ts';
import { LivePlay } from '../../session/livePlay.ts';
import { Session } from '../../session/session.ts';
import type { SessionApi } from '../../session/sessionApi.ts';
import { browserStore, type BrowserStore } from './browserStore.ts';
import { SavedSession } from './savedSession.ts';

/** A gesture is played this often: a decode takes about as long. */
const tickMilliseconds = 10;

/** A loaded instrument with everything round it. */
export interface Connected {
  readonly session: Session;
  readonly play: LivePlay;
  /** What the panels see of both. */
  readonly api: SessionApi;
  /** Ends what goes on by itself, and keeps the state as it is now. */
  close(): Promise<void>;
}

/** Opens what the player keeps, stands where the page was left, and loads the patch of the address. */
export async function connectInstrument(instrument: Instrument): Promise<Connected> {
  const { performer, manifest, context, identity, map, mapFault } = instrument;
  const notices: string[] = [];
  const browser = await openStore(notices);
  // The page plays on without a map.
  if (mapFault) notices.push(`The map of voices is missing: ${mapFault}.`);
  const store: KeyValueStore = browser ?? memoryStore();
  const session: Session = await Session.open({
    performer,
    manifest,
    bundle: identity,
    map,
    applyOutput: (changed) => instrument.applyOutput(changed),
    now: () => performance.now() / 1000,
    startTicks,
    store,
    scheduleFrame: (task) => requestAnimationFrame(task),
    address: () => location.href,
    controllerOf: (id) => play.learn.controllerOf(id),
  });
  const play = new LivePlay({
    session,
    performer,
    sampleRate: context.sampleRate,
    audioNow: () => context.currentTime,
    nowMs: () => performance.now(),
    frameOf: (ms) => instrument.frameOf(ms),
    learnStore: pageStore(),
    openTransport: toneTransports(context),
    loadDemo,
  });
  notices.push(...session.user.notices);
  const stopFollowing = browser?.onForeignWrite((keys) => void session.user.follow(keys));
  const saved = await SavedSession.open(store, session, notices);
  if (saved.isAddressNews(location.hash)) takeShared(session, notices);
  saved.start();
  const { state } = session;
  const api: SessionApi = {
    set: (id, value, label) => session.set(id, value, label),
    settle: () => state.settle(),
    startNew: () => session.startNew(),
    lyrics: session.lyrics,
    presets: session.presets,
    history: state.history,
    scenes: state.scenes,
    gesture: session.gesture,
    gesturePoints: session.gesturePoints,
    pads: session.pads,
    map,
    learn: play.learn,
    tuning: session.tuning,
    song: play.song,
    notices,
  };
  return {
    session,
    play,
    api,
    close: async () => {
      play.close();
      session.close();
      stopFollowing?.();
      await saved.close();
      browser?.close();
    },
  };
}

function startTicks(tick: () => void): () => void {
  const timer = setInterval(tick, tickMilliseconds);
  return () => clearInterval(timer);
}

async function loadDemo(): Promise<Uint8Array> {
  const address = new URL('songs/demo.mid', document.baseURI).href;
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}; the demo song is missing`);
  return new Uint8Array(await response.arrayBuffer());
}

function openStore(notices: string[]): Promise<BrowserStore | null> {
  return browserStore('numvox').catch((reason: unknown) => {
    notices.push(`Presets cannot be kept: ${messageOf(reason)}.`);
    return null;
  });
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

/** The browser's own store, or one that lasts as long as the page where that is closed to it. */
function pageStore(): TextStore {
  try {
    return localStorage;
  } catch {
    const texts = new Map<string, string>();
    return {
      getItem: (key) => texts.get(key) ?? null,
      setItem: (key, value) => void texts.set(key, value),
    };
  }
}
