// Which dropped files the page takes.
import { describe, expect, it } from 'vitest';
import { kindOfFile, kindOfText } from '../../../src/ui/page/dropFiles.ts';

describe('a dropped file', () => {
  it('is known by its ending, in any case', () => {
    expect(kindOfFile('Bach.MID')).toBe('song');
    expect(kindOfFile('a.b.midi')).toBe('song');
    expect(kindOfFile('numvox-presets.json')).toBe('presets');
    expect(kindOfFile('just.scl')).toBe('tuning');
    expect(kindOfFile('white.kbm')).toBe('tuning');
  });

  it('is known as a tuning under any name by what it holds', () => {
    expect(kindOfText('just\n2\n3/2\n2/1\n')).toBe('tuning');
    expect(kindOfText('0\n0\n127\n60\n69\n440.0\n0\n')).toBe('tuning');
    expect(kindOfText('Dear all,\n0 is where it begins.\n')).toBeUndefined();
    expect(kindOfText('fLaC\0\0\0')).toBeUndefined();
    expect(kindOfText('')).toBeUndefined();
  });

  it('is left alone when the page has no use for it', () => {
    expect(kindOfFile('mid')).toBeUndefined();
    expect(kindOfFile('song.mid.zip')).toBeUndefined();
    expect(kindOfFile('')).toBeUndefined();
  });
});
