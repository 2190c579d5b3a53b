// Up to which frequency a recording tells what sounds, and how many bands of a format that is.
import type { SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Hertz } from '../contract/units.ts';
import { hertzOfMel, melOfHertz } from './mel.ts';

/** Filters before a converter begin below half its rate: FSDD's recordings of 8 kHz fall off from 3.7 kHz on. */
const shareOfNyquist = 0.925;
/** Of rounding on the way to mel and back. */
const smallest = 1e-6;

/**
 * Bandwidth of a recording that says nothing of it, by its rate. One of the model's rate or more counts whole: a model of 8 kHz gives back
 * what recordings of 8 kHz hold, filters and all.
 */
export function bandwidthOfRate(rate: Hertz, modelRate: Hertz): Hertz {
  return rate >= modelRate ? rate / 2 : (shareOfNyquist * rate) / 2;
}

/**
 * How many of the lowest bands lie wholly below a bandwidth.
 * @returns 0 to format.melBands
 */
export function validBands(
  { melBands, melLowHz, melHighHz }: Pick<SpectrogramFormat, 'melBands' | 'melLowHz' | 'melHighHz'>,
  bandwidthHz: Hertz,
): number {
  const low = melOfHertz(melLowHz);
  const step = (melOfHertz(melHighHz) - low) / (melBands + 1);
  const upperEdge = (band: number): Hertz => hertzOfMel(low + (band + 2) * step);
  let valid = 0;
  while (valid < melBands && upperEdge(valid) <= bandwidthHz * (1 + smallest)) valid++;
  return valid;
}
