// Types of check-docs.mjs for the tests.

/** Exports of an entry that lack a description or an `@example`, one line each. */
export function undocumented(entry: string): string[];
