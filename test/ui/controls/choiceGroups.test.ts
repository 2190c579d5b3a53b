// Lists of what modulation reaches, as the page shows them: grouped, nothing lost, styles under their directions' names.
import { describe, expect, it } from 'vitest';
import { parameterById, parameters } from '../../../src/contract/parameters.ts';
import { choiceGroups } from '../../../src/ui/controls/choiceGroups.ts';

const directions = [{ name: 'duration' }, { name: ' ' }, { name: 'pitch' }];
const texts = (id: 'lfoTo' | 'pressureTo', group: string) =>
  choiceGroups(parameterById(id), directions)
    .find(({ name }) => name === group)
    ?.choices.map(({ text }) => text);

describe('lists of targets', () => {
  it('stand in groups: what is off first, then sound, envelope and styles', () => {
    expect(choiceGroups(parameterById('lfoTo'), directions).map(({ name }) => name)).toEqual([
      '',
      'Sound',
      'Envelope',
      'Style',
    ]);
    expect(texts('lfoTo', '')).toEqual(['nothing']);
    expect(texts('pressureTo', '')).toEqual(['usual', 'nothing']);
    expect(texts('lfoTo', 'Envelope')).toEqual(['attack', 'decay', 'sustain', 'release']);
    expect(texts('lfoTo', 'Sound')).toContain('vibrato rate');
  });

  it('call styles by the directions of the bundle, told from targets of that name', () => {
    expect(texts('pressureTo', 'Style')?.slice(0, 4)).toEqual([
      'style: duration',
      'style 2',
      'style: pitch',
      'style 4',
    ]);
  });

  it('hold each choice of the table once, under its index', () => {
    const lists = parameters.filter((parameter) => choiceGroups(parameter, directions).length > 0);
    expect(lists.map(({ id }) => id)).toEqual(['lfoTo', 'velocityTo', 'randomTo', 'timbreTo', 'pressureTo']);
    for (const parameter of lists) {
      const shown = choiceGroups(parameter, directions).flatMap(({ choices }) => choices);
      expect(shown.map(({ index }) => index).sort((a, b) => a - b)).toEqual(
        parameter.choices?.map((_, index) => index),
      );
      const plain = shown.filter(({ text }) => !text.startsWith('style'));
      expect(plain.every(({ index, text }) => parameter.choices?.[index] === text)).toBe(true);
    }
  });
});
