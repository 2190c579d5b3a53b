// Types of chromium.mjs for the browser tests.

/** The path of a Chromium that runs, or null. */
export function findChromium(): string | null;
/** The path of a Chromium, installed when there is none. */
export function ensureChromium(): string;
