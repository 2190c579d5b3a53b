// Types of check-licences.mjs.
export function isAllowed(expression: string): boolean;
export function refusedPackages(lock: {
  readonly packages: Readonly<Record<string, { readonly license?: string; readonly link?: boolean }>>;
}): string[];
