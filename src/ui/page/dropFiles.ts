// Files dropped anywhere on the page.
import { isKeyboardMap, parseScale } from '../../performer/scalaFile.ts';

/** What a file is, by the ending of its name or by what it holds. */
export type FileKind = 'song' | 'presets' | 'tuning';

const endings: readonly (readonly [RegExp, FileKind])[] = [
  [/\.(mid|midi|rmi|kar)$/i, 'song'],
  [/\.json$/i, 'presets'],
  [/\.(scl|kbm)$/i, 'tuning'],
];

/** Undefined for a file that the page has no use for. */
export function kindOfFile(name: string): FileKind | undefined {
  return endings.find(([ending]) => ending.test(name))?.[1];
}

/** What a text under any other name, or none, is. */
export function kindOfText(text: string): FileKind | undefined {
  if (isKeyboardMap(text)) return 'tuning';
  try {
    // A scale of no pitches is two lines that nearly any text could begin with.
    return parseScale(text).cents.length > 0 ? 'tuning' : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Listens on `page` until the returned function is called.
 * @param onFile gets each dropped file
 * @param onHover tells whether files are being held over the page
 */
export function listenToDrops(
  page: Window,
  onFile: (file: File) => void,
  onHover: (isOver: boolean) => void,
): () => void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  const over = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    // Without this the browser would open the file in place of the page.
    event.preventDefault();
    onHover(true);
  };
  const leave = (event: DragEvent) => {
    if (event.relatedTarget === null) onHover(false);
  };
  const drop = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    onHover(false);
    for (const file of event.dataTransfer?.files ?? []) onFile(file);
  };
  page.addEventListener('dragover', over);
  page.addEventListener('dragleave', leave);
  page.addEventListener('drop', drop);
  return () => {
    page.removeEventListener('dragover', over);
    page.removeEventListener('dragleave', leave);
    page.removeEventListener('drop', drop);
  };
}
