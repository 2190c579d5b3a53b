// Files that commands are given: read whole, or refused in words.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { InputError } from '../contract/errors.ts';
import { reasonOf } from '../contract/fileFaults.ts';
import { fileKinds, requireFileSize, type SizedKind } from '../contract/fileSizes.ts';

/** Read at a time from what does not tell its size, as pipes do. */
const pieceBytes = 2 ** 16;

/**
 * The bytes of a file, a pipe or a device, never more than its kind may have.
 * @throws InputError naming the file when it cannot be read or is larger than files of its kind are
 */
export function readInput(path: string, kind: SizedKind): Uint8Array {
  const most = fileKinds[kind].mostBytes;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const status = fstatSync(descriptor);
    if (status.isFile()) requireFileSize(kind, status.size, path);
    const pieces: Buffer[] = [];
    let length = 0;
    for (;;) {
      const piece = Buffer.allocUnsafe(pieceBytes);
      const count = readSync(descriptor, piece, 0, pieceBytes, null);
      if (count === 0) break;
      pieces.push(piece.subarray(0, count));
      length += count;
      if (length > most) requireFileSize(kind, length, path);
    }
    return Buffer.concat(pieces, length);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`cannot read ${path}: ${reasonOf(error)}`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
