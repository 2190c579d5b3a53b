// Points that swing on a line: how few of them are decoded, and that what is blended is what would be decoded there.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { frameValues, magnitudeOfFeature, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { Random } from '../../src/dsp/random.ts';
import { digitAnchor, styleAt } from '../../src/model/latent.ts';
import { LatentPaths, type PathTarget } from '../../src/model/latentPaths.ts';
import { openListener } from '../../src/model/nodeListener.ts';
import { openModel } from '../../src/model/nodeModel.ts';
import { trackedFormat } from '../helpers/kernelRun.ts';

const length = trackedFormat.frames * frameValues(trackedFormat);
const point = Float32Array.of(1);
type Answer = (style: Float32Array) => number;

/** Paths over a decoder whose clips are one value throughout, and the styles that it was asked for. */
function rig(answer: Answer = ([x, y]) => 0.5 + 0.01 * x + 0.001 * y) {
  const asked: number[][] = [];
  const calls: number[] = [];
  const paths = new LatentPaths(trackedFormat, (points) => {
    calls.push(points.length);
    return Promise.resolve(
      points.map(({ style }) => {
        asked.push([...style]);
        return new Float32Array(length).fill(answer(style));
      }),
    );
  });
  return { paths, asked, calls };
}

/** A target of slot 3 at (x, y) that swings along x between whole numbers about (0, y). */
function target(x: number, y = 0, more: Partial<PathTarget> = {}): PathTarget {
  const low = Math.floor(x);
  const at = (value: number) => Float32Array.of(value, y);
  const line = { low: at(low), high: at(low + 1), rest: at(0) };
  return { slot: 3, digitPoint: point, style: at(x), line, ...more };
}

/** The same of a note in slot 90 whose word swings at y = 0. */
const noteTarget = (x: number, y: number, noteId = 1): PathTarget => {
  const { style, line } = target(x);
  return target(x, y, { slot: 90, noteId, wordLine: { slot: 3, style, ...line! } });
};

describe('a point that swings', () => {
  it('is decoded at the ends of its line and blended in between', async () => {
    const { paths, asked } = rig();
    for (const x of [0.25, 0.5, 0.9, 0.1, 0]) {
      const [features] = await paths.features([target(x)]);
      expect(features[17]).toBeCloseTo(0.5 + 0.01 * x, 6);
    }
    expect(asked).toEqual([
      [0, 0],
      [1, 0],
    ]);
    await paths.features([target(-0.5)]);
    expect(asked.slice(2)).toEqual([[-1, 0]]);
    expect(paths.decodes).toBe(3);
  });

  it('asks for one end where it stands on it', async () => {
    const { paths, asked } = rig();
    await paths.features([target(1)]);
    expect(asked).toEqual([[1, 0]]);
  });

  it('gets another place between ends that are far apart, and no more than three', async () => {
    const steep = rig(([x]) => 0.4 + 0.4 * x * x);
    const [features] = await steep.paths.features([target(0.55)]);
    expect(steep.asked.map(([x]) => x)).toEqual([0, 1, 0.5, 0.75]);
    expect(features[0]).toBeCloseTo(0.4 + 0.4 * 0.55 ** 2, 1);
    const flat = rig(([x]) => 0.4 + 0.04 * x * x);
    await flat.paths.features([target(0.55)]);
    expect(flat.asked).toHaveLength(2);
  });

  it('is decoded where it is while its line moves, once each, and blended again when that rests', async () => {
    const { paths, asked } = rig();
    await paths.features([target(0.5)]);
    asked.length = 0;
    for (const y of [1, 2, 3]) await paths.features([target(0.5, y)]);
    expect(asked).toEqual([
      [0.5, 1],
      [0.5, 2],
      [0.5, 3],
    ]);
    await paths.features([target(0.6, 3)]);
    await paths.features([target(0.7, 3)]);
    expect(asked.slice(3)).toEqual([
      [0, 3],
      [1, 3],
    ]);
  });

  it('is decoded where it is without a line, and begins anew behind that and with another note', async () => {
    const { paths, asked } = rig();
    await paths.features([target(0.5, 0, { noteId: 1 })]);
    await paths.features([target(0.5, 0, { noteId: 2 })]);
    expect(asked).toHaveLength(4);
    const { line, ...still } = target(0.3, 0, { noteId: 2 });
    expect(line).toBeDefined();
    await paths.features([still]);
    expect(asked[4]).toEqual([0.3, 0].map(Math.fround));
    await paths.features([target(0.5, 0, { noteId: 2 })]);
    expect(asked).toHaveLength(7);
  });

  it('gives arrays away that it does not need any more', async () => {
    const { paths } = rig();
    const [first] = await paths.features([target(1)]);
    first.fill(9);
    const [again] = await paths.features([target(1)]);
    expect(again[0]).toBeCloseTo(0.51, 6);
  });
});

