// What a player has set of songs, by the content of their files: it is there again when the file is.
import { z } from '../schema.ts';
import { Emitter } from '../contract/emitter.ts';
import { playModes } from '../contract/parameters.ts';
import { drumUses, plainArrangement, type ArrangementSettings } from '../midi/arrangement.ts';
import type { KeptArrangements } from '../midi/songPlayer.ts';
import { longestLyrics, type JsonObject } from '../patch/preset.ts';

/** The songs that were touched last. */
const mostSongs = 32;

const partSchema = z.object({
  muted: z.optional(z.boolean()),
  solo: z.optional(z.boolean()),
  mode: z.optional(z.enum(playModes)),
  digit: z.optional(z.int().check(z.minimum(0), z.maximum(9))),
  speaker: z.optional(z.int().check(z.nonnegative())),
  lyrics: z.optional(z.string().check(z.maxLength(longestLyrics))),
});

const songsSchema = z.record(
  z.string(),
  z.object({ drums: z.enum(drumUses), keyswitches: z.boolean(), parts: z.record(z.string(), partSchema) }),
);

/** Settings of songs; the earliest touched are forgotten beyond 32. */
export class SongSettings implements KeptArrangements {
  readonly changed = new Emitter();
  #songs = new Map<string, ArrangementSettings>();

  of(key: string): ArrangementSettings | undefined {
    return this.#songs.get(key);
  }

  keep(key: string, settings: ArrangementSettings): void {
    this.#songs.delete(key);
    if (!isPlain(settings)) this.#songs.set(key, settings);
    for (const oldest of [...this.#songs.keys()].slice(0, -mostSongs)) this.#songs.delete(oldest);
    this.changed.emit();
  }

  /** As plain JSON, the latest last. */
  data(): JsonObject {
    return JSON.parse(JSON.stringify(Object.fromEntries(this.#songs))) as JsonObject;
  }

  /** Takes the place of all. A song that is loaded keeps what it plays with. */
  restore(songs: ReadonlyMap<string, ArrangementSettings>): void {
    this.#songs = new Map(songs);
    this.changed.emit();
  }
}

/**
 * Reads what `data` wrote.
 * @throws ZodError naming what is malformed
 */
export function readSongSettings(data: unknown): ReadonlyMap<string, ArrangementSettings> {
  const songs = Object.entries(songsSchema.parse(data)) as [string, ArrangementSettings][];
  return new Map(songs.slice(-mostSongs));
}

function isPlain({ drums, keyswitches, parts }: ArrangementSettings): boolean {
  const isTouched = Object.values(parts).some((part) => Object.keys(part).length > 0);
  return drums === plainArrangement.drums && keyswitches === plainArrangement.keyswitches && !isTouched;
}
