// Plays a song ahead of the audio clock: transport, seek, tempo and loop; every event carries its frame.
// Long, since what is played, left out or given up at a seek, a loop or a pause is decided with the same few numbers.
import { Emitter } from '../contract/emitter.ts';
import { InputError, requireNumber } from '../contract/errors.ts';
import { playModes, type ParameterId } from '../contract/parameters.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import type { Performer } from '../performer/performer.ts';
import { Arrangement, type ArrangementSettings } from './arrangement.ts';
import { HeldEvents, type StartWait } from './heldEvents.ts';
import { readSong } from './midiFile.ts';
import { performerTarget, type BeatListener } from './performerTarget.ts';
import { isNoteOn, stateAt, tellBeats, type Song } from './song.ts';
import { SongFeed } from './songFeed.ts';
import type { MidiTarget } from './midiTarget.ts';
import type { OpenTransport, SongTransport } from './songTransport.ts';

/** Playing begins so long after it is asked for: what is due now cannot be late. */
const leadSeconds: Seconds = 0.02;
/** Notes that would come later than this, as when the page was held up, are left out where they are over as well. */
const lateSeconds: Seconds = 0.1;
const slowestTempoFactor = 0.25;
const fastestTempoFactor = 4;

/** What the player stands on. */
export interface SongPlayerOptions {
  readonly performer: Performer;
  /** Of the audio context. */
  readonly sampleRate: Hertz;
  /** The audio clock. */
  readonly now: () => Seconds;
  readonly openTransport: OpenTransport;
  /** Where parameters go first, for undo and the page; without it straight to the performer. */
  readonly setParameter?: (id: ParameterId, value: number, time?: Samples) => void;
  /** Bytes of the song that comes with the page. */
  readonly loadDemo?: () => Promise<Uint8Array>;
  /** Hears of the song's transport and beats. */
  readonly beats?: BeatListener;
  /** For what waits on the page for its time. Default: the page's timers. */
  readonly startWait?: StartWait;
  /** Where settings of songs are kept; without it they last as long as the song is loaded. */
  readonly kept?: KeptArrangements;
}

/** Keeps what players set of their songs. */
export interface KeptArrangements {
  /** @param key names a file by its content */
  of(key: string): ArrangementSettings | undefined;
  keep(key: string, settings: ArrangementSettings): void;
}

