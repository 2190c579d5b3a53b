// Reads bits of bytes, the highest of each byte first.

/** Thrown where more bits are asked for than there are. */
export class EndOfBits extends Error {}

/** A place between the bits of some bytes. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #bit: number;

  /** @param at byte to begin with */
  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#bit = 8 * at;
  }

  /** The byte that the place lies in, or the next one between two bytes. */
  get byte(): number {
    return this.#bit >> 3;
  }

  /** An unsigned number of 0 to 53 bits. */
  read(bits: number): number {
    let left = bits;
    let value = 0;
    if (this.#bit + bits > 8 * this.#bytes.length) throw new EndOfBits('the bits end too soon');
    while (left > 0) {
      const free = 8 - (this.#bit & 7);
      const taken = Math.min(free, left);
      const part = (this.#bytes[this.#bit >> 3] >> (free - taken)) & ((1 << taken) - 1);
      value = value * (1 << taken) + part;
      this.#bit += taken;
      left -= taken;
    }
    return value;
  }

  /** A number in two's complement. */
  readSigned(bits: number): number {
    const value = this.read(bits);
    return bits > 0 && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
  }

  /** How many bits are 0 before the next 1, which is passed too. */
  readUnary(): number {
    let zeros = 0;
    for (;;) {
      const byte = this.#bytes[this.#bit >> 3] as number | undefined;
      if (byte === undefined) throw new EndOfBits('the bits end too soon');
      const free = 8 - (this.#bit & 7);
      const rest = byte & ((1 << free) - 1);
      if (rest === 0) {
        zeros += free;
        this.#bit += free;
        continue;
      }
      const leading = Math.clz32(rest) - (32 - free);
      this.#bit += leading + 1;
      return zeros + leading;
    }
  }

  /** Goes on to the next whole byte. */
  align(): void {
    this.#bit = (this.#bit + 7) & ~7;
  }
}
