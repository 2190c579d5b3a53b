// The words that travel with the plugin are the decoder's. After a change of the model: RECORD_WORDS=1 npx vitest run --project unit
// test/wam/firstWords.test.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFirstWords } from '../../src/instrument/firstWords.ts';
import { digitAnchor, styleAt } from '../../src/model/latent.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { openModel, type NodeModel } from '../../src/model/nodeModel.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'public/models/fsdd');
const file = join(root, 'src/wam/firstWords.bin');

function bytesOf(clips: readonly Float32Array[]): Uint8Array {
  const bytes = new Uint8Array(clips.reduce((sum, { length }) => sum + 2 * length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const clip of clips) {
    for (const value of clip) {
      view.setUint16(at, Math.round(value * 65_535), true);
      at += 2;
    }
  }
  return bytes;
}

let model: NodeModel;
let decoded: Float32Array[];

beforeAll(async () => {
  model = await openModel(folder);
  const { manifest } = model.bundle;
  const points = Array.from({ length: 10 }, (_, digit) => ({
    digit: digitAnchor(manifest, digit),
    style: styleAt(manifest, 0, digit),
  }));
  decoded = await model.decode(points);
  if (process.env.RECORD_WORDS) writeFileSync(file, bytesOf(decoded));
});
afterAll(() => model.dispose());

describe('the first words', () => {
  it('are what the decoder says, to a step of 16 bits and what backends differ by, in 150 kB at most', () => {
    const bytes = readFileSync(file);
    expect(bytes.length).toBeLessThanOrEqual(150_000);
    const { clips } = readFirstWords(Uint8Array.from(bytes).buffer, model.bundle.manifest);
    let farthest = 0;
    clips.forEach((clip, digit) => {
      for (let i = 0; i < clip.length; i++)
        farthest = Math.max(farthest, Math.abs(clip[i] - decoded[digit][i]));
    });
    expect(farthest).toBeLessThan(1e-3);
  });

  it('come with a manifest that reads as it lies', () => {
    const raw = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
    expect(model.bundle.manifest).toEqual(raw);
  });

  it('of another format are refused', () => {
    expect(() => readFirstWords(new ArrayBuffer(7), model.bundle.manifest)).toThrow(
      /must be \d+ bytes, got 7/,
    );
  });
});
