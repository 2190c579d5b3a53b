// How large a file of each kind may be: what is larger is refused before it is read.
import { InputError } from './errors.ts';

/** Kinds of files that people give. */
export const fileKinds = {
  song: { name: 'a MIDI file', mostBytes: 16 * 2 ** 20 },
  presets: { name: 'a file of presets', mostBytes: 10 * 2 ** 20 },
  gesture: { name: 'a gesture', mostBytes: 10 * 2 ** 20 },
  tuning: { name: 'a Scala file', mostBytes: 2 ** 20 },
  profiles: { name: 'a file of MIDI bindings', mostBytes: 5 * 2 ** 20 },
  settings: { name: 'a file of settings', mostBytes: 2 ** 20 },
  manifest: { name: 'the manifest of a model', mostBytes: 32 * 2 ** 20 },
} as const;

export type SizedKind = keyof typeof fileKinds;

/**
 * Checks the size of a file that is to be read.
 * @param where the file's name
 * @throws InputError naming the file, its size and the largest one of its kind
 */
export function requireFileSize(kind: SizedKind, bytes: number, where: string): void {
  const { name, mostBytes } = fileKinds[kind];
  if (bytes <= mostBytes) return;
  throw new InputError(
    `${where} is ${inMegabytes(bytes)} MB large; ${name} has at most ${inMegabytes(mostBytes)} MB: choose a smaller one`,
  );
}

const inMegabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
