// Presets as files: round trips, older versions, unknown and out-of-range values, clear errors.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultValues } from '../../src/contract/parameters.ts';
import {
  changedValues,
  completeValues,
  patchOf,
  presetOf,
  writeGestureFile,
  writePads,
  writePresetFile,
  type Preset,
} from '../../src/patch/preset.ts';
import { readGestureFile, readPads, readPreset, readPresetFile } from '../../src/patch/presetSchema.ts';
import { anyValues } from '../helpers/anyValues.ts';

const scene = { speed: 2, lfoShape: 2 };
const full: Preset = {
  formatVersion: 2,
  name: 'All of it',
  author: 'somebody',
  tags: ['pad', 'slow'],
  values: { mode: 1, attack: 0.5, style3: -1.25 },
  lyrics: '3 1 4',
  scenes: [scene, null, {}, { mapX: 0.25 }],
  gestures: [
    {
      name: 'sweep',
      unit: 'beats',
      length: 4,
      loop: true,
      points: [
        { at: 0, id: 'sceneX', value: 0 },
        { at: 1, id: 'lfoShape', value: 3 },
        { at: 4, id: 'sceneX', value: 1 },
      ],
    },
  ],
  pads: [
    { note: 36, digit: 6, speaker: 2, style: [0.5, -1.25, 1e-7] },
    { note: 40, digit: 7, speaker: 0, style: [0, 3], digitPoint: [0.1] },
  ],
};

