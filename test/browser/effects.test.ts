// The effects after the voices, rendered in Chromium: what each does to the sound, that switching them is not heard, and that
// they sound the same in Node. Long, as each effect has its own measures.
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OfflineEffects } from '../../src/offline/offlineEffects.ts';
import type { ParameterId } from '../../src/contract/parameters.ts';
import { effectParameterIds, type EffectParameterId } from '../../src/output/effects/effectParameters.ts';
import { wholeRoom } from '../helpers/wholeRoom.ts';
import { factoryPreset } from '../../src/patch/factoryPresets.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';
import { noise, rms } from '../helpers/signals.ts';
import { webAudioLoads } from '../helpers/webAudio.ts';
import { launch } from './browser.ts';
import type * as effectsPage from './effectsPage.ts';

const origin = 'http://localhost:4398/';
const sampleRate = 48_000;
type Sides = readonly [Float32Array, Float32Array];
type Values = Partial<Record<EffectParameterId, number>>;

declare global {
  interface Window {
    /** Put there by the module that this test serves. */
    renderScene: typeof effectsPage.renderScene;
    refusal: typeof effectsPage.refusal;
    roomBlocks: typeof effectsPage.roomBlocks;
  }
}

let browser: Browser;
let page: Page;
const faults: string[] = [];
beforeAll(async () => {
  const entry = fileURLToPath(new URL('effectsPage.ts', import.meta.url));
  const lib = { entry, formats: ['es' as const], fileName: 'effects' };
  const built = await build({ configFile: false, logLevel: 'error', build: { write: false, lib } });
  const [bundle] = Array.isArray(built) ? built : [built];
  if (!('output' in bundle)) throw new Error('the build gave no output');
  const { code } = bundle.output[0];
  browser = await launch();
  page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  await page.route(`${origin}**`, (route) =>
    route.request().url().endsWith('.js')
      ? route.fulfill({ contentType: 'text/javascript', body: code })
      : route.fulfill({
          contentType: 'text/html',
          body: '<!doctype html><script type="module" src="effects.js"></script>',
        }),
  );
  await page.goto(origin);
});
afterAll(async () => {
  await browser.close();
  expect(faults).toEqual([]);
});

/**
 * Renders two sides through the effects; `events` are [seconds, values], `looks` times to note what is
 * connected.
 */
async function render(
  source: Float32Array | Sides,
  events: readonly (readonly [number, Values])[],
  looks: readonly number[] = [],
): Promise<{ sides: Sides; active: readonly string[] }> {
  const [left, right] = source instanceof Float32Array ? [source, source] : source;
  const text = (samples: Float32Array): string => Buffer.from(samples.buffer).toString('base64');
  const scene: effectsPage.Scene = {
    sampleRate,
    sides: [text(left), text(right)],
    events: events.map(([at, values]) => ({ at, values })),
    looks,
  };
  const { sides, active } = await page.evaluate((sent) => window.renderScene(sent), scene);
  const samplesOf = (base64: string): Float32Array =>
    new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
  return { sides: [samplesOf(sides[0]), samplesOf(sides[1])], active };
}

const at = (seconds: number): number => Math.round(seconds * sampleRate);
const decibels = (ratio: number): number => 20 * Math.log10(ratio);

function tone(hertz: number, seconds: number, amplitude: number): Float32Array {
  return Float32Array.from(
    { length: at(seconds) },
    (_, n) => amplitude * Math.sin((2 * Math.PI * hertz * n) / sampleRate),
  );
}

/** A steady voiced sound of 125 Hz with harmonics to 4 kHz; it begins softly. */
function vowel(seconds: number): Float32Array {
  return Float32Array.from({ length: at(seconds) }, (_, n) => {
    let sum = 0;
    for (let k = 1; k <= 31; k++) sum += Math.sin((2 * Math.PI * 125 * k * n) / sampleRate + k * k) / k;
    return 0.15 * sum * Math.min(1, n / at(0.05));
  });
}

function impulse(seconds: number, when: number): Float32Array {
  const samples = new Float32Array(at(seconds));
  samples[at(when)] = 1;
  return samples;
}

