// A session that is kept and taken up again sounds the same to the sample.
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { openModel, type NodeModel } from '../../src/model/nodeModel.ts';
import { OfflineInstrument } from '../../src/offline/offlineInstrument.ts';
import { arbitrarySnapshot } from '../helpers/arbitrarySession.ts';

const shipped = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));
const rate = 16_000;

let model: NodeModel;
beforeAll(async () => {
  model = await openModel(shipped);
});
afterAll(() => model.dispose());

const open = () => OfflineInstrument.open({ model, sampleRate: rate, seed: 7, modules: loadEngineModules() });

/** A phrase on keys of all kinds, through modes, arpeggios and gestures as the session has them. */
async function phrase(instrument: OfflineInstrument): Promise<Float32Array> {
  const samples: number[] = [];
  const keep = (left: Float32Array) => void samples.push(...left);
  const { performer, session } = instrument;
  session.gesture.play();
  for (const [k, note] of [48, 55, 40, 62].entries()) {
    performer.noteOn(1, note, 60 + 15 * k);
    await instrument.renderTo(instrument.frame + 0.12 * rate, keep);
    performer.noteOff(1, note);
  }
  await instrument.renderTo(instrument.frame + 0.2 * rate, keep);
  await instrument.finish(keep);
  await instrument.close();
  return Float32Array.from(samples);
}

it('plays a seeded phrase as it did before, whatever the session holds', async () => {
  const { styleDimensions, digitDimensions } = model.bundle.manifest.latent;
  let loud = 0;
  await fc.assert(
    fc.asyncProperty(arbitrarySnapshot(styleDimensions, digitDimensions), async (snapshot) => {
      const [first, second] = [await open(), await open()];
      first.session.state.restore(snapshot);
      const state = JSON.stringify(first.session.getState());
      expect(second.session.setState(JSON.parse(state))).toEqual([]);
      const [before, after] = [await phrase(first), await phrase(second)];
      expect(after).toEqual(before);
      if (before.some((sample) => Math.abs(sample) > 1e-3)) loud++;
    }),
    { numRuns: 8, seed: 3 },
  );
  expect(loud).toBeGreaterThan(3);
});
