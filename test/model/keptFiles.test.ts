// The bytes that pass from one inference worker to the next.
import { describe, expect, it } from 'vitest';
import { KeptFiles } from '../../src/model/keptFiles.ts';

describe('kept files', () => {
  it('are read once, also by two who ask at the same time', async () => {
    const files = new KeptFiles();
    let reads = 0;
    const read = () => Promise.resolve(new ArrayBuffer(++reads));
    const [first, second] = await Promise.all([files.bytes('a', read), files.bytes('a', read)]);
    expect(first).toBe(second);
    expect(reads).toBe(1);
  });

  it('of another worker are not read at all', async () => {
    const files = new KeptFiles();
    const bytes = new ArrayBuffer(4);
    files.add({ a: bytes });
    const offline = () => Promise.reject(new Error('no network'));
    expect(await files.bytes('a', offline)).toBe(bytes);
    await expect(files.bytes('b', offline)).rejects.toThrow('no network');
  });

  it('do not remember a failure, and are given away whole', async () => {
    const files = new KeptFiles();
    await expect(files.bytes('a', () => Promise.reject(new Error('busy')))).rejects.toThrow('busy');
    const bytes = new ArrayBuffer(4);
    await files.bytes('a', () => Promise.resolve(bytes));
    expect(await files.release()).toEqual({ a: bytes });
    expect(await files.release()).toEqual({});
  });
});