describe('a note near its word', () => {
  it('swings as the word does: one decode of its own, and those of the word for all of them together', async () => {
    const { paths, asked, calls } = rig();
    const notes = [0.1, 0.2, -0.3].map((y, k) => ({ ...noteTarget(0.25, y, k), slot: 90 + k }));
    const features = await paths.features(notes);
    [0.1, 0.2, -0.3].forEach((y, k) => expect(features[k][0]).toBeCloseTo(0.5 + 0.0025 + 0.001 * y, 6));
    // Each at rest, and both ends of the word; its rest is one of them.
    expect(asked).toHaveLength(5);
    expect(calls).toEqual([5]);
    await paths.features(
      notes.map((note, k) => ({ ...noteTarget(0.75, [0.1, 0.2, -0.3][k], k), slot: note.slot })),
    );
    expect(asked).toHaveLength(5);
  });

  it('has places of its own further off, and where the end of a knob holds it back', async () => {
    const far = rig();
    await far.paths.features([noteTarget(0.25, 0.7)]);
    expect(far.asked).toEqual(
      [
        [0, 0.7],
        [1, 0.7],
      ].map((style) => style.map(Math.fround)),
    );
    const held = rig();
    const note = noteTarget(0.25, 0.1);
    await held.paths.features([{ ...note, style: Float32Array.of(0.2, 0.1) }]);
    expect(held.asked.every(([, y]) => y > 0)).toBe(true);
  });

  it('stays within the range of features', async () => {
    const { paths } = rig(([x, y]) => Math.min(1, 0.96 + 0.04 * x + 0.1 * y));
    const [features] = await paths.features([noteTarget(0.9, 0.4)]);
    expect(features[0]).toBe(1);
  });
});

describe('the shipped model', () => {
  it('blends what no ear and no listener tells from what it decodes', async () => {
    const model = await openModel(fileURLToPath(new URL('../../public/models/fsdd', import.meta.url)));
    const listener = openListener(model.bundle);
    const { manifest } = model.bundle;
    const random = new Random(11);
    const [blended, decoded]: [Float32Array[], Float32Array[]] = [[], []];
    for (let k = 0; k < 60; k++) {
      const digit = random.integer(10);
      const speaker = random.integer(manifest.speakers.length);
      const direction = random.integer(manifest.directions.length);
      const own = manifest.directions.map(() => random.uniform(-0.3, 0.3));
      const amount = random.uniform(-1, 1);
      const low = Math.floor(amount);
      const style = (swing: number, offset: readonly number[]) =>
        styleAt(
          manifest,
          speaker,
          digit,
          offset.map((value, d) => value + (d === direction ? swing : 0)),
        );
      const line = (offset: readonly number[]) => ({
        low: style(low, offset),
        high: style(low + 1, offset),
        rest: style(0, offset),
      });
      const word = own.map(() => 0);
      const swung: PathTarget = {
        slot: 90,
        noteId: k,
        digitPoint: digitAnchor(manifest, digit),
        style: style(amount, own),
        line: line(own),
        wordLine: { slot: 10 * speaker + digit, style: style(amount, word), ...line(word) },
      };
      const paths = new LatentPaths(manifest.format, (points) => model.decode(points));
      blended.push(...(await paths.features([swung])));
      decoded.push(...(await model.decode([{ digit: swung.digitPoint, style: swung.style }])));
    }
    const far = blended.map((clip, k) => distanceDb(clip, decoded[k], manifest.format)).sort((a, b) => a - b);
    expect(far[30]).toBeLessThan(0.25);
    expect(far[56]).toBeLessThan(1);
    const [heardBlended, heardDecoded] = [await listener.hear(blended), await listener.hear(decoded)];
    const differ = (head: string) =>
      heardBlended.filter((heard, k) => heard[head].label !== heardDecoded[k][head].label).length;
    expect(differ('digit')).toBe(0);
    expect(differ('speaker')).toBeLessThanOrEqual(1);
    listener.dispose();
    model.dispose();
  });
});

/** Mean over a word's loud frames of the root mean square over the bands, in decibels of mel magnitude. */
function distanceDb(a: Float32Array, b: Float32Array, format: SpectrogramFormat): number {
  const values = frameValues(format);
  const level = (feature: number) => 20 * Math.log10(magnitudeOfFeature(feature, format) + 3e-4);
  const frames: number[] = [];
  for (let at = 0; at < a.length; at += values) {
    const bands = Array.from({ length: format.melBands }, (_, k) => at + k);
    if (!bands.some((i) => b[i] > 0.3)) continue;
    frames.push(
      Math.sqrt(bands.reduce((sum, i) => sum + (level(a[i]) - level(b[i])) ** 2, 0) / bands.length),
    );
  }
  return frames.reduce((sum, value) => sum + value, 0) / frames.length;
}
