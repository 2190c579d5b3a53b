// A run's trained listener on disk: a run that goes on must hear with the very listener that it began with.
import { makeFolder } from '../../src/contract/folders.node.ts';
import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../src/contract/errors.ts';
import type { SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import type { ListenerConfig } from './listenerConfig.ts';
import type { TrainedListener } from './trainListener.ts';
import type { Take } from '../corpus/takes.ts';

/** A run has one that it ships, and more that only its loss hears with. */
const fileOf = (name: string): string => `${name}.json`;

/** What of a run's configuration a listener follows from: its own part, the seed, and the split between training and validation. */
export interface ListenerOrigin {
  readonly listener: ListenerConfig;
  readonly seed: number;
  /** One of this many training takes of each digit and speaker is kept for validation. */
  readonly validationShare: number;
}

/** All that a listener follows from: its configuration, seed and split, and the takes themselves with their labels. */
export function listenerFingerprint(
  { listener, seed, validationShare }: ListenerOrigin,
  format: SpectrogramFormat,
  takes: readonly Pick<Take, 'digit' | 'speaker' | 'split' | 'attributes'>[],
  features: Float32Array,
): string {
  const content = createHash('sha256');
  content.update(new Uint8Array(features.buffer, features.byteOffset, features.byteLength));
  const labels = takes.map(({ digit, speaker, split, attributes }) => [digit, speaker, split, attributes]);
  content.update(JSON.stringify(labels));
  return JSON.stringify([listener, seed, validationShare, format, content.digest('hex')]);
}

/** What the file holds: tensors as base64 of their float32 values. */
interface Kept extends Pick<TrainedListener, 'shape' | 'figures'> {
  readonly fingerprint: string;
  readonly tensors: Readonly<Record<string, string>>;
}

/**
 * Writes a listener into a run's folder.
 * @param fingerprint everything that it was trained from
 */
export async function writeListener(
  folder: string,
  name: string,
  fingerprint: string,
  { shape, figures, tensors }: TrainedListener,
): Promise<void> {
  const encoded = [...tensors].map(([name, { buffer, byteOffset, byteLength }]) => [
    name,
    Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
  ]);
  const kept = { fingerprint, shape, figures, tensors: Object.fromEntries(encoded) as Kept['tensors'] };
  makeFolder(folder);
  const partial = join(folder, `${fileOf(name)}.partial`);
  await writeFile(partial, JSON.stringify(kept));
  await rename(partial, join(folder, fileOf(name)));
}

/**
 * Reads a run's listener of a name; undefined when there is none or it was trained from something else.
 * @throws InputError when the file is damaged
 */
export async function readListener(
  folder: string,
  name: string,
  fingerprint: string,
): Promise<TrainedListener | undefined> {
  const path = join(folder, fileOf(name));
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const kept = JSON.parse(text) as Kept;
    if (kept.fingerprint !== fingerprint) return undefined;
    const tensors = Object.entries(kept.tensors).map(([name, encoded]) => {
      const bytes = new Uint8Array(Buffer.from(encoded, 'base64'));
      return [name, new Float32Array(bytes.buffer)] as const;
    });
    return { shape: kept.shape, figures: kept.figures, tensors: new Map(tensors) };
  } catch {
    throw new InputError(`${path} is damaged; remove it, and the listener is trained again`);
  }
}
