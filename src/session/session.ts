// A player's session: the owner of all values with presets, gesture, drum keys, lyrics and tuning on one performer. The page,
// `numvox render` and other hosts run this same code; it knows no screen and no clock of its own.
import type { ParameterId, ParameterValues } from '../contract/parameters.ts';
import type { Samples, Seconds } from '../contract/units.ts';
import type { BundleIdentity } from '../model/bundle.ts';
import type { Manifest } from '../model/manifest.ts';
import type { MapPoints } from '../model/voiceMap.ts';
import { patchOf, type PartialValues, type Preset } from '../patch/preset.ts';
import { mapTarget } from '../patch/mapTarget.ts';
import type { Performer } from '../performer/performer.ts';
import { DrumPads } from './drumPads.ts';
import { GestureEditor } from './gestureEditor.ts';
import { GesturePlayer } from './gesturePlayer.ts';
import type { KeyValueStore } from './keyValueStore.ts';
import { KeyboardTuning } from './keyboardTuning.ts';
import type { ScheduleFrame } from './liveValues.ts';
import { LyricsTrack } from './lyricsTrack.ts';
import { labelOf } from './parameterLabels.ts';
import { PresetLibrary } from './presetLibrary.ts';
import { readSessionState, writeSessionState, type SessionState } from './sessionState.ts';
import { SongSettings } from './songSettings.ts';
import { SoundState } from './soundState.ts';
import { UserPresets } from './userPresets.ts';

/** What a session plays on. */
export interface SessionOptions {
  /** Its `onMove`, `onProgram` and `onLyrics` go to `takeOver`, `loadProgram` and `lyrics.stepped`. */
  readonly performer: Performer;
  readonly manifest: Manifest;
  /** Which it is, or what gives that where more of it becomes known. */
  readonly bundle: BundleIdentity | (() => BundleIdentity);
  /** The bundle's map of voices, null when it was loaded without, or what gives that where it comes later; see `mapCame`. */
  readonly map: MapPoints | null | (() => MapPoints | null);
  /** Tells what lies behind the voices, effects and volume, what is to sound. */
  readonly applyOutput: (changed: PartialValues) => void;
  /** A steady clock. */
  readonly now: () => Seconds;
  /** Calls `tick` often, at least as often as a decoder can follow, until the returned function is called. */
  readonly startTicks: (tick: () => void) => () => void;
  /** Where the player's own presets lie. */
  readonly store: KeyValueStore;
  /** Draws live values; default at once. */
  readonly scheduleFrame?: ScheduleFrame;
  /** The page's address; a shared patch follows its #. Default none. */
  readonly address?: () => string;
}

/**
 * The owner of what is played. An instrument has one (`instrument.session`); open others with `Session.open`.
 * @example
 * const { session } = instrument;
 * session.presets.load('factory:3');
 * session.set('formant', 2);
 * session.state.history.undo();
 */
export class Session {
  readonly state: SoundState;
  readonly user: UserPresets;
  readonly presets: PresetLibrary;
  readonly gesture: GesturePlayer;
  readonly gesturePoints: GestureEditor;
  readonly pads: DrumPads;
  readonly lyrics: LyricsTrack;
  readonly tuning: KeyboardTuning;
  /** What is set of songs: it belongs to their files, and no new session takes it away. */
  readonly songs = new SongSettings();
  readonly #options: SessionOptions;

  private constructor(options: SessionOptions, user: UserPresets) {
    this.#options = options;
    this.user = user;
    const { performer, manifest, now, startTicks } = options;
    const state = new SoundState(
      {
        apply: (changed, all, time) => this.#apply(changed, all, time),
        setLyrics: (text) => performer.setLyrics(text),
        now,
        labelOf: (id) => labelOf(id, manifest.directions),
        address: options.address ?? (() => ''),
      },
      options.scheduleFrame ?? ((task) => task()),
    );
    this.state = state;
    this.gesture = new GesturePlayer(state, { now, startTicks });
    this.gesturePoints = new GestureEditor(state);
    this.pads = new DrumPads(state, performer, manifest);
    this.lyrics = new LyricsTrack(state, performer);
    this.tuning = new KeyboardTuning(state, (tuning) => performer.setTuning(tuning));
    this.presets = new PresetLibrary(state, user);
  }

