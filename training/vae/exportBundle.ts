// From trained parameters to a bundle on disk: prior, anchors, directions, figures, weights and the report.
import type { Bundle } from '../../src/model/bundle.ts';
import { loadBundleFromFolder, saveBundle } from '../../src/model/bundle.node.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import { openListener } from '../../src/model/nodeListener.ts';
import { modelOf } from '../../src/model/nodeModel.ts';
import { findDirections } from '../latent/fitDirections.ts';
import { fitMap } from '../latent/fitMap.ts';
import { fitPrior } from '../latent/fitPrior.ts';
import { meanOf, measure } from '../report/figures.ts';
import { reportContent, writeReport } from '../report/trainingReport.ts';
import { playerSpaceOf, rounded, rowsOf, using, withBar, type TrainedRun } from './playerSpace.ts';

const directionCount = 8;

/**
 * Writes the bundle into `folder` and its report into `reportFolder`; the wasm backend (or the native one) must be ready.
 * The figures are measured on the bundle as read back, rounding of the weights included.
 * @param say told what is being done
 */
export async function exportBundle(
  run: TrainedRun,
  folder: string,
  reportFolder: string,
  say: (line: string) => void = () => undefined,
): Promise<Bundle> {
  const { config, train } = run;
  const { digits, speakers } = train;
  const { manifest: mapped, tensors, latents } = await playerSpaceOf(run, say);
  const anchors = mapped.digitAnchors;

  const { styles, directions } = await using(
    mapped,
    tensors,
    ['decoder', 'prior-map', 'listener'],
    async (model) => {
      const ear = openListener(model.bundle);
      try {
        return {
          styles: latents.map((latent, i) => model.priorMap.toPlayer(mapped.digitAnchors[digits[i]], latent)),
          directions: await withBar('trying directions', (onStep) =>
            findDirections(model, ear, Math.min(directionCount, config.styleDimensions), config.seed, onStep),
          ),
        };
      } finally {
        ear.dispose();
      }
    },
  );
  const prior = fitPrior({ styles, digits, speakers }, run.speakers.length);
  const map = fitMap({ styles: latents, digits, speakers }, config.seed);
  tensors.set('prior.means', prior.means);
  tensors.set('prior.factors', prior.factors);
  tensors.set('map.positions', map.positions);
  tensors.set('map.styles', concatenated(map.takes.map((take) => styles[take])));
  const means = rowsOf(prior.means, digitCount * run.speakers.length);
  const manifest = {
    ...mapped,
    speakers: run.speakers.map((name, s) => ({
      name,
      styles: anchors.map((_, d) => rounded(means[d * run.speakers.length + s])),
    })),
    directions: directions.map(({ name, vector, effect }) => ({
      name,
      vector: rounded(vector),
      effect: Number(effect.toPrecision(4)),
    })),
    map: { digits: [...map.digits], speakers: [...map.speakers] },
  };
  await saveBundle(folder, manifest, tensors, config.weightBits);

  say('measuring');
  const model = modelOf(await loadBundleFromFolder(folder));
  const mean = meanOf(train.features);
  const figures = {
    train: await measure(model, train, mean),
    test: await measure(model, run.test, mean),
  };
  await saveBundle(folder, { ...manifest, figures }, tensors, config.weightBits);
  const bundle = await loadBundleFromFolder(folder);
  const ear = openListener(bundle);
  await writeReport(reportFolder, await reportContent(model, ear, run.test, config.seed));
  ear.dispose();
  model.dispose();
  return bundle;
}

function concatenated(rows: readonly Float32Array[]): Float32Array {
  const length = rows[0].length;
  const whole = new Float32Array(rows.length * length);
  rows.forEach((row, r) => whole.set(row, r * length));
  return whole;
}
