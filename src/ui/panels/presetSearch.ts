// Finds presets by words of their names and tags.
import type { PresetEntry } from '../../session/sessionApi.ts';

/** Entries that contain every word of the query in name or tags, whatever the case; all for an empty query. */
export function matching(entries: readonly PresetEntry[], query: string): PresetEntry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter(({ name, tags }) => {
    const text = `${name} ${tags.join(' ')}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The entry that lies `by` places from the current one, going round; the first or last one without a current one. */
export function neighbour(
  entries: readonly PresetEntry[],
  current: PresetEntry | null,
  by: 1 | -1,
): PresetEntry | undefined {
  const at = entries.findIndex(({ id }) => id === current?.id);
  if (at < 0) return by === 1 ? entries[0] : entries.at(-1);
  return entries[(at + by + entries.length) % entries.length];
}
