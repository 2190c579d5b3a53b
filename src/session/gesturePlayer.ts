// Records one gesture from whatever is moved, and plays it into the state: once or in a loop, in seconds or in the tempo.
import { InputError } from '../contract/errors.ts';
import { parameterById, positionOf, type ParameterId } from '../contract/parameters.ts';
import { shortestGesture, writeGestureFile, type Gesture } from '../patch/preset.ts';
import { readGestureFile } from '../patch/presetSchema.ts';
import type { Seconds } from '../contract/units.ts';
import { gestureToControllers } from '../patch/gestureControllers.ts';
import { GestureRecorder, idsOf, inBeats, inSeconds, isOver, trimmed, valuesAt } from '../patch/gestures.ts';
import { writeSong } from '../midi/songWriter.ts';
import type { SongEvent } from '../midi/song.ts';
import { Emitter } from '../contract/emitter.ts';
import type { GestureApi } from './sessionApi.ts';
import type { SoundState } from './soundState.ts';

/** Points of a path that is drawn on a pad. */
const drawnPoints = 160;

type Path = readonly (readonly [number, number])[];
const noPath: Path = [];

/** What the player stands on. */
export interface GestureClock {
  readonly now: () => Seconds;
  /** Calls `tick` often, at least as often as a decoder can follow, until the returned function is called. */
  readonly startTicks: (tick: () => void) => () => void;
}

/** One gesture. */
export class GesturePlayer implements GestureApi {
  readonly #state: SoundState;
  readonly #clock: GestureClock;
  /** Controller that a parameter is exported to: the table's, or what was learned. */
  controllerOf: (id: ParameterId) => number | undefined = (id) => parameterById(id).cc;
  readonly #emitter = new Emitter();
  #recorder: GestureRecorder | null = null;
  #stopTicks: (() => void) | null = null;
  /** Where playing is, in the gesture's unit, and when it was there. */
  #at = 0;
  #then: Seconds = 0;
  /** Of the gesture that is played. */
  #length = 0;
  /** What the next recording will be, while there is no gesture. */
  #loop = true;
  #synced = false;
  #fault = '';
  /** Paths as they were drawn last, by the pad's first parameter: the page asks at every frame. */
  readonly #drawn = new Map<ParameterId, { gesture: Gesture; still: string; path: Path }>();

