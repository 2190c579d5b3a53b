// The shipped model: small, credited, and as good on held-out takes as its manifest says.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digitAnchor, styleAt } from '../../src/model/latent.ts';
import { mostLikelyDigit, openModel, type NodeModel } from '../../src/model/nodeModel.ts';
import { renderClip } from '../../src/worklet/render.ts';
import { openCorpus } from '../../training/corpus.ts';
import { meanOf, measure } from '../../training/figures.ts';
import { prepareCorpus } from '../../training/prepare.ts';
import { hasFsdd, testCorpus } from '../helpers/corpus.ts';

const folder = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));
let model: NodeModel;
beforeAll(async () => {
  model = await openModel(folder);
});
afterAll(() => model.dispose());

describe('the shipped model', () => {
  it('stays under 3 MB and carries its corpus, licence and figures', () => {
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(bytes).toBeLessThan(3e6);
    const { corpus, figures, speakers } = model.bundle.manifest;
    expect(corpus.name).toContain('FSDD');
    expect(corpus.licence).toContain('CC BY-SA 4.0');
    expect(corpus.attribution).toContain('Jackson');
    expect(speakers.map(({ name }) => name)).toEqual([
      'george',
      'jackson',
      'lucas',
      'nicolas',
      'theo',
      'yweweler',
    ]);
    expect(figures.test.takes).toBe(300);
  });

  it('speaks every digit in every voice, each a sound of its own', async () => {
    const { manifest } = model.bundle;
    const points = manifest.speakers.flatMap((_, speaker) =>
      Array.from({ length: 10 }, (_, digit) => ({
        digit: digitAnchor(manifest, digit),
        style: styleAt(manifest, speaker, digit),
      })),
    );
    const clips = await model.decode(points);
    // The encoder listens to words smoother than any it was trained on: it may mishear a few of the sixty.
    const heard = (await model.encode(clips)).map(mostLikelyDigit);
    expect(heard.filter((digit, i) => digit === i % 10).length).toBeGreaterThanOrEqual(57);
    const peaks = clips.slice(0, 10).map((clip) => {
      const sound = renderClip(clip, manifest.format, { lookAheadFrames: 3, sweeps: 2 });
      expect(sound.every(Number.isFinite)).toBe(true);
      return sound.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
    });
    for (const peak of peaks) expect(peak).toBeGreaterThan(0.2);
  });

  it("is as good on held-out takes as its manifest says, and within 8 % of the mean spectrogram's error", async () => {
    const corpus = openCorpus(testCorpus().folder);
    if (!hasFsdd) {
      // Synthesised words are not what it was trained on: that it answers at all is what can be tested here.
      const prepared = prepareCorpus(corpus, model.bundle.manifest.format);
      const size = prepared.features.length / prepared.digits.length;
      const [encoding] = await model.encode([prepared.features.subarray(0, size)]);
      expect(encoding.digitProbabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4);
      return;
    }
    const { features, digits, splits } = prepareCorpus(corpus, model.bundle.manifest.format);
    const size = features.length / digits.length;
    const side = (wanted: number) => {
      const indices = [...splits.keys()].filter((i) => splits[i] === wanted);
      return {
        features: indices.map((i) => features.subarray(i * size, (i + 1) * size)),
        digits: indices.map((i) => digits[i]),
      };
    };
    const found = await measure(model, side(1), meanOf(side(0).features));
    const { test } = model.bundle.manifest.figures;
    expect(found.takes).toBe(test.takes);
    expect(found.errorShare).toBeCloseTo(test.errorShare, 4);
    expect(found.errorShare).toBeLessThanOrEqual(0.08);
    expect(found.klNats).toBeCloseTo(test.klNats, 1);
    expect(found.digitAccuracy).toBeCloseTo(test.digitAccuracy, 3);
  });
});
