// Sung digits are understood: the shipped model's listener hears them over two octaves, spoken once and held.
import { describe, expect, test } from 'vitest';
import { hearSinging } from '../helpers/sungWords.ts';

/** E2, E3, E4. `npm run bench -- singing` has more. */
const notes = [40, 52, 64];

describe('of all digits and voices on three keys at least 95 % are heard as meant', () => {
  test.each([
    { hold: 'one-shot', keySeconds: 0.6, isShortened: false },
    { hold: 'hold', keySeconds: 1, isShortened: true },
  ] as const)('$hold, key down for $keySeconds s', { timeout: 240_000 }, async (singing) => {
    const { shares } = await hearSinging(notes, singing);
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    process.stdout.write(
      `  ${singing.hold}: ${shares.map((share, i) => `${notes[i]}: ${(100 * share).toFixed(1)} %`).join(', ')}\n`,
    );
    expect(mean).toBeGreaterThanOrEqual(0.95);
    for (const share of shares) expect(share).toBeGreaterThanOrEqual(0.85);
  });
});
