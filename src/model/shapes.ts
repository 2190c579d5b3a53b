// Names and shapes of a bundle's tensors, as the sizes in its manifest demand them; without tfjs, so that a page can read a bundle.
import { frameValues, type SpectrogramFormat } from '../contract/spectrogram.ts';
import { digitCount } from '../contract/vocabulary.ts';
import type { Architecture, ListenerShape, Manifest, PriorMapShape } from './manifest.ts';

type Latent = Manifest['latent'];

/**
 * The parts of a bundle that can be loaded by themselves; each is one weight file.
 * @example
 * const all = await loadBundle(read, 'mine', bundleParts);
 */
export const bundleParts = ['decoder', 'encoder', 'prior', 'prior-map', 'listener', 'map'] as const;
/**
 * A part of a bundle.
 * @example
 * const parts: BundlePart[] = ['decoder', 'prior-map']; // enough to decode
 */
export type BundlePart = (typeof bundleParts)[number];

/** What the shapes of a network follow from. */
export interface NetworkShape {
  readonly format: Pick<SpectrogramFormat, 'frames' | 'melBands' | 'tracks'>;
  readonly latent: Manifest['latent'];
  readonly architecture: Architecture;
}

const encoderKernel = 3;
/** Side of the decoder's transposed kernels: twice the stride, so that every output cell is covered alike. */
export const decoderKernel = 4;

/** Frames, bands and channels of the decoder's smallest map. */
export function seedMap({ format, architecture }: NetworkShape): [number, number, number] {
  const shrink = 2 ** (architecture.decoderFilters.length - 1);
  return [format.frames / shrink, format.melBands / shrink, architecture.decoderFilters[0]];
}

/** Shapes of the decoder's weights, by name. */
export function decoderShapes(shape: NetworkShape): Map<string, number[]> {
  const { decoderFilters } = shape.architecture;
  const { styleDimensions, digitDimensions } = shape.latent;
  const seed = seedMap(shape).reduce((a, b) => a * b);
  const shapes = new Map<string, number[]>([
    ['decoder.dense.kernel', [digitDimensions + styleDimensions, seed]],
    ['decoder.dense.bias', [seed]],
  ]);
  for (let i = 1; i < decoderFilters.length; i++) {
    shapes.set(`decoder.up${i}.kernel`, [
      decoderKernel,
      decoderKernel,
      decoderFilters[i],
      decoderFilters[i - 1],
    ]);
    shapes.set(`decoder.up${i}.bias`, [decoderFilters[i]]);
  }
  shapes.set('decoder.out.kernel', [3, 3, decoderFilters[decoderFilters.length - 1], 1]);
  shapes.set('decoder.out.bias', [1]);
  const { trackUnits } = shape.architecture;
  if (trackUnits !== undefined) {
    const values = shape.format.frames * (frameValues(shape.format) - shape.format.melBands);
    shapes.set('decoder.trackHidden.kernel', [digitDimensions + styleDimensions, trackUnits]);
    shapes.set('decoder.trackHidden.bias', [trackUnits]);
    shapes.set('decoder.track.kernel', [trackUnits, values]);
    shapes.set('decoder.track.bias', [values]);
  }
  return shapes;
}

/** Shapes of the encoder's weights, by name. */
export function encoderShapes({ format, latent, architecture }: NetworkShape): Map<string, number[]> {
  const { encoderFilters } = architecture;
  const shapes = new Map<string, number[]>();
  let [frames, bands, channels] = [format.frames, format.melBands, 1];
  encoderFilters.forEach((filters, i) => {
    shapes.set(`encoder.conv${i}.kernel`, [encoderKernel, encoderKernel, channels, filters]);
    shapes.set(`encoder.conv${i}.bias`, [filters]);
    [frames, bands, channels] = [Math.ceil(frames / 2), Math.ceil(bands / 2), filters];
  });
  const flat = frames * bands * channels;
  shapes.set('encoder.style.kernel', [flat, 2 * latent.styleDimensions]);
  shapes.set('encoder.style.bias', [2 * latent.styleDimensions]);
  shapes.set('encoder.digit.kernel', [flat, digitCount]);
  shapes.set('encoder.digit.bias', [digitCount]);
  return shapes;
}

