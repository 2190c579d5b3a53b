// Where recordings lie in the model's space: encoder and listener decide together which digit was said.
import type { Listener } from './nodeListener.ts';
import { pointOf, type LatentPoint, type NodeModel } from './nodeModel.ts';

interface Guess {
  readonly digit: number;
  readonly confidence: number;
}

/** A recording's place. */
export interface PlacedRecording {
  readonly digit: number;
  /** Probability of that digit. */
  readonly confidence: number;
  /** What each network took it for, and how surely, where they differ. */
  readonly doubt?: { readonly encoder: Guess; readonly listener: Guess };
  /** Its digit point and the player's style that decodes to it. */
  readonly point: LatentPoint;
}

/**
 * Encodes recordings given as features (frames x frameValues each). The digit is the one of the largest product of the encoder's
 * and the listener's probabilities: two networks that were trained apart seldom mishear the same word. Without a listener
 * the encoder decides alone.
 * @param said the digit, where it is known better
 */
export async function placeRecordings(
  model: NodeModel,
  listener: Listener | undefined,
  features: readonly Float32Array[],
  said?: number,
): Promise<PlacedRecording[]> {
  const encodings = await model.encode(features);
  const hearings = listener ? await listener.hear(features) : [];
  return encodings.map((encoding, i) => {
    const heard = hearings[i]?.digit.probabilities;
    const joint = Array.from(encoding.digitProbabilities, (p, d) => p * (heard ? heard[d] : 1));
    const total = joint.reduce((sum, p) => sum + p, 0);
    const digit = said ?? joint.indexOf(Math.max(...joint));
    const [byEncoder, byListener] = [guessOf(encoding.digitProbabilities), heard && guessOf(heard)];
    return {
      ...(byListener && byListener.digit !== byEncoder.digit
        ? { doubt: { encoder: byEncoder, listener: byListener } }
        : {}),
      digit,
      confidence: total > 0 ? joint[digit] / total : 0,
      point: pointOf(model, encoding, digit),
    };
  });
}

function guessOf(probabilities: ArrayLike<number>): Guess {
  const all = Array.from(probabilities);
  const confidence = Math.max(...all);
  return { digit: all.indexOf(confidence), confidence };
}
