// Asks before the page is closed, where something would be lost with it; else it lets go without a word.

/**
 * Listens on `page` until the returned function is called.
 * @param isSafe false where something would be lost
 */
export function guardLeaving(page: Window, isSafe: () => boolean): () => void {
  const leaving = (event: BeforeUnloadEvent) => {
    if (isSafe()) return;
    // The question and its words are the browser's own.
    event.preventDefault();
  };
  page.addEventListener('beforeunload', leaving);
  return () => page.removeEventListener('beforeunload', leaving);
}
