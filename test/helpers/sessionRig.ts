// The page's state with all that stands on it, without a page: time passes when a test says so.
import type { ParameterId } from '../../src/contract/parameters.ts';
import { memoryStore } from '../../src/instrument/state/store.ts';
import { UserPresets } from '../../src/instrument/state/userPresets.ts';
import { LiveValues } from '../../src/ui/emitter.ts';
import { GestureEditor } from '../../src/ui/session/gestureEditor.ts';
import { GesturePlayer } from '../../src/ui/session/gesturePlayer.ts';
import { PatchState } from '../../src/ui/session/patchState.ts';
import { PresetShelf } from '../../src/ui/session/presetShelf.ts';
import { labelOf } from '../../src/ui/shownKnobs.ts';

/** `pass` lets seconds go by; `sounding` has what the instrument was told, `lyrics` the texts. */
export async function sessionRig() {
  const sounding = new Map<ParameterId, number>();
  const lyrics: string[] = [];
  let seconds = 0;
  const ticks = new Set<() => void>();
  const state: PatchState = new PatchState(
    {
      apply: (changed) => {
        for (const [id, value] of Object.entries(changed) as [ParameterId, number][]) {
          sounding.set(id, value);
          state.heard(id, value);
        }
      },
      setLyrics: (text) => {
        if (text === 'nonsense') throw new Error('no lyrics');
        lyrics.push(text);
      },
      now: () => seconds,
      labelOf: (id) => labelOf(id, [{ name: 'duration' }]),
      address: () => 'https://numvox.example/?backend=wasm#old',
    },
    new LiveValues((task) => task()),
  );
  const gesture = new GesturePlayer(state, {
    now: () => seconds,
    startTicks: (tick) => {
      ticks.add(tick);
      return () => void ticks.delete(tick);
    },
  });
  const editor = new GestureEditor(state);
  const user = await UserPresets.open(memoryStore());
  const presets = new PresetShelf(state, user);
  const pass = (by: number) => {
    seconds += by;
    for (const tick of [...ticks]) tick();
  };
  return { state, gesture, editor, presets, user, sounding, lyrics, pass, ticks };
}
