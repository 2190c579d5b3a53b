import type { BaseContext } from 'tone';
import { describe, expect, it } from 'vitest';
import { defaultValues, parameterIds } from '../../src/contract/parameters.ts';
import { readOptions, writeOptions } from '../../src/tone/soundOptions.ts';

/** As much of Tone's context as times and pitches ask for: 120 beats a minute, four to a bar. */
const context = {
  transport: { bpm: { getValueAtTime: () => 2, value: 120 }, timeSignature: 4, PPQ: 192 },
  sampleRate: 48_000,
} as unknown as BaseContext;
const read = (options: object) => readOptions(options, context);

describe('options', () => {
  it('take parameters by their names or in their groups, choices by name', () => {
    expect(
      read({ brightness: 3, play: { mode: 'Sing', digit: '4' }, envelope: { attack: '0.5' }, hold: 2 })
        .values,
    ).toEqual({ brightness: 3, mode: 1, digit: 4, attack: 0.5, hold: 2 });
  });

  it('take times and pitches as Tone writes them', () => {
    expect(read({ release: '480samples', vibratoRate: '6hz' }).values).toEqual({
      release: 0.01,
      vibratoRate: 6,
    });
  });

  it('take presets by name or as JSON, none, lyrics, and voices that only the model knows', () => {
    expect(read({ preset: 'choir' }).preset?.name).toBe('Choir');
    const json = { formatVersion: 2, name: 'Mine', tags: [], values: { reverb: 0.5 } };
    expect(read({ preset: json }).preset?.values).toEqual({ reverb: 0.5 });
    expect(read({ preset: null }).preset).toBeNull();
    expect(read({ lyrics: '3 1 4' })).toMatchObject({ preset: undefined, lyrics: '3 1 4', values: {} });
    expect(read({ speaker: 'theo', play: { speaker: '3' } })).toMatchObject({
      speakerName: 'theo',
      values: { speaker: 3 },
    });
  });

  it.each([
    [{ reverbs: 1 }, /reverbs is no option; there are preset, lyrics, volume, style, play/],
    [{ effects: { reverbs: 1 } }, /effects.reverbs is no option/],
    [{ effects: 3 }, /effects must be an object of parameters such as \{ .*: .* \}, got 3/],
    [{ envelope: null }, /envelope must be an object.*attack.*got null/],
    [{ reverb: 2 }, /reverb must be a number from 0 to 1, got 2/],
    [{ reverb: 'much' }, /reverb must be a number from 0 to 1, got "much"/],
    [{ attack: 'soon' }, /attack must be a number from 0.001 to 5, got NaN/],
    [{ mode: 'shout' }, /mode must be one of words, sing, lyrics, drum, got "shout"/],
    [{ preset: 'Choirs' }, /there is no preset "Choirs"; the presets are/],
    [{ lyrics: 314 }, /lyrics must be a text such as '3 1 4', got 314/],
    [{ preset: 3 }, /preset must be a preset's name, its JSON or null, got 3/],
  ])('say what is wrong with %o', (options, said) => {
    expect(() => read(options)).toThrow(said);
  });

  it('that are written are read back, every parameter of them', () => {
    const values = { ...defaultValues(), mode: 2, reverb: 0.25, attack: 0.125, arpMode: 3 };
    const tree = writeOptions(values);
    expect(tree.play.mode).toBe('lyrics');
    expect(read(tree).values).toEqual(values);
    expect(Object.keys(read(tree).values)).toHaveLength(parameterIds.length);
  });
});
