// Which dropped files the page takes.
import { describe, expect, it } from 'vitest';
import { kindOfFile } from '../../../src/ui/page/dropFiles.ts';

describe('a dropped file', () => {
  it('is known by its ending, in any case', () => {
    expect(kindOfFile('Bach.MID')).toBe('song');
    expect(kindOfFile('a.b.midi')).toBe('song');
    expect(kindOfFile('numvox-presets.json')).toBe('presets');
    expect(kindOfFile('just.scl')).toBe('tuning');
    expect(kindOfFile('white.kbm')).toBe('tuning');
  });

  it('is left alone when the page has no use for it', () => {
    expect(kindOfFile('mid')).toBeUndefined();
    expect(kindOfFile('song.mid.zip')).toBeUndefined();
    expect(kindOfFile('')).toBeUndefined();
  });
});
