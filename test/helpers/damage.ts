// Damage to files: bytes changed, lost, added and cut off, by a seed.
import { Random } from '../../src/dsp/random.ts';

/** Damaged bytes, and where the whole ones were touched. */
export interface Damaged {
  readonly bytes: Uint8Array;
  readonly kind: string;
  /** First byte of the whole file that was touched. */
  readonly from: number;
  /** Byte of the whole file behind the last that was touched; `from` where bytes were only added. */
  readonly to: number;
}

const longest = 12;

/** Bytes damaged in one place. */
export function damagedAt(whole: Uint8Array, seed: number): Damaged {
  const random = new Random(seed);
  const pick = (count: number) => Math.min(count - 1, Math.floor(random.uniform() * count));
  const from = pick(whole.length);
  const length = Math.min(whole.length - from, 1 + pick(longest));
  const noise = Array.from({ length }, () => pick(256));
  const spliced = (removed: number, added: readonly number[]) =>
    Uint8Array.from([...whole.subarray(0, from), ...added, ...whole.subarray(from + removed)]);
  switch (seed % 7) {
    case 0:
      return { kind: 'one byte changed', bytes: spliced(1, [noise[0]]), from, to: from + 1 };
    case 1:
      return {
        kind: 'one bit changed',
        bytes: spliced(1, [whole[from] ^ (1 << pick(8))]),
        from,
        to: from + 1,
      };
    case 2:
      return { kind: 'bytes lost', bytes: spliced(length, []), from, to: from + length };
    case 3:
      return { kind: 'bytes added', bytes: spliced(0, noise), from, to: from };
    case 4:
      return { kind: 'bytes overwritten', bytes: spliced(length, noise), from, to: from + length };
    case 5:
      return {
        kind: 'zeros',
        bytes: spliced(
          length,
          noise.map(() => 0),
        ),
        from,
        to: from + length,
      };
    default:
      return { kind: 'cut off', bytes: whole.slice(0, from), from, to: whole.length };
  }
}
