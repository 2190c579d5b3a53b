// The parts of a song, one for each channel of each track that has notes: what each plays, and which are heard.
import { Emitter } from '../contract/emitter.ts';
import { InputError, requireInteger } from '../contract/errors.ts';
import { playModes, type PlayModeName } from '../contract/parameters.ts';
import { digitCount } from '../contract/vocabulary.ts';
import { Lyrics } from '../performer/lyrics.ts';
import type { PartPlay } from '../performer/partPlay.ts';
import { isNoteOn, partIdOf, type Song, type SongNote } from './song.ts';
import { sungSteps } from './songLyrics.ts';

/** What General MIDI's drum channel does. */
export const drumUses = ['auto', 'muted', 'drum', 'words'] as const;

/** `auto` is what suits the mode: muted where keys sing, else the mode itself. */
export type DrumUse = (typeof drumUses)[number];

/** Of General MIDI, on every port. */
const drumChannel = 10;

/** A part as the file has it. */
export interface SongPart {
  /** Names the part within its song: `track.port.channel`, tracks and ports counted from 0. */
  readonly id: string;
  /** Index of its track. */
  readonly track: number;
  /** Counted from 0. */
  readonly port: number;
  /** 1..16 */
  readonly channel: number;
  /** The track's name; empty without. */
  readonly name: string;
  readonly notes: number;
  readonly isDrums: boolean;
  /** True where the file has digits or their names for its notes. */
  readonly hasLyrics: boolean;
}

/** What a player sets of a part; what is absent is as the instrument is set. */
export interface PartSettings {
  readonly muted?: boolean;
  readonly solo?: boolean;
  readonly mode?: PlayModeName;
  /** 0..9 */
  readonly digit?: number;
  /** Index of the bundle's speaker. */
  readonly speaker?: number;
  /** Text for lyrics mode, see parseLyrics. */
  readonly lyrics?: string;
}

/** Everything a player sets of a song. */
export interface ArrangementSettings {
  readonly drums: DrumUse;
  /** True where low keys of a song choose digits and voices, as those of a keyboard do. */
  readonly keyswitches: boolean;
  /** By the part's id. */
  readonly parts: Readonly<Record<string, PartSettings>>;
}

/** As a song plays that nobody has touched. */
export const plainArrangement: ArrangementSettings = { drums: 'auto', keyswitches: false, parts: {} };

/** Parts of a song, in the order of their ports and channels, then tracks. */
export function partsOf(song: Song): SongPart[] {
  const found = new Map<string, Omit<SongPart, 'hasLyrics' | 'notes'> & { notes: number }>();
  const drums = drumsOf(song);
  for (const event of song.events) {
    if (!isNoteOn(event)) continue;
    const { track = 0, port = 0, channel } = event;
    const id = partIdOf(event);
    const known = found.get(id);
    if (known) known.notes++;
    else {
      const name = song.trackNames[track] ?? '';
      found.set(id, { id, track, port, channel, name, notes: 1, isDrums: drums(port, channel) });
    }
  }
  const sung = sungSteps(song);
  return [...found.values()]
    .map((part) => ({ ...part, hasLyrics: sung.parts.has(part.id) }))
    .sort((a, b) => a.port - b.port || a.channel - b.channel || a.track - b.track);
}

/** Tells the drum channels: not that of the first port where its notes are fingers of an MPE zone (registered number 6). */
function drumsOf({ events }: Song): (port: number, channel: number) => boolean {
  const selected = new Map<number, { coarse?: number; fine?: number }>();
  const zones = new Map<number, number>();
  let areFingers = false;
  for (const event of events) {
    if (event.type === 'tempo' || event.port) continue;
    if (isNoteOn(event) && event.channel === drumChannel) areFingers = Math.max(0, ...zones.values()) > 0;
    if (areFingers) break;
    if (event.type !== 'control') continue;
    const { channel, controller, data } = event;
    const number = selected.get(channel) ?? {};
    selected.set(channel, number);
    if (controller === 101) number.coarse = data;
    else if (controller === 100) number.fine = data;
    // Other numbers are selected.
    else if (controller === 98 || controller === 99) selected.delete(channel);
    else if (controller === 6 && number.coarse === 0 && number.fine === 6) zones.set(channel, data);
  }
  return (port, channel) => channel === drumChannel && !(areFingers && port === 0);
}

/** How a part sounds at the moment. */
export type PartState = 'heard' | 'muted' | 'drums muted' | 'not solo';

/** A song's parts with what the player has set of them. */
export class Arrangement {
  readonly parts: readonly SongPart[];
  readonly #mode: () => PlayModeName;
  readonly #isDrums: (port: number, channel: number) => boolean;
  readonly #byId: ReadonlyMap<string, SongPart>;
  readonly #steps: ReturnType<typeof sungSteps>['steps'];
  readonly #changed = new Emitter();
  readonly #lyrics = new Map<string, Lyrics>();
  #settings: ArrangementSettings;

