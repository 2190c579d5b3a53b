// Joins the page's panels to the instrument and to what the player keeps: presets, scenes, gestures, history.
import { messageOf } from '../instrument/errors.ts';
import type { Instrument } from '../instrument/instrument.ts';
import { decodePatch } from '../instrument/state/address.ts';
import { browserStore, memoryStore } from '../instrument/state/store.ts';
import { UserPresets } from '../instrument/state/userPresets.ts';
import type { LiveValues } from './emitter.ts';
import type { InstrumentApi } from './instrumentApi.ts';
import { GesturePlayer } from './session/gesturePlayer.ts';
import { PatchState } from './session/patchState.ts';
import { PresetShelf } from './session/presetShelf.ts';

/** A gesture is played this often: a decode takes about as long. */
const tickMilliseconds = 10;

/** The parts of a loaded instrument; the address's patch is loaded. */
export async function connectInstrument(instrument: Instrument, live: LiveValues): Promise<InstrumentApi> {
  const notices: string[] = [];
  const store = await browserStore('numvox').catch((reason: unknown) => {
    notices.push(`Presets cannot be kept: ${messageOf(reason)}.`);
    return memoryStore();
  });
  const user = await UserPresets.open(store);
  notices.push(...user.notices);
  const now = () => performance.now() / 1000;
  const state = new PatchState(
    {
      apply: (id, value) => instrument.setParameter(id, value),
      setLyrics: () => undefined,
      now,
      address: () => location.href,
    },
    live,
  );
  const gesture = new GesturePlayer(state, {
    now,
    startTicks: (tick) => {
      const timer = setInterval(tick, tickMilliseconds);
      return () => clearInterval(timer);
    },
  });
  const presets = new PresetShelf(state, user, gesture);
  try {
    const shared = decodePatch(location.hash);
    if (shared) {
      state.load('Shared patch', shared.patch);
      notices.push(...shared.notices);
    }
  } catch (reason) {
    notices.push(messageOf(reason));
  }
  return {
    set: (id, value, label) => state.set(id, value, label),
    heard: (id, value) => state.heard(id, value),
    settle: () => state.settle(),
    lyrics: null,
    presets,
    history: state.history,
    scenes: state.scenes,
    gesture,
    map: null,
    learn: null,
    song: null,
    notices,
    loadProgram: (program) => presets.loadProgram(program),
    close: () => gesture.stop(),
  };
}
