// A run's listener on disk: what is read is what was written, and nothing else is taken for it.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import { Random } from '../../../src/dsp/random.ts';
import { listenerShapes } from '../../../src/model/shapes.ts';
import type { TrainedListener } from '../../../training/listener/trainListener.ts';
import { listenerFingerprint, readListener, writeListener } from '../../../training/listener/listenerFile.ts';
import { parseConfig } from '../../../training/vae/trainingConfig.ts';
import { defaultFormat } from '../../../src/contract/spectrogram.ts';
import { tinyListener } from '../../helpers/bundle.ts';

const root = mkdtempSync(join(tmpdir(), 'numvox-listener-file-'));
afterAll(() => rmSync(root, { recursive: true }));

const { bands, floor, filters, units, leak, heads } = tinyListener;
const shape = { bands, floor, filters, units, leak, heads };
const random = new Random(1);
// The tensors lie in one buffer, as a training's flat vector does: a view must not drag the rest along.
const tensors = new Map(
  [...listenerShapes({ frames: 16 }, shape)].map(([name, dims]) => {
    const length = dims.reduce((a, b) => a * b, 1);
    const whole = Float32Array.from({ length: length + 3 }, () => random.normal());
    return [name, whole.subarray(1, 1 + length)];
  }),
);
const listener: TrainedListener = {
  shape,
  tensors,
  figures: { train: { digit: 0.99, speaker: 0.5 }, test: { digit: 0.98 } },
};

test('a listener comes back as it was, from a folder that was made for it', async () => {
  const folder = join(root, 'below', 'run');
  await writeListener(folder, 'listener', 'made from this', listener);
  const read = await readListener(folder, 'listener', 'made from this');
  expect(read?.shape).toEqual(shape);
  expect(read?.figures).toEqual(listener.figures);
  expect([...(read?.tensors.keys() ?? [])]).toEqual([...tensors.keys()]);
  for (const [name, values] of tensors) expect(read?.tensors.get(name)).toEqual(Float32Array.from(values));
  expect(readdirSync(folder)).toEqual(['listener.json']);
});

test('none is there, or it was made from something else: nothing is read', async () => {
  const folder = join(root, 'other');
  expect(await readListener(folder, 'listener', 'this')).toBeUndefined();
  await writeListener(folder, 'listener', 'that', listener);
  expect(await readListener(folder, 'listener', 'this')).toBeUndefined();
  await writeListener(folder, 'listener', 'this', listener);
  expect(await readListener(folder, 'listener', 'this')).toBeDefined();
  expect(await readListener(folder, 'listener', 'that')).toBeUndefined();
});

test.each([
  ['cut off', '{"fingerprint":"this","shape"'],
  ['without tensors', '{"fingerprint":"this","shape":{},"figures":{}}'],
  ['with half a number', '{"fingerprint":"this","shape":{},"figures":{},"tensors":{"a":"AAAAAAA="}}'],
])('a file %s is damaged, and what to do is said', async (name, text) => {
  const folder = join(root, name);
  await writeListener(folder, 'listener', 'this', listener);
  writeFileSync(join(folder, 'listener.json'), text);
  await expect(readListener(folder, 'listener', 'this')).rejects.toThrow(InputError);
  await expect(readListener(folder, 'listener', 'this')).rejects.toThrow(
    /listener\.json is damaged; remove it/,
  );
});

test('other sound, labels, split, seed or settings are another fingerprint; the same are the same', () => {
  const takes = [
    { digit: 1, speaker: 'ann', split: 'train', attributes: { gender: 'female' } },
    { digit: 2, speaker: 'ben', split: 'train' },
  ] as const;
  const features = new Float32Array([0.1, 0.2, 0.3, 0.4]);
  const print = (config = {}, said: Parameters<typeof listenerFingerprint>[2] = takes, heard = features) =>
    listenerFingerprint(parseConfig(config), defaultFormat, said, heard);
  expect(print({ epochs: 7 })).toBe(print());
  const others = [
    print({ seed: 2 }),
    print({ validationShare: 9 }),
    print({ listener: { units: 9 } }),
    print({}, [takes[0], { ...takes[1], speaker: 'bob' }]),
    print({}, [{ ...takes[0], attributes: { gender: 'male' } }, takes[1]]),
    print({}, [takes[0], { ...takes[1], split: 'test' }]),
    print({}, takes, new Float32Array([0.1, 0.2, 0.3, 0.5])),
  ];
  expect(new Set([print(), ...others]).size).toBe(others.length + 1);
});