/** Amplitude of a partial between two times, through a Hann window. */
function amplitude(samples: Float32Array, hertz: number, begin: number, end: number): number {
  let [real, imaginary, sum] = [0, 0, 0];
  for (let n = at(begin); n < at(end); n++) {
    const weight = 1 - Math.cos((2 * Math.PI * (n - at(begin))) / (at(end) - at(begin)));
    real += weight * samples[n] * Math.cos((2 * Math.PI * hertz * n) / sampleRate);
    imaginary += weight * samples[n] * Math.sin((2 * Math.PI * hertz * n) / sampleRate);
    sum += weight;
  }
  return (2 * Math.hypot(real, imaginary)) / sum;
}

/** Greatest sample of a stretch, with its time. */
function peak(samples: Float32Array, begin: number, end: number): { value: number; time: number } {
  let best = at(begin);
  for (let n = best; n < at(end); n++) if (Math.abs(samples[n]) > Math.abs(samples[best])) best = n;
  return { value: Math.abs(samples[best]), time: best / sampleRate };
}

const everything: Values = {
  drive: 0.4,
  chorus: 0.5,
  delay: 0.4,
  delayFeedback: 0.3,
  reverb: 0.4,
  reverbSeconds: 0.4,
  eqLow: 4,
  eqMid: -3,
  eqHigh: 5,
};
const off: Values = { drive: 0, chorus: 0, delay: 0, reverb: 0, eqLow: 0, eqMid: 0, eqHigh: 0 };

describe('all effects at zero', () => {
  it('pass both sides on bit by bit, with nothing connected', async () => {
    const source: Sides = [noise(at(1), 1), noise(at(1), 2)];
    const { sides, active } = await render(source, [], [0.5]);
    expect(active).toEqual(['']);
    expect(sides[0]).toEqual(source[0]);
    expect(sides[1]).toEqual(source[1]);
  });

  it('do so again once they were on and their tails have died out', async () => {
    const source: Sides = [noise(at(6), 1), noise(at(6), 2)];
    const events = [
      [0.1, { ...everything, delayTime: 8 }],
      [0.5, off],
    ] as const;
    const { sides, active } = await render(source, events, [0.3, 0.6, 5]);
    expect(active).toEqual(['drive chorus delay reverb eq', 'delay reverb', '']);
    expect(
      rms(
        sides[0].map((x, n) => x - source[0][n]),
        at(0.2),
        at(0.4),
      ),
    ).toBeGreaterThan(0.01);
    for (const side of [0, 1]) expect(sides[side].subarray(at(5))).toEqual(source[side].subarray(at(5)));
  });
});

describe('drive', () => {
  it('adds odd harmonics, more of them the further it goes, and keeps a voice as loud as it is', async () => {
    const source = tone(250, 0.6, 0.35);
    let before = -100;
    for (const drive of [0.2, 0.5, 1]) {
      const [left] = (await render(source, [[0, { drive }]])).sides;
      const [first, second, third] = [250, 500, 750].map((hertz) => amplitude(left, hertz, 0.2, 0.6));
      const harmonic = decibels(third / first);
      expect(harmonic).toBeGreaterThan(before + 6);
      expect(decibels(second / first)).toBeLessThan(-80);
      expect(Math.abs(decibels(rms(left, at(0.2)) / rms(source, at(0.2))))).toBeLessThan(3);
      before = harmonic;
    }
    // A square wave's third harmonic is 9.5 dB below its first.
    expect(before).toBeGreaterThan(-13);
  });

  it('folds the overtones of the highest partials back 50 dB below them at most', async () => {
    const [left] = (await render(tone(3900, 0.6, 0.35), [[0, { drive: 1 }]])).sides;
    const loudest = amplitude(left, 3900, 0.2, 0.6);
    // Where overtones 13, 25 and 37 come back; without more samples the first is 32 dB below.
    for (const alias of [2700, 1500, 300]) {
      expect(decibels(amplitude(left, alias, 0.2, 0.6) / loudest)).toBeLessThan(-50);
    }
  });
});

describe('chorus', () => {
  it('bends the pitch by a fifth of a semitone at most, at every rate, opposite ways on both sides', async () => {
    for (const chorusRate of [0.3, 2, 8]) {
      const { sides } = await render(tone(1000, 4, 0.3), [[0, { chorus: 1, chorusRate }]]);
      const bends = sides.map((samples) => bendsOf(samples, 1000));
      for (const bend of bends) {
        const most = Math.max(...bend.map(Math.abs));
        expect(most).toBeLessThan(0.0125);
        expect(most).toBeGreaterThan(0.005);
      }
      const together = bends[0].reduce((sum, bend, k) => sum + bend * bends[1][k], 0);
      const own = bends[0].reduce((sum, bend) => sum + bend * bend, 0);
      expect(together / own).toBeLessThan(-0.95);
    }
  });

  it('keeps a voice as loud as it is', async () => {
    const source = vowel(2);
    for (const chorus of [0.3, 0.6, 1]) {
      const [left] = (await render(source, [[0, { chorus }]])).sides;
      expect(Math.abs(decibels(rms(left, at(0.3)) / rms(source, at(0.3))))).toBeLessThan(2.5);
    }
  });
});

