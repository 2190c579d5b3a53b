// The factory presets: enough, valid, all different, together using every group of the table.
import { describe, expect, it } from 'vitest';
import {
  holdModes,
  modulationTargets,
  parameterById,
  parameterGroups,
  playModes,
  voiceModes,
  type ParameterId,
} from '../../src/contract/parameters.ts';
import { directionOf, soundTargets } from '../../src/contract/modulation.ts';
import { changedValues, patchOf, writePresetFile } from '../../src/patch/preset.ts';
import { readPresetFile } from '../../src/patch/presetSchema.ts';
import { parseLyrics } from '../../src/performer/lyrics.ts';
import { factoryPreset, factoryPresets } from '../../src/patch/factoryPresets.ts';

/** Values that some preset sets for a choice. */
const used = (id: ParameterId) => new Set(factoryPresets.map((preset) => patchOf(preset).values[id]));

describe('factory presets', () => {
  it('are 24 or more, with names of their own', () => {
    expect(factoryPresets.length).toBeGreaterThanOrEqual(24);
    const names = factoryPresets.map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });

  it('survive the file format without a notice', () => {
    const read = readPresetFile(writePresetFile(factoryPresets));
    expect(read.map(({ preset }) => preset)).toEqual(factoryPresets);
    expect(read.flatMap(({ notices }) => notices)).toEqual([]);
  });

  it('differ from each other in what sounds', () => {
    const states = factoryPresets.map((preset) => JSON.stringify(patchOf(preset)));
    expect(new Set(states).size).toBe(states.length);
  });

  it('use every group of the table, every mode and most targets of modulation', () => {
    const groups = factoryPresets.flatMap((preset) =>
      Object.keys(changedValues(preset.values)).map((id) => parameterById(id).group),
    );
    expect(new Set(groups)).toEqual(new Set(parameterGroups));
    expect(used('mode').size).toBe(playModes.length);
    expect(used('hold').size).toBe(holdModes.length);
    expect(used('voiceMode').size).toBe(voiceModes.length);
    const aimed = [...used('lfoTo'), ...used('velocityTo'), ...used('randomTo')];
    const targets = new Set(aimed.map((index) => modulationTargets[Number(index)]));
    expect(soundTargets.filter((target) => targets.has(target)).length).toBeGreaterThan(10);
    expect([...targets].filter((target) => directionOf(target) >= 0).length).toBeGreaterThan(1);
  });

  it('bring lyrics where the mode sings them', () => {
    for (const preset of factoryPresets) {
      const sings = playModes[patchOf(preset).values.mode] === 'lyrics';
      expect(Boolean(preset.lyrics), preset.name).toBe(sings);
      expect(() => parseLyrics(preset.lyrics ?? '')).not.toThrow();
    }
  });

  it('are found by name in any case, and by nothing else', () => {
    expect(factoryPreset(' choir ')).toBe(factoryPresets[1]);
    expect(() => factoryPreset('Chior')).toThrow(/no preset "Chior".*Choir, Robot/);
  });
});
