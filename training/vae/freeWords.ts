// Words that players will hear and no take is: drawn from the prior, from voices, and between voices, as latent styles.
import type { Random } from '../../src/dsp/random.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import { priorMapOf } from '../../src/model/priorMap.ts';
import { partShapes } from '../../src/model/shapes.ts';
import { playerSpaceOf, type TrainedRun } from './playerSpace.ts';
import type { FreeWords } from './vae.ts';

/**
 * Shares of the words: draws of the prior, takes with a little of it, styles of takes of whatever digit, which not everybody has said all of, and the
 * rest between two takes of the digit.
 */
const priorShare = 0.4;
const takeShare = 0.2;
const otherDigitShare = 0.25;
/** Deviation of what is added to a take, as a share of the prior's. */
const besideTake = 0.4;
const words = Uint8Array.from({ length: digitCount }, (_, digit) => digit);

/**
 * Makes a source of free words of a trained model.
 * @param say told what is being done
 */
export async function freeWordsOf(
  run: Omit<TrainedRun, 'test'>,
  say: (line: string) => void,
): Promise<(count: number, random: Random) => FreeWords> {
  const { manifest, tensors, latents } = await playerSpaceOf(run, say);
  const { styleDimensions } = manifest.latent;
  const shaped = [...partShapes(manifest, 'prior-map')].map(
    ([name, shape]) => [name, { shape, values: tensors.get(name) ?? new Float32Array(0) }] as const,
  );
  const map = priorMapOf({ manifest: { ...manifest, tensors: [] }, tensors: new Map(shaped) });
  const { digits } = run.train;
  const styles = latents.map((latent, i) => map.toPlayer(manifest.digitAnchors[digits[i]], latent));
  const takesOf = [...words].map((digit) => [...digits.keys()].filter((i) => digits[i] === digit));

  const draw = (digit: number, random: Random): Float32Array => {
    const take = () => styles[takesOf[digit][random.integer(takesOf[digit].length)]];
    const kind = random.uniform();
    if (kind < priorShare) return Float32Array.from({ length: styleDimensions }, () => random.normal());
    if (kind < priorShare + takeShare) return take().map((value) => value + besideTake * random.normal());
    if (kind < priorShare + takeShare + otherDigitShare) return styles[random.integer(styles.length)];
    const [from, to, share] = [take(), take(), random.uniform()];
    return from.map((value, k) => value + share * (to[k] - value));
  };
  return (count, random) => {
    const drawn = Uint8Array.from({ length: count }, () => random.integer(digitCount));
    const all = new Float32Array(count * styleDimensions);
    drawn.forEach((digit, i) =>
      all.set(map.toLatent(manifest.digitAnchors[digit], draw(digit, random)), i * styleDimensions),
    );
    return { digits: drawn, styles: all };
  };
}
