// A song: MIDI events in seconds, and what feeds them to a target.
import type { Seconds } from '../contract/units.ts';
import { parameterById } from '../contract/parameters.ts';
import { fastestBeat, slowestBeat } from '../performer/beatClock.ts';
import type { ZoneName } from '../performer/mpe.ts';
import type { ChannelMessage, MidiMessage } from './message.ts';
import { MidiRouter, type RoutedPort } from './router.ts';
import type { MidiTarget } from './midiTarget.ts';

/** Quarter notes per minute. */
export type BeatsPerMinute = number;

/** Until a file says otherwise (Standard MIDI Files 1.0). */
export const defaultBpm: BeatsPerMinute = 120;
/** A day: longer songs come from damaged times. */
export const longestSongSeconds: Seconds = 86_400;

/** One event of a song, at a time from its begin at the tempo as written. */
export type SongEvent = {
  readonly seconds: Seconds;
  /** Index of its track in the file; the first where absent. */
  readonly track?: number;
  /** The port whose channels it means, counted from 0; the first where absent. */
  readonly port?: number;
} & (ChannelMessage | { readonly type: 'tempo'; readonly bpm: BeatsPerMinute });

/** A syllable or word (meta event 5) of a track. */
export interface SongLyric {
  readonly seconds: Seconds;
  readonly track: number;
  readonly text: string;
}

/** A tempo from one moment to the next. */
export interface TempoChange {
  readonly seconds: Seconds;
  /** The same moment in quarter notes from the begin. */
  readonly quarters: number;
  readonly bpm: BeatsPerMinute;
}

/** A song as its file has it. */
export interface Song {
  /** Name of the first track that has one; empty without. */
  readonly name: string;
  readonly durationSeconds: Seconds;
  /** In order of time; the first begins at 0. Of a file that counts frames of film: 120 all along. */
  readonly tempoMap: readonly TempoChange[];
  /** All tracks together in order of time, events of one moment in the order of the file. */
  readonly events: readonly SongEvent[];
  /** In order of time. */
  readonly lyrics: readonly SongLyric[];
  /** Of each track of the file; empty without. */
  readonly trackNames: readonly string[];
  /** A sentence that says what of the file was damaged and mended; empty for a whole file. */
  readonly mended: string;
}

/** Quarter notes from the begin of a song to a place of it. */
function quartersAt(tempoMap: readonly TempoChange[], place: Seconds): number {
  const { seconds, quarters, bpm } = tempoMap.findLast((change) => change.seconds <= place) ?? tempoMap[0];
  return quarters + ((place - seconds) * bpm) / 60;
}

/**
 * Tells a target how a song's beat goes on from a place, the whole way to the end: arpeggios may be played further ahead
 * than the song itself is told.
 * @param ms when the place is played, on the target's clock
 * @param factor on the tempo as written
 */
export function tellBeats(
  target: MidiTarget,
  tempoMap: readonly TempoChange[],
  place: Seconds,
  ms: number,
  factor = 1,
): void {
  const tell = (quarters: number, bpm: BeatsPerMinute, at: Seconds) => {
    const beats = Math.min(fastestBeat, Math.max(slowestBeat, bpm * factor));
    target.beat(quarters, beats, ms + (1000 * (at - place)) / factor, false);
  };
  const current = tempoMap.findLastIndex(({ seconds }) => seconds <= place);
  tell(quartersAt(tempoMap, place), tempoMap[current].bpm, place);
  for (const { quarters, bpm, seconds } of tempoMap.slice(current + 1)) tell(quarters, bpm, seconds);
}

/** Banks, parameter numbers and their data entry (MIDI 1.0): what they mean depends on their order. */
const orderedControllers: ReadonlySet<number> = new Set([0, 32, 6, 38, 96, 97, 98, 99, 100, 101]);
const firstModeMessage = 120;
const resetControllers = 121;
/** Volume and pan: of a channel in songs, while those of devices are parameters. */
const channelLevels: ReadonlySet<number> = new Set([7, 10]);

/**
 * What must be told before playing goes on from the middle, in order: the last tempo, program, bend, pressure
 * and value of every controller before that moment, and every setting of a parameter number. Keys that went
 * down before stay silent.
 */
