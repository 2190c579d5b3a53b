// Where the files of a bundle are asked for: in its folder, or where each was put.
import { expect, it } from 'vitest';
import { addressIn, readFrom, type FetchHost } from '../../src/model/bundleFetch.ts';

const files = { 'decoder.bin': 'https://host.example/static/decoder-a1b2.bin' };

it('names the folder but for the files that lie elsewhere', () => {
  expect(addressIn('https://host.example/m/', 'map.bin', files)).toBe('https://host.example/m/map.bin');
  expect(addressIn('https://host.example/m/', 'decoder.bin', files)).toBe(files['decoder.bin']);
  expect(addressIn('https://host.example/m/', 'decoder.bin')).toBe('https://host.example/m/decoder.bin');
  // No file of a bundle, but a name that every object has.
  expect(addressIn('https://host.example/m/', 'toString', files)).toBe('https://host.example/m/toString');
});

it('reads from a folder and from single addresses', async () => {
  const asked: string[] = [];
  const host: FetchHost = {
    fetch: (address) => {
      asked.push(address);
      return Promise.resolve(new Response(Uint8Array.of(1, 2, 3)));
    },
    seconds: () => 0,
    every: () => () => undefined,
  };
  const quiet = () => undefined;
  await readFrom('https://host.example/m/', quiet, host)('map.bin', { mostBytes: 3 });
  await readFrom(
    (file) => addressIn('https://host.example/m/', file, files),
    quiet,
    host,
  )('decoder.bin', {
    mostBytes: 3,
  });
  expect(asked).toEqual(['https://host.example/m/map.bin', files['decoder.bin']]);
});