  /**
   * @param mode way of playing that the instrument is set to
   * @param settings as they were left
   */
  constructor(song: Song, mode: () => PlayModeName, settings: ArrangementSettings = plainArrangement) {
    this.parts = partsOf(song);
    this.#byId = new Map(this.parts.map((part) => [part.id, part]));
    this.#mode = mode;
    this.#isDrums = drumsOf(song);
    this.#steps = sungSteps(song).steps;
    this.#settings = plainArrangement;
    this.#adopt(settings);
  }

  get settings(): ArrangementSettings {
    return this.#settings;
  }

  /** Calls `listener` after every change of the settings. Returns what ends that. */
  subscribe(listener: () => void): () => void {
    return this.#changed.subscribe(listener);
  }

  /**
   * Changes settings; parts are merged one by one, an undefined value gives the instrument's back.
   * @throws InputError naming a lyrics text that cannot be read, RangeError a part or value out of range; nothing has
   * changed then
   */
  set(changes: Partial<Omit<ArrangementSettings, 'parts'>>): void {
    this.#adopt({ ...this.#settings, ...changes });
    this.#changed.emit();
  }

  /** As `set`, of one part. */
  setPart(id: string, changes: { readonly [K in keyof PartSettings]: PartSettings[K] | undefined }): void {
    if (!this.#byId.has(id)) {
      throw new InputError(`part must be one of ${this.parts.map((part) => part.id).join(', ')}, got ${id}`);
    }
    const merged = Object.entries({ ...this.#settings.parts[id], ...changes });
    const part = Object.fromEntries(merged.filter(([, value]) => value !== undefined)) as PartSettings;
    this.#adopt({ ...this.#settings, parts: { ...this.#settings.parts, [id]: part } });
    this.#changed.emit();
  }

  /** Texts of parts begin at their fronts again: the song does. */
  restart(): void {
    for (const lyrics of this.#lyrics.values()) lyrics.reset();
  }

  /** What the drum channel does now, with `auto` decided. */
  get drums(): Exclude<DrumUse, 'auto'> {
    const { drums } = this.#settings;
    if (drums !== 'auto') return drums;
    const mode = this.#mode();
    return mode === 'drum' || mode === 'words' ? mode : 'muted';
  }

  /** Whether a part is heard now, and why not. */
  stateOf(id: string): PartState {
    const part = this.#byId.get(id);
    const settings = this.#settings.parts[id] ?? {};
    if (settings.muted) return 'muted';
    if (settings.solo) return 'heard';
    if (Object.values(this.#settings.parts).some(({ solo }) => solo)) return 'not solo';
    // Who gives the drums a mode wants to hear them.
    if (part?.isDrums && this.drums === 'muted' && !settings.mode) return 'drums muted';
    return 'heard';
  }

  /** How a note is played; null where its part is not heard. */
  playOf(event: SongNote): PartPlay | null {
    const id = partIdOf(event);
    if (this.stateOf(id) !== 'heard') return null;
    const { mode, digit, speaker } = this.#settings.parts[id] ?? {};
    const drums = this.drums === 'muted' ? 'drum' : this.drums;
    const own = mode ?? (this.#byId.get(id)?.isDrums ? drums : undefined);
    const lyrics = this.#lyrics.get(id);
    const sung = lyrics ? undefined : this.#steps.get(event);
    return {
      hasKeyswitches: this.#settings.keyswitches,
      ...(own ? { mode: own } : {}),
      ...(digit === undefined ? {} : { digit }),
      ...(speaker === undefined ? {} : { speaker }),
      ...(lyrics ? { lyrics } : {}),
      ...(sung ? { step: sung.step, tieFollows: sung.tieFollows } : {}),
    };
  }

  /** False where a channel's programs are drum kits, or nothing of it is heard: they choose nothing then. */
  followsPrograms(port: number, channel: number): boolean {
    if (this.#isDrums(port, channel)) return false;
    const parts = this.parts.filter((part) => part.port === port && part.channel === channel);
    return parts.length === 0 || parts.some(({ id }) => this.stateOf(id) === 'heard');
  }

  /** Takes settings over, those of parts that the song has. */
  #adopt(settings: ArrangementSettings): void {
    const parts = Object.fromEntries(Object.entries(settings.parts).filter(([id]) => this.#byId.has(id)));
    const texts = new Map<string, Lyrics>();
    for (const [id, { mode, digit, speaker, lyrics }] of Object.entries(parts)) {
      if (mode !== undefined && !playModes.includes(mode)) {
        throw new InputError(`mode of a part must be one of ${playModes.join(', ')}, got ${String(mode)}`);
      }
      if (digit !== undefined) requireInteger('digit of a part', digit, 0, digitCount - 1);
      if (speaker !== undefined) requireInteger('speaker of a part', speaker, 0, Number.MAX_SAFE_INTEGER);
      if (!lyrics) continue;
      const isSame = this.#settings.parts[id]?.lyrics === lyrics;
      const text = (isSame ? this.#lyrics.get(id) : undefined) ?? new Lyrics();
      if (!isSame || text.steps.length === 0) text.setText(lyrics);
      if (text.steps.length > 0) texts.set(id, text);
    }
    this.#settings = { ...settings, parts };
    this.#lyrics.clear();
    for (const [id, text] of texts) this.#lyrics.set(id, text);
  }
}
