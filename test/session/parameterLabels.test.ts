// Which knobs a bundle gets on the page, and their names.
import { describe, expect, it } from 'vitest';
import { labelOf, shownKnobs } from '../../src/session/parameterLabels.ts';

const shown = (names: readonly string[]) =>
  shownKnobs(names.map((name) => ({ name }))).map(({ parameter, label }) => [parameter.id, label]);

describe('knobs of the page', () => {
  it('are one for each direction, called by its name with a capital letter, and the volume', () => {
    expect(shown(['duration', 'george to theo', 'loudness slope'])).toEqual([
      ['style1', 'Duration'],
      ['style2', 'George to theo'],
      ['style3', 'Loudness slope'],
      ['outputGainDb', 'Volume'],
    ]);
  });

  it('are eight styles at most', () => {
    const names = Array.from({ length: 12 }, (_, k) => `direction ${k + 1}`);
    const knobs = shown(names);
    expect(knobs).toHaveLength(9);
    expect(knobs[7]).toEqual(['style8', 'Direction 8']);
  });

  it('fall back to the label of the table for a blank name', () => {
    expect(shown(['pitch', ' '])[1]).toEqual(['style2', 'Style 2']);
  });

  it('are named elsewhere so that a style is not taken for a parameter of that name', () => {
    const directions = [{ name: 'pitch' }, { name: ' ' }];
    expect(labelOf('style1', directions)).toBe('Pitch (style)');
    expect(labelOf('style2', directions)).toBe('Style 2');
    expect(labelOf('style3', directions)).toBe('Style 3');
    expect(labelOf('attack', directions)).toBe('Attack');
  });
});
