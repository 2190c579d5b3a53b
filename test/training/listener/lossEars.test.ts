// Ears of a loss: trained once, kept by what they follow from, stopped without a file.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wideFormat } from '../../../src/contract/spectrogram.ts';
import { Random } from '../../../src/dsp/random.ts';
import { lossEarOf, type LossEarOptions } from '../../../training/listener/lossEars.ts';
import type { EarTake } from '../../../training/listener/trainEar.ts';
import { initTrainingBackend } from '../../../training/optimise/backend.ts';

const root = mkdtempSync(join(tmpdir(), 'numvox-loss-ears-'));
const cache = join(root, 'cache');
beforeAll(() => initTrainingBackend());
afterAll(() => rmSync(root, { recursive: true }));

/** A band of noise for each digit. */
function takesOf(): EarTake[] {
  const random = new Random(5);
  const { frames, melBands } = wideFormat;
  return Array.from({ length: 20 }, (_, i) => ({
    features: Float32Array.from({ length: frames * melBands }, (_, at) =>
      Math.floor((at % melBands) / 6) === i % 10 ? 0.5 + 0.3 * random.uniform() : 0,
    ),
    validBands: melBands,
    labels: [i % 10],
    isSynthetic: false,
  }));
}

let made = 0;
const options = (more: Partial<LossEarOptions> = {}): LossEarOptions => ({
  takes: () => {
    made++;
    return takesOf();
  },
  fingerprint: 'these takes',
  folders: [join(root, 'run'), cache],
  seed: 1,
  epochs: 1,
  say: () => undefined,
  ...more,
});

it('trains an ear once for what it follows from, and finds it in either folder', async () => {
  const ear = await lossEarOf('lossNarrow', options());
  expect(made).toBe(1);
  const again = await lossEarOf('lossNarrow', options({ folders: [join(root, 'other'), cache] }));
  expect(made).toBe(1);
  expect(again.shape).toEqual(ear.shape);
  for (const [name, values] of ear.tensors) expect(again.tensors.get(name), name).toEqual(values);
  await expect(
    lossEarOf(
      'lossNarrow',
      options({ fingerprint: 'others', signal: AbortSignal.abort(new Error('enough')) }),
    ),
  ).rejects.toThrow('enough');
  expect(made).toBe(2);
  expect(readdirSync(cache)).toHaveLength(1);
});
