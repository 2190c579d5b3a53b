// What a dropped file is.
import { describe, expect, it } from 'vitest';
import { kindOfFile } from '../../../src/ui/page/dropFiles.ts';
import { end, file as song } from '../../helpers/midiBytes.ts';

const kind = (name: string, content: BlobPart = 'text') => kindOfFile(new File([content], name));

describe('a dropped file', () => {
  it('is known by the ending of its name, in small letters or large', async () => {
    expect(await kind('Bach.MID')).toBe('song');
    expect(await kind('a.b.midi')).toBe('song');
    expect(await kind('numvox-presets.json')).toBe('presets');
    expect(await kind('just.scl')).toBe('tuning');
    expect(await kind('white.kbm')).toBe('tuning');
  });

  it('is a song by its content, whatever its name', async () => {
    const bytes = song(0, 96, end);
    for (const name of ['song', 'song.txt', 'song.json', '']) expect(await kind(name, bytes)).toBe('song');
    const wrapped = Uint8Array.from([...new Uint8Array(128), ...bytes]);
    expect(await kind('old', wrapped)).toBe('song');
  });

  it('is known as a tuning under any name by what it holds', async () => {
    expect(await kind('scale', 'just\n2\n3/2\n2/1\n')).toBe('tuning');
    expect(await kind('map.txt', '0\n0\n127\n60\n69\n440.0\n0\n')).toBe('tuning');
    expect(await kind('letter', 'Dear all,\n0 is where it begins.\n')).toBeUndefined();
    expect(await kind('sound', 'fLaC\0\0\0')).toBeUndefined();
  });

  it('is of no use otherwise', async () => {
    expect(await kind('mid')).toBeUndefined();
    expect(await kind('song.mid.zip')).toBeUndefined();
    expect(await kind('', '')).toBeUndefined();
  });
});
