// Reading a bundle: manifest and weight files into checked float32 arrays, wherever the bytes come from.
import { InputError } from '../contract/errors.ts';
import { fileKinds } from '../contract/fileSizes.ts';
import { readJson } from '../contract/jsonText.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { sha256Of } from './sha256.ts';
import { bundleParts, partShapes, type BundlePart } from './shapes.ts';
import { bytesOfTensor, readWeights, type WeightPlace } from './weightCoding.ts';

/**
 * A tensor of a bundle, row major.
 * @example
 * const { shape, values }: BundleTensor = bundle.tensors.get('decoder.dense.kernel')!;
 */
export interface BundleTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * What tells one model from another: a saved session names the one that it was made with.
 * @example
 * const { name, weightsHash }: BundleIdentity = bundle.identity;
 */
export interface BundleIdentity {
  /** The manifest's name, for people. */
  readonly name: string;
  /** SHA-256 of the weights that decode, in lower-case hexadecimal; null where they were not all loaded. */
  readonly weightsHash: string | null;
}

/**
 * A loaded bundle: its manifest and the tensors of the parts asked for.
 * @example
 * const bundle: Bundle = await loadBundle(readFrom('https://voices.example/mine/'), 'mine');
 */
export interface Bundle {
  readonly manifest: Manifest;
  readonly identity: BundleIdentity;
  readonly tensors: ReadonlyMap<string, BundleTensor>;
}

/**
 * How a file of a bundle is to be read.
 * @example
 * const read: ReadBundleFile = async (file, { mostBytes }: ReadFileOptions) => firstBytesOf(file, mostBytes);
 */
export interface ReadFileOptions {
  /** The file is not larger than this; what is, need not be read to its end. */
  readonly mostBytes: number;
  /** Past every cache: what lies there was damaged. */
  readonly isFresh?: boolean;
}

/**
 * Returns the bytes of one file of a bundle by name.
 * @example
 * // A bundle that was dropped on the page as files:
 * const read: ReadBundleFile = (file) => dropped.get(file)!.arrayBuffer();
 */
export type ReadBundleFile = (file: string, options: ReadFileOptions) => Promise<ArrayBuffer>;

/** The file that tells of the others. */
export const manifestFile = 'manifest.json';

/** The parts that what is heard follows from. */
const decodingParts: readonly BundlePart[] = ['decoder', 'prior-map'];

/**
 * Loads and checks a bundle.
 * @param read gives the bundle's files; its errors pass through
 * @param where what to call the bundle in messages
 * @throws InputError when the manifest or a weight file is not what the format demands
 * @example
 * const { manifest, tensors } = await loadBundle(readFrom('https://voices.example/mine/'), 'mine', ['decoder', 'prior-map']);
 */
export async function loadBundle(
  read: ReadBundleFile,
  where: string,
  parts: readonly BundlePart[] = bundleParts,
): Promise<Bundle> {
  const { name: wanted, mostBytes: longest } = fileKinds.manifest;
  const bytes = await read(manifestFile, { mostBytes: longest });
  refuseWebPage(bytes, `${where}/${manifestFile}`);
  const text = new TextDecoder().decode(bytes);
  const json = readJson(text, { where: `${where}: ${manifestFile}`, wanted, longest });
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
 * @example
 * const more = await loadTensors(bundle.manifest, read, 'mine', ['map']);
 */
export async function loadTensors(
  manifest: Manifest,
  read: ReadBundleFile,
  where: string,
  parts: readonly BundlePart[],
  files = new Map<string, ArrayBuffer>(),
): Promise<Map<string, BundleTensor>> {
  const entries = new Map(manifest.tensors.map((entry) => [entry.name, entry]));
  const tensors = new Map<string, BundleTensor>();
  for (const part of parts) {
    for (const [name, shape] of partShapes(manifest, part)) {
      const entry = entries.get(name);
      if (!entry || entry.shape.join() !== shape.join()) {
        const found = entry ? `[${entry.shape.join()}]` : 'nothing';
        throw new InputError(
          `${where}: tensor ${name} must have the shape [${shape.join()}], the manifest lists ${found}; export the bundle again`,
        );
      }
      const bytes = files.get(entry.file) ?? (await readFileOf(manifest, read, where, entry.file));
      files.set(entry.file, bytes);
      tensors.set(name, {
        shape,
        values: readTensor(bytes, entry, `${where}/${entry.file}`),
      });
    }
  }
  return tensors;
}

/** A weight file, of the length and, where the manifest tells it, the SHA-256 that it must have. */
async function readFileOf(
  manifest: Manifest,
  read: ReadBundleFile,
  where: string,
  file: string,
): Promise<ArrayBuffer> {
  const known = manifest.files?.[file];
  const mostBytes = known?.bytes ?? lengthOf(manifest, file);
  const place = `${where}/${file}`;
  const fault = async (bytes: ArrayBuffer): Promise<string | null> => {
    if (bytes.byteLength !== mostBytes) {
      const how = bytes.byteLength < mostBytes ? 'it is truncated' : 'it is another file';
      return `${place} has ${bytes.byteLength} bytes, expected ${mostBytes}: ${how}; fetch the bundle again`;
    }
    if (!known || (await sha256Of([bytes])) === known.sha256) return null;
    return `${place} is not the file that the manifest describes: its SHA-256 is another, so its weights were altered or are those of another export; fetch the bundle again`;
  };
  const bytes = await read(file, { mostBytes });
  if ((await fault(bytes)) === null) return bytes;
  // A cache may hold what was damaged on its way once, and would give it for ever.
  const again = await read(file, { mostBytes, isFresh: true });
  refuseWebPage(again, place);
  const reason = await fault(again);
  if (reason !== null) throw new InputError(reason);
  return again;
}

/** Length of a weight file by its tensors, which fill it. */
function lengthOf({ tensors }: Manifest, file: string): number {
  const ends = tensors
    .filter((tensor) => tensor.file === file)
    .map((tensor) => tensor.byteOffset + bytesOfTensor(tensor));
  return ends.reduce((longest, end) => Math.max(longest, end), 0);
}

/** Hosts that answer with their front page whatever is asked for give it as if it were there. */
function refuseWebPage(bytes: ArrayBuffer, place: string): void {
  const head = new TextDecoder().decode(new Uint8Array(bytes, 0, Math.min(64, bytes.byteLength)));
  if (!/^\s*<(!doctype html|html)/i.test(head)) return;
  throw new InputError(
    `${place} is a web page and no file of a model: the server has nothing there, or asks to sign in first; check the address of the model bundle`,
  );
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
  return sha256Of(pieces);
}

function readTensor(bytes: ArrayBuffer, place: WeightPlace, where: string): Float32Array {
  const end = place.byteOffset + bytesOfTensor(place);
  if (place.byteOffset % 2 !== 0 || end > bytes.byteLength) {
    throw new InputError(
      `${where} has ${bytes.byteLength} bytes, expected at least ${end}: it is truncated; fetch the bundle again`,
    );
  }
  const values = readWeights(bytes, place);
  if (!values.every(Number.isFinite)) {
    throw new InputError(`${where} holds numbers that are not finite; fetch or export the bundle again`);
  }
  return values;
}