  constructor(state: SoundState, clock: GestureClock) {
    this.#state = state;
    this.#clock = clock;
    state.moved.subscribe(({ id, value }) => this.#recorder?.record(id, value, clock.now()));
    state.loading.subscribe(() => this.stop());
    state.gestureChanged.subscribe(() => this.#follow());
  }

  get state(): GestureApi['state'] {
    if (this.#recorder) return 'recording';
    return this.#stopTicks ? 'playing' : 'idle';
  }

  get fault(): string {
    return this.#fault;
  }

  get seconds(): Seconds {
    return this.#gesture ? inSeconds(this.#gesture, this.#state.values.tempo).length : 0;
  }

  get place(): number | null {
    const gesture = this.#gesture;
    if (!gesture || !this.#stopTicks) return null;
    return Math.min(1, this.#at / gesture.length);
  }

  get loop(): boolean {
    return this.#loop;
  }

  get synced(): boolean {
    return this.#synced;
  }

  get names(): readonly string[] {
    return this.#gesture ? idsOf(this.#gesture).map((id) => this.#state.labelOf(id)) : [];
  }

  get #gesture(): Gesture | null {
    return this.#state.gesture;
  }

  path(x: ParameterId, y: ParameterId): Path {
    const gesture = this.#gesture;
    if (!gesture) return noPath;
    const moved = idsOf(gesture);
    if (!moved.includes(x) && !moved.includes(y)) return noPath;
    // An axis that the gesture leaves alone stands where the player put it.
    const still = [x, y].map((id) => (moved.includes(id) ? 0 : this.#state.values[id])).join();
    const drawn = this.#drawn.get(x);
    if (drawn?.gesture === gesture && drawn.still === still) return drawn.path;
    const [rowX, rowY] = [parameterById(x), parameterById(y)];
    const path = Array.from({ length: drawnPoints }, (_, k) => {
      // The last point lies just before the end, where a loop begins again.
      const values = valuesAt(gesture, (gesture.length * k * 0.999999) / (drawnPoints - 1));
      return [
        positionOf(rowX, values[x] ?? this.#state.values[x]),
        positionOf(rowY, values[y] ?? this.#state.values[y]),
      ] as const;
    });
    this.#drawn.set(x, { gesture, still, path });
    return path;
  }

  record(): void {
    this.stop();
    this.#fault = '';
    this.#recorder = new GestureRecorder(this.#clock.now());
    this.#emitter.emit();
  }

  play(): void {
    this.stop();
    if (!this.#gesture) return;
    this.#at = 0;
    this.#length = this.#gesture.length;
    this.#then = this.#clock.now();
    this.#stopTicks = this.#clock.startTicks(() => this.#tick());
    this.#tick();
    this.#emitter.emit();
  }

  stop(): void {
    this.#stopTicks?.();
    this.#stopTicks = null;
    const recorder = this.#recorder;
    this.#recorder = null;
    if (recorder) this.#keep(recorder);
    this.#emitter.emit();
  }

  clear(): void {
    this.#recorder = null;
    this.stop();
    this.#fault = '';
    this.#change('Clear gesture', null);
  }

  setLoop(loop: boolean): void {
    this.#loop = loop;
    this.#change('Loop of the gesture', this.#gesture && { ...this.#gesture, loop });
  }

  setSynced(synced: boolean): void {
    this.#synced = synced;
    const gesture = this.#gesture;
    const { tempo } = this.#state.values;
    const timed = gesture && (synced ? inBeats(gesture, tempo) : inSeconds(gesture, tempo));
    this.#change('Tempo of the gesture', timed);
  }

  trim(from: number, to: number): void {
    const gesture = this.#gesture;
    if (!gesture) return;
    if ((to - from) * gesture.length < shortestGesture) {
      throw new InputError('nearly nothing is left of the gesture; keep more of it');
    }
    this.stop();
    const cut = trimmed(gesture, from * gesture.length, to * gesture.length);
    this.#change('Trim gesture', this.#synced ? inBeats(cut, this.#state.values.tempo) : cut);
  }

  importText(text: string, where: string): readonly string[] {
    const { gesture, notices } = readGestureFile(text, where);
    this.#recorder = null;
    this.stop();
    this.#fault = '';
    this.#change('Load gesture', gesture);
    return notices;
  }

  exportText(): string {
    return writeGestureFile(this.#recorded());
  }

  exportMidi(): Uint8Array<ArrayBuffer> {
    const tempo = this.#state.values.tempo;
    const gesture = this.#recorded();
    const { events, leftOut } = gestureToControllers(gesture, tempo, this.controllerOf);
    if (leftOut.length > 0) {
      const names = leftOut.map((id) => this.#state.labelOf(id)).join(', ');
      throw new InputError(`no controller moves ${names}; learn one and export again`);
    }
    const song: SongEvent[] = events.map(({ seconds, controller, value }) => ({
      seconds,
      type: 'control',
      channel: 1,
      controller,
      data: value,
    }));
    return writeSong([{ seconds: 0, type: 'tempo', bpm: tempo }, ...song], { name: gesture.name });
  }

  #recorded(): Gesture {
    if (!this.#gesture) throw new InputError('there is no gesture; record one');
    return this.#gesture;
  }

  subscribe(listener: () => void): () => void {
    return this.#emitter.subscribe(listener);
  }

  #keep(recorder: GestureRecorder): void {
    try {
      const gesture = recorder.finish('Gesture', this.#clock.now());
      const timed = this.#synced ? inBeats(gesture, this.#state.values.tempo) : gesture;
      this.#change('Record gesture', { ...timed, loop: this.#loop });
    } catch (reason) {
      this.#fault = (reason as Error).message;
    }
  }

  #change(label: string, gesture: Gesture | null): void {
    if (gesture !== this.#gesture) this.#state.edit(label, { gesture });
    this.#emitter.emit();
  }

  /** The gesture is another, by an edit or by undo: what plays goes on at the same share of it. */
  #follow(): void {
    const gesture = this.#gesture;
    if (gesture) {
      this.#loop = gesture.loop;
      this.#synced = gesture.unit === 'beats';
      if (this.#length > 0) this.#at *= gesture.length / this.#length;
      this.#length = gesture.length;
    } else if (this.#stopTicks) this.stop();
    this.#emitter.emit();
  }

  /** Goes on by the time that passed, at the tempo of now: a change of tempo makes no jump. */
  #tick(): void {
    const gesture = this.#gesture;
    if (!gesture) return;
    const now = this.#clock.now();
    const passed = now - this.#then;
    this.#then = now;
    this.#at += gesture.unit === 'beats' ? (passed * this.#state.values.tempo) / 60 : passed;
    // Rounds that are over are forgotten: a loop that is switched off plays its round to the end.
    if (gesture.loop) this.#at %= gesture.length;
    for (const [id, value] of Object.entries(valuesAt(gesture, this.#at))) {
      if (this.#state.values[id as ParameterId] !== value) this.#state.move(id as ParameterId, value);
    }
    if (isOver(gesture, this.#at)) this.stop();
  }
}
