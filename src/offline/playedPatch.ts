// What a performance offline is played with: values, scenes, a place of the map, a gesture and sounds of drum keys, as on the
// page.
import { defaultValues, type ParameterId, type ParameterValues } from '../contract/parameters.ts';
import { completeValues, type Gesture, type PartialValues, type Preset } from '../patch/preset.ts';
import type { Samples, Seconds } from '../contract/units.ts';
import type { Performer } from '../performer/performer.ts';
import { placeAt, valuesAt } from '../patch/gestures.ts';
import { mapTarget } from '../patch/mapTarget.ts';
import { loadPads, noPads } from '../patch/storedPads.ts';
import { SceneBank } from '../patch/scenes.ts';
import type { Manifest } from '../model/manifest.ts';
import type { MapPoints } from '../model/voiceMap.ts';

const mapIds: readonly ParameterId[] = ['mapX', 'mapY', 'mapAmount'];

/** Keeps where the knobs stand, and tells a performer what sounds: that, blended with the scenes. */
export class PlayedPatch {
  readonly #performer: Performer;
  readonly #manifest: Manifest;
  readonly #map: MapPoints | null;
  readonly #bank = new SceneBank();
  readonly #values: Record<ParameterId, number> = defaultValues();
  /** What the performer was told, or told itself. */
  readonly #sounding: Record<ParameterId, number>;
  #gesture: Gesture | null = null;
  /** Where the gesture is, in its own unit. */
  #gestureAt = 0;

  constructor(performer: Performer, manifest: Manifest, map: MapPoints | null) {
    this.#performer = performer;
    this.#manifest = manifest;
    this.#map = map;
    this.#sounding = { ...performer.values() };
  }

  /** Where the knobs stand. */
  get values(): ParameterValues {
    return this.#values;
  }

  /**
   * Takes a preset over; its gesture starts from its front.
   * @returns a sentence for each reason why something of it is not played
   */
  load(preset: Preset, time?: Samples): string[] {
    this.#bank.load(preset.scenes);
    this.#gesture = preset.gestures?.[0] ?? null;
    this.#gestureAt = 0;
    this.#performer.setLyrics(preset.lyrics ?? '');
    this.set(completeValues(preset.values), time);
    return loadPads(this.#performer, this.#manifest, preset.pads ?? noPads);
  }

  /** Moves knobs. */
  set(values: PartialValues, time?: Samples): void {
    Object.assign(this.#values, values);
    for (const id of Object.keys(values) as ParameterId[]) this.#bank.parameterMoved(id);
    this.#sound(time);
  }

  /** For the performer's `onParameter`: an echo of what it was told, or a controller that moved a knob. */
  heard(id: ParameterId, value: number): void {
    if (this.#sounding[id] === value) return;
    this.#sounding[id] = value;
    this.set({ [id]: value });
  }

  /** Moves the gesture on. A change of tempo makes no jump. */
  passed(seconds: Seconds, time?: Samples): void {
    if (!this.#gesture) return;
    this.set(valuesAt(this.#gesture, this.#gestureAt), time);
    this.#gestureAt += placeAt(this.#gesture, seconds, this.#values.tempo);
  }

  #sound(time: Samples | undefined): void {
    const wanted = this.#bank.blend(this.#values);
    const changed: Partial<Record<ParameterId, number>> = {};
    for (const [name, value] of Object.entries(wanted)) {
      const id = name as ParameterId;
      if (this.#sounding[id] === value) continue;
      this.#sounding[id] = changed[id] = value;
    }
    if (mapIds.some((id) => id in changed)) {
      const target = mapTarget(this.#map, wanted);
      this.#performer.setStyleTarget(target && target.styleOf, target ? target.share : 0);
    }
    this.#performer.setParameters(changed, time);
  }
}