/** Relative deviations of a tone's frequency, one for each 10 ms after the first 100 ms. */
function bendsOf(samples: Float32Array, hertz: number): number[] {
  const stretch = 0.01;
  const phases: number[] = [];
  for (let time = 0.1; time + stretch <= samples.length / sampleRate; time += stretch) {
    let [real, imaginary] = [0, 0];
    for (let n = at(time); n < at(time + stretch); n++) {
      real += samples[n] * Math.cos((2 * Math.PI * hertz * n) / sampleRate);
      imaginary += samples[n] * Math.sin((2 * Math.PI * hertz * n) / sampleRate);
    }
    phases.push(Math.atan2(real, imaginary));
  }
  return phases.slice(1).map((phase, k) => {
    const turn = (phase - phases[k]) / (2 * Math.PI);
    return (turn - Math.round(turn)) / (hertz * stretch);
  });
}

describe('delay', () => {
  it.each([
    [120, 4, 0.25],
    [90, 2, 60 / 90],
    [150, 7, 60 / 150 / 6],
  ])('at %d bpm and division %d repeats every %f s, from side to side', async (tempo, delayTime, gap) => {
    const values = { delay: 0.5, delayTime, delayFeedback: 0.5, tempo };
    const { sides } = await render(impulse(0.2 + 4 * gap, 0.1), [[0, values]]);
    expect(peak(sides[0], 0, 0.1 + gap / 2).value).toBe(1);
    for (const echo of [1, 2, 3]) {
      const due = 0.1 + echo * gap;
      const [here, there] = echo % 2 === 1 ? sides : [sides[1], sides[0]];
      const found = peak(here, due - gap / 3, due + gap / 3);
      expect(Math.abs(found.time - due)).toBeLessThan(2 / sampleRate);
      // Between two samples an impulse is lower.
      expect(Math.abs(decibels(found.value / 0.5 ** (echo - 1)))).toBeLessThan(6.1 * echo);
      const across = peak(there, due - gap / 3, due + gap / 3).value;
      expect(decibels(found.value / across)).toBeCloseTo(9.8, 1);
    }
  });

  it('keeps voices apart that stand on different sides', async () => {
    const values = { delay: 0.5, delayTime: 4, delayFeedback: 0.5, tempo: 120 };
    const click = impulse(1.4, 0.1);
    const silence = new Float32Array(click.length);
    const fromLeft = (await render([click, silence], [[0, values]])).sides;
    const fromRight = (await render([silence, click], [[0, values]])).sides;
    for (const echo of [1, 2, 3, 4]) {
      const [begin, end] = [0.1 + 0.25 * echo - 0.05, 0.1 + 0.25 * echo + 0.05];
      const [near, far] = fromLeft.map((side) => peak(side, begin, end).value);
      const [farther, nearer] = fromRight.map((side) => peak(side, begin, end).value);
      // Whatever the swing, the voice from the left stands further left.
      expect(near / (near + far)).toBeGreaterThan(farther / (farther + nearer) + 0.3);
      // Mirrored: an echo that swings to the left is to a left voice what one to the right is to a right one.
      if (echo % 2 === 1) expect(far).toBe(0);
      else expect(farther).toBe(0);
    }
  });

  it('lets echoes ring on when a preset turns it off, as if nothing had happened', async () => {
    const source = impulse(4, 0.2);
    const values = { delay: 0.5, delayTime: 4, delayFeedback: 0.8 };
    const kept = await render(source, [[0, values]]);
    const preset = { delay: 0, delayFeedback: 0, delayTime: 8, tempo: 70 };
    const left = await render(
      source,
      [
        [0, values],
        [0.5, preset],
      ],
      [3.9],
    );
    expect(left.active).toEqual(['delay']);
    expect(left.sides).toEqual(kept.sides);
    expect(rms(left.sides[0], at(3))).toBeGreaterThan(0);
  });

  it('takes echoes on their way along to a new tempo, at their own pitch', async () => {
    const burst = tone(1000, 4, 0.3).map((x, n) => (n < at(0.2) ? x * Math.sin((Math.PI * n) / at(0.2)) : 0));
    const values = { delay: 0.5, delayTime: 2, delayFeedback: 0.7, tempo: 120 };
    const { sides } = await render(burst, [
      [0, values],
      [0.8, { tempo: 100 }],
    ]);
    // Echoes 0.5 s apart become 0.6 s apart: the one at 0.5 s goes into the right line and comes at 1.1 s.
    const echo = sides[1].subarray(at(1.1), at(1.3));
    expect(rms(echo)).toBeCloseTo(0.7 * rms(burst.subarray(0, at(0.2))), 2);
    expect(rms(sides[1].subarray(at(0.95), at(1.08)))).toBeLessThan(1e-4);
    const shifted = new Float32Array(sides[1].subarray(at(1.1)));
    expect(amplitude(shifted, 1000, 0, 0.2)).toBeCloseTo(0.7 * amplitude(burst, 1000, 0, 0.2), 2);
  });
});

