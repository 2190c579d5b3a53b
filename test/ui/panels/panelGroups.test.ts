// The tabs of the page: every parameter of the table has one place, and a bundle's styles bear its directions' names.
import { describe, expect, it } from 'vitest';
import { parameterById, parameterGroups, parameterIds } from '../../../src/contract/parameters.ts';
import { controlsOf, elsewhere, tabGroups, tabName } from '../../../src/ui/panels/panelGroups.ts';

const directions = [{ name: 'duration' }, { name: 'brightness' }];

describe('tabs of parameters', () => {
  it('hold each parameter once, but for what stands elsewhere', () => {
    const eight = Array.from({ length: 8 }, (_, k) => ({ name: `direction ${k}` }));
    const shown = tabGroups.flatMap((group) => controlsOf(group, eight).map(({ id }) => id));
    expect(new Set(shown).size).toBe(shown.length);
    const left = parameterIds.filter((id) => !shown.includes(id));
    expect(left.every((id) => elsewhere.has(id) || parameterById(id).group === 'output')).toBe(true);
    expect([...elsewhere].every((id) => parameterIds.includes(id))).toBe(true);
  });

  it('are in the order of the table, with no tab for the output', () => {
    expect(tabGroups).toEqual(parameterGroups.slice(0, -1));
    expect(tabName('morph')).toBe('Morph');
  });

  it('call styles by the directions of the bundle and leave the others out', () => {
    expect(controlsOf('style', directions)).toEqual([
      { id: 'style1', label: 'Duration' },
      { id: 'style2', label: 'Brightness' },
    ]);
  });
});
