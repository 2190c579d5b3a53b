// Feeds a song's events to a target: each port through a router of its own, each note as its part plays.
import { parameterById } from '../contract/parameters.ts';
import type { ZoneName } from '../performer/mpe.ts';
import type { PartPlay } from '../performer/partPlay.ts';
import type { Arrangement } from './arrangement.ts';
import type { MidiMessage } from './message.ts';
import type { MidiTarget } from './midiTarget.ts';
import { MidiRouter, type RoutedPort } from './router.ts';
import { isNoteOn, partIdOf, type BeatsPerMinute, type SongEvent, type SongNote } from './song.ts';

/** Volume and pan: of a channel in songs, while those of devices are parameters. */
const channelLevels: ReadonlySet<number> = new Set([7, 10]);
const portChannels = 16;
/** Release velocity of keys that nobody lets go by hand. */
const plainRelease = 64;

/** How a song reaches its target. */
export interface SongFeedOptions {
  /** False leaves the parameter `tempo` alone. Default true. */
  readonly followsTempo?: boolean;
  /** False leaves program changes out. Default true. */
  readonly followsPrograms?: boolean;
}

/** A note that sounds, with its part. */
interface Sounding {
  readonly part: string;
  readonly port: number;
  readonly channel: number;
  readonly note: number;
}

/**
 * Feeds a song's events to a target as if devices played them, one for each port: parameter numbers, 14-bit pairs and MPE mean
 * what they mean from a keyboard. Learned controls belong to other devices and do not hear it.
 */
export class SongFeed {
  readonly #target: MidiTarget;
  readonly #arrangement: Arrangement;
  readonly #options: SongFeedOptions;
  readonly #ports = new Map<number, RoutedPort>();
  readonly #sounding = new Map<string, Sounding>();
  /** Channels of the target whose volume, pan or bend range the song has set. */
  readonly #setChannels = new Set<number>();
  /** Members of the zones before the song set one up. */
  #zonesBefore: Readonly<Record<ZoneName, number>> | null = null;
  /** How the note that is told now is played. */
  #play: PartPlay | undefined;
  /** Factor on the tempo as written. */
  tempoFactor = 1;

  /** @param arrangement of the song whose events will be sent */
  constructor(target: MidiTarget, arrangement: Arrangement, options: SongFeedOptions = {}) {
    this.#target = target;
    this.#arrangement = arrangement;
    this.#options = options;
  }