describe('reverb', () => {
  it.each([0.5, 2, 5])('dies away by 60 dB in %f s, differently on both sides', async (reverbSeconds) => {
    const { sides } = await render(impulse(0.1 + reverbSeconds, 0.05), [[0, { reverb: 1, reverbSeconds }]]);
    for (const side of sides) {
      const measured = decaySeconds(lowPassed(side, 3000), at(0.07));
      expect(Math.abs(measured / reverbSeconds - 1)).toBeLessThan(0.1);
    }
    const product = sides[0].reduce((sum, x, n) => sum + x * sides[1][n], 0);
    expect(Math.abs(product) / (at(1) * rms(sides[0]) * rms(sides[1]))).toBeLessThan(0.2);
  });

  it('is the whole response, whatever the parts in which it was prepared', async () => {
    const { sides } = await render(impulse(2.7, 0.1), [[0, { reverb: 1, reverbSeconds: 2.5 }]]);
    for (const [side, response] of wholeRoom(2.5, sampleRate).entries()) {
      const off = response.map((x, n) => x - sides[side][at(0.1) + n]);
      expect(decibels(rms(off) / rms(response))).toBeLessThan(-90);
    }
  });

  it('rings more on the side of the voice, and on both', async () => {
    const click = impulse(1.2, 0.1);
    const silence = new Float32Array(click.length);
    for (const side of [0, 1] as const) {
      const source: Sides = side === 0 ? [click, silence] : [silence, click];
      const { sides } = await render(source, [[0, { reverb: 1, reverbSeconds: 1 }]]);
      const louder = decibels(rms(sides[side]) / rms(sides[1 - side]));
      expect(louder).toBeGreaterThan(8.5);
      expect(louder).toBeLessThan(10.5);
    }
  });

  it('is about as loud as the voice', async () => {
    const source = lowPassed(noise(at(4), 5), 2000);
    const { sides } = await render(source, [[0, { reverb: 1, reverbSeconds: 1 }]]);
    const loudness = decibels(rms(sides[0], at(2)) / rms(source, at(2)));
    expect(Math.abs(loudness)).toBeLessThan(2.5);
  });

  it('rings on when it is turned off and when its time changes', async () => {
    const source = impulse(2, 0.1);
    const values = { reverb: 0.5, reverbSeconds: 2 };
    const kept = (await render(source, [[0, values]])).sides;
    for (const change of [{ reverb: 0, reverbSeconds: 0.3 }, { reverbSeconds: 0.3 }] as Values[]) {
      const { sides } = await render(source, [
        [0, values],
        [0.5, change],
      ]);
      expect(sides).toEqual(kept);
    }
    expect(rms(kept[0], at(1))).toBeGreaterThan(1e-4);
  });

  it('gives a new time to what is played after the change', async () => {
    const source = impulse(2.5, 1);
    const events = [
      [0, { reverb: 1, reverbSeconds: 3 }],
      [0.3, { reverbSeconds: 0.5 }],
    ] as const;
    const [left] = (await render(source, events)).sides;
    expect(
      Math.abs(decaySeconds(lowPassed(left.slice(at(1), at(1.55)), 3000), at(0.02)) / 0.5 - 1),
    ).toBeLessThan(0.1);
    expect(peak(left, 1.6, 2.5).value).toBeLessThan(1e-6);
  });
});

