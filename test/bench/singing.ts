// Benchmark of singing: is the digit still heard when every key sings it at its own pitch?
import { hearSinging, type Singing } from '../helpers/sungWords.ts';
import { row, type Row } from './row.ts';

/** E2 to E4 in minor thirds. */
const notes = [40, 43, 46, 49, 52, 55, 58, 61, 64];
const ways: readonly Singing[] = [
  { hold: 'one-shot', keySeconds: 0.6, isShortened: false },
  { hold: 'hold', keySeconds: 0.2, isShortened: false },
  { hold: 'hold', keySeconds: 0.3, isShortened: false },
  { hold: 'hold', keySeconds: 0.3, isShortened: true },
  { hold: 'hold', keySeconds: 1, isShortened: true },
];

/**
 * Every digit by every voice of the shipped model on each note, sung through performer and kernel and heard by the
 * model's listener: share heard as meant, with one-shot words and with held vowels.
 */
export async function benchSinging(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const way of ways) {
    const { shares, wordsPerNote } = await hearSinging(notes, way);
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const byKey = notes.map((note, i) => `${note}: ${(100 * shares[i]).toFixed(1)}`).join(', ');
    const { hold, keySeconds, isShortened } = way;
    rows.push(
      row(
        `digits heard as meant, ${hold}, key down for ${keySeconds} s${isShortened ? ', 60 ms of the held vowel kept' : ''}`,
        100 * mean,
        1,
        '%',
        `${notes.length * wordsPerNote} notes; by key ${byKey}`,
      ),
    );
  }
  return rows;
}
