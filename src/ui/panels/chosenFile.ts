// Files that a player chose or dropped: read only where they are no larger than files of their kind are.
import { requireFileSize, type SizedKind } from '../../contract/fileSizes.ts';

/**
 * @returns the file's content
 * @throws InputError (rejection) when it is larger than its kind may be, before anything is read
 */
export async function bytesOfFile(file: File, kind: SizedKind): Promise<Uint8Array<ArrayBuffer>> {
  requireFileSize(kind, file.size, file.name);
  return new Uint8Array(await file.arrayBuffer());
}

/** Like `bytesOfFile`, as text in UTF-8. */
export async function textOfFile(file: File, kind: SizedKind): Promise<string> {
  requireFileSize(kind, file.size, file.name);
  return file.text();
}
