// Measures the backends once and keeps the fastest whose output is right.
import type { Bundle } from './bundle.ts';
import { Decoder } from './decoder.ts';
import { clipFeatures } from './decodedClip.ts';
import type { BackendName } from './inferenceProtocol.ts';

/** Largest allowed difference between a backend's features and the reference backend's (the feature range is 1). */
const featureTolerance = 1e-3;

/** A backend that could be used, with its median decode time, read-back included. */
export interface MeasuredBackend {
  readonly backend: BackendName;
  readonly milliseconds: number;
}

/** What is timed: the part of a decoder that decodes. */
export interface Decodes {
  decode(digitPoint: Float32Array, style: Float32Array): Promise<Float32Array>;
}

const runs = 7;
/** A backend slower than this on its first run is timed by that run alone. */
const slowMilliseconds = 150;

/**
 * Median time of a decode on a warm decoder, read-back included, and what it gave.
 * @param now a clock in milliseconds
 * @throws NoWordError (rejection) when that is no word
 */
export async function timeDecodes(
  decoder: Decodes,
  { digitAnchors, speakers, format }: Bundle['manifest'],
  now: () => number,
): Promise<{ readonly milliseconds: number; readonly output: Float32Array }> {
  const digitPoint = Float32Array.from(digitAnchors[1]);
  const style = Float32Array.from(speakers[0].styles[1]);
  const times: number[] = [];
  let output: Float32Array = new Float32Array();
  while (times.length < runs && !(times[0] > slowMilliseconds)) {
    const start = now();
    output = await decoder.decode(digitPoint, style);
    times.push(now() - start);
  }
  times.sort((a, b) => a - b);
  return { milliseconds: times[times.length >> 1], output: clipFeatures(output, format) };
}

/**
 * Decodes the same point on every backend and lists those that work, fastest first. Half-float render targets (some
 * phones) and lost contexts give wrong numbers without an error: a backend whose output strays from the reference by more
 * than `featureTolerance` is left out.
 * @param backends what to try, cpu last; the last one that works is the reference
 * @param now a clock in milliseconds
 */
export async function measureBackends(
  bundle: Bundle,
  backends: readonly BackendName[],
  now: () => number,
  onProgress: (backend: BackendName) => void = () => undefined,
): Promise<MeasuredBackend[]> {
  const found: (MeasuredBackend & { output: Float32Array })[] = [];
  for (const backend of backends) {
    // The cpu backend needs seconds for what wasm does in milliseconds: nobody waits for it where wasm works.
    if (backend === 'cpu' && found.some((other) => other.backend === 'wasm')) continue;
    onProgress(backend);
    try {
      const decoder = await Decoder.create(bundle, backend);
      try {
        found.push({ backend, ...(await timeDecodes(decoder, bundle.manifest, now)) });
      } finally {
        decoder.dispose();
      }
    } catch {
      // Not available here: the others remain, and an empty list is the caller's error.
    }
  }
  const reference = found.at(-1)?.output;
  return found
    .filter(
      ({ output }) => reference !== undefined && largestDifference(output, reference) <= featureTolerance,
    )
    .map(({ backend, milliseconds }) => ({ backend, milliseconds }))
    .sort((a, b) => a.milliseconds - b.milliseconds);
}

/** Largest absolute difference of two arrays; infinite when a value is not finite or the lengths differ. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}
