// JSON that somebody else wrote: read only where its length and depth are those of what is meant.
import { InputError, messageOf, quoted } from './errors.ts';

/** Nothing of numvox is nested deeper than this; what walks through a value by recursion has a stack that ends. */
const deepest = 64;

/** How a text is to be read. */
export interface JsonTextOptions {
  /** What to call it in errors: a file's name. */
  readonly where: string;
  /** What it should be, with its article: "a numvox preset". */
  readonly wanted: string;
  /** Characters. */
  readonly longest: number;
}

/**
 * The value that a text says.
 * @throws InputError where the text is longer than allowed, nested deeper than anything of numvox, or no JSON
 */
export function readJson(text: string, { where, wanted, longest }: JsonTextOptions): unknown {
  if (text.length > longest) {
    throw new InputError(
      `${where} is ${text.length} characters long; ${wanted} has at most ${longest}: choose another file`,
    );
  }
  if (depthOf(text) > deepest) {
    throw new InputError(
      `${where} is nested more than ${deepest} deep and no ${wanted.replace(/^an? /, '')}; choose another file`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (fault) {
    throw new InputError(`${where} is no JSON file (${quoted(messageOf(fault))}); choose ${wanted}`);
  }
}

/** How deep the brackets of a text stand within each other, those in strings apart. */
function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (isString) {
      if (unit === 0x5c) at++;
      else if (unit === 0x22) isString = false;
    } else if (unit === 0x22) isString = true;
    else if (unit === 0x5b || unit === 0x7b) most = Math.max(most, ++depth);
    else if (unit === 0x5d || unit === 0x7d) depth--;
  }
  return most;
}
