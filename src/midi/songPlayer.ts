// Plays a song ahead of the audio clock: transport, seek, tempo and loop; every event carries its frame.
//
// No audio node is needed: the kernel carries events out at their frames, so a timer that looks ahead is exact, and
// Tone's transport, which calls back at its own ticks, would add nothing.
import { requireNumber } from '../contract/errors.ts';
import type { ParameterId } from '../contract/parameters.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import type { Performer } from '../instrument/performer.ts';
import { readSong } from './midiFile.ts';
import { performerTarget } from './performerTarget.ts';
import { SongFeed, stateAt, type Song } from './song.ts';
import type { MidiTarget } from './target.ts';

/** Longer than a busy page blocks; short enough that a stop is felt at once. */
const lookAheadSeconds: Seconds = 0.1;
/** A page in the background gets its ticks once a second: playing then looks this much further ahead than ticks lie apart. */
const lateTickFactor = 1.5;
const longestLookAheadSeconds: Seconds = 2;
const tickMilliseconds = 25;
/** Playing begins so long after the wish: what is due now cannot be late. */
const leadSeconds: Seconds = 0.02;
export const slowestTempoFactor = 0.25;
export const fastestTempoFactor = 4;

/** What the player stands on. */
export interface SongPlayerOptions {
  readonly performer: Performer;
  /** Of the audio context. */
  readonly sampleRate: Hertz;
  /** The audio clock. */
  readonly now: () => Seconds;
  /** Where parameters go first, for undo and the page; without it straight to the performer. */
  readonly setParameter?: (id: ParameterId, value: number) => void;
  /** Bytes of the song that comes with the page. */
  readonly loadDemo?: () => Promise<Uint8Array>;
  /** Calls `tick` regularly until the returned function is called. Default: a page's timer. */
  readonly startTicks?: (tick: () => void, milliseconds: number) => () => void;
}

/** What the player does. */
export type SongState = 'empty' | 'stopped' | 'playing' | 'paused';

/** A line from the audio clock to places in the song: the song is at `seconds` at the time `time`. */
interface Anchor {
  readonly time: Seconds;
  readonly seconds: Seconds;
}

const pageTicks = (tick: () => void, milliseconds: number) => {
  const id = setInterval(tick, milliseconds);
  return () => clearInterval(id);
};

/** One song. Times in the song are seconds at its tempo as written, whatever the tempo factor. */
export class SongPlayer {
  readonly #options: SongPlayerOptions;
  readonly #feed: SongFeed;
  readonly #target: MidiTarget;
  readonly #listeners = new Set<() => void>();
  #song: Song | null = null;
  #name: string | null = null;
  #state: SongState = 'empty';
  #loop = false;
  #factor = 1;
  /** While playing. Jumps of a loop that lie ahead follow the first. */
  #anchors: Anchor[] = [];
  /** Place in the song while it does not play. */
  #restingAt: Seconds = 0;
  /** Next event to send. */
  #next = 0;
  /** Everything before this time of the audio clock has been sent. */
  #sentTo: Seconds = 0;
  #lastTick: Seconds = 0;
  #stopTicks: (() => void) | null = null;

  constructor(options: SongPlayerOptions) {
    this.#options = options;
    const { performer, sampleRate, setParameter } = options;
    const frameOf = (ms: number): Samples => Math.max(0, Math.round((ms * sampleRate) / 1000));
    this.#target = performerTarget({ performer, frameOf, ...(setParameter ? { setParameter } : {}) });
    this.#feed = new SongFeed(this.#target);
  }

  /** The loaded song's own name or its file's; null without a song. */
  get name(): string | null {
    return this.#name;
  }

  get state(): SongState {
    return this.#state;
  }

