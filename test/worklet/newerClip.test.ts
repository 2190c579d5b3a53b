// How soon a newer clip is heard in a sounding note: vowels within a hop, noise within two and a half.
import { expect, test } from 'vitest';
import { clipOfFrames, hissBands, playPatch, vowelClip } from '../helpers/patchRun.ts';

const hop = 128;
const hiss = clipOfFrames(() => ({ bands: hissBands, f0: 130, voicing: 0 }));
const vowel = vowelClip(130);

/** Samples from the message to the first that differs by a thousandth of full scale. */
function delay(clip: Float32Array, at: number): number {
  const louder = clip.map((value, i) => (i % 85 < 80 ? Math.min(1, 1.15 * value) : value));
  const style = new Float32Array(2);
  const newer = { at, message: { type: 'clip', slot: 3, revision: 1, style, features: louder } as const };
  const [with_, without] = [[newer], []].map((messages) =>
    playPatch(clip, { hold: 'hold' }, 0.7, { pitchHz: 150 }, messages),
  );
  return with_.findIndex((value, n) => Math.abs(value - without[n]) > 1e-3) - at;
}

test.each([
  ['a vowel', vowel, hop + 32],
  ['an s', hiss, 2 * hop + 64],
])('%s follows, wherever in a hop the clip comes', (_, clip, most) => {
  for (let at = 3000; at < 3000 + hop; at += 16) {
    const samples = delay(clip, at);
    expect(samples).toBeGreaterThan(0);
    expect(samples).toBeLessThanOrEqual(most);
  }
});
