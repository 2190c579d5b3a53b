// Lyric events of a song (meta event 5) that are digits or their names, put to the notes that sing them.
//
// A file writes a word in one event or in syllables, `se-` and `ven`, each at the note that sings it. A word's later syllables
// are ties, and so are the hyphens and underscores that files write for a melisma.
import { digitWords } from '../contract/vocabulary.ts';
import { digitOf, type LyricStep } from '../performer/lyrics.ts';
import type { Seconds } from '../contract/units.ts';
import { isNoteOn, partIdOf, type Song, type SongLyric, type SongNote } from './song.ts';

/** What a note sings. */
export interface SungStep {
  readonly step: LyricStep;
  readonly tieFollows: boolean;
}

/** Steps by note, and the ids of the parts that have any. */
export interface SungSteps {
  readonly steps: ReadonlyMap<SongNote, SungStep>;
  readonly parts: ReadonlySet<string>;
}

/** Sequencers place a syllable this near to its note. */
const nearSeconds: Seconds = 0.06;

/** Names of digits have two; some files write single letters. */
const mostSyllables = 5;

/** What each event sings: null for what is no digit. */
function stepsOf(lyrics: readonly SongLyric[]): (LyricStep | null)[] {
  const steps: (LyricStep | null)[] = lyrics.map(() => null);
  for (let first = 0; first < lyrics.length; first++) {
    if (/^[-_~\u2013\u2014]+$/.test(plain(lyrics[first].text))) {
      steps[first] = { kind: 'tie' };
      continue;
    }
    let word = '';
    for (let last = first; last < Math.min(lyrics.length, first + mostSyllables); last++) {
      const text = plain(lyrics[last].text);
      word += text.replace(/-$/, '');
      const digit = digitOf(word);
      if (digit !== undefined) {
        steps[first] = { kind: 'digit', digit };
        for (let k = first + 1; k <= last; k++) steps[k] = { kind: 'tie' };
        first = last;
        break;
      }
      // Syllables go on behind a hyphen, or where no space parts them.
      const goesOn = text !== '' && (text.endsWith('-') || !/\s$/.test(lyrics[last].text));
      if (!goesOn || !digitWords.some((name) => name.startsWith(word))) break;
    }
  }
  return steps;
}

/** Without spaces, line ends and what karaoke files put about syllables. */
const plain = (text: string): string => text.toLowerCase().replaceAll(/[\s/\\,.;:!?"'()[\]]/g, '');

/**
 * Puts each track's lyrics to a part: of its own track or, where that has no notes, of any, the one with most notes where
 * the lyrics stand. Notes between two syllables sing the last one anew.
 */
export function sungSteps(song: Song): SungSteps {
  const steps = new Map<SongNote, SungStep>();
  const parts = new Set<string>();
  if (song.lyrics.length === 0) return { steps, parts };
  const notesByPart = new Map<string, SongNote[]>();
  for (const event of song.events) {
    if (!isNoteOn(event)) continue;
    const id = partIdOf(event);
    const notes = notesByPart.get(id);
    if (notes) notes.push(event);
    else notesByPart.set(id, [event]);
  }
  for (const track of new Set(song.lyrics.map((lyric) => lyric.track))) {
    const lyrics = song.lyrics.filter((lyric) => lyric.track === track);
    const sung = stepsOf(lyrics);
    if (!sung.some((step) => step?.kind === 'digit')) continue;
    const own = [...notesByPart].filter(([, [first]]) => (first.track ?? 0) === track);
    const candidates = own.length > 0 ? own : [...notesByPart];
    const times = lyrics.map(({ seconds }) => seconds);
    const score = (notes: readonly SongNote[]) =>
      notes.filter(({ seconds }) => nearest(times, seconds) >= 0).length;
    const [best] = candidates
      .map(([id, notes]) => ({ id, notes, met: score(notes) }))
      .sort((a, b) => b.met - a.met);
    if (!best || best.met === 0) continue;
    parts.add(best.id);
    putTo(best.notes, times, sung, steps);
  }
  return { steps, parts };
}

/** Index of the lyric that stands at a time; -1 where none does. */
function nearest(times: readonly Seconds[], seconds: Seconds): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < seconds) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [low - 1, low];
  const away = (index: number) =>
    index >= 0 && index < times.length ? Math.abs(times[index] - seconds) : Infinity;
  const best = away(before) < away(after) ? before : after;
  return away(best) <= nearSeconds ? best : -1;
}

const tie: LyricStep = { kind: 'tie' };

/** Index of the first lyric behind a time. */
function following(times: readonly Seconds[], seconds: Seconds): number {
  const index = times.findIndex((time) => time > seconds);
  return index < 0 ? times.length : index;
}

function putTo(
  notes: readonly SongNote[],
  times: readonly Seconds[],
  sung: readonly (LyricStep | null)[],
  steps: Map<SongNote, SungStep>,
): void {
  let last: LyricStep | null = null;
  const placed: { readonly note: SongNote; readonly step: LyricStep }[] = [];
  for (const note of notes) {
    const at = nearest(times, note.seconds);
    const between: LyricStep | null =
      last && sung[following(times, note.seconds)]?.kind === 'tie' ? tie : last;
    const step: LyricStep | null = at < 0 ? between : sung[at];
    // Behind a word that is no digit nothing goes on.
    if (step?.kind !== 'tie') last = step;
    if (step) placed.push({ note, step });
  }
  placed.forEach(({ note, step }, k) => {
    steps.set(note, { step, tieFollows: placed[k + 1]?.step.kind === 'tie' });
  });
}
