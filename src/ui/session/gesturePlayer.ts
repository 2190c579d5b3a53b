// Records one gesture from whatever is moved, and plays it into the state: once or in a loop, in seconds or in the tempo.
import { InputError } from '../../contract/errors.ts';
import { parameterById, positionOf, type ParameterId } from '../../contract/parameters.ts';
import type { Gesture } from '../../contract/preset.ts';
import type { Seconds } from '../../contract/units.ts';
import { gestureToControllers } from '../../instrument/state/gestureControllers.ts';
import {
  GestureRecorder,
  idsOf,
  inBeats,
  inSeconds,
  isOver,
  trimmed,
  valuesAt,
} from '../../instrument/state/gestures.ts';
import { writeSong } from '../../midi/midiFile.ts';
import type { SongEvent } from '../../midi/song.ts';
import { Emitter } from '../emitter.ts';
import type { GestureApi } from '../instrumentApi.ts';
import type { PatchState } from './patchState.ts';

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
  readonly #state: PatchState;
  readonly #clock: GestureClock;
  readonly #ccOf: (id: ParameterId) => number | undefined;
  readonly #emitter = new Emitter();
  #gesture: Gesture | null = null;
  #recorder: GestureRecorder | null = null;
  #stopTicks: (() => void) | null = null;
  /** Where playing is, in the gesture's unit, and when it was there. */
  #at = 0;
  #then: Seconds = 0;
  #loop = true;
  #synced = false;
  #fault = '';
  /** Paths as they were drawn last, by the pad's first parameter: the page asks at every frame. */
  readonly #drawn = new Map<ParameterId, { gesture: Gesture; still: string; path: Path }>();

  /** @param ccOf controller that a parameter is exported to: the table's, or what was learned */
  constructor(
    state: PatchState,
    clock: GestureClock,
    ccOf: (id: ParameterId) => number | undefined = (id) => parameterById(id).cc,
  ) {
    this.#state = state;
    this.#clock = clock;
    this.#ccOf = ccOf;
    state.moved.subscribe(({ id, value }) => this.#recorder?.record(id, value, clock.now()));
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

  get loop(): boolean {
    return this.#loop;
  }

  get synced(): boolean {
    return this.#synced;
  }

  get names(): readonly string[] {
    return this.#gesture ? idsOf(this.#gesture).map((id) => parameterById(id).label) : [];
  }

  /** What a preset keeps. */
  get gestures(): readonly Gesture[] {
    return this.#gesture ? [this.#gesture] : [];
  }

  /** Takes a preset's first gesture, or none. */
  loadGestures(gestures: readonly Gesture[]): void {
    this.stop();
    this.#gesture = gestures.at(0) ?? null;
    if (this.#gesture) {
      this.#loop = this.#gesture.loop;
      this.#synced = this.#gesture.unit === 'beats';
    }
    this.#emitter.emit();
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
    this.#gesture = null;
    this.#fault = '';
    this.#emitter.emit();
  }

  setLoop(loop: boolean): void {
    this.#loop = loop;
    if (this.#gesture) this.#gesture = { ...this.#gesture, loop };
    this.#emitter.emit();
  }

  setSynced(synced: boolean): void {
    this.#synced = synced;
    const gesture = this.#gesture;
    if (gesture) {
      const before = gesture.length;
      this.#gesture = synced
        ? inBeats(gesture, this.#state.values.tempo)
        : inSeconds(gesture, this.#state.values.tempo);
      this.#at *= this.#gesture.length / before;
    }
    this.#emitter.emit();
  }

  trim(from: number, to: number): void {
    const gesture = this.#gesture;
    if (!gesture) return;
    this.stop();
    const cut = trimmed(gesture, from * gesture.length, to * gesture.length);
    this.#gesture = this.#synced ? inBeats(cut, this.#state.values.tempo) : cut;
    this.#emitter.emit();
  }

  exportText(): string {
    return `${JSON.stringify({ gesture: this.#gesture }, null, 2)}\n`;
  }

  exportMidi(): Uint8Array<ArrayBuffer> {
    const tempo = this.#state.values.tempo;
    const gesture = this.#gesture;
    if (!gesture) throw new InputError('there is no gesture; record one');
    const { events, leftOut } = gestureToControllers(gesture, tempo, this.#ccOf);
    if (leftOut.length > 0) {
      const names = leftOut.map((id) => parameterById(id).label).join(', ');
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

  subscribe(listener: () => void): () => void {
    return this.#emitter.subscribe(listener);
  }

  #keep(recorder: GestureRecorder): void {
    try {
      const gesture = recorder.finish('Gesture', this.#clock.now());
      const timed = this.#synced ? inBeats(gesture, this.#state.values.tempo) : gesture;
      this.#gesture = { ...timed, loop: this.#loop };
    } catch (reason) {
      this.#fault = (reason as Error).message;
    }
  }

  /** Goes on by the time that passed, at the tempo of now: a change of tempo makes no jump. */
  #tick(): void {
    const gesture = this.#gesture;
    if (!gesture) return;
    const now = this.#clock.now();
    const passed = now - this.#then;
    this.#then = now;
    this.#at += gesture.unit === 'beats' ? (passed * this.#state.values.tempo) / 60 : passed;
    for (const [id, value] of Object.entries(valuesAt(gesture, this.#at))) {
      if (this.#state.values[id as ParameterId] !== value) this.#state.move(id as ParameterId, value);
    }
    if (isOver(gesture, this.#at)) this.stop();
  }
}
