// Figures of a bundle on a set of takes, through the same model code that the instrument and the command line use.
import { frameValues } from '../../src/contract/spectrogram.ts';
import type { Figures } from '../../src/model/manifest.ts';
import { mostLikelyDigit, pointOf, type Encoding, type NodeModel } from '../../src/model/nodeModel.ts';

/** A set of takes as features. */
export interface FeatureSet {
  /** frames x frameValues each */
  readonly features: readonly Float32Array[];
  readonly digits: ArrayLike<number>;
}

/** A frame counts as voiced when this share of its lowest band lies in harmonics. */
const voicedShare = 0.5;

/** Reconstructions: each take encoded, then decoded from its posterior mean and the digit that the encoder heard. */
async function reconstruct(
  model: NodeModel,
  features: readonly Float32Array[],
): Promise<{ encodings: Encoding[]; reconstructions: Float32Array[] }> {
  const encodings = await model.encode(features);
  const reconstructions = await model.decode(encodings.map((encoding) => pointOf(model, encoding)));
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
  const { frames, melBands, tracks } = model.bundle.manifest.format;
  const values = frameValues(model.bundle.manifest.format);
  const f0 = tracks?.channels.indexOf('f0') ?? -1;
  const voicing = tracks?.channels.indexOf('voicing1') ?? -1;
  let f0Error = 0;
  let voicedFrames = 0;
  set.features.forEach((features, i) => {
    const { latent, logVariance } = encodings[i];
    for (let frame = 0; frame < frames; frame++) {
      const at = frame * values;
      for (let k = at; k < at + melBands; k++) {
        error += (reconstructions[i][k] - features[k]) ** 2;
        reference += (meanFeatures[k] - features[k]) ** 2;
      }
      if (!tracks || f0 < 0 || voicing < 0 || features[at + melBands + voicing] < voicedShare) continue;
      const octaves = Math.log2(tracks.f0HighHz / tracks.f0LowHz);
      const k = at + melBands + f0;
      f0Error += 12 * octaves * Math.abs(reconstructions[i][k] - features[k]);
      voicedFrames++;
    }
    for (let k = 0; k < latent.length; k++) {
      kl += 0.5 * (latent[k] ** 2 + Math.exp(logVariance[k]) - 1 - logVariance[k]);
    }
    if (mostLikelyDigit(encodings[i]) === set.digits[i]) correct++;
  });
  const takes = set.features.length;
  return {
    takes,
    errorShare: reference > 0 ? error / reference : 0,
    meanSquaredError: takes > 0 ? error / (takes * frames * melBands) : 0,
    klNats: takes > 0 ? kl / takes : 0,
    digitAccuracy: takes > 0 ? correct / takes : 0,
    ...(voicedFrames > 0 ? { f0ErrorSemitones: f0Error / voicedFrames } : {}),
  };
}

/** Mean of feature arrays of one length. */
export function meanOf(features: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(features[0].length);
  for (const one of features) for (let k = 0; k < mean.length; k++) mean[k] += one[k] / features.length;
  return mean;
}
