// Ctrl+. (Cmd+. on a Mac): everything silent at once, also while text is typed or a dialog is open. Other programs that make sound
// stop by it, too; Escape closes dialogs, and pressed once too often must silence nothing.

/** Listens on `page` until the returned function is called. Before anything else hears of the key. */
export function listenToPanic(page: Window, panic: () => void): () => void {
  const down = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    // On some layouts the dot lies elsewhere, on others that key gives none.
    if (event.key !== '.' && event.code !== 'Period') return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) panic();
  };
  page.addEventListener('keydown', down, { capture: true });
  return () => page.removeEventListener('keydown', down, { capture: true });
}
