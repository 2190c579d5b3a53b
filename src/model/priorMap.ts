// The prior map: a normalising flow from the player's style u, whose prior is N(0, I), to the latent style z, and back.
import type { PriorMapShape } from './manifest.ts';

/** Shapes of the prior map's weights, by name. */
export function priorMapShapes(
  map: PriorMapShape,
  latent: { readonly styleDimensions: number; readonly digitDimensions: number },
): Map<string, number[]> {
  const { styleDimensions, digitDimensions } = latent;
  const shapes = new Map<string, number[]>();
  for (let c = 0; c < map.couplings; c++) {
    const moved = c % 2 === 0 ? Math.floor(styleDimensions / 2) : Math.ceil(styleDimensions / 2);
    const layers: [string, number, number][] = [
      ['first', styleDimensions - moved + digitDimensions, map.units],
      ['second', map.units, map.units],
      ['third', map.units, 2 * moved],
    ];
    for (const [layer, inputs, outputs] of layers) {
      shapes.set(`priorMap.${c}.${layer}.kernel`, [inputs, outputs]);
      shapes.set(`priorMap.${c}.${layer}.bias`, [outputs]);
    }
  }
  return shapes;
}