  /** Place in the song that is heard now. */
  get seconds(): Seconds {
    if (this.#state !== 'playing') return this.#restingAt;
    return Math.min(this.durationSeconds, this.#placeAt(this.#options.now()));
  }

  get durationSeconds(): Seconds {
    return this.#song?.durationSeconds ?? 0;
  }

  /** 1 as written, 2 twice as fast. */
  get tempoFactor(): number {
    return this.#factor;
  }

  get loop(): boolean {
    return this.#loop;
  }

  /**
   * Takes a song and stops the one before.
   * @param name of the file
   * @throws InputError saying what is wrong with the file; the song before stays
   */
  load(bytes: Uint8Array, name: string): void {
    const song = readSong(bytes, name);
    this.#rest('stopped', 0);
    this.#song = song;
    this.#name = song.name || name;
    this.#changed();
  }

  /** Loads the song that comes with the page. */
  async loadDemo(): Promise<void> {
    const bytes = await this.#options.loadDemo?.();
    if (bytes) this.load(bytes, 'demo.mid');
  }

  /** Plays on from where it is; at the end from the front. */
  play(): void {
    const song = this.#song;
    if (!song || this.#state === 'playing') return;
    if (this.#restingAt >= song.durationSeconds) this.#restingAt = 0;
    this.#start(this.#restingAt);
    this.#changed();
  }

  /** Stops where it is; every note is released. */
  pause(): void {
    if (this.#state !== 'playing') return;
    this.#rest('paused', this.seconds);
    this.#changed();
  }

  /** Stops and goes back to the front; every note is released. */
  stop(): void {
    if (!this.#song) return;
    this.#rest('stopped', 0);
    this.#target.transport('stop', this.#nowMs);
    this.#changed();
  }

  /** Goes to a place of the song, clamped to it. Programs, controllers and bends stand as they would there. */
  seek(seconds: Seconds): void {
    requireNumber('seconds', seconds, -Number.MAX_VALUE, Number.MAX_VALUE);
    if (!this.#song) return;
    const place = Math.min(this.durationSeconds, Math.max(0, seconds));
    if (this.#state === 'playing') {
      this.#rest('paused', place);
      this.#start(place);
    } else {
      this.#restingAt = place;
    }
    this.#changed();
  }

  /** @param factor 0.25..4 */
  setTempoFactor(factor: number): void {
    requireNumber('tempo factor', factor, slowestTempoFactor, fastestTempoFactor);
    if (this.#state === 'playing') {
      // What is sent ahead stays where it was sent to.
      const time = Math.max(this.#sentTo, this.#options.now());
      const seconds = this.#placeAt(time);
      const current = { time: this.#options.now(), seconds: this.seconds };
      this.#factor = factor;
      this.#anchors = [current, { time, seconds }];
    }
    this.#factor = factor;
    this.#feed.tempoFactor = factor;
    this.#tellTempo(this.seconds);
    this.#changed();
  }

  setLoop(loop: boolean): void {
    this.#loop = loop;
    this.#changed();
  }

  /** Calls `listener` after every change but the passing of time. Returns what ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Ends playing for good. */
  dispose(): void {
    if (this.#song) this.stop();
    this.#listeners.clear();
  }

  get #nowMs(): number {
    return 1000 * this.#options.now();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Place in the song at a time of the audio clock. */
  #placeAt(time: Seconds): Seconds {
    const anchor = this.#anchors.findLast((each) => each.time <= time) ?? this.#anchors[0];
    return anchor.seconds + Math.max(0, time - anchor.time) * this.#factor;
  }

  #start(place: Seconds): void {
    const begin = this.#options.now() + leadSeconds;
    this.#anchors = [{ time: begin, seconds: place }];
    this.#sentTo = begin;
    this.#enter(place, begin);
    this.#state = 'playing';
    this.#lastTick = this.#options.now();
    this.#stopTicks = (this.#options.startTicks ?? pageTicks)(() => this.#tick(), tickMilliseconds);
    this.#tick();
  }

  /** Makes the target stand as it would at a place, from a time on. */
  #enter(place: Seconds, time: Seconds): void {
    const song = this.#song!;
    const ms = 1000 * time;
    this.#target.transport(place === 0 ? 'start' : 'continue', ms);
    this.#tellTempo(place);
    for (const event of stateAt(song, place)) this.#feed.send(event, ms);
    const next = song.events.findIndex((event) => event.seconds >= place);
    this.#next = next < 0 ? song.events.length : next;
  }

  #tellTempo(place: Seconds): void {
    const change = this.#song?.tempoMap.findLast(({ seconds }) => seconds <= place);
    if (change) this.#feed.send({ type: 'tempo', ...change }, this.#nowMs);
  }

  /** Ends playing and lets go of what the song holds; notes that were sent ahead end as they begin. */
  #rest(state: SongState, place: Seconds): void {
    this.#stopTicks?.();
    this.#stopTicks = null;
    if (this.#state === 'playing') this.#feed.letGo(this.#nowMs);
    this.#state = state;
    this.#restingAt = place;
    this.#anchors = [];
  }

  #tick(): void {
    const song = this.#song;
    if (!song || this.#state !== 'playing') return;
    const now = this.#options.now();
    // Jumps that have been heard are of no more use, but for the last.
    const heard = this.#anchors.findLastIndex(({ time }) => time <= now);
    if (heard > 0) this.#anchors.splice(0, heard);
    const late = lateTickFactor * (now - this.#lastTick);
    this.#lastTick = now;
    const horizon = now + Math.min(longestLookAheadSeconds, Math.max(lookAheadSeconds, late));
    for (;;) {
      const { time, seconds } = this.#anchors[this.#anchors.length - 1];
      const timeOf = (place: Seconds) => time + (place - seconds) / this.#factor;
      while (this.#next < song.events.length) {
        const event = song.events[this.#next];
        const due = timeOf(event.seconds);
        if (due > horizon) break;
        this.#next++;
        this.#feed.send(event, 1000 * due);
      }
      const end = timeOf(song.durationSeconds);
      if (end > horizon) break;
      // A song of no length would go round for ever.
      if (!this.#loop || song.durationSeconds === 0) {
        if (end <= now) this.#end(end);
        break;
      }
      this.#feed.letGo(1000 * end);
      this.#anchors.push({ time: end, seconds: 0 });
      this.#enter(0, end);
    }
    this.#sentTo = Math.max(this.#sentTo, horizon);
  }

  #end(time: Seconds): void {
    this.#feed.letGo(1000 * time);
    this.#rest('stopped', 0);
    this.#target.transport('stop', 1000 * time);
    this.#changed();
  }
}
