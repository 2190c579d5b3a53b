// The page's state with all that stands on it, without a page: time passes when a test says so.
import type { ParameterId } from '../../src/contract/parameters.ts';
import { memoryStore } from '../../src/session/keyValueStore.ts';
import { UserPresets } from '../../src/session/userPresets.ts';
import { GestureEditor } from '../../src/session/gestureEditor.ts';
import { GesturePlayer } from '../../src/session/gesturePlayer.ts';
import { SoundState } from '../../src/session/soundState.ts';
import { PresetLibrary } from '../../src/session/presetLibrary.ts';
import { labelOf } from '../../src/session/parameterLabels.ts';

/** `pass` lets seconds go by; `sounding` has what the instrument was told, `lyrics` the texts. */
export async function sessionRig() {
  const sounding = new Map<ParameterId, number>();
  const lyrics: string[] = [];
  let seconds = 0;
  const ticks = new Set<() => void>();
  const state: SoundState = new SoundState(
    {
      apply: (changed) => {
        for (const [id, value] of Object.entries(changed) as [ParameterId, number][]) sounding.set(id, value);
      },
      setLyrics: (text) => {
        if (text === 'nonsense') throw new Error('no lyrics');
        lyrics.push(text);
      },
      now: () => seconds,
      labelOf: (id) => labelOf(id, [{ name: 'duration' }]),
      address: () => 'https://numvox.example/?backend=wasm#old',
    },
    (task) => task(),
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
  const presets = new PresetLibrary(state, user);
  const pass = (by: number) => {
    seconds += by;
    for (const tick of [...ticks]) tick();
  };
  return { state, gesture, editor, presets, user, sounding, lyrics, pass, ticks };
}