/** A signal through a Hann-weighted average: what lies well above `hertz` is gone. */
function lowPassed(samples: Float32Array, hertz: number): Float32Array {
  const half = Math.round(sampleRate / hertz);
  const weights = Float32Array.from(
    { length: 2 * half + 1 },
    (_, k) => 1 - Math.cos((Math.PI * (k + 1)) / (half + 1)),
  );
  const sum = weights.reduce((total, w) => total + w, 0);
  const result = new Float32Array(samples.length);
  for (let n = 0; n < samples.length; n++) {
    for (let k = -half; k <= half; k++) result[n] += ((samples[n + k] ?? 0) * weights[k + half]) / sum;
  }
  return result;
}

/** Time for 60 dB from the slope of Schroeder's backward integral between -5 and -30 dB. */
function decaySeconds(samples: Float32Array, begin: number): number {
  const levels = new Float64Array(samples.length);
  let sum = 0;
  for (let n = samples.length - 1; n >= begin; n--) levels[n] = sum += samples[n] ** 2;
  const below = (level: number): number =>
    levels.findIndex((x, n) => n >= begin && 10 * Math.log10(x / sum) < level);
  return ((below(-30) - below(-5)) / sampleRate) * (60 / 25);
}

describe('equaliser', () => {
  it.each([
    ['eqLow', 100, 12],
    ['eqLow', 100, -12],
    ['eqMid', 1000, 9],
    ['eqMid', 1000, -18],
    ['eqHigh', 8000, 12],
    ['eqHigh', 8000, -6],
  ] as const)('%s moves %d Hz by %d dB and the far bands by little', async (id, own, gain) => {
    for (const hertz of [100, 1000, 8000]) {
      const source = tone(hertz, 0.8, 0.1);
      const [left] = (await render(source, [[0, { [id]: gain }]])).sides;
      const moved = decibels(amplitude(left, hertz, 0.3, 0.8) / amplitude(source, hertz, 0.3, 0.8));
      if (hertz === own) expect(Math.abs(moved - gain)).toBeLessThan(1.5);
      else expect(Math.abs(moved)).toBeLessThan(1.5);
    }
  });
});

const hasWebAudio = await webAudioLoads();

describe.skipIf(!hasWebAudio)('in Node', () => {
  it.each(['Choir', 'Robot', 'Tempo Echo', 'Cathedral'])('%s sounds as on the page', async (name) => {
    const { values } = factoryPreset(name);
    const own = Object.fromEntries(
      effectParameterIds.flatMap((id: ParameterId) => (id in values ? [[id, values[id]]] : [])),
    ) as Values;
    const [voice, other] = [vowel(3), lowPassed(noise(at(3), 7), 4000).map((x) => 0.2 * x)];
    // A voice on the left, noise on the right; both end while the effects ring on.
    const source = [voice, other].map((side) => side.map((x, n) => (n < at(2) ? x : 0))) as unknown as Sides;
    const there = (await render(source, [[0, own]])).sides;
    const here = await inNode(source, own);
    for (const side of [0, 1]) {
      expect(rms(there[side].map((x, n) => x - source[side][n]))).toBeGreaterThan(0.1 * rms(source[side]));
    }
    let worst = 0;
    for (const side of [0, 1]) {
      for (const [begin, end] of [
        [0.2, 2],
        [2.1, 3],
      ]) {
        const levels = [there, here].map((sides) => bandLevels(sides[side].slice(at(begin), at(end))));
        const loudest = Math.max(...levels[0]);
        levels[0].forEach((level, band) => {
          if (level < loudest - 60) return;
          worst = Math.max(worst, Math.abs(levels[1][band] - level));
        });
      }
    }
    console.log(`${name}: a third of an octave differs by ${worst.toFixed(3)} dB at the most`);
    expect(worst).toBeLessThan(0.3);
  });
});

async function inNode(source: Sides, values: Values): Promise<Sides> {
  const blockFrames = 512;
  const longestFrames = source[0].length + blockFrames;
  const effects = await OfflineEffects.open({
    ...{ sampleRate, blockFrames, longestFrames, values, areSettled: false },
  });
  const result: Sides = [new Float32Array(source[0].length), new Float32Array(source[0].length)];
  try {
    for (let from = 0; from < source[0].length; from += blockFrames) {
      const block = source.map((side) => {
        const samples = new Float32Array(blockFrames);
        samples.set(side.subarray(from, from + blockFrames));
        return samples;
      });
      await effects.process(block[0], block[1]);
      block.forEach((side, k) => result[k].set(side.subarray(0, source[0].length - from), from));
    }
  } finally {
    await effects.close();
  }
  return result;
}

