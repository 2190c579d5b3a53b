// Words and held vowels of one loudness, held vowels without hiss, and the parameters that bring both back.
import { expect, it } from 'vitest';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';
import { measureHeld } from '../helpers/heldVowels.ts';
import { playVoice, vowelClip, wordClip } from '../helpers/voiceRun.ts';

const spread = (values: readonly number[]): number => (Math.max(...values) - Math.min(...values)) / 2;

it('one voice says and holds ten words at one loudness, with little noise in what is held', async () => {
  const { words, vowels, harmonicity } = await measureHeld({}, 1);
  expect(spread(words)).toBeLessThan(1.5);
  expect(spread(vowels)).toBeLessThan(2);
  expect(Math.min(...harmonicity)).toBeGreaterThan(15);
  expect([...harmonicity].sort((a, b) => a - b)[5]).toBeGreaterThan(25);
});

it('words and vowels are as they were said at no evenness', async () => {
  const { words, vowels } = await measureHeld({ evenness: 0 }, 1);
  expect(spread(words)).toBeGreaterThan(2);
  expect(spread(vowels)).toBeGreaterThan(3);
});

it.each(['one-shot', 'hold'] as const)(
  'a clip of another level that comes while %s sounds does not click',
  (hold) => {
    const clip = wordClip();
    const soft = vowelClip(150).map((value, i) => (i % 85 < 80 ? 0.6 * value : value));
    const messages: { at: number; message: ToKernel }[] = [soft, clip, soft].map((features, k) => ({
      at: 2400 + 1100 * k,
      message: { type: 'clip', slot: 3, revision: k + 1, style: new Float32Array(2), features },
    }));
    const sound = playVoice(clip, { hold, evenness: 1 }, 1, { pitchHz: 150 }, messages);
    expect(clickiness(sound, 8000)).toBeLessThan(CLICK);
  },
);
