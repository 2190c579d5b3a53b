// Fits the 2-D map: evenly chosen training takes, laid out by UMAP so that digits are islands and like voices are near.
import { Float16Array } from '@petamoriken/float16';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { UMAP } from 'umap-js';
import { Random } from '../../src/dsp/random.ts';
import type { MapPoints } from '../../src/model/voiceMap.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import { shuffled } from '../optimise/shuffled.ts';
import type { EncodedTakes } from './fitPrior.ts';

/** A map, and which of the given takes its points are. */
export interface FittedMap extends MapPoints {
  readonly takes: readonly number[];
}

/** Points of a map: enough to fill a screen, 100 kB in a bundle. */
const pointCount = 1000;
/**
 * Squared distance between two digits as a multiple of the mean squared distance within a digit. At 1 takes of different
 * digits are as far again from each other as takes of one digit, and islands are whole; more only drives them apart.
 */
const digitShare = 1;
/** A least distance near the spread fills islands evenly: every take has room to be pointed at. */
const umapSettings = { nNeighbors: 15, minDist: 0.9, spread: 1, nEpochs: 400 };
/** An island's radius covers this share of its takes: a stray one need not keep the others apart. */
const radiusQuantile = 0.97;
/** Distance of two neighbouring islands' centres over the sum of their radii. */
const islandGap = 1.2;
const closingPasses = 200;
/** Free edge round the map, so that no point lies under a border. */
const margin = 0.02;
/** Least distance of two points: a fingertip's aim on a large map, and twenty steps of float16, which rounds them. */
const leastDistance = 0.01;
const separationPasses = 200;

/**
 * Fits a map to encoded training takes. The same takes and seed give the same map.
 * @param encoded styles of one length with their digits and speakers; those of all speakers who are no voice (-1) have a third of the points
 * @returns places in [0.02, 0.98]^2, exact in float16, no two of a thousand nearer than 0.009
 * @throws RangeError when fewer than two takes can be used
 */
export function fitMap(encoded: EncodedTakes, seed: number, points = pointCount): FittedMap {
  const random = new Random(seed);
  const takes = chooseEvenly(encoded, points, random);
  if (takes.length < 2) throw new RangeError(`a map needs two takes or more, got ${takes.length}`);
  const digits = takes.map((i) => encoded.digits[i]);
  const styles = takes.map((i) => encoded.styles[i]);
  const layout = umapLayout(styles, digits, random);
  const positions = separate(normalise(closeUp(layout, digits)));
  const z = styles[0].length;
  const flat = new Float32Array(takes.length * z);
  styles.forEach((style, i) => flat.set(style, i * z));
  return { takes, positions, styles: flat, digits, speakers: takes.map((i) => encoded.speakers[i]) };
}

/** Of three points one is of somebody who is no voice, as far as there are such. */
const voicesForStranger = 2;

/** Takes of every digit and speaker in turn, in random order within each, until there are `points`; sorted. */
function chooseEvenly(encoded: EncodedTakes, points: number, random: Random): number[] {
  const groups = new Map<number, number[]>();
  encoded.styles.forEach((_, i) => {
    const key = encoded.speakers[i] * digitCount + encoded.digits[i];
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  });
  const voices = 1 + Array.from(encoded.speakers).reduce((most, speaker) => Math.max(most, speaker), -1);
  const ordered = [...groups.entries()]
    .sort(([a], [b]) => a - b)
    .map(([key, group]) => {
      const perRound = key < 0 ? Math.max(1, Math.round(voices / voicesForStranger)) : 1;
      return { perRound, takes: shuffled(group, random) };
    });
  const chosen: number[] = [];
  for (let round = 0; chosen.length < points; round++) {
    const row = ordered.flatMap(({ perRound, takes }) =>
      takes.slice(round * perRound, (round + 1) * perRound),
    );
    if (row.length === 0) break;
    chosen.push(...row.slice(0, points - chosen.length));
  }
  return chosen.sort((a, b) => a - b);
}

/** Styles with the digit appended, one in ten, at a scale that follows from the styles' own. */
export function withDigits(styles: readonly Float32Array[], digits: readonly number[]): number[][] {
  const rests = withinDigits(styles, digits);
  const variance = rests.norm() ** 2 / rests.rows;
  // Two takes of a digit are 2 x variance apart on average, two corners of the digits' simplex 2 x factor^2.
  const factor = Math.sqrt(digitShare * variance);
  return styles.map((style, i) => {
    const row = Array.from(style);
    for (let d = 0; d < digitCount; d++) row.push(d === digits[i] ? factor : 0);
    return row;
  });
}

/** [N, z] styles less the mean of their digit. */
function withinDigits(styles: readonly Float32Array[], digits: readonly number[]): Matrix {
  const rests = new Matrix(styles.map((style) => Array.from(style)));
  for (const digit of new Set(digits)) {
    const members = [...digits.keys()].filter((i) => digits[i] === digit);
    const mean = rests.subMatrixRow(members).mean('column');
    for (const i of members)
      rests.setRow(
        i,
        styles[i].map((value, k) => value - mean[k]),
      );
  }
  return rests;
}

/**
 * UMAP (McInnes, Healy & Melville 2018) to two dimensions. It starts with the digits round a circle and each digit's takes
 * along the two main axes of the styles: from places at random it tears islands apart (Kobak & Linderman 2021).
 */
