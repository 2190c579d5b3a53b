// Fetching WebAssembly: what comes in its place is refused in a sentence that names the address.
import { InputError, messageOf } from './errors.ts';

/** The first four bytes of every module. */
const magic = [0x00, 0x61, 0x73, 0x6d];

/**
 * The bytes of a WebAssembly module, not compiled.
 * @param read fetches an address
 * @throws InputError (rejection) when the file cannot be had, or is something else
 */
export async function wasmBytes(url: string, read: (url: string) => Promise<Response>): Promise<ArrayBuffer> {
  let bytes: ArrayBuffer;
  try {
    const response = await read(url);
    if (!response.ok) {
      throw new InputError(`${url} answered ${response.status}; check that all files of the build are there`);
    }
    bytes = await response.arrayBuffer();
  } catch (reason) {
    if (reason instanceof InputError) throw reason;
    throw new InputError(`${url} cannot be read (${messageOf(reason)}); check the connection`);
  }
  const head = new Uint8Array(bytes.slice(0, magic.length));
  if (!magic.every((byte, n) => head[n] === byte)) {
    throw new InputError(
      `${url} is no WebAssembly; check that the server has the file and not a page in its place`,
    );
  }
  return bytes;
}