  /** @param ms time stamp on the target's clock */
  send(event: SongEvent, ms: number): void {
    if (event.type === 'tempo') return this.#tempo(event.bpm, ms);
    const { port = 0 } = event;
    if (isNoteOn(event)) return this.#noteOn(event, port, ms);
    if (event.type === 'noteOn' || event.type === 'noteOff') {
      const velocity = event.type === 'noteOn' ? plainRelease : event.velocity;
      return this.#noteOff(partIdOf(event), port, event.channel, event.note, velocity, ms);
    }
    if (event.type === 'program') {
      const isFollowed = this.#options.followsPrograms !== false;
      if (!isFollowed || !this.#arrangement.followsPrograms(port, event.channel)) return;
    }
    const message: MidiMessage = { ...event, ms };
    this.#port(port).handle(message);
  }

  /** Lets go of the notes of parts that are not heard any more. */
  quietUnheard(ms: number): void {
    for (const { part, port, channel, note } of [...this.#sounding.values()]) {
      if (this.#arrangement.stateOf(part) === 'heard') continue;
      this.#noteOff(part, port, channel, note, plainRelease, ms);
    }
  }

  /**
   * Lets go of every key, pedal and bend that the song held. Who plays on gets channels and zones back as they were: on the
   * page no controller could undo a song's volume.
   */
  letGo(ms: number): void {
    const target = this.#target;
    for (const port of this.#ports.values()) port.unplug(ms);
    this.#ports.clear();
    this.#sounding.clear();
    for (const [zone, members] of Object.entries(this.#zonesBefore ?? {}) as [ZoneName, number][]) {
      if (target.zoneMembers(zone) !== members) target.setZone(zone, members, ms);
    }
    this.#zonesBefore = null;
    for (const channel of this.#setChannels) target.restoreChannel(channel);
    this.#setChannels.clear();
  }

  #noteOn(event: SongNote, port: number, ms: number): void {
    const play = this.#arrangement.playOf(event);
    if (!play) return;
    const { channel, note, velocity } = event;
    const part = partIdOf(event);
    // A key that another part holds is struck anew: it is this part's from now on.
    for (const other of this.#holdersOf(port, channel, note)) this.#sounding.delete(`${other.part} ${note}`);
    this.#sounding.set(`${part} ${note}`, { part, port, channel, note });
    this.#play = play;
    this.#port(port).handle({ type: 'noteOn', channel, note, velocity, ms });
    this.#play = undefined;
  }

  /** What another part holds on the same key stays down: it is not this part's to let go. */
  #noteOff(part: string, port: number, channel: number, note: number, velocity: number, ms: number): void {
    const wasSounding = this.#sounding.delete(`${part} ${note}`);
    if (!wasSounding && this.#holdersOf(port, channel, note).length > 0) return;
    this.#port(port).handle({ type: 'noteOff', channel, note, velocity, ms });
  }

  /** Who holds a key; one at the most. */
  #holdersOf(port: number, channel: number, note: number): Sounding[] {
    return [...this.#sounding.values()].filter(
      (each) => each.port === port && each.channel === channel && each.note === note,
    );
  }

  /** A port of the song: its channels lie behind those of the ports before. */
  #port(index: number): RoutedPort {
    const open = this.#ports.get(index);
    if (open) return open;
    const port = new MidiRouter(this.#targetOf(index), { handle: () => false }).open('song');
    this.#ports.set(index, port);
    return port;
  }

  /** The target as a port reaches it, noting what will have to be put back. */
  #targetOf(index: number): MidiTarget {
    const target = this.#target;
    const first = index * portChannels;
    return {
      ...target,
      noteOn: (channel, note, velocity, ms) => target.noteOn(first + channel, note, velocity, ms, this.#play),
      noteOff: (channel, ...rest) => target.noteOff(first + channel, ...rest),
      pitchBend: (channel, ...rest) => target.pitchBend(first + channel, ...rest),
      channelPressure: (channel, ...rest) => target.channelPressure(first + channel, ...rest),
      polyPressure: (channel, ...rest) => target.polyPressure(first + channel, ...rest),
      programChange: (channel, ...rest) => target.programChange(first + channel, ...rest),
      setChannelTuning: (channel, ...rest) => target.setChannelTuning(first + channel, ...rest),
      restoreChannel: (channel) => target.restoreChannel(first + channel),
      controlChange: (channel, controller, ...rest) => {
        if (channelLevels.has(controller)) this.#setChannels.add(first + channel);
        target.controlChange(first + channel, controller, ...rest);
      },
      setBendRange: (channel, ...rest) => {
        this.#setChannels.add(first + channel);
        target.setBendRange(first + channel, ...rest);
      },
      // Zones lie on the first sixteen channels.
      zoneMembers: (zone) => (index === 0 ? target.zoneMembers(zone) : 0),
      setZone: (zone, members, ms) => {
        if (index > 0) return;
        this.#zonesBefore ??= { lower: target.zoneMembers('lower'), upper: target.zoneMembers('upper') };
        target.setZone(zone, members, ms);
      },
    };
  }

  #tempo(bpm: BeatsPerMinute, ms: number): void {
    if (this.#options.followsTempo === false) return;
    const { min, max } = parameterById('tempo');
    this.#target.setTempo(Math.min(max, Math.max(min, bpm * this.tempoFactor)), ms);
  }
}
