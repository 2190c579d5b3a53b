// The page's effects in Node: bypassed to the bit, in time, the same again, ringing out.
import { describe, expect, test } from 'vitest';
import { OfflineEffects } from '../../src/offline/offlineEffects.ts';
import { lowestOutputRate } from '../../src/cli/options.ts';
import type { EffectParameterId } from '../../src/output/effects/effectParameters.ts';
import { noise, rms } from '../helpers/signals.ts';
import { webAudioLoads } from '../helpers/webAudio.ts';

const sampleRate = 48_000;
const blockFrames = 512;
type Values = Partial<Record<EffectParameterId, number>>;
type Sides = readonly [Float32Array, Float32Array];

/** Both sides through the effects; `events` are [seconds, values], those at 0 in force before the first block. */
async function through(
  source: Sides,
  events: readonly (readonly [number, Values])[],
  silencedAt: readonly number[] = [],
): Promise<Sides> {
  const longestFrames = source[0].length + blockFrames;
  const begin = { sampleRate, blockFrames, longestFrames, values: {}, areSettled: true };
  const [first, ...others] = events;
  const effects = await OfflineEffects.open({ ...begin, values: first?.[0] === 0 ? first[1] : {} });
  const left: number[] = [];
  const right: number[] = [];
  let next = 0;
  try {
    for (let at = 0; at < source[0].length; at += blockFrames) {
      for (; next < others.length && others[next][0] * sampleRate <= at; next++) {
        for (const [id, value] of Object.entries(others[next][1]))
          effects.set(id as EffectParameterId, value);
      }
      if (silencedAt.some((seconds) => Math.abs(seconds * sampleRate - at) < blockFrames / 2))
        effects.silence();
      const [a, b] = [new Float32Array(blockFrames), new Float32Array(blockFrames)];
      a.set(source[0].subarray(at, at + blockFrames));
      b.set(source[1].subarray(at, at + blockFrames));
      await effects.process(a, b);
      left.push(...a);
      right.push(...b);
    }
  } finally {
    await effects.close();
  }
  return [Float32Array.from(left), Float32Array.from(right)];
}

const at = (seconds: number): number => Math.round((seconds * sampleRate) / blockFrames) * blockFrames;

function click(seconds: number, when: number, side: 0 | 1): Sides {
  const sides: Sides = [new Float32Array(at(seconds)), new Float32Array(at(seconds))];
  sides[side][Math.round(when * sampleRate)] = 1;
  return sides;
}

function loudest(samples: Float32Array, begin: number, end: number): number {
  let best = Math.round(begin * sampleRate);
  for (let n = best; n < end * sampleRate; n++) if (Math.abs(samples[n]) > Math.abs(samples[best])) best = n;
  return best / sampleRate;
}

