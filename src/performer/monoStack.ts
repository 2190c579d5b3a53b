// Keys that are down in a part that sounds one note at a time: the last one pressed sounds.

/** Keys in the order of pressing, each once. */
export class MonoStack<Entry extends { readonly key: number }> {
  readonly #entries: Entry[] = [];

  /** The key that should sound, or undefined when none is down. */
  get top(): Entry | undefined {
    return this.#entries.at(-1);
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Puts a key on top; one that was down already moves there. */
  press(entry: Entry): void {
    this.lift(entry.key);
    this.#entries.push(entry);
  }

  /** Takes a key away. Returns whether it was down. */
  lift(key: number): boolean {
    const at = this.#entries.findIndex((entry) => entry.key === key);
    if (at < 0) return false;
    this.#entries.splice(at, 1);
    return true;
  }

  /** Takes every key away that `isGone` names. */
  remove(isGone: (entry: Entry) => boolean): void {
    for (const { key } of this.#entries.filter(isGone)) this.lift(key);
  }
}
