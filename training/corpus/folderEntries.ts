// What lies in a corpus's folders: names, links followed to what they lead to, and which of it should be recordings.
import { existsSync, readdirSync, statSync, type Stats } from 'node:fs';
import { sep } from 'node:path';
import { InputError } from '../../src/contract/errors.ts';
import { fileText } from '../../src/contract/fileText.ts';
import { reasonOf } from '../../src/contract/fileFaults.ts';
import { parseTakeName } from './fsdd.ts';

/** Whether a name is that of a recording; hidden files are none. */
export function isRecording(name: string): boolean {
  return !name.startsWith('.') && /\.(wav|flac)$/i.test(name);
}

/** Names of what should be recordings, whether they can be read or not. */
export function recordingsOf(entries: readonly Entry[]): string[] {
  return entries
    .filter(({ kind, name }) => isRecording(name) && (kind !== 'folder' || parseTakeName(name)))
    .map(({ name }) => name);
}

/** What a folder holds under a name. */
export interface Entry {
  /** Of UTF-8, or else of Latin-1. */
  readonly name: string;
  /** The whole path where the name is no UTF-8. */
  readonly path: Buffer | undefined;
  /** Of a link what it leads to. */
  readonly kind: 'file' | 'folder' | 'nothing';
}

/**
 * What a folder holds; pipes, sockets and devices are passed over.
 * @throws InputError where there is no folder or it cannot be read
 */
export function list(folder: string): Entry[] {
  if (!existsSync(folder)) throw new InputError(`there is no folder ${folder}; --data takes a corpus folder`);
  if (!statSync(folder).isDirectory())
    throw new InputError(`${folder} is a file; --data takes a corpus folder`);
  try {
    return readdirSync(folder, { withFileTypes: true, encoding: 'buffer' }).flatMap((entry) => {
      const path = Buffer.concat([Buffer.from(folder + sep), entry.name]);
      const kind = kindOf(entry.isSymbolicLink() ? targetOf(path) : entry);
      const isUtf8 = Buffer.from(entry.name.toString()).equals(entry.name);
      return kind
        ? [
            {
              name: isUtf8 ? entry.name.toString() : fileText(entry.name),
              path: isUtf8 ? undefined : path,
              kind,
            },
          ]
        : [];
    });
  } catch (error) {
    throw new InputError(`cannot read the folder ${folder}: ${reasonOf(error)}`);
  }
}

/** Undefined of pipes, sockets and devices, which no corpus has. */
function kindOf(found: Pick<Stats, 'isFile' | 'isDirectory'> | undefined): Entry['kind'] | undefined {
  if (!found) return 'nothing';
  return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : undefined;
}

function targetOf(link: Buffer): Stats | undefined {
  try {
    return statSync(link);
  } catch {
    return undefined;
  }
}
