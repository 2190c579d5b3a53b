// Moves in latent space: anchors, knobs and draws from the prior.
import { describe, expect, it } from 'vitest';
import { digitAnchor, drawFromPrior, speakerIndex, styleAt } from '../../src/model/latent.ts';
import { tinyBundle, tinyManifest, tinyManifestVersion1 } from '../helpers/bundle.ts';

const manifest = { ...tinyManifest(), tensors: [] };

describe('styleAt', () => {
  it('is the anchor with the knobs at rest and moves along the directions', () => {
    const anchor = styleAt(manifest, 1, 3);
    anchor.forEach((value, i) => expect(value).toBeCloseTo(manifest.speakers[1].styles[3][i], 6));
    const moved = styleAt(manifest, 1, 3, [0.5, -2]);
    moved.forEach((value, i) => {
      const [first, second] = manifest.directions;
      expect(value - anchor[i]).toBeCloseTo(0.5 * first.vector[i] - 2 * second.vector[i], 5);
    });
  });

  it('names the argument, the range and the value when it is out of range', () => {
    expect(() => styleAt(manifest, 2, 0)).toThrow(/speaker must be a whole number from 0 to 1, got 2/);
    expect(() => digitAnchor(manifest, 10)).toThrow(/digit must be a whole number from 0 to 9, got 10/);
  });
});

describe('drawFromPrior', () => {
  const z = manifest.latent.styleDimensions;
  const bundle = tinyBundle();

  it.each([
    ['one factor for each voice behind a prior map', tinyManifest(), 1],
    ['one for each digit and voice without', tinyManifestVersion1(), 6 * 2 + 1],
  ])('is the mean at zero and mean + L n elsewhere: %s', (_, whole, factor) => {
    const own = tinyBundle(whole);
    const mean = drawFromPrior(own, 6, 1, new Float32Array(z));
    const start = (6 * 2 + 1) * z;
    expect([...mean]).toEqual([...own.tensors.get('prior.means')!.values.slice(start, start + z)]);
    const unit = Float32Array.from({ length: z }, (_, i) => (i === 1 ? 1 : 0));
    const drawn = drawFromPrior(own, 6, 1, unit);
    const factors = own.tensors.get('prior.factors')!.values;
    for (let row = 0; row < z; row++) {
      const expected = row >= 1 ? factors[(factor * z + row) * z + 1] : 0;
      expect(drawn[row] - mean[row]).toBeCloseTo(expected, 5);
    }
  });

  it('refuses a vector of the wrong length', () => {
    expect(() => drawFromPrior(bundle, 0, 0, new Float32Array(z + 1))).toThrow(/length of normal/);
  });
});

describe('speakerIndex', () => {
  it('finds a speaker by name, or says -1', () => {
    expect(speakerIndex(manifest, 'ben')).toBe(1);
    expect(speakerIndex(manifest, 'nobody')).toBe(-1);
  });
});
