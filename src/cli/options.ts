// Option values of the command line: text to checked numbers, with messages that say what is allowed.
import { InvalidArgumentError } from 'commander';
import type { Anchor } from '../model/latentDraws.ts';

/** A parser for whole numbers in [min, max], for commander's option(). */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?[0-9]+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** Digits to speak, such as 0123456789 or 73: each at most once, because each names its own files. */
export function digitList(text: string): number[] {
  if (!/^[0-9]+$/.test(text)) {
    throw new InvalidArgumentError('It must be digits from 0 to 9 and nothing else, such as 0123456789.');
  }
  const digits = Array.from(text, Number);
  if (new Set(digits).size < digits.length) throw new InvalidArgumentError('Each digit may be given once.');
  return digits;
}

/** A digit in a voice, such as 3:george. */
export function anchorOf(text: string): Anchor {
  const [, digit, voice] = /^([0-9]):(.+)$/.exec(text) ?? [];
  if (digit === undefined || voice === undefined) {
    throw new InvalidArgumentError('It must be a digit and a voice, such as 3:george.');
  }
  return { digit: Number(digit), voice };
}

/** File numbers have three figures. */
export const largestCount = 1000;
/** Seeds: 32 bits. */
export const largestSeed = 2 ** 32 - 1;
/** Rates that clips can be written at. */
export const lowestOutputRate = 4000;
export const highestOutputRate = 192000;

/** What program changes of a rendered song can choose. */
export const programUses = ['presets', 'digits', 'nothing'] as const;
export type ProgramUse = (typeof programUses)[number];
