// The points behind say, sample, walk and sweep: the same for the same seed, and where they ought to lie.
import { describe, expect, it } from 'vitest';
import { sampleDraws, sayDraws, sweepDraws, walkDraws } from '../../src/model/latentDraws.ts';
import { InputError } from '../../src/contract/errors.ts';
import { digitAnchor, styleAt } from '../../src/model/latent.ts';
import { mapOf } from '../../src/model/voiceMap.ts';
import { tinyBundle, tinyManifestVersion1 } from '../helpers/bundle.ts';

const bundle = tinyBundle();
const { manifest } = bundle;
const old = tinyBundle(tinyManifestVersion1());
const digits = Array.from({ length: 10 }, (_, d) => d);

describe('sayDraws', () => {
  it('repeats itself for a seed, and a clip is the same whatever else is asked for', () => {
    const many = sayDraws(bundle, digits, 4, 3);
    expect(many).toHaveLength(40);
    expect(sayDraws(bundle, digits, 4, 3)).toEqual(many);
    expect(sayDraws(bundle, [7], 2, 3)).toEqual(many.slice(28, 30));
    expect(sayDraws(bundle, [7], 2, 4)[0].point.style).not.toEqual(many[28].point.style);
    expect(many[29]).toMatchObject({ name: '7_001.wav', digit: 7 });
    expect(many[29].point.digit).toEqual(digitAnchor(manifest, 7));
  });

  it('draws the voices, or keeps to the one that was asked for', () => {
    const voices = new Set(sayDraws(bundle, digits, 4, 1).map(({ note }) => note));
    expect([...voices].sort()).toEqual(['ann', 'ben']);
    const inBen = sayDraws(bundle, [2], 200, 1, 'ben');
    expect(inBen.every(({ note }) => note === 'ben')).toBe(true);
    const means = bundle.tensors.get('prior.means')!.values;
    for (let i = 0; i < 4; i++) {
      const mean = inBen.reduce((sum, { point }) => sum + point.style[i] / inBen.length, 0);
      expect(Math.abs(mean - means[(2 * 2 + 1) * 4 + i])).toBeLessThan(0.2);
    }
  });

  it('lists the voices when there is none of a name', () => {
    expect(() => sayDraws(bundle, [1], 1, 1, 'zoe')).toThrow(InputError);
    expect(() => sayDraws(bundle, [1], 1, 1, 'zoe')).toThrow(/no voice zoe; it has ann, ben/);
  });
});

describe('sampleDraws', () => {
  it('repeats itself for a seed, independent of how many are drawn', () => {
    const many = sampleDraws(bundle, 30, 3);
    expect(sampleDraws(bundle, 10, 3)).toEqual(many.slice(0, 10));
    expect(sampleDraws(bundle, 10, 4)).not.toEqual(many.slice(0, 10));
    many.forEach(({ name, digit, point }, k) => {
      expect(name).toBe(`${digit}_${String(k).padStart(3, '0')}.wav`);
      expect(point.digit).toEqual(digitAnchor(manifest, digit));
    });
  });

  it('draws styles about those of takes of the digit, as far from them as the prior leaves room for', () => {
    const { styles, digits: of } = mapOf(bundle);
    const many = sampleDraws(bundle, 400, 1);
    const noise: number[] = [];
    for (const { digit, point } of many) {
      const offsets = of.flatMap((other, i) =>
        other === digit ? [point.style.map((value, k) => value - 0.9 * styles[i * 4 + k])] : [],
      );
      const squares = offsets.map((each) => each.reduce((sum, value) => sum + value ** 2, 0));
      noise.push(Math.min(...squares) / 4);
    }
    const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
    expect(mean).toBeGreaterThan(0.1);
    expect(mean).toBeLessThan(0.22);
    expect(new Set(many.map(({ point }) => point.style.join())).size).toBe(400);
  });

  it('draws digits evenly, and styles from N(0, I) where there is no map', () => {
    const many = sampleDraws({ ...bundle, manifest: { ...manifest, map: undefined } }, 1000, 1);
    expect(many.every(({ note }) => note === 'free')).toBe(true);
    for (const digit of digits) {
      const share = many.filter((draw) => draw.digit === digit).length / 1000;
      expect(share).toBeGreaterThan(0.065);
      expect(share).toBeLessThan(0.135);
    }
    for (let i = 0; i < 4; i++) {
      const values = many.map(({ point }) => point.style[i]);
      const mean = values.reduce((a, b) => a + b) / 1000;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 1000;
      expect(Math.abs(mean)).toBeLessThan(0.13);
      expect(variance).toBeGreaterThan(0.85);
      expect(variance).toBeLessThan(1.15);
    }
  });

  it("draws from the voices' Gaussians without one", () => {
    const many = sampleDraws(old, 60, 1);
    expect(new Set(many.map(({ note }) => note))).toEqual(new Set(['ann', 'ben']));
    // Not the clips that `say` makes with the same seed.
    const said = sayDraws(old, digits, 10, 1).map(({ point }) => point.style.join());
    expect(many.filter(({ point }) => said.includes(point.style.join()))).toEqual([]);
  });
});

