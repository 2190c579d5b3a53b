// From trained parameters to a bundle's tensors: batch normalisation folded into the convolutions.
import { decoderKernel } from '../../src/model/shapes.ts';
import { viewOf, type ParameterLayout } from './flatParameters.ts';
import { normEpsilon } from './variables.ts';

/**
 * Folds trained batch normalisation into a bundle's convolutions and splits the vector into a bundle's tensors
 * (decoder and encoder; the digit embedding goes into the manifest).
 */
export function bundleTensors(
  layout: ParameterLayout,
  parameters: Float32Array,
  statistics: Float32Array,
): Map<string, Float32Array> {
  const tensors = new Map<string, Float32Array>();
  for (const { name, offset, length } of layout.slots) {
    if (name === 'digit.embedding' || name.endsWith('.scale') || name.endsWith('.shift')) continue;
    tensors.set(name, parameters.slice(offset, offset + length));
  }
  for (const { name, shape } of layout.slots) {
    const layer = /^(.*)\.scale$/.exec(name)?.[1];
    if (layer === undefined) continue;
    const mean = viewOf(layout.statistics, statistics, `${layer}.mean`);
    const variance = viewOf(layout.statistics, statistics, `${layer}.variance`);
    const scale = viewOf(layout.slots, parameters, name);
    const shift = viewOf(layout.slots, parameters, `${layer}.shift`);
    const kernel = tensors.get(`${layer}.kernel`);
    if (!kernel) throw new Error(`layer ${layer} has no kernel`);
    const factors = scale.map((s, c) => s / Math.sqrt(variance[c] + normEpsilon));
    // A convolution's kernel ends with its output channels, a transposed one's with its input channels.
    const run = layer.startsWith('decoder.') ? kernel.length / (decoderKernel ** 2 * shape[0]) : 1;
    for (let i = 0; i < kernel.length; i++) kernel[i] *= factors[Math.floor(i / run) % factors.length];
    tensors.set(
      `${layer}.bias`,
      shift.map((b, c) => b - mean[c] * factors[c]),
    );
  }
  return tensors;
}
