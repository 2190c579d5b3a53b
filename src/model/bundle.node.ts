// Bundles on disk: reading a folder, and writing one.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, messageOf } from '../contract/errors.ts';
import { makeFolder } from '../contract/folders.node.ts';
import { reasonOf } from '../contract/fileFaults.ts';
import { loadBundle, type Bundle, type ReadBundleFile } from './bundle.ts';
import { parseManifest, type Manifest, type TensorEntry } from './manifest.ts';
import { sha256Of } from './sha256.ts';
import { bundleParts, partShapes, type BundlePart } from './shapes.ts';
import { channelAxisOf, writeWeights } from './weightCoding.ts';

/**
 * Loads a bundle from a folder.
 * @throws InputError when the folder or a file is missing, or malformed
 * @example
 * const { manifest } = await loadBundleFromFolder('voices/mine', ['decoder', 'prior-map']);
 */
export async function loadBundleFromFolder(folder: string, parts?: readonly BundlePart[]): Promise<Bundle> {
  if (folder === '') throw new InputError('--model must name the folder of a model bundle, got ""');
  const read: ReadBundleFile = async (file, { mostBytes }) => {
    const path = join(folder, file);
    try {
      const { size } = await stat(path);
      if (size > mostBytes) throw new InputError(`it has ${size} bytes, expected at most ${mostBytes}`);
      return new Uint8Array(await readFile(path)).buffer;
    } catch (error) {
      throw new InputError(
        `cannot read ${path}: ${reasonOf(error)}; --model takes the folder of a model bundle`,
      );
    }
  };
  return loadBundle(read, folder, parts);
}

/**
 * Writes a bundle: `manifest.json`, with the SHA-256 of each file, and one file of weights per part.
 * @param manifest everything but the lists of tensors and files, which this function makes
 * @param tensors values of every tensor that the parts demand, row major
 * @param bits of the networks' kernels; all else is float16
 * @throws Error when a tensor is missing, has the wrong length or does not fit float16
 */
export async function saveBundle(
  folder: string,
  manifest: Omit<Manifest, 'tensors' | 'files'>,
  tensors: ReadonlyMap<string, Float32Array>,
  bits: 8 | 16 = 16,
): Promise<void> {
  makeFolder(folder);
  const entries: TensorEntry[] = [];
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const part of bundleParts) {
    const shapes = partShapes(manifest, part);
    if (shapes.size === 0) continue;
    const file = `${part}.bin`;
    const pieces: Buffer[] = [];
    let byteOffset = 0;
    for (const [name, shape] of shapes) {
      const values = tensors.get(name);
      const length = shape.reduce((a, b) => a * b, 1);
      if (values?.length !== length) {
        throw new Error(`tensor ${name} must have ${length} values, got ${values?.length ?? 'none'}`);
      }
      const channelAxis = bits === 8 ? channelAxisOf(name, shape) : undefined;
      let piece: Uint8Array;
      try {
        piece = writeWeights(values, { shape, channelAxis });
      } catch (reason) {
        throw new Error(`tensor ${name} ${messageOf(reason)}`, { cause: reason });
      }
      pieces.push(Buffer.from(piece.buffer));
      entries.push({ name, shape, file, byteOffset, ...(channelAxis === undefined ? {} : { channelAxis }) });
      byteOffset += piece.length;
    }
    const bytes = Buffer.concat(pieces);
    files[file] = { bytes: bytes.length, sha256: await sha256Of([bytes]) };
    await writeFile(join(folder, file), bytes);
  }
  const whole = parseManifest({ ...manifest, tensors: entries, files }, folder);
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(whole)}\n`);
}
