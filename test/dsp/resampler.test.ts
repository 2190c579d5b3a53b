// The resampler: images, aliases, timing, streaming and exact pass-through.
import { describe, expect, test } from 'vitest';
import { Resampler, ResamplerFilter, resample } from '../../src/dsp/resampler.ts';
import { noise, rms } from '../helpers/signals.ts';

function tone(hertz: number, rate: number, samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, n) => Math.sin((2 * Math.PI * hertz * n) / rate + 0.4));
}

/** Level of everything but the wanted tone, relative to it, by removing the best-fitting sinusoid. */
function residueDb(samples: Float32Array, hertz: number, rate: number, begin: number, end: number): number {
  let cc = 0;
  let ss = 0;
  let cs = 0;
  let xc = 0;
  let xs = 0;
  for (let n = begin; n < end; n++) {
    const c = Math.cos((2 * Math.PI * hertz * n) / rate);
    const s = Math.sin((2 * Math.PI * hertz * n) / rate);
    cc += c * c;
    ss += s * s;
    cs += c * s;
    xc += samples[n] * c;
    xs += samples[n] * s;
  }
  const determinant = cc * ss - cs * cs;
  const a = (xc * ss - xs * cs) / determinant;
  const b = (xs * cc - xc * cs) / determinant;
  const rest = samples.map(
    (x, n) =>
      x - a * Math.cos((2 * Math.PI * hertz * n) / rate) - b * Math.sin((2 * Math.PI * hertz * n) / rate),
  );
  return 20 * Math.log10(rms(rest, begin, end) / Math.hypot(a, b) / Math.SQRT1_2);
}

describe.each([44100, 48000, 96000, 22050, 192000, 44099])('8 kHz to %i Hz', (rate) => {
  test.each([55, 440, 1000, 2500, 3300, 3600])(
    'a tone of %i Hz keeps its level and has no image above -80 dB',
    (hertz) => {
      const output = resample(tone(hertz, 8000, 2000), 8000, rate);
      const begin = Math.floor(output.length * 0.2);
      const end = Math.floor(output.length * 0.8);
      expect(residueDb(output, hertz, rate, begin, end)).toBeLessThan(-80);
      expect(rms(output, begin, end)).toBeCloseTo(Math.SQRT1_2, 1);
    },
  );

  test('lands where it should: the output is the same tone at the same time', () => {
    const output = resample(tone(700, 8000, 1500), 8000, rate);
    expect(output.length).toBe(Math.ceil((1500 * rate) / 8000));
    const wanted = tone(700, rate, output.length);
    for (let n = output.length >> 2; n < output.length >> 1; n++) {
      expect(Math.abs(output[n] - wanted[n])).toBeLessThan(2e-4);
    }
  });
});

describe.each([48000, 96000, 44100])('%i Hz to 8 kHz', (rate) => {
  test.each([4400, 5000, 7000, 7900, 11000, 20000])(
    'a tone of %i Hz leaves no alias above -80 dB',
    (hertz) => {
      const output = resample(tone(hertz, rate, rate / 4), rate, 8000);
      expect(20 * Math.log10(rms(output, 400, 1600) / Math.SQRT1_2)).toBeLessThan(-80);
    },
  );

  test('a tone of 3600 Hz passes within 0.01 dB', () => {
    const output = resample(tone(3600, rate, rate / 4), rate, 8000);
    expect(Math.abs(20 * Math.log10(rms(output, 400, 1600) / Math.SQRT1_2))).toBeLessThan(0.01);
  });
});

test('equal rates pass through exactly, without latency', () => {
  const input = noise(777, 1);
  expect(resample(input, 8000, 8000)).toEqual(input);
  expect(new ResamplerFilter(8000, 8000).lookAheadSamples).toBe(0);
});

describe.each([
  [8000, 48000],
  [8000, 44100],
  [48000, 8000],
  [8000, 44099],
  [8000, 8000],
])('streaming %i to %i Hz', (from, to) => {
  const filter = new ResamplerFilter(from, to);
  const input = noise(1501, 2);

  function stream(resampler: Resampler, pushes: number[], pulls: number[]): Float32Array {
    const output = new Float32Array(Math.ceil((input.length * to) / from) + 64).fill(5);
    let pushed = 0;
    let pulled = 0;
    for (let i = 0; pushed < input.length; i++) {
      const count = Math.min(pushes[i % pushes.length], input.length - pushed);
      resampler.push(input, count, pushed);
      pushed += count;
      for (let j = 0; resampler.available > 0; j++) {
        const take = Math.min(pulls[j % pulls.length], resampler.available);
        resampler.pull(output, take, pulled);
        pulled += take;
      }
    }
    expect(Array.from(output.subarray(pulled)).every((value) => value === 5)).toBe(true);
    return output.slice(0, pulled);
  }

  test('any split of pushes and pulls gives the same samples, and reset starts over exactly', () => {
    const resampler = new Resampler(filter, 300);
    const whole = stream(resampler, [300], [10000]);
    resampler.reset();
    expect(stream(resampler, [1, 7, 128, 33], [1, 5, 64])).toEqual(whole);
    const offline = resample(input, from, to);
    expect(offline.subarray(0, whole.length)).toEqual(whole);
    expect(whole.every((value) => Number.isFinite(value))).toBe(true);
  });

  test('an impulse comes out at its own time, available latencySamples later', () => {
    const resampler = new Resampler(filter, 1200);
    const impulse = new Float32Array(1201);
    impulse[600] = 1;
    resampler.push(impulse, 600);
    resampler.push(impulse, 1 + resampler.latencySamples, 600);
    const due = Math.floor((600 * to) / from) + 1;
    expect(resampler.available).toBeGreaterThanOrEqual(due);
    expect(resampler.available).toBeLessThanOrEqual(due + Math.ceil(to / from));
    const output = new Float32Array(due);
    resampler.pull(output, due);
    const largest = output.reduce(
      (best, value, n) => (Math.abs(value) > Math.abs(output[best]) ? n : best),
      0,
    );
    expect(Math.abs(largest - (600 * to) / from)).toBeLessThan(1);
  });

  test('more than is available is silence, and more than fits is refused', () => {
    const resampler = new Resampler(filter, 10);
    const output = new Float32Array(8).fill(3);
    resampler.pull(output, 8);
    expect(output.every((value) => value === 0)).toBe(true);
    expect(() => {
      resampler.push(new Float32Array(100000), 100000);
    }).toThrow(/capacity/);
  });
});

test('rates that are no whole hertz are refused by name', () => {
  expect(() => new ResamplerFilter(0, 8000)).toThrow(/inputRate/);
  expect(() => new ResamplerFilter(8000, 44100.5)).toThrow(/outputRate/);
});