describe.skipIf(!(await webAudioLoads()))('effects in Node', () => {
  test('change no bit while all are at zero, and again once they were on and have rung out', async () => {
    const source: Sides = [noise(at(2), 1), noise(at(2), 2)];
    const [left, right] = await through(source, [
      [0, {}],
      [0.2, { drive: 0.5, chorus: 0.5, reverb: 0.5, reverbSeconds: 0.4, eqMid: 6 }],
      [0.6, { drive: 0, chorus: 0, reverb: 0, eqMid: 0 }],
    ]);
    for (const [side, samples] of [left, right].entries()) {
      expect(samples.subarray(0, at(0.2))).toEqual(source[side].subarray(0, at(0.2)));
      const changed = samples.map((x, n) => x - source[side][n]);
      expect(rms(changed, at(0.3), at(0.5))).toBeGreaterThan(0.05);
      expect(samples.subarray(at(1.5))).toEqual(source[side].subarray(at(1.5)));
    }
  });

  test('give the same samples twice', async () => {
    const source: Sides = [noise(at(1), 3), noise(at(1), 4)];
    const events: [number, Values][] = [
      [0, { drive: 0.3, chorus: 0.4, delay: 0.3, reverb: 0.4, reverbSeconds: 1.5, eqHigh: 5 }],
      [0.3, { delayTime: 6, reverbSeconds: 0.6 }],
    ];
    expect(await through(source, events)).toEqual(await through(source, events));
  });

  test('repeat in the tempo', async () => {
    const values = { delay: 0.5, delayTime: 4, delayFeedback: 0.5, tempo: 100 };
    const [left, right] = await through(click(1.3, 0.1, 0), [[0, values]]);
    for (const echo of [1, 2, 3]) {
      const due = 0.1 + 0.3 * echo;
      const found = loudest(echo % 2 === 1 ? left : right, due - 0.1, due + 0.1);
      expect(Math.abs(found - due)).toBeLessThan(2 / sampleRate);
    }
  });

  test('fall silent on demand without a click, and the next sound rings as always', async () => {
    const values = {
      delay: 0.6,
      delayTime: 4,
      delayFeedback: 0.9,
      tempo: 100,
      reverb: 0.6,
      reverbSeconds: 6,
    };
    const seconds = 4;
    const source: Sides = [new Float32Array(at(seconds)), new Float32Array(at(seconds))];
    // A sound until the panic, when the voices fall silent, and another after it.
    for (const side of source) {
      for (let n = 0; n < at(1); n++) side[n] = 0.3 * Math.sin((2 * Math.PI * 220 * n) / sampleRate);
      for (let n = 0; n < 0.005 * sampleRate; n++)
        side[at(1) + n] = side[at(1) - 1] * (1 - n / (0.005 * sampleRate));
      side[at(2.5)] = 1;
    }
    const [left] = await through(source, [[0, values]], [1]);
    const [unhurt] = await through(
      [source[0].map((x, n) => (n < at(2) ? 0 : x)), source[1].map((x, n) => (n < at(2) ? 0 : x))],
      [[0, values]],
    );
    expect(rms(left, at(0.9), at(1))).toBeGreaterThan(0.1);
    expect(Math.max(...left.subarray(at(1.05), at(2.4)).map(Math.abs))).toBeLessThan(1e-4);
    // Nothing steps further than the sound itself does in a sample, 0.3 x 2 pi 220 / 48,000, many times over.
    const steps = left.subarray(at(1), at(1.1)).map((x, n, all) => (n > 0 ? Math.abs(x - all[n - 1]) : 0));
    expect(Math.max(...steps)).toBeLessThan(0.05);
    expect(rms(left, at(2.6), at(4)) / rms(unhurt, at(2.6), at(4))).toBeCloseTo(1, 2);
  });

  test('come back later where silence is asked for again and again', async () => {
    const values = { reverb: 0.6, reverbSeconds: 2 };
    const source: Sides = [noise(at(3), 5), noise(at(3), 6)];
    const [left] = await through(source, [[0, values]], [0.5, 0.7, 0.9, 1.1]);
    const wet = left.map((x, n) => x - source[0][n] * Math.min(1, 2 - 2 * values.reverb));
    expect(rms(wet, at(0.75), at(1.2))).toBeLessThan(1e-3);
    expect(rms(wet, at(2.6), at(3))).toBeGreaterThan(0.05);
  });

  test('ring as long as they say', async () => {
    const begin = { sampleRate, blockFrames, longestFrames: sampleRate, areSettled: true };
    const effects = await OfflineEffects.open({ ...begin, values: { reverb: 0.5, reverbSeconds: 3 } });
    try {
      expect(effects.tailSeconds).toBeCloseTo(3, 1);
    } finally {
      await effects.close();
    }
  });

  test('equalise at the lowest rate of files too, where nothing is left of the highest band', async () => {
    const begin = { sampleRate: lowestOutputRate, blockFrames, longestFrames: 8 * blockFrames };
    const effects = await OfflineEffects.open({
      ...begin,
      values: { eqMid: 12, eqHigh: 12 },
      areSettled: true,
    });
    try {
      const hum = Float32Array.from({ length: 8 * blockFrames }, (_, n) =>
        Math.sin((2 * Math.PI * 1000 * n) / lowestOutputRate),
      );
      for (let block = 0; block < 8; block++) {
        const [left, right] = [0, 1].map(() => hum.slice(block * blockFrames, (block + 1) * blockFrames));
        await effects.process(left, right);
        if (block > 0) expect(20 * Math.log10(rms(left) / rms(hum))).toBeCloseTo(12, 1);
      }
    } finally {
      await effects.close();
    }
  });

  test('refuse more frames than they were opened for', async () => {
    const begin = { sampleRate, blockFrames, longestFrames: 2 * blockFrames, values: {}, areSettled: false };
    const effects = await OfflineEffects.open(begin);
    const block = (): Float32Array<ArrayBuffer> => new Float32Array(blockFrames);
    await effects.process(block(), block());
    await effects.process(block(), block());
    await expect(effects.process(block(), block())).rejects.toThrow(/more frames/);
    await effects.close();
  });
});
