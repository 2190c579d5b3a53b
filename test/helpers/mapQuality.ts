// How true a map is to the space it was made from: trustworthiness, and how pure its digits' islands are.

/**
 * Trustworthiness of a map (Venna & Kaski 2001): 1 when every near neighbour in the plane is one in the space too, about 0.5
 * by chance. A false neighbour counts by how far down the space's own ranking it stands.
 * @param space vectors of one length, N
 * @param positions [N, 2] places, row major
 * @param neighbours size of the neighbourhoods, below N / 2
 */
export function trustworthiness(
  space: readonly ArrayLike<number>[],
  positions: Float32Array,
  neighbours: number,
): number {
  const n = space.length;
  const places = rowsOf(positions);
  let penalty = 0;
  for (let i = 0; i < n; i++) {
    const ranks = new Int32Array(n);
    neighboursOf(space, i).forEach((j, k) => (ranks[j] = k + 1));
    for (const j of neighboursOf(places, i).slice(0, neighbours)) {
      penalty += Math.max(0, ranks[j] - neighbours);
    }
  }
  return 1 - (2 * penalty) / (n * neighbours * (2 * n - 3 * neighbours - 1));
}

/** Share of the `neighbours` nearest places of each point that have the point's own label, over all points. */
export function neighbourAgreement(
  positions: Float32Array,
  labels: ArrayLike<number>,
  neighbours: number,
): number {
  const places = rowsOf(positions);
  let same = 0;
  places.forEach((_, i) => {
    for (const j of neighboursOf(places, i).slice(0, neighbours)) if (labels[j] === labels[i]) same++;
  });
  return same / (places.length * neighbours);
}

/** All other points, nearest first; of equally near ones the lower index. */
function neighboursOf(points: readonly ArrayLike<number>[], i: number): number[] {
  const from = points[i];
  const distances = points.map((to) => {
    let sum = 0;
    for (let k = 0; k < from.length; k++) sum += (from[k] - to[k]) ** 2;
    return sum;
  });
  const others = points.map((_, j) => j).filter((j) => j !== i);
  return others.sort((a, b) => distances[a] - distances[b] || a - b);
}

function rowsOf(positions: Float32Array): Float32Array[] {
  return Array.from({ length: positions.length / 2 }, (_, i) => positions.subarray(2 * i, 2 * i + 2));
}
