// Benchmark: how a model's words are understood and how far they differ, by the two judges, beside real takes and their copies.
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { wideFormat } from '../../src/contract/spectrogram.ts';
import { bandwidthOfRate } from '../../src/dsp/bandwidth.ts';
import { prepareTake } from '../../src/dsp/clip.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { sampleDraws, sayDraws } from '../../src/model/latentDraws.ts';
import { openModel, type LatentPoint } from '../../src/model/nodeModel.ts';
import { placeRecordings } from '../../src/model/recordings.ts';
import { renderClip } from '../../src/worklet/renderClip.ts';
import { openCorpus } from '../../training/corpus/corpus.ts';
import { readTake } from '../../training/corpus/prepareTakes.ts';
import { judges } from '../../training/listener/earConfig.ts';
import { earFeatures, openEar, readEar, type Ear } from '../../training/listener/openEar.ts';
import { initTrainingBackend } from '../../training/optimise/backend.ts';
import { testCorpus } from '../helpers/corpus.ts';
import { row, type Row } from './row.ts';

const shipped = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));
const folderOfJudges = fileURLToPath(new URL('../../training/judges', import.meta.url));
const drawn = 300;

/** Words as an ear takes them. */
interface Heard {
  readonly name: string;
  readonly digits: readonly number[];
  readonly features: readonly Float32Array[];
}

/**
 * FSDD's test takes, their copies without a model, and 300 words each of `regenerate` of them, `say`, and `sample`: share understood by the judges, the
 * worst digit, and the mean distance of two words of a digit in a judge's activations, as a share of the recordings'.
 * @param folder a bundle; the shipped narrow one when absent
 */
export async function benchJudged(folder = shipped): Promise<Row[]> {
  const model = await openModel(folder);
  const { manifest } = model.bundle;
  const { format } = manifest;
  const modules = loadEngineModules();
  const bandwidthHz = bandwidthOfRate(format.sampleRate, wideFormat.sampleRate);
  const play = (features: Float32Array) =>
    earFeatures(renderClip(features, format, { modules }), format.sampleRate, bandwidthHz);
  const wordsOf = async (name: string, words: readonly { digit: number; point: LatentPoint }[]) => {
    const decoded = await model.decode(words.map(({ point }) => point));
    return gathered(name, decoded.map(play), words);
  };
  const takes = openCorpus(testCorpus().folder).takes.filter(({ split }) => split === 'test');
  const [recordings, copies]: (Float32Array | undefined)[][] = [[], []];
  const regenerated: { digit: number; point: LatentPoint }[] = [];
  for (const take of takes) {
    const { samples, sampleRate } = await readTake(take);
    recordings.push(earFeatures(samples, sampleRate));
    const { features } = prepareTake(samples, sampleRate, format);
    copies.push(play(features));
    const [{ point }] = await placeRecordings(model, undefined, [features], take.digit);
    regenerated.push({ digit: take.digit, point });
  }
  const all = Array.from({ length: 10 }, (_, digit) => digit);
  const sets = [
    gathered('recordings', recordings, takes),
    gathered('copies without a model', copies, takes),
    await wordsOf('regenerate', regenerated),
    await wordsOf('say', sayDraws(model.bundle, all, drawn / 10, 1)),
    await wordsOf('sample', sampleDraws(model.bundle, drawn, 1)),
  ];
  model.dispose();
  await initTrainingBackend();
  const rows: Row[] = [];
  for (const name of judges) {
    const ear = openEar(readEar(`${folderOfJudges}/${name}.json.gz`));
    let real = NaN;
    for (const set of sets) {
      const { share, worst, distance } = await judged(ear, set);
      if (set.name === 'recordings') real = distance;
      const note = `worst: ${worst}; distance of two words ${(distance / real).toFixed(2)} of the recordings'`;
      rows.push(row(`judge ${name}: ${set.name}`, 100 * share, 1, '%', note));
    }
    ear.dispose();
  }
  return rows;
}

function gathered(
  name: string,
  features: readonly (Float32Array | undefined)[],
  words: readonly { readonly digit: number }[],
): Heard {
  const own = words.flatMap(({ digit }, i) => (features[i] ? [{ digit, features: features[i] }] : []));
  return { name, digits: own.map(({ digit }) => digit), features: own.map((word) => word.features) };
}

async function judged(ear: Ear, { digits, features }: Heard) {
  const heard = await ear.hear(features);
  const isRight = heard.map((shares, i) => shares.indexOf(Math.max(...shares)) === digits[i]);
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const byDigit = Array.from({ length: 10 }, (_, d) =>
    mean(isRight.flatMap((right, i) => (digits[i] === d ? [Number(right)] : []))),
  );
  const least = Math.min(...byDigit);
  const activations = await Promise.all(
    features.map(async (one) => {
      const own = tf.tidy(
        () => ear.listen(tf.tensor3d(one, [1, wideFormat.frames, wideFormat.melBands])).activations,
      );
      const values = await own.data();
      own.dispose();
      return values;
    }),
  );
  const distances: number[] = [];
  for (let i = 0; i < activations.length; i++) {
    for (let j = 0; j < i; j++) {
      if (digits[i] === digits[j])
        distances.push(Math.hypot(...activations[i].map((v, k) => v - activations[j][k])));
    }
  }
  return {
    share: mean(isRight.map(Number)),
    worst: `${byDigit.indexOf(least)} in ${(100 * least).toFixed(0)} %`,
    distance: mean(distances),
  };
}
