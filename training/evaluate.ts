// Figures of a bundle on a set of takes, through the same model code that the instrument and the command line use.
import { digitAnchor } from '../src/model/latent.ts';
import type { Figures } from '../src/model/manifest.ts';
import type { Encoding, NodeModel } from '../src/model/nodeModel.ts';

/** A set of takes as features. */
export interface FeatureSet {
  /** frames x bands each */
  readonly features: readonly Float32Array[];
  readonly digits: ArrayLike<number>;
}

/** Index of the most likely digit. */
export function mostLikelyDigit(encoding: Encoding): number {
  const { digitProbabilities } = encoding;
  return digitProbabilities.indexOf(Math.max(...digitProbabilities));
}

/** Reconstructions: each take encoded, then decoded from its posterior mean and the digit that the encoder heard. */
export async function reconstruct(
  model: NodeModel,
  features: readonly Float32Array[],
): Promise<{ encodings: Encoding[]; reconstructions: Float32Array[] }> {
  const encodings = await model.encode(features);
  const { manifest } = model.bundle;
  const reconstructions = await model.decode(
    encodings.map((encoding) => ({
      digit: digitAnchor(manifest, mostLikelyDigit(encoding)),
      style: encoding.style,
    })),
  );
  return { encodings, reconstructions };
}

/**
 * Measures a model on a set.
 * @param meanFeatures the mean training spectrogram, the predictor that `errorShare` compares with
 */
export async function measure(
  model: NodeModel,
  set: FeatureSet,
  meanFeatures: Float32Array,
): Promise<Figures> {
  const { encodings, reconstructions } = await reconstruct(model, set.features);
  let error = 0;
  let reference = 0;
  let kl = 0;
  let correct = 0;
  set.features.forEach((features, i) => {
    const { style, logVariance } = encodings[i];
    for (let k = 0; k < features.length; k++) {
      error += (reconstructions[i][k] - features[k]) ** 2;
      reference += (meanFeatures[k] - features[k]) ** 2;
    }
    for (let k = 0; k < style.length; k++) {
      kl += 0.5 * (style[k] ** 2 + Math.exp(logVariance[k]) - 1 - logVariance[k]);
    }
    if (mostLikelyDigit(encodings[i]) === set.digits[i]) correct++;
  });
  const takes = set.features.length;
  return {
    takes,
    errorShare: reference > 0 ? error / reference : 0,
    meanSquaredError: takes > 0 ? error / (takes * meanFeatures.length) : 0,
    klNats: takes > 0 ? kl / takes : 0,
    digitAccuracy: takes > 0 ? correct / takes : 0,
  };
}

/** Mean of feature arrays of one length. */
export function meanOf(features: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(features[0].length);
  for (const one of features) for (let k = 0; k < mean.length; k++) mean[k] += one[k] / features.length;
  return mean;
}