export function stateAt(song: Song, seconds: Seconds): SongEvent[] {
  const state = new Map<string, SongEvent>();
  for (const [index, event] of song.events.entries()) {
    if (event.seconds >= seconds) break;
    const key = stateKey(event, index);
    if (key === null) continue;
    // Taken out first: the order is that of the last moves.
    state.delete(key);
    state.set(key, event);
  }
  return [...state.values()];
}

/** Names what an event sets; null for what is over at once. */
function stateKey(event: SongEvent, index: number): string | null {
  switch (event.type) {
    case 'tempo':
      return 'tempo';
    case 'program':
    case 'pressure':
    case 'bend':
      return `${event.type} ${event.channel}`;
    case 'control': {
      const { controller, channel } = event;
      if (orderedControllers.has(controller) || controller === resetControllers) return `event ${index}`;
      return controller < firstModeMessage ? `control ${channel} ${controller}` : null;
    }
    default:
      return null;
  }
}

/** How a song reaches its target. */
export interface SongFeedOptions {
  /** False leaves the parameter `tempo` alone. Default true. */
  readonly followsTempo?: boolean;
  /** False leaves program changes out. Default true. */
  readonly followsPrograms?: boolean;
}

/**
 * Feeds a song's events to a target as if a device played them: parameter numbers, 14-bit pairs and MPE mean what
 * they mean from a keyboard. Learned controls belong to other devices and do not hear it.
 */
export class SongFeed {
  readonly #target: MidiTarget;
  readonly #options: SongFeedOptions;
  #port: RoutedPort;
  /** Channels whose volume, pan or bend range the song has set. */
  readonly #setChannels = new Set<number>();
  /** Members of the zones before the song set one up. */
  #zonesBefore: Readonly<Record<ZoneName, number>> | null = null;
  /** Factor on the tempo as written. */
  tempoFactor = 1;

  constructor(target: MidiTarget, options: SongFeedOptions = {}) {
    this.#target = target;
    this.#options = options;
    this.#port = this.#open();
  }

  /** @param ms time stamp on the target's clock */
  send(event: SongEvent, ms: number): void {
    if (event.type === 'tempo') return this.#tempo(event.bpm, ms);
    if (event.type === 'program' && this.#options.followsPrograms === false) return;
    if (event.type === 'noteOn' && event.velocity === 0) {
      this.#port.handle({ ...event, type: 'noteOff', velocity: 64, ms });
      return;
    }
    const message: MidiMessage = { ...event, ms };
    this.#port.handle(message);
  }

  /**
   * Lets go of every key, pedal and bend that the song held. Who plays on gets channels and zones back as they were: on the
   * page no controller could undo a song's volume.
   */
  letGo(ms: number): void {
    const target = this.#target;
    this.#port.unplug(ms);
    for (const [zone, members] of Object.entries(this.#zonesBefore ?? {}) as [ZoneName, number][]) {
      if (target.zoneMembers(zone) !== members) target.setZone(zone, members, ms);
    }
    this.#zonesBefore = null;
    for (const channel of this.#setChannels) target.restoreChannel(channel);
    this.#setChannels.clear();
    this.#port = this.#open();
  }

  /** Opens a port to the target that notes what will have to be put back. */
  #open(): RoutedPort {
    const target = this.#target;
    const noting: MidiTarget = {
      ...target,
      controlChange: (channel, controller, data, ms) => {
        if (channelLevels.has(controller)) this.#setChannels.add(channel);
        target.controlChange(channel, controller, data, ms);
      },
      setBendRange: (channel, semitones, cents, ms) => {
        this.#setChannels.add(channel);
        target.setBendRange(channel, semitones, cents, ms);
      },
      setZone: (zone, members, ms) => {
        this.#zonesBefore ??= { lower: target.zoneMembers('lower'), upper: target.zoneMembers('upper') };
        target.setZone(zone, members, ms);
      },
    };
    return new MidiRouter(noting, { handle: () => false }).open('song');
  }

  #tempo(bpm: BeatsPerMinute, ms: number): void {
    if (this.#options.followsTempo === false) return;
    const { min, max } = parameterById('tempo');
    this.#target.setTempo(Math.min(max, Math.max(min, bpm * this.tempoFactor)), ms);
  }
}
