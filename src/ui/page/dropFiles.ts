// Files dropped anywhere on the page.
import { fileText } from '../../contract/fileText.ts';
import { holdsSong } from '../../midi/smfChunks.ts';
import { isKeyboardMap, parseScale } from '../../performer/scalaFile.ts';

/** What a file is. */
export type FileKind = 'song' | 'presets' | 'tuning';

const endings: readonly (readonly [RegExp, FileKind])[] = [
  [/\.(mid|midi|smf|rmi|kar)$/i, 'song'],
  [/\.json$/i, 'presets'],
  [/\.(scl|kbm)$/i, 'tuning'],
];
/** Enough to know a MIDI file by, whatever it is wrapped in; larger scales need their ending. */
const headBytes = 65_536;

/**
 * By its content where that is a song, else by the ending of its name, else by the content again. Undefined for a file that the page
 * has no use for.
 */
export async function kindOfFile(file: File): Promise<FileKind | undefined> {
  const head = new Uint8Array(await file.slice(0, headBytes).arrayBuffer());
  if (holdsSong(head)) return 'song';
  return endings.find(([ending]) => ending.test(file.name))?.[1] ?? kindOfText(fileText(head));
}

/** What a text under any other name, or none, is. */
function kindOfText(text: string): FileKind | undefined {
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
