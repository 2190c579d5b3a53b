// Bundles on disk: reading a folder, and writing one with float16 weights.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Float16Array } from '@petamoriken/float16';
import { InputError } from '../contract/errors.ts';
import { loadBundle, type Bundle } from './bundle.ts';
import { parseManifest, type Manifest, type TensorEntry } from './manifest.ts';
import { bundleParts, partShapes, type BundlePart } from './shapes.ts';

/**
 * Loads a bundle from a folder.
 * @throws InputError when the folder or a file is missing, or malformed
 */
export async function loadBundleFromFolder(folder: string, parts?: readonly BundlePart[]): Promise<Bundle> {
  const read = async (file: string): Promise<ArrayBuffer> => {
    try {
      const bytes = await readFile(join(folder, file));
      return new Uint8Array(bytes).buffer;
    } catch (error) {
      throw new InputError(
        `cannot read ${join(folder, file)} (${(error as NodeJS.ErrnoException).code ?? String(error)}); --model takes the folder of a model bundle`,
      );
    }
  };
  return loadBundle(read, folder, parts);
}

/**
 * Writes a bundle: `manifest.json` and one float16 file per part.
 * @param manifest everything but the tensor list, which this function makes
 * @param tensors values of every tensor that the parts demand, row major
 * @throws Error when a tensor is missing, has the wrong length or does not fit float16
 */
export async function saveBundle(
  folder: string,
  manifest: Omit<Manifest, 'tensors'>,
  tensors: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const entries: TensorEntry[] = [];
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
      const halves = Float16Array.from(values);
      if (!halves.every(Number.isFinite)) throw new Error(`tensor ${name} does not fit float16`);
      pieces.push(Buffer.from(halves.buffer));
      entries.push({ name, shape, file, byteOffset });
      byteOffset += 2 * length;
    }
    await writeFile(join(folder, file), Buffer.concat(pieces));
  }
  const whole = parseManifest({ ...manifest, tensors: entries }, folder);
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(whole)}\n`);
}