/** Shapes of the listener's weights, by name. */
export function listenerShapes(
  format: Pick<SpectrogramFormat, 'frames'>,
  listener: Pick<ListenerShape, 'bands' | 'filters' | 'units'> & {
    readonly heads: readonly { readonly name: string; readonly labels: readonly string[] }[];
  },
): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  let [frames, bands, channels] = [format.frames, listener.bands, 1];
  listener.filters.forEach((filters, i) => {
    shapes.set(`listener.conv${i}.kernel`, [3, 3, channels, filters]);
    shapes.set(`listener.conv${i}.bias`, [filters]);
    [frames, bands, channels] = [Math.ceil(frames / 2), Math.ceil(bands / 2), filters];
  });
  shapes.set('listener.dense.kernel', [frames * bands * channels, listener.units]);
  shapes.set('listener.dense.bias', [listener.units]);
  for (const { name, labels } of listener.heads) {
    shapes.set(`listener.${name}.kernel`, [listener.units, labels.length]);
    shapes.set(`listener.${name}.bias`, [labels.length]);
  }
  return shapes;
}

/** The part of the style that a coupling keeps and the part that it moves: [first index, length] each; they alternate. */
export function couplingHalves(
  coupling: number,
  styleDimensions: number,
): { kept: [number, number]; moved: [number, number] } {
  const middle = Math.ceil(styleDimensions / 2);
  const first: [number, number] = [0, middle];
  const last: [number, number] = [middle, styleDimensions - middle];
  return coupling % 2 === 0 ? { kept: first, moved: last } : { kept: last, moved: first };
}

/** Shapes of the prior map's weights, by name. */
export function priorMapShapes(map: PriorMapShape, latent: Latent): Map<string, number[]> {
  const { styleDimensions, digitDimensions } = latent;
  const shapes = new Map<string, number[]>([
    ['priorMap.rotation', [styleDimensions, styleDimensions]],
    ['priorMap.digit', [digitDimensions, styleDimensions]],
    ['priorMap.offset', [styleDimensions]],
  ]);
  for (let c = 0; c < map.couplings; c++) {
    const { kept, moved } = couplingHalves(c, styleDimensions);
    const layers: [string, number, number][] = [
      ['first', kept[1] + digitDimensions, map.units],
      ['second', map.units, map.units],
      ['third', map.units, 2 * moved[1]],
    ];
    for (const [layer, inputs, outputs] of layers) {
      shapes.set(`priorMap.${c}.${layer}.kernel`, [inputs, outputs]);
      shapes.set(`priorMap.${c}.${layer}.bias`, [outputs]);
    }
  }
  return shapes;
}

/** Names and shapes of the tensors of one part, as the manifest's sizes demand them. */
export function partShapes(
  manifest: Pick<Manifest, 'format' | 'latent' | 'architecture' | 'priorMap' | 'listener' | 'map'> & {
    speakers: readonly unknown[];
  },
  part: BundlePart,
): Map<string, number[]> {
  switch (part) {
    case 'decoder':
      return decoderShapes(manifest);
    case 'encoder':
      return encoderShapes(manifest);
    case 'prior': {
      const z = manifest.latent.styleDimensions;
      const voices = manifest.speakers.length;
      return new Map([
        ['prior.means', [digitCount, voices, z]],
        // Behind a prior map the takes of a voice scatter alike in every digit.
        ['prior.factors', manifest.priorMap ? [voices, z, z] : [digitCount, voices, z, z]],
      ]);
    }
    case 'prior-map':
      return manifest.priorMap
        ? priorMapShapes(manifest.priorMap, manifest.latent)
        : new Map<string, number[]>();
    case 'listener':
      return manifest.listener
        ? listenerShapes(manifest.format, manifest.listener)
        : new Map<string, number[]>();
    case 'map':
      return manifest.map
        ? new Map([
            ['map.positions', [manifest.map.digits.length, 2]],
            ['map.styles', [manifest.map.digits.length, manifest.latent.styleDimensions]],
          ])
        : new Map<string, number[]>();
  }
}
