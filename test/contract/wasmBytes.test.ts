// What comes in the place of WebAssembly is refused by the address that it came from.
import { expect, it } from 'vitest';
import { InputError } from '../../src/contract/errors.ts';
import { wasmBytes } from '../../src/contract/wasmBytes.ts';

const url = 'https://play.example/engine.wasm';
const given =
  (body: BodyInit, status = 200) =>
  () =>
    Promise.resolve(new Response(body, { status }));

it('gives the bytes of a module', async () => {
  const module = new Uint8Array([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  expect(new Uint8Array(await wasmBytes(url, given(module)))).toEqual(module);
});

it.each([
  ['a file that is missing', given('404', 404), 'answered 404'],
  ['a page in its place', given('<!doctype html>'), 'is no WebAssembly'],
  ['nothing', given(''), 'is no WebAssembly'],
  ['a server that is gone', () => Promise.reject(new TypeError('Failed to fetch')), 'Failed to fetch'],
])('refuses %s', async (_, read, why) => {
  const refusal = wasmBytes(url, read);
  await expect(refusal).rejects.toThrow(InputError);
  await expect(refusal).rejects.toThrow(why);
  await expect(refusal).rejects.toThrow(url);
});
