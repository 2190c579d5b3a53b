// Types of headers.mjs for vite.config.ts and the tests.

/** Headers for one path, or for all paths with a beginning where it ends in `*`. */
export interface HeaderRule {
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}
/** Reads rules in the syntax of `_headers`. */
export function parseHeaderRules(text: string): HeaderRule[];
/** The rules of public/_headers. */
export const headerRules: readonly HeaderRule[];
/** What the rules say of one file, values of the same name joined as the hosts do. */
export function headersOf(pathname: string, rules?: readonly HeaderRule[]): Record<string, string>;
/** What the rule for everything says. */
export const everyAnswer: Record<string, string>;
