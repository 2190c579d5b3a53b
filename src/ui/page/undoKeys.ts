// Ctrl+Z and its kin (Cmd on a Mac): undo and redo, except where text is typed.
import { typesText } from '../../midi/computerKeys.ts';
import type { HistoryApi } from '../../session/sessionApi.ts';

/** Listens on a window, or on an element for what is typed inside it, until the returned function is called. */
export function listenToUndo(page: EventTarget, history: () => HistoryApi | null): () => void {
  const down = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key !== 'z' && key !== 'y') return;
    const target = event.composedPath()[0];
    // A list of choices types no text: there Ctrl+Z is the instrument's.
    if (!(target instanceof HTMLSelectElement) && typesText(target)) return;
    event.preventDefault();
    if (key === 'y' || event.shiftKey) history()?.redo();
    else history()?.undo();
  };
  const listener = down as EventListener;
  page.addEventListener('keydown', listener);
  return () => page.removeEventListener('keydown', listener);
}
