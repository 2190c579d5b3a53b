// The bytes that a decoder was built from, kept so that another one can be built of them where the network is gone.

/** Bytes by absolute address. */
export type FileBytes = Readonly<Record<string, ArrayBuffer>>;

/** Reads each file once; what another worker has read already is not asked for again. */
export class KeptFiles {
  readonly #bytes = new Map<string, Promise<ArrayBuffer>>();

  /** Takes over what was kept before. */
  add(files: FileBytes): void {
    for (const [address, bytes] of Object.entries(files)) this.#bytes.set(address, Promise.resolve(bytes));
  }

  /** The bytes of an address, which the caller leaves as they are; a read that fails is forgotten. */
  async bytes(address: string, read: () => Promise<ArrayBuffer>): Promise<ArrayBuffer> {
    const known = this.#bytes.get(address);
    if (known) return known;
    const reading = read();
    this.#bytes.set(address, reading);
    try {
      return await reading;
    } catch (reason) {
      this.#bytes.delete(address);
      throw reason;
    }
  }

  /** What was damaged is to be read anew. */
  forget(address: string): void {
    this.#bytes.delete(address);
  }

  /** All that has been read by now, and forgets it: the buffers can be transferred. */
  async release(): Promise<Record<string, ArrayBuffer>> {
    const files: Record<string, ArrayBuffer> = {};
    for (const [address, reading] of this.#bytes) files[address] = await reading;
    this.#bytes.clear();
    return files;
  }
}
