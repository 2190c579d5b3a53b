// Types of rooms.mjs for the tests.

export interface Room {
  readonly path: string;
  readonly knows: readonly string[];
  readonly core?: boolean;
}
export const rooms: readonly Room[];
export const pagePackages: readonly string[];
export const pageFiles: Readonly<Record<string, string>>;
export function filesOf(room: Room): string;