  /** Opens a session on the player's presets; the performer plays at its defaults then. */
  static async open(options: SessionOptions): Promise<Session> {
    return new Session(options, await UserPresets.open(options.store));
  }

  /**
   * Moves a parameter as a step that can be undone.
   * @param label for the step, when one control moves two parameters
   * @param time context frame at which it is heard; absent for now
   * @throws RangeError for an unknown id or a value outside its range
   */
  set(id: ParameterId, value: number, label?: string, time?: Samples): void {
    this.state.set(id, value, label, time);
  }

  /** A musician moved a parameter by a song, a controller of the table, a keyswitch or a program: no step of the history. */
  takeOver(id: ParameterId, value: number, time?: Samples): void {
    this.state.takeOver(id, value, time);
  }

  /** Loads what a program change asks for, of bank 0..127; false when there is no such preset. */
  loadProgram(program: number, bank: number, time?: Samples): boolean {
    return this.presets.loadProgram(program, bank, time);
  }

  /**
   * Loads a preset that need not be one of the list.
   * @returns a sentence for each reason why something of it is not played
   */
  load(preset: Preset, time?: Samples): string[] {
    this.state.load(preset.name, patchOf(preset), preset, time);
    return this.pads.fault ? [this.pads.fault] : [];
  }

  /**
   * The whole session as JSON: parameters, lyrics, scenes, gesture, drum keys, tuning, both sides of A/B, the current preset,
   * what is set of songs and which bundle it was made with. Undo and what plays are not in it. See docs/presets.md.
   */
  getState(): SessionState {
    return writeSessionState({
      snapshot: this.state.snapshot,
      presetId: this.presets.currentId,
      bundle: this.#bundle,
      songs: this.songs.data(),
    });
  }

  /**
   * Takes a state back, of any version, exactly as far as this numvox knows its parts; held keys of another mode are let go.
   * Steps that could be undone are forgotten.
   * @returns sentences about what was left out, changed or may sound otherwise
   * @throws InputError when it is no state or damaged; nothing has changed then
   */
  setState(data: unknown, where?: string): readonly string[] {
    const { snapshot, presetId, bundle, songs, notices } = readSessionState(data, where);
    this.state.restore(snapshot);
    this.songs.restore(songs);
    this.presets.restore(presetId);
    const isOther =
      bundle !== null &&
      (bundle.name !== this.#bundle.name ||
        (bundle.weightsHash !== null &&
          this.#bundle.weightsHash !== null &&
          bundle.weightsHash !== this.#bundle.weightsHash));
    return [
      ...notices,
      ...(isOther ? [`This session was made with the model ${bundle.name}; another one plays it now.`] : []),
      ...(this.pads.fault ? [`${this.pads.fault}.`] : []),
    ];
  }

  /** The map of voices is there now: what is drawn to it is told to the performer. */
  mapCame(): void {
    if (this.state.sounding.mapAmount > 0) this.#drawToMap(this.state.sounding);
  }

  /** Begins anew: every part as at first, in one step that can be undone. */
  startNew(): void {
    this.state.clear('New');
    this.presets.restore(null);
  }

  /** Ends what goes on by itself. */
  close(): void {
    this.gesture.stop();
  }

  #apply(changed: PartialValues, all: ParameterValues, time: Samples | undefined): void {
    const { performer, applyOutput } = this.#options;
    performer.setParameters(changed, time);
    applyOutput(changed);
    if ('mapX' in changed || 'mapY' in changed || 'mapAmount' in changed) this.#drawToMap(all);
  }

  #drawToMap(all: ParameterValues): void {
    const { performer, map } = this.#options;
    const drawn = mapTarget(typeof map === 'function' ? map() : map, all);
    performer.setStyleTarget(drawn?.styleOf ?? null, drawn?.share ?? 0);
  }

  get #bundle(): BundleIdentity {
    const { bundle } = this.#options;
    return typeof bundle === 'function' ? bundle() : bundle;
  }
}