describe('walkDraws', () => {
  it('begins and ends on the anchors, evenly on a line, named by the nearer end', () => {
    const walk = walkDraws(manifest, { digit: 3, voice: 'ann' }, { digit: 8, voice: 'ben' }, 5);
    expect(walk.map(({ name }) => name)).toEqual([
      '3_000.wav',
      '3_001.wav',
      '3_002.wav',
      '8_003.wav',
      '8_004.wav',
    ]);
    expect(walk[0].point).toEqual({ digit: digitAnchor(manifest, 3), style: styleAt(manifest, 0, 3) });
    const [start, end] = [styleAt(manifest, 0, 3), styleAt(manifest, 1, 8)];
    walk.forEach(({ point, note }, k) => {
      expect(note).toBe((k / 4).toFixed(3));
      point.style.forEach((value, i) =>
        expect(value).toBeCloseTo(start[i] + (k / 4) * (end[i] - start[i]), 5),
      );
      point.digit.forEach((value, i) => {
        const [from, to] = [manifest.digitAnchors[3][i], manifest.digitAnchors[8][i]];
        expect(value).toBeCloseTo(from + (k / 4) * (to - from), 5);
      });
    });
  });

  it('keeps the digit point between two voices of one digit, and stands still where both ends are one', () => {
    const anchor = { digit: 4, voice: 'ben' };
    for (const { digit, point } of walkDraws(manifest, { digit: 4, voice: 'ann' }, anchor, 7)) {
      expect(digit).toBe(4);
      expect(point.digit).toEqual(digitAnchor(manifest, 4));
    }
    const still = walkDraws(manifest, anchor, anchor, 3).map(({ point }) => point);
    expect(still).toEqual([still[0], still[0], still[0]]);
    expect(walkDraws(manifest, anchor, anchor, 1)).toHaveLength(1);
  });

  it('lists the voices when there is none of a name', () => {
    const walk = () => walkDraws(manifest, { digit: 1, voice: 'ann' }, { digit: 1, voice: 'bob' }, 2);
    expect(walk).toThrow(InputError);
    expect(walk).toThrow(/no voice bob; it has ann, ben/);
  });
});

describe('sweepDraws', () => {
  it('turns one knob from -2 to 2 for each digit, in the first voice unless told otherwise', () => {
    const sweep = sweepDraws(manifest, '2', [5, 0], 5);
    expect(sweep.map(({ note }) => note)).toEqual(
      [0, 1].flatMap(() => ['-2.00', '-1.00', '0.00', '1.00', '2.00']),
    );
    expect(sweep.map(({ name }) => name).slice(4, 6)).toEqual(['5_004.wav', '0_000.wav']);
    const { vector } = manifest.directions[1];
    sweep.slice(0, 5).forEach(({ point }, k) => {
      expect(point.digit).toEqual(digitAnchor(manifest, 5));
      point.style.forEach((value, i) =>
        expect(value).toBeCloseTo(manifest.speakers[0].styles[5][i] + (k - 2) * vector[i], 5),
      );
    });
    const inBen = sweepDraws(manifest, '1', [5], 3, 'ben');
    expect(inBen[1].point.style).toEqual(styleAt(manifest, 1, 5));
  });

  it('knows a knob by its number and by its name, and lists them when there is none', () => {
    expect(sweepDraws(manifest, 'ann to ben', [1], 3)).toEqual(sweepDraws(manifest, '2', [1], 3));
    for (const knob of ['0', '3', 'pitch', '-1', '']) {
      const sweep = () => sweepDraws(manifest, knob, [1], 3);
      expect(sweep).toThrow(InputError);
      expect(sweep).toThrow(/--knob must be a knob of the model, .*1 \(duration\), 2 \(ann to ben\)/);
    }
    expect(() => sweepDraws(manifest, '1', [1], 3, 'zoe')).toThrow(/no voice zoe; it has ann, ben/);
  });
});
