// The quality table of the benchmark: what its figures mean, on methods whose figures are known; and its plot.
import { describe, expect, test } from 'vitest';
import { createFft } from '../../src/dsp/createFft.ts';
import { MelFilterbank } from '../../src/dsp/mel.ts';
import { loadFftModule } from '../helpers/fftModule.ts';
import { testWords } from '../helpers/signals.ts';
import { enginePlot } from './enginePlot.ts';
import {
  inversionRows,
  plotPoints,
  qualityRows,
  referenceInversions,
  referenceMethods,
  type Method,
} from './engineQuality.ts';

const sizes = { fftSamples: 512, hopSamples: 128 };
const { fft } = createFft(512, loadFftModule());
const bank = new MelFilterbank({
  sampleRate: 8000,
  fftSamples: 512,
  melBands: 80,
  melLowHz: 0,
  melHighHz: 4000,
});
const words = testWords(23);
const [inversion] = referenceInversions(bank);
const conditions = { words, sizes, bank, inversion, fft };
const silent: Method = {
  name: 'nothing',
  setting: 'at all',
  rebuild: (_magnitudes, _sizes, length) => ({ samples: new Float32Array(length), ffts: 0 }),
};

describe('table', () => {
  const rows = qualityRows([silent, ...referenceMethods(fft)], conditions);
  const row = (name: string, setting: string) => {
    const found = rows.find((one) => one.name === name && one.setting === setting);
    if (!found) throw new Error(`no row ${name}, ${setting}`);
    return found;
  };

  test('a method that says nothing scores 0 dB, costs nothing and beats no rival', () => {
    expect(row('nothing', 'at all')).toEqual({
      name: 'nothing',
      setting: 'at all',
      trueDb: 0,
      melDb: 0,
      melToTrueDb: 0,
      fftsPerHop: 0,
      betterThan: [
        { rival: 'fast Griffin-Lim, 32 iterations', trueShare: 0, melShare: 0 },
        { rival: 'fast Griffin-Lim, 60 iterations', trueShare: 0, melShare: 0 },
      ],
      words: words.length,
    });
  });

  test('FFTs are counted where no frame is silent', () => {
    expect(row('Griffin-Lim', '32 iterations').fftsPerHop).toBe(65);
    expect(row('fast Griffin-Lim', '60 iterations').fftsPerHop).toBe(121);
    expect(row('RTISI-LA, look-ahead 3', '2 iterations').fftsPerHop).toBe(18);
    expect(row('RTISI-LA, look-ahead 3', '8 iterations').fftsPerHop).toBe(66);
    expect(row('SPSI', 'one pass').fftsPerHop).toBe(1);
  });

  test('mel magnitudes are harder to follow than true ones, and the true ones are farther still', () => {
    for (const { name, trueDb, melDb, melToTrueDb } of rows) {
      if (name === 'nothing') continue;
      expect(trueDb).toBeLessThan(melDb);
      expect(melDb).toBeLessThan(melToTrueDb);
      expect(melToTrueDb).toBeLessThan(-8);
    }
  });

  test('shares count single words against each rival, never against itself', () => {
    const [against32] = row('fast Griffin-Lim', '60 iterations').betterThan;
    expect(against32).toEqual({ rival: 'fast Griffin-Lim, 32 iterations', trueShare: 1, melShare: 1 });
    expect(row('fast Griffin-Lim', '32 iterations').betterThan).toEqual([
      { rival: 'fast Griffin-Lim, 60 iterations', trueShare: 0, melShare: 0 },
    ]);
  });

  test('each line becomes a point of the plot', () => {
    const points = plotPoints(rows);
    expect(points.length).toBe(rows.length);
    expect(points[0]).toEqual({ series: 'nothing', label: 'at all', fftsPerHop: 0, convergenceDb: 0 });
  });
});

test('inversions: an exact one has no distance, least squares lies nearer than the clipped pseudo-inverse', () => {
  const [pseudoInverse, leastSquares] = inversionRows(referenceInversions(bank), conditions);
  expect(pseudoInverse.name).toBe('clipped pseudo-inverse');
  expect(leastSquares.distanceDb).toBeLessThan(pseudoInverse.distanceDb);
  const [none] = inversionRows([{ name: 'none', invert: (_mel, out) => out.fill(0) }], conditions);
  expect(none).toEqual({ name: 'none', distanceDb: 0, words: words.length });
});

describe('plot', () => {
  const points = [
    { series: 'one', label: 'low', fftsPerHop: 4, convergenceDb: -20 },
    { series: 'one', label: 'high', fftsPerHop: 60, convergenceDb: -30 },
    { series: 'two', label: 'beside', fftsPerHop: 66, convergenceDb: -28 },
  ];

  test('is one SVG that names axes, series and points', () => {
    const svg = enginePlot(points, 'a title');
    expect(svg).toMatch(/^<svg[\s\S]*<\/svg>$/);
    for (const text of ['a title', 'FFTs per hop', 'dB', 'one', 'two', 'low', 'high', 'beside']) {
      expect(svg).toContain(`>${text}`.slice(text === 'dB' ? 1 : 0));
    }
  });

  test('labels of close points stand on different sides', () => {
    const svg = enginePlot(points, 'a title');
    const heightOf = (label: string): number =>
      Number(new RegExp(`translate\\([\\d.]+ ([\\d.]+)\\)"[^>]*>${label}<`).exec(svg)?.[1]);
    // Two decibels apart the points are 46 pixels apart; labels on the same side would be too.
    expect(heightOf('high') - heightOf('beside')).toBeGreaterThan(50);
  });

  test('needs a point', () => {
    expect(() => enginePlot([], 'empty')).toThrow(RangeError);
  });
});
