// Elements in other people's pages may stand in the document before they are told what they show: until then they show nothing.

/** True once a property has been set. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A value that can be shown: the default until there is one. */
export function shownValue(value: unknown, { defaultValue }: { readonly defaultValue: number }): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : defaultValue;
}
