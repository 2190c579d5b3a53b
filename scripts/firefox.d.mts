// Types of firefox.mjs for the stress trials.
export function findFirefox(): string | null;
export function ensureFirefox(): string;
