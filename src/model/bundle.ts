// Reading a bundle: manifest and float16 weight files into checked float32 arrays, wherever the bytes come from.
import { Float16Array } from '@petamoriken/float16';
import { InputError } from '../contract/errors.ts';
import { digitCount } from '../contract/vocabulary.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { listenerShapes } from './listener.ts';
import { decoderShapes, encoderShapes } from './network.ts';
import { priorMapShapes } from './priorMap.ts';

/** A tensor of a bundle, row major. */
export interface BundleTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The parts of a bundle that can be loaded by themselves; each is one weight file. */
export const bundleParts = ['decoder', 'encoder', 'prior', 'prior-map', 'listener', 'map'] as const;
export type BundlePart = (typeof bundleParts)[number];

/** A loaded bundle: its manifest and the tensors of the parts asked for. */
export interface Bundle {
  readonly manifest: Manifest;
  readonly tensors: ReadonlyMap<string, BundleTensor>;
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

/**
 * Loads and checks a bundle.
 * @param read returns the bytes of one file of the bundle by name; its errors pass through
 * @param where what to call the bundle in messages
 * @throws InputError when the manifest or a weight file is not what the format demands
 */
export async function loadBundle(
  read: (file: string) => Promise<ArrayBuffer>,
  where: string,
  parts: readonly BundlePart[] = bundleParts,
): Promise<Bundle> {
  const text = new TextDecoder().decode(await read('manifest.json'));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InputError(`${where}: manifest.json is not JSON; fetch or export the bundle again`);
  }
  const manifest = parseManifest(json, where);
  const files = new Map<string, ArrayBuffer>();
  const tensors = new Map<string, BundleTensor>();
  for (const part of parts) {
    for (const [name, shape] of partShapes(manifest, part)) {
      const entry = manifest.tensors.find((tensor) => tensor.name === name);
      if (!entry || entry.shape.join() !== shape.join()) {
        const found = entry ? `[${entry.shape.join()}]` : 'nothing';
        throw new InputError(
          `${where}: tensor ${name} must have the shape [${shape.join()}], the manifest lists ${found}; export the bundle again`,
        );
      }
      const bytes = files.get(entry.file) ?? (await read(entry.file));
      files.set(entry.file, bytes);
      tensors.set(name, {
        shape,
        values: readTensor(bytes, entry.byteOffset, shape, `${where}/${entry.file}`),
      });
    }
  }
  return { manifest, tensors };
}

function readTensor(bytes: ArrayBuffer, offset: number, shape: number[], where: string): Float32Array {
  const length = shape.reduce((a, b) => a * b, 1);
  if (offset % 2 !== 0 || offset + 2 * length > bytes.byteLength) {
    throw new InputError(
      `${where} has ${bytes.byteLength} bytes, expected at least ${offset + 2 * length}: it is truncated; fetch the bundle again`,
    );
  }
  const values = Float32Array.from(new Float16Array(bytes, offset, length));
  if (!values.every(Number.isFinite)) {
    throw new InputError(`${where} holds numbers that are not finite; fetch or export the bundle again`);
  }
  return values;
}

/**
 * Loads a bundle over HTTP.
 * @param url address of the bundle's folder, ending in '/'
 * @throws InputError when a file is missing or malformed, naming its address
 */
export async function fetchBundle(url: string, parts?: readonly BundlePart[]): Promise<Bundle> {
  const read = async (file: string): Promise<ArrayBuffer> => {
    const address = new URL(file, url).href;
    let response: Response;
    try {
      response = await fetch(address);
    } catch (error) {
      throw new InputError(`${address} cannot be reached (${String(error)}); check the connection and retry`);
    }
    if (!response.ok) {
      throw new InputError(
        `${address} answered ${response.status}; the model bundle is missing or misplaced`,
      );
    }
    return response.arrayBuffer();
  };
  return loadBundle(read, url, parts);
}
