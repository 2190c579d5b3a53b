// Reading a bundle: manifest and float16 weight files into checked float32 arrays, wherever the bytes come from.
import { Float16Array } from '@petamoriken/float16';
import { InputError } from '../contract/errors.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { bundleParts, partShapes, type BundlePart } from './shapes.ts';

/** A tensor of a bundle, row major. */
export interface BundleTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What tells one model from another: a saved session names the one that it was made with. */
export interface BundleIdentity {
  /** The manifest's name, for people. */
  readonly name: string;
  /** SHA-256 of the weights that decode, in lower-case hexadecimal; null where they were not all loaded. */
  readonly weightsHash: string | null;
}

/** A loaded bundle: its manifest and the tensors of the parts asked for. */
export interface Bundle {
  readonly manifest: Manifest;
  readonly identity: BundleIdentity;
  readonly tensors: ReadonlyMap<string, BundleTensor>;
}

/** Returns the bytes of one file of a bundle by name. */
export type ReadBundleFile = (file: string) => Promise<ArrayBuffer>;

/** The parts that what is heard follows from. */
const decodingParts: readonly BundlePart[] = ['decoder', 'prior-map'];

/**
 * Loads and checks a bundle.
 * @param read gives the bundle's files; its errors pass through
 * @param where what to call the bundle in messages
 * @throws InputError when the manifest or a weight file is not what the format demands
 */
export async function loadBundle(
  read: ReadBundleFile,
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
  const tensors = await loadTensors(manifest, read, where, parts, files);
  const weightsHash = await hashOfWeights(manifest, parts, files);
  return { manifest, identity: { name: manifest.name, weightsHash }, tensors };
}

/**
 * Loads more parts of a bundle whose manifest has been checked.
 * @param files what has been read already, by name; what is read now is added
 * @throws InputError when a weight file is not what the manifest says
 */
export async function loadTensors(
  manifest: Manifest,
  read: ReadBundleFile,
  where: string,
  parts: readonly BundlePart[],
  files = new Map<string, ArrayBuffer>(),
): Promise<Map<string, BundleTensor>> {
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
  return tensors;
}

/** SHA-256 over the files of the parts that decode, each file once, in order of name; null where a part was not loaded. */
async function hashOfWeights(
  manifest: Manifest,
  parts: readonly BundlePart[],
  files: ReadonlyMap<string, ArrayBuffer>,
): Promise<string | null> {
  const shapes = decodingParts.map((part) => ({ part, names: partShapes(manifest, part) }));
  if (shapes.some(({ part, names }) => names.size > 0 && !parts.includes(part))) return null;
  const inThem = ({ name }: { name: string }) => shapes.some(({ names }) => names.has(name));
  const wanted = new Set(manifest.tensors.filter(inThem).map(({ file }) => file));
  const pieces = [...wanted].sort().flatMap((file) => files.get(file) ?? []);
  const digest = await crypto.subtle.digest('SHA-256', await new Blob(pieces).arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
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
 * Reads a bundle's files over HTTP; rejects with an InputError that names the address of a file that is not there.
 * @param url address of the bundle's folder, ending in '/'
 */
export function readFrom(url: string): ReadBundleFile {
  return async (file) => {
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
}