/** Names a file by its content: its length and the 32 bits of FNV-1a over its bytes. */
function keyOf(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${bytes.length}-${(hash >>> 0).toString(16)}`;
}

/** What the player does. */
export type SongState = 'empty' | 'stopped' | 'playing' | 'paused';

/** One song. Times in the song are seconds at its tempo as written, whatever the tempo factor. */
export class SongPlayer {
  readonly #options: SongPlayerOptions;
  readonly #held: HeldEvents;
  /** Of the loaded song. */
  #feed: SongFeed | null = null;
  #arrangement: Arrangement | null = null;
  #stopFollowing: (() => void) | null = null;
  #drums: string | null = null;
  readonly #target: MidiTarget;
  readonly #emitter = new Emitter();
  #song: Song | null = null;
  #transport: SongTransport | null = null;
  #name: string | null = null;
  #state: SongState = 'empty';
  #loop = false;
  #factor = 1;
  /** Place in the song while it does not play. */
  #restingAt: Seconds = 0;
  /** Next event to send. */
  #next = 0;
  /** When the song ends, once that has been told. */
  #endsAt: Seconds | null = null;

  constructor(options: SongPlayerOptions) {
    this.#options = options;
    const { performer, setParameter, startWait, beats } = options;
    this.#held = new HeldEvents({ now: () => this.#nowMs, ...(startWait ? { startWait } : {}) });
    this.#target = performerTarget({
      performer,
      frameOf: (ms) => this.#frameOf(ms / 1000),
      held: this.#held,
      keepsTempo: true,
      ...(setParameter ? { setParameter } : {}),
      ...(beats ? { beats } : {}),
    });
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
    return Math.min(this.durationSeconds, this.#transport!.placeAt(this.#options.now()));
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

  /** The song's parts with what is set of them; null without a song. */
  get arrangement(): Arrangement | null {
    return this.#arrangement;
  }

  /** Sentences about the loaded file: what of it was mended, and that it holds no notes. */
  get notices(): readonly string[] {
    const song = this.#song;
    if (!song) return [];
    return [
      ...(song.mended ? [song.mended] : []),
      ...(this.#arrangement?.parts.length === 0 ? ['It holds no notes.'] : []),
    ];
  }

  /**
   * Takes a song and stops the one before.
   * @param name of the file
   * @throws InputError saying what is wrong with the file; the song before stays
   */
  load(bytes: Uint8Array, name: string): void {
    const song = readSong(bytes, name);
    if (song.events.length === 0 && song.lyrics.length === 0) {
      throw new InputError(`${name} holds nothing to play; give a MIDI file with notes`);
    }
    this.#rest('stopped', 0);
    this.#transport?.dispose();
    this.#song = song;
    this.#name = song.name || name;
    this.#arrange(song, keyOf(bytes));
    this.#transport = this.#open(song);
    this.#changed();
  }

  /** The instrument's mode may have moved: what plays as the mode says does so from now on. */
  modeMoved(): void {
    if (!this.#arrangement || this.#arrangement.drums === this.#drums) return;
    this.#drums = this.#arrangement.drums;
    this.#feed?.quietUnheard(this.#nowMs);
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
    this.#target.songPosition(0, this.#nowMs);
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
    this.#factor = factor;
    if (this.#feed) this.#feed.tempoFactor = factor;
    const from = this.#transport?.setFactor(factor);
    // An end that has been told stays where it is.
    if (this.#state === 'playing' && from !== undefined && this.#endsAt === null) {
      this.#tellBeats(this.#transport!.placeAt(from), from);
    }
    this.#tellTempo(this.seconds, this.#nowMs);
    this.#changed();
  }

  setLoop(loop: boolean): void {
    this.#loop = loop;
    this.#transport?.setLoop(loop && this.durationSeconds > 0);
    // The end had been told, so that no loop turns there any more.
    if (loop && this.#endsAt !== null && this.durationSeconds > 0) {
      const time = this.#endsAt;
      this.#transport?.stop();
      this.#play(0, Math.max(time, this.#earliest));
    }
    this.#changed();
  }

  /** Calls `listener` after every change but the passing of time. Returns what ends that. */
  subscribe(listener: () => void): () => void {
    return this.#emitter.subscribe(listener);
  }

  /** Ends playing for good. */
  dispose(): void {
    if (this.#song) this.stop();
    this.#stopFollowing?.();
    this.#transport?.dispose();
  }

  #arrange(song: Song, key: string): void {
    const { performer, kept } = this.#options;
    const mode = () => playModes[performer.parameter('mode')];
    const arrangement = new Arrangement(song, mode, kept?.of(key));
    this.#stopFollowing?.();
    this.#stopFollowing = arrangement.subscribe(() => {
      kept?.keep(key, arrangement.settings);
      this.#drums = arrangement.drums;
      this.#feed?.quietUnheard(this.#nowMs);
      this.#changed();
    });
    this.#arrangement = arrangement;
    this.#drums = arrangement.drums;
    this.#feed = new SongFeed(this.#target, arrangement);
    this.#feed.tempoFactor = this.#factor;
  }

  get #nowMs(): number {
    return 1000 * this.#options.now();
  }

  #changed(): void {
    this.#emitter.emit();
  }

  #frameOf(time: Seconds): Samples {
    return Math.max(0, Math.round(time * this.#options.sampleRate));
  }

  get #earliest(): Seconds {
    return this.#options.now() + leadSeconds;
  }

  /** The transport of a song: moments are those of its events. */
  #open(song: Song): SongTransport {
    const moments: Seconds[] = [];
    /** Index behind the last event of each moment. */
    const ends: number[] = [];
    song.events.forEach(({ seconds }, k) => {
      if (moments.at(-1) !== seconds) moments.push(seconds);
      ends[moments.length - 1] = k + 1;
    });
    const { durationSeconds } = song;
    const transport = this.#options.openTransport(
      { moments, durationSeconds },
      {
        started: (time) => this.#enter(this.#restingAt, time),
        due: (moment, time) => this.#send(ends[moment], time),
        turned: (time) => {
          this.#send(song.events.length, time);
          this.#feed!.letGo(1000 * time);
          this.#enter(0, time);
        },
        ended: (time) => {
          this.#endsAt = time;
          this.#feed!.letGo(1000 * time);
        },
        ticked: (horizon) => this.#ticked(horizon),
      },
    );
    transport.setFactor(this.#factor);
    // A song of no length would go round for ever.
    transport.setLoop(this.#loop && durationSeconds > 0);
    return transport;
  }

  #start(place: Seconds): void {
    this.#state = 'playing';
    this.#play(place, this.#earliest);
  }

  #play(place: Seconds, earliest: Seconds): void {
    this.#endsAt = null;
    this.#restingAt = place;
    this.#transport!.start(earliest, place);
  }

  /** Sends the events up to an index that have not been sent. */
  #send(end: number, time: Seconds): void {
    const { events } = this.#song!;
    const isLate = this.#options.now() - time > lateSeconds;
    while (this.#next < end) {
      const at = this.#next++;
      if (!isLate || !this.#isMissed(at, time)) this.#feed!.send(events[at], 1000 * time);
    }
  }

  /** True for the beginning of a note that is over by now: those of a busy time would all sound at once. */
  #isMissed(at: number, time: Seconds): boolean {
    const { events } = this.#song!;
    const event = events[at];
    if (!isNoteOn(event)) return false;
    const now = event.seconds + (this.#options.now() - time) * this.#factor;
    for (let k = at + 1; k < events.length && events[k].seconds <= now; k++) {
      const other = events[k];
      if (other.type !== 'noteOn' && other.type !== 'noteOff') continue;
      const isSame = other.channel === event.channel && other.note === event.note;
      if (isSame && (other.port ?? 0) === (event.port ?? 0)) return true;
    }
    return false;
  }

  /** Makes the target stand as it would at a place, from a time on. */
  #enter(place: Seconds, time: Seconds): void {
    const song = this.#song!;
    const ms = 1000 * time;
    this.#target.transport(place === 0 ? 'start' : 'continue', ms);
    if (place === 0) this.#arrangement?.restart();
    this.#tellBeats(place, time);
    this.#tellTempo(place, ms);
    for (const event of stateAt(song, place)) this.#feed!.send(event, ms);
    const next = song.events.findIndex((event) => event.seconds >= place);
    this.#next = next < 0 ? song.events.length : next;
  }

  #tellTempo(place: Seconds, ms: number): void {
    const change = this.#song?.tempoMap.findLast(({ seconds }) => seconds <= place);
    if (change) this.#feed!.send({ type: 'tempo', ...change }, ms);
  }

  /** Before the tempo, with which what follows it lines up. */
  #tellBeats(place: Seconds, time: Seconds): void {
    tellBeats(this.#target, this.#song!.tempoMap, place, 1000 * time, this.#factor);
  }

  #ticked(horizon: Seconds): void {
    this.#held.drain();
    // The page's own timer, which does this too, stands still in the background.
    this.#options.performer.advance(this.#frameOf(horizon));
    if (this.#endsAt !== null && this.#endsAt <= this.#options.now()) this.#end();
  }

  /** Ends playing and lets go of what the song holds; notes that were sent ahead end as they begin. */
  #rest(state: SongState, place: Seconds): void {
    if (this.#state === 'playing') {
      this.#transport!.stop();
      this.#held.clear();
      this.#feed!.letGo(this.#nowMs);
      this.#target.transport('stop', this.#nowMs);
    }
    this.#endsAt = null;
    this.#state = state;
    this.#restingAt = place;
  }

  #end(): void {
    this.#rest('stopped', 0);
    this.#target.songPosition(0, this.#nowMs);
    this.#changed();
  }
}
