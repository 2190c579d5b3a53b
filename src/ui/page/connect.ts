// Joins the page's panels and MIDI to the instrument and to what the player keeps: presets, scenes, gestures, history.
import { messageOf } from '../../contract/errors.ts';
import type { Instrument } from '../../instrument/instrument.ts';
import { decodePatch } from '../../patch/patchAddress.ts';
import { mapTarget } from '../../patch/mapTarget.ts';
import { browserStore } from './browserStore.ts';
import { memoryStore, type KeyValueStore } from '../../session/keyValueStore.ts';
import { UserPresets } from '../../session/userPresets.ts';
import { HeldEvents } from '../../midi/heldEvents.ts';
import { MidiLearn } from '../../midi/learn.ts';
import { performerTarget } from '../../midi/performerTarget.ts';
import type { TextStore } from '../../midi/profiles.ts';
import { SongPlayer } from '../../midi/songPlayer.ts';
import type { MidiTarget } from '../../midi/midiTarget.ts';
import { toneTransports } from '../../midi/toneTransport.ts';
import { fetchBundle } from '../../model/bundle.ts';
import { mapOf, type MapPoints } from '../../model/voiceMap.ts';
import type { LiveValues } from '../../session/liveValues.ts';
import type { Emitter } from '../../contract/emitter.ts';
import type { SessionApi } from '../../session/sessionApi.ts';
import { GestureEditor } from '../../session/gestureEditor.ts';
import { GesturePlayer } from '../../session/gesturePlayer.ts';
import { PersistedText } from '../../session/persistedText.ts';
import { LearnedControls } from '../../session/learnedControls.ts';
import { LyricsTrack } from '../../session/lyricsTrack.ts';
import { DrumPads } from '../../session/drumPads.ts';
import { SoundState } from '../../session/soundState.ts';
import { PresetLibrary } from '../../session/presetLibrary.ts';
import { KeyboardTuning } from '../../session/keyboardTuning.ts';
import { labelOf } from '../../session/parameterLabels.ts';

/** A gesture is played this often: a decode takes about as long. */
const tickMilliseconds = 10;

/** A loaded instrument with everything round it. */
export interface Connected {
  readonly api: SessionApi;
  /** Plays the instrument by MIDI; parameters go through the player's state. */
  readonly target: MidiTarget;
}

/** What the page hands in. */
export interface Connections {
  readonly instrument: Instrument;
  readonly live: LiveValues;
  /** Tells that the lyrics have gone on. */
  readonly lyricsMoved: Emitter;
  /** Folder of the bundle, ending in '/', for its map. */
  readonly modelUrl: string;
}

/** Opens what the player keeps, and loads the patch of the address. */
export async function connectInstrument(connections: Connections): Promise<Connected> {
  const { instrument, live, lyricsMoved, modelUrl } = connections;
  const { performer } = instrument;
  const notices: string[] = [];
  const [store, map] = await Promise.all([openStore(notices), openMap(instrument, modelUrl, notices)]);
  const user = await UserPresets.open(store);
  notices.push(...user.notices);
  const now = () => performance.now() / 1000;
  const state = new SoundState(
    {
      apply: (changed, all) => {
        instrument.setParameters(changed);
        if (!('mapX' in changed || 'mapY' in changed || 'mapAmount' in changed)) return;
        const drawn = mapTarget(map, all);
        performer.setStyleTarget(drawn?.styleOf ?? null, drawn?.share ?? 0);
      },
      setLyrics: (text) => performer.setLyrics(text),
      now,
      labelOf: (id) => labelOf(id, instrument.manifest.directions),
      address: () => location.href,
    },
    live,
  );
  const held = new HeldEvents({ now: () => performance.now() });
  const played = performerTarget({
    performer,
    frameOf: (ms) => instrument.frameOf(ms),
    setParameter: (id, value) => state.set(id, value),
    held,
  });
  const learn = new LearnedControls(
    new MidiLearn({
      store: pageStore(),
      setParameter: (id, value, ms = performance.now()) => played.setParameter(id, value, ms),
      parameterValue: (id) => state.values[id],
    }),
  );
  const startTicks = (tick: () => void) => {
    const timer = setInterval(tick, tickMilliseconds);
    return () => clearInterval(timer);
  };
  const gesture = new GesturePlayer(state, { now, startTicks }, (id) => learn.controllerOf(id));
  const keptPads = await PersistedText.open(store, 'pads', 'the sounds of drum keys');
  const pads = new DrumPads(state, performer, instrument.manifest, keptPads);
  const keptTuning = await PersistedText.open(store, 'tuning', 'the tuning');
  const tuning = new KeyboardTuning((scale) => performer.setTuning(scale), keptTuning);
  const presets = new PresetLibrary(state, user);
  const { context } = instrument;
  const song = new SongPlayer({
    performer,
    sampleRate: context.sampleRate,
    now: () => context.currentTime,
    openTransport: toneTransports(context, () => instrument.resume()),
    loadDemo,
  });
  takeShared(state, notices);
  const target: MidiTarget = {
    ...played,
    // A clock is no move of the player, and nothing to undo. A song that plays has tempo and beat of its own; the clock says
    // its tempo again when that has ended.
    setTempo: (bpm, ms) =>
      held.add(ms, () => {
        if (song.state !== 'playing') state.followTempo(bpm);
      }),
    beat: (...args) => {
      if (song.state !== 'playing') played.beat(...args);
    },
    transport: (action, ms) => {
      if (action !== 'stop' || song.state !== 'playing') played.transport(action, ms);
    },
  };
  const api: SessionApi = {
    set: (id, value, label) => state.set(id, value, label),
    heard: (id, value) => state.heard(id, value),
    settle: () => state.settle(),
    lyrics: new LyricsTrack(state, performer, lyricsMoved),
    presets,
    history: state.history,
    scenes: state.scenes,
    gesture,
    gesturePoints: new GestureEditor(state),
    pads,
    map,
    learn,
    tuning,
    song,
    notices,
    loadProgram: (program, bank) => presets.loadProgram(program, bank),
    close: () => {
      held.clear();
      gesture.stop();
      song.dispose();
    },
  };
  const noteOn: MidiTarget['noteOn'] = (channel, note, ...rest) => {
    pads.keyDown(note);
    target.noteOn(channel, note, ...rest);
  };
  return { api, target: { ...target, noteOn } };
}

async function loadDemo(): Promise<Uint8Array> {
  const address = new URL('songs/demo.mid', document.baseURI).href;
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}; the demo song is missing`);
  return new Uint8Array(await response.arrayBuffer());
}

function openStore(notices: string[]): Promise<KeyValueStore> {
  return browserStore('numvox').catch((reason: unknown) => {
    notices.push(`Presets cannot be kept: ${messageOf(reason)}.`);
    return memoryStore();
  });
}

/** The page plays on without a map. */
function openMap(instrument: Instrument, modelUrl: string, notices: string[]): Promise<MapPoints | null> {
  if (!instrument.manifest.map) return Promise.resolve(null);
  return fetchBundle(modelUrl, ['map'])
    .then(mapOf)
    .catch((reason: unknown) => {
      notices.push(`The map of voices is missing: ${messageOf(reason)}.`);
      return null;
    });
}

function takeShared(state: SoundState, notices: string[]): void {
  try {
    const shared = decodePatch(location.hash);
    if (!shared) return;
    state.load('Shared patch', shared.patch);
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
