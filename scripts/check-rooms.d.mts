// Types of check-rooms.mjs for the tests.

/** Everything wrong with the rooms of a repository, one line each. */
export function roomFaults(root: string): Promise<string[]>;
