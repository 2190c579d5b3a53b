// Presets of the page: search, neighbours, names of exported files.
import { describe, expect, it } from 'vitest';
import { fileNameOf } from '../../../src/ui/panels/downloads.ts';
import type { PresetEntry } from '../../../src/session/sessionApi.ts';
import { matching, neighbour } from '../../../src/ui/panels/presetSearch.ts';

const entries: PresetEntry[] = [
  { id: '1', name: 'Choir', tags: ['sing', 'pad'], kind: 'factory' },
  { id: '2', name: 'Choir of Robots', tags: ['machine'], kind: 'factory' },
  { id: '3', name: 'Count-In', tags: ['words'], kind: 'user' },
];
const names = (query: string) => matching(entries, query).map(({ name }) => name);

describe('the search for presets', () => {
  it('finds every word in name or tags, in any case and order', () => {
    expect(names('CHOIR')).toEqual(['Choir', 'Choir of Robots']);
    expect(names(' machine choir ')).toEqual(['Choir of Robots']);
    expect(names('words machine')).toEqual([]);
    expect(names('')).toHaveLength(3);
  });

  it('goes round from the last to the first', () => {
    expect(neighbour(entries, entries[2], 1)?.id).toBe('1');
    expect(neighbour(entries, entries[0], -1)?.id).toBe('3');
    expect(neighbour(entries, null, 1)?.id).toBe('1');
    expect(neighbour(entries, null, -1)?.id).toBe('3');
    expect(neighbour([], null, 1)).toBeUndefined();
  });
});

describe('the name of a file', () => {
  it('is one that every system takes', () => {
    expect(fileNameOf('Küche: "Nr. 5"/2', 'json')).toBe('ku-che-nr-5-2.json');
    expect(fileNameOf('???', 'json')).toBe('numvox.json');
  });
});
