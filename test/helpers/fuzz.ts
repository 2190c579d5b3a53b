// Structure-aware mutation of what numvox reads: a valid value with some of it made extreme, by a seed.
import { Random } from '../../src/dsp/random.ts';

/** Draws by a seed. */
export class Draws {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** Whole, 0..count - 1. */
  below(count: number): number {
    return Math.min(count - 1, Math.floor(this.#random.uniform() * count));
  }

  oneOf<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

const extremeNumbers = [
  ...[0, -0, 1, -1, 0.5, 1e-320, 5e-324, -5e-324, 1e308, -1e308, Number.MAX_VALUE, 2 ** 31, 2 ** 32, 2 ** 53],
  ...[-(2 ** 53), 2 ** 53 - 1, 1e6, 1e9, 1e-9, 65_536, 1e15, 127, 128, 255, 3.7, Number.EPSILON],
];
const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', '', ' '];
const strange = [
  '\0',
  '\u202e',
  '\ud800',
  '\x1b[2J',
  '<img src=x onerror=alert(1)>',
  '💥',
  '\n\n',
  'NaN',
  '1e999',
  '-0',
];

function longText(draws: Draws): string {
  return draws.oneOf(['x', '"', '\\', '9', ' ', '\n', '[', 'é']).repeat(draws.oneOf([100, 10_000, 200_000]));
}

/** As many copies of a value as make a file of some megabytes at most. */
function timesOf(value: unknown, most: number): number {
  return Math.min(most, Math.ceil(4e6 / (1 + (JSON.stringify(value) ?? '').length)));
}

/** Copies, not the same object: a change in one of them would be in all. */
const copyOf = (value: unknown): unknown =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let k = 0; k < depth; k++) value = k % 2 ? [value] : { a: value };
  return value;
}

function extreme(draws: Draws, old: unknown): unknown {
  switch (draws.below(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return draws.oneOf(extremeNumbers);
    case 4:
      return draws.oneOf([...names, ...strange]);
    case 5:
      return longText(draws);
    case 6:
      return draws.oneOf<unknown>([null, true, false, [], {}, '']);
    case 7:
      return Array.from({ length: timesOf(old, draws.oneOf([1, 10, 1000, 20_000])) }, () => copyOf(old));
    case 8:
      return nested(draws.oneOf([5, 70, 2000]));
    case 9:
      return typeof old === 'number' ? -old : (JSON.stringify(old) ?? '');
    case 10:
      return Object.fromEntries(
        Array.from({ length: timesOf(old, draws.oneOf([1, 100, 5000])) }, (_, k) => [
          `${draws.oneOf(names)}${k}`,
          copyOf(old),
        ]),
      );
    default:
      return typeof old === 'number'
        ? old * draws.oneOf([1e-3, 2, 10, 1e3, 1e300])
        : [copyOf(old), copyOf(old)];
  }
}

type Holder = Record<string | number, unknown>;

/** Every place of a value: who holds it, and under which key. */
function placesOf(root: Holder): [Holder, string | number][] {
  const places: [Holder, string | number][] = [];
  const stack: unknown[] = [root];
  while (stack.length > 0 && places.length < 5000) {
    const holder = stack.pop();
    if (typeof holder !== 'object' || holder === null) continue;
    for (const key of Object.keys(holder)) {
      places.push([holder as Holder, key]);
      stack.push((holder as Holder)[key]);
    }
  }
  return places;
}

/** A copy of plain data with one to three places changed, removed, added or doubled. */
export function mutated(value: unknown, draws: Draws): unknown {
  const root: Holder = { value: JSON.parse(JSON.stringify(value)) as unknown };
  for (let k = 1 + draws.below(3); k > 0; k--) {
    const [holder, key] = draws.oneOf(placesOf(root));
    switch (draws.below(5)) {
      case 0:
        if (key !== 'value' && !Array.isArray(holder)) delete holder[key];
        else holder[key] = extreme(draws, holder[key]);
        break;
      case 1:
        if (Array.isArray(holder)) holder.push(extreme(draws, holder[key]));
        else
          Object.defineProperty(holder, draws.oneOf(names), {
            ...{ value: extreme(draws, holder[key]), enumerable: true, writable: true, configurable: true },
          });
        break;
      default:
        holder[key] = extreme(draws, holder[key]);
    }
  }
  return root.value;
}

/** JSON of a mutated value; sometimes damaged as a text, or with numbers that only JSON can say. */
export function mutatedJson(value: unknown, draws: Draws): string {
  const text = JSON.stringify(draws.below(10) === 0 ? value : mutated(value, draws));
  switch (draws.below(8)) {
    case 0:
      return mutatedText(text, draws);
    case 1:
      return text.replace(/\d+(\.\d+)?/, draws.oneOf(['1e999', '-1e999', '1e-400', '00', '0x10', 'NaN']));
    default:
      return text;
  }
}

/** A text with a stretch lost, doubled, repeated or replaced. */
export function mutatedText(text: string, draws: Draws): string {
  let changed = text;
  for (let k = 1 + draws.below(3); k > 0; k--) {
    const at = draws.below(changed.length + 1);
    const end = Math.min(changed.length, at + draws.below(20));
    const [before, piece, behind] = [changed.slice(0, at), changed.slice(at, end), changed.slice(end)];
    switch (draws.below(6)) {
      case 0:
        changed = before + behind;
        break;
      case 1:
        changed = before + piece.repeat(draws.oneOf([2, 100, 1000])) + behind;
        break;
      case 2:
        changed = before + String(draws.oneOf(extremeNumbers)) + behind;
        break;
      case 3:
        changed = before + draws.oneOf([...strange, ...names]) + behind;
        break;
      case 4:
        changed = before;
        break;
      default:
        changed = before + longText(draws).slice(0, 20_000) + behind;
    }
  }
  return changed;
}

/** Bytes with some places changed, lost, added or filled, and numbers of 16 and 32 bits made extreme. */
export function mutatedBytes(whole: Uint8Array, draws: Draws): Uint8Array<ArrayBuffer> {
  let bytes = Uint8Array.from(whole);
  for (let k = 1 + draws.below(4); k > 0; k--) {
    const at = draws.below(bytes.length + 1);
    const length = Math.min(bytes.length - at, 1 + draws.below(16));
    switch (draws.below(7)) {
      case 0:
        bytes = bytes.slice(0, at);
        break;
      case 1:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + length)]);
        break;
      case 2:
        bytes = Uint8Array.from([
          ...bytes.subarray(0, at),
          ...bytes.subarray(at, at + length),
          ...bytes.subarray(at),
        ]);
        break;
      case 3:
        bytes.fill(draws.oneOf([0, 0x7f, 0x80, 0xff]), at, at + length);
        break;
      case 4: {
        const view = new DataView(bytes.buffer);
        const value = draws.oneOf([0, 1, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]);
        if (at + 4 <= bytes.length) view.setUint32(at, value, draws.below(2) === 0);
        break;
      }
      case 5: {
        const grown = new Uint8Array(bytes.length + draws.oneOf([1, 100, 10_000]));
        grown.set(bytes);
        grown.fill(draws.below(256), bytes.length);
        bytes = grown;
        break;
      }
      default:
        for (let n = at; n < at + length; n++) bytes[n] = draws.below(256);
    }
  }
  return bytes;
}