function umapLayout(
  styles: readonly Float32Array[],
  digits: readonly number[],
  random: Random,
): readonly (readonly number[])[] {
  const umap = new UMAP({
    ...umapSettings,
    nNeighbors: Math.min(umapSettings.nNeighbors, styles.length - 1),
    random: () => random.uniform(),
  });
  const epochs = umap.initializeFit(withDigits(styles, digits));
  const rests = withinDigits(styles, digits);
  const axes = mainAxes(rests);
  umap.getEmbedding().forEach((place, i) => {
    const angle = (2 * Math.PI * digits[i]) / digitCount;
    place[0] = 8 * Math.cos(angle) + axes.get(i, 0);
    place[1] = 8 * Math.sin(angle) + axes.get(i, 1);
  });
  for (let epoch = 0; epoch < epochs; epoch++) umap.step();
  return umap.getEmbedding();
}

/** [N, 2] coordinates along the two main axes, each with a deviation of 1. */
function mainAxes(rests: Matrix): Matrix {
  const covariance = rests.transpose().mmul(rests).div(rests.rows);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const coordinates = Matrix.zeros(rests.rows, 2);
  order.slice(0, 2).forEach((k, axis) => {
    const along = rests.mmul(eigenvectorMatrix.getColumnVector(k));
    coordinates.setColumn(axis, along.div(Math.sqrt(realEigenvalues[k]) || 1).getColumn(0));
  });
  return coordinates;
}

/**
 * Draws the digits' islands together until they nearly touch: UMAP leaves nine tenths of the plane empty. Inside an island
 * nothing changes.
 */
function closeUp(layout: readonly (readonly number[])[], digits: readonly number[]): number[][] {
  const islands = [...new Set(digits)].map((digit) => {
    const places = layout.filter((_, i) => digits[i] === digit);
    const from = [0, 1].map((axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length);
    const distances = places.map((place) => Math.hypot(place[0] - from[0], place[1] - from[1]));
    const radius = distances.sort((a, b) => a - b)[Math.floor(radiusQuantile * (places.length - 1))];
    return { digit, from, to: [...from], radius };
  });
  const pairs = islands.flatMap((a, i) => islands.slice(0, i).map((b) => [a, b] as const));
  for (let pass = 0; pass < closingPasses; pass++) {
    const middle = [0, 1].map((axis) => islands.reduce((sum, { to }) => sum + to[axis], 0) / islands.length);
    for (const { to } of islands) for (const axis of [0, 1]) to[axis] += 0.02 * (middle[axis] - to[axis]);
    for (let sweep = 0; sweep < 10; sweep++) {
      for (const [a, b] of pairs) {
        const [dx, dy] = [a.to[0] - b.to[0], a.to[1] - b.to[1]];
        const distance = Math.hypot(dx, dy);
        const overlap = islandGap * (a.radius + b.radius) - distance;
        if (overlap <= 0 || distance === 0) continue;
        const push = (0.5 * overlap) / distance;
        a.to[0] += push * dx;
        a.to[1] += push * dy;
        b.to[0] -= push * dx;
        b.to[1] -= push * dy;
      }
    }
  }
  return layout.map((place, i) => {
    const { from, to } = islands.find(({ digit }) => digit === digits[i]) ?? islands[0];
    return [place[0] - from[0] + to[0], place[1] - from[1] + to[1]];
  });
}

/** Stretches each axis to [margin, 1 - margin]. */
function normalise(layout: readonly (readonly number[])[]): Float64Array {
  const positions = new Float64Array(2 * layout.length);
  for (const axis of [0, 1]) {
    const values = layout.map((place) => place[axis]);
    const low = Math.min(...values);
    const range = Math.max(...values) - low;
    values.forEach((value, i) => {
      positions[2 * i + axis] = range > 0 ? margin + ((1 - 2 * margin) * (value - low)) / range : 0.5;
    });
  }
  return positions;
}

/** Pushes points apart that nearly coincide, then rounds to what float16 holds. */
function separate(positions: Float64Array): Float32Array {
  const n = positions.length / 2;
  for (let pass = 0; pass < separationPasses; pass++) {
    let moved = false;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const dx = positions[2 * i] - positions[2 * j];
        const dy = positions[2 * i + 1] - positions[2 * j + 1];
        const squared = dx * dx + dy * dy;
        if (squared >= leastDistance ** 2) continue;
        const distance = Math.sqrt(squared);
        // Points on one spot part in directions that differ by the golden angle.
        const angle = distance > 0 ? Math.atan2(dy, dx) : i * Math.PI * (3 - Math.sqrt(5));
        const push = 0.55 * (leastDistance - distance);
        shift(positions, i, push, angle);
        shift(positions, j, -push, angle);
        moved = true;
      }
    }
    if (!moved) break;
  }
  return Float32Array.from(Float16Array.from(positions));
}

function shift(positions: Float64Array, i: number, by: number, angle: number): void {
  const clamp = (value: number) => Math.min(1 - margin, Math.max(margin, value));
  positions[2 * i] = clamp(positions[2 * i] + by * Math.cos(angle));
  positions[2 * i + 1] = clamp(positions[2 * i + 1] + by * Math.sin(angle));
}