/** Levels in thirds of an octave from 63 Hz to 16 kHz, decibels, by the power spectrum. */
function bandLevels(samples: Float32Array): number[] {
  const { frames, magnitudes } = stftMagnitudes(samples, { fftSamples: 4096, hopSamples: 2048 });
  const power = new Float64Array(2049);
  for (let m = 0; m < frames; m++) for (let k = 0; k < 2049; k++) power[k] += magnitudes[m * 2049 + k] ** 2;
  return Array.from({ length: 25 }, (_, band) => {
    const centre = 63 * 2 ** (band / 3);
    const [low, high] = [centre / 2 ** (1 / 6), centre * 2 ** (1 / 6)];
    const first = Math.max(1, Math.round((low / sampleRate) * 4096));
    const last = Math.max(first + 1, Math.round((high / sampleRate) * 4096));
    return 10 * Math.log10(power.subarray(first, last).reduce((sum, x) => sum + x, 1e-20));
  });
}

it('a long room in parts blocks the page for a fraction of the time that one convolver takes', async () => {
  const { whole, parts } = await page.evaluate(() => window.roomBlocks());
  console.log(
    `a room of 10 s blocks the page for ${whole.toFixed(1)} ms, in parts for ${parts.toFixed(1)} ms`,
  );
  // A tenth on a calm machine; other programs stretch the longest of many short tasks.
  expect(parts).toBeLessThan(whole / 2);
});

describe('switching and moving', () => {
  const cases: [string, Values, Values][] = [
    ['drive', { drive: 0.5 }, { drive: 0.9 }],
    ['chorus', { chorus: 0.5 }, { chorus: 0.9, chorusRate: 5 }],
    ['delay', { delay: 0.5, delayFeedback: 0.6 }, { tempo: 93, delayFeedback: 0.2 }],
    ['reverb', { reverb: 0.5, reverbSeconds: 1 }, { reverbSeconds: 0.4, reverb: 0.8 }],
    ['eq', { eqLow: 9, eqMid: -9, eqHigh: 9 }, { eqLow: -9, eqHigh: -3 }],
  ];
  it.each(cases)('%s makes no click in a held vowel', async (_, on, moved) => {
    const events = [
      [0.5, on],
      [1.2, moved],
      [1.9, off],
      [2.1, on],
      [2.6, off],
    ] as const;
    const { sides } = await render(vowel(3), events);
    for (const side of sides) expect(clickiness(side, sampleRate, at(0.1), at(2.95))).toBeLessThan(CLICK);
  });

  it('takes a flood of changes', async () => {
    const events = Array.from({ length: 200 }, (_, k): [number, Values] => [
      0.3 + 0.007 * k,
      {
        drive: (k % 50) / 50,
        chorus: ((k + 20) % 40) / 40,
        delay: (k % 3) / 3,
        tempo: 100 + (k % 7),
        delayTime: k % 9,
        reverb: ((k + 1) % 4) / 4,
        reverbSeconds: 0.3 + (k % 5) / 10,
        eqMid: (k % 13) - 6,
      },
    ]);
    const source = vowel(4.5);
    const { sides, active } = await render(source, [...events, [1.9, { delayTime: 8 }], [2, off]], [1.9, 4]);
    expect(active[0]).toContain('delay reverb eq');
    expect(active[1]).toBe('');
    for (const side of sides) {
      expect(side.every((x) => Number.isFinite(x))).toBe(true);
      expect(side.subarray(at(4))).toEqual(source.subarray(at(4)));
    }
  });
});

it('refuses what is no effect and what is out of range, by name', async () => {
  const refusals = await page.evaluate(() =>
    (
      [
        ['attack', 1],
        ['drive', 1.5],
        ['tempo', NaN],
        ['reverb', 1],
      ] as const
    ).map(([id, x]) => window.refusal(id, x)),
  );
  expect(refusals[0]).toMatch(
    /RangeError: effect parameter must be one of (?=.*drive)(?=.*tempo).*, got attack/,
  );
  expect(refusals[1]).toMatch(/RangeError: drive must be a number from 0 to 1, got 1.5/);
  expect(refusals[2]).toMatch(/RangeError: tempo must be a number from 30 to 300, got NaN/);
  expect(refusals[3]).toBe('taken');
});