describe('preset files', () => {
  it('read back what was written, with choices by their names', () => {
    const text = writePresetFile([full, { ...full, name: 'Again' }]);
    expect(text).toContain('"mode": "sing"');
    expect(text).toContain('"lfoShape": "square"');
    expect(text).toContain('"value": "random"');
    const read = readPresetFile(text);
    expect(read.map(({ preset }) => preset)).toEqual([full, { ...full, name: 'Again' }]);
    expect(read.flatMap(({ notices }) => notices)).toEqual([]);
  });

  it('look as docs/presets.md shows them', () => {
    const docs = readFileSync(new URL('../../docs/presets.md', import.meta.url), 'utf8');
    const [, example] = /```json\n([^`]*)```/.exec(docs) ?? [];
    const [{ preset, notices }] = readPresetFile(example);
    expect(notices).toEqual([]);
    expect(JSON.parse(writePresetFile([preset]))).toEqual(JSON.parse(example));
  });

  it('read back any values exactly', () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        const preset = presetOf('any', { values, lyrics: '' });
        const [{ preset: read, notices }] = readPresetFile(writePresetFile([preset]));
        expect(notices).toEqual([]);
        expect(patchOf(read)).toEqual({ values, lyrics: '' });
      }),
    );
  });

  it('take a single preset without the list about it', () => {
    const bare = JSON.stringify({ formatVersion: 1, name: ' Bare ', values: { mode: 'lyrics' } });
    expect(readPresetFile(bare)[0].preset).toEqual({
      formatVersion: 2,
      name: 'Bare',
      tags: [],
      values: { mode: 2 },
    });
  });

  it('lead drafts of version 0 to the present names', () => {
    const { preset, notices } = readPreset({
      formatVersion: 0,
      title: 'Old',
      parameters: { volume: -6, arpDivision: '1/16', a4: 415, attack: 0.02, wobble: 1 },
    });
    expect(preset).toEqual({
      formatVersion: 2,
      name: 'Old',
      tags: [],
      values: { outputGainDb: -6, arpRate: 6, tuningHz: 415, attack: 0.02 },
    });
    expect(notices).toEqual(['Old: there is no parameter "wobble"; it was left out']);
  });

  it('keep each sound of a drum key on one line, and the last of several on one key', () => {
    const text = writePresetFile([full]);
    expect(text).toContain('"style": "0.5 -1.25 1e-7"');
    const twice = text.replace('"note": 40', '"note": 36');
    expect(readPresetFile(twice)[0].preset.pads).toEqual([{ ...full.pads![1], note: 36 }]);
    for (const style of ['', 'one two', '1 NaN', '1,2']) {
      const pads = [{ note: 36, digit: 6, style }];
      expect(() => readPreset({ formatVersion: 2, name: 'x', values: {}, pads }), style).toThrow(
        /pads\.0\.style: must be numbers with spaces/,
      );
    }
  });

  it('keep the sounds of drum keys by themselves too', () => {
    expect(readPads(writePads(full.pads!), 'the store')).toEqual(full.pads);
    expect(() => readPads('{"formatVersion":2}', 'the store')).toThrow(
      /the store has no sounds of drum keys/,
    );
    expect(() => readPads('{"formatVersion":3,"pads":[]}', 'the store')).toThrow(/format version 3.*update/);
    expect(() => readPads('no', 'the store')).toThrow(/the store is no JSON file/);
  });

  it('leave out what is unknown, clamp what is out of range, and say so', () => {
    const { preset, notices } = readPreset({
      formatVersion: 1,
      name: 'Odd',
      tags: ['LOUD'],
      values: {
        toString: 1,
        attack: 9,
        mode: 'shout',
        hold: 1.4,
        speed: 'fast',
        pan: -0.5,
      },
      scenes: [{ chorus: -1 }, null, null, null],
      gestures: [
        {
          name: 'g',
          unit: 'seconds',
          length: 2,
          loop: false,
          points: [
            { at: 3, id: 'pan', value: 2 },
            { at: 1, id: 'pan', value: 0 },
            { at: 0, id: 'gone', value: 0 },
          ],
        },
      ],
    });
    expect(preset.tags).toEqual(['loud']);
    expect(preset.values).toEqual({ attack: 5, hold: 1, pan: -0.5 });
    expect(preset.scenes?.[0]).toEqual({ chorus: 0 });
    expect(preset.gestures?.[0].points).toEqual([
      { at: 1, id: 'pan', value: 0 },
      { at: 2, id: 'pan', value: 1 },
    ]);
    expect(notices).toHaveLength(8);
    expect(notices[0]).toMatch(/no parameter "toString"/);
    expect(notices[1]).toBe('Odd: Attack must be from 0.001 to 5, got 9; 5 is used');
    expect(notices[2]).toMatch(/Mode must be one of words, sing, lyrics, drum, got "shout"/);
    expect(notices[4]).toMatch(/Speed must be a number from -8 to 8, got "fast"/);
  });

  it('refuse what is no preset, naming the file and the fault', () => {
    expect(() => readPresetFile('{', 'song.json')).toThrow(/song\.json is no JSON file/);
    expect(() => readPresetFile('[]', 'song.json')).toThrow(/song\.json is not a numvox preset/);
    expect(() => readPresetFile('{"presets":[]}', 'song.json')).toThrow(/song\.json holds no presets/);
    expect(() => readPresetFile('{"a":1}')).toThrow(/formatVersion must be a whole number from 0 to 2/);
    expect(() => readPreset({ formatVersion: 3, name: 'x', values: {} })).toThrow(/format version 3.*update/);
    expect(() => readPreset({ formatVersion: 1, name: '', values: {} })).toThrow(/name: /);
    expect(() => readPreset({ formatVersion: 1, name: 'x', values: { pan: [] } })).toThrow(/values\.pan/);
    expect(() => readPreset({ formatVersion: 0, name: 'x' })).toThrow(/name: .*values: /);
    expect(() => readPresetFile('{"presets":[{"formatVersion":1}]}', 'a.json')).toThrow(
      /preset 1 of a\.json/,
    );
    const three = { formatVersion: 1, name: 'x', values: {}, scenes: [null, null, null] };
    expect(() => readPreset(three)).toThrow(/scenes: /);
  });
});

describe('gesture files', () => {
  it('read back what was written, and refuse what is no gesture', () => {
    const [gesture] = full.gestures ?? [];
    const text = writeGestureFile(gesture);
    expect(text).toContain('"value": "random"');
    expect(readGestureFile(text)).toEqual({ gesture, notices: [] });
    expect(readGestureFile(text.replace('"lfoShape"', '"wobble"')).notices).toEqual([
      'sweep: there is no parameter "wobble"; it was left out',
    ]);
    expect(() => readGestureFile('nonsense', 'a.json')).toThrow(
      /a\.json is no JSON file.*choose a gesture file/,
    );
    expect(() => readGestureFile('{}', 'a.json')).toThrow(
      /a\.json is not a gesture \(name: .*unit: .*length: /,
    );
  });
});

describe('presets and patches', () => {
  it('store what differs from the defaults and complete the rest', () => {
    const values = { ...defaultValues(), drive: 0.5 };
    expect(changedValues(values)).toEqual({ drive: 0.5 });
    expect(completeValues({ drive: 0.5 })).toEqual(values);
    expect(presetOf(' Mine ', { values, lyrics: '' }, { scenes: [null, null, null, null] })).toEqual({
      formatVersion: 2,
      name: 'Mine',
      tags: [],
      values: { drive: 0.5 },
    });
    expect(() => presetOf('  ', { values, lyrics: '' })).toThrow(/name must be 1 to 60/);
  });
});
