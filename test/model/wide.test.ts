// The wide voices: small, credited, up to 8 kHz, women among them, and understood in digits that their people never said.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wideFormat, wideTracks } from '../../src/contract/spectrogram.ts';
import { sampleDraws, sayDraws } from '../../src/model/latentDraws.ts';
import { openListener, type Listener } from '../../src/model/nodeListener.ts';
import { openModel, type NodeModel } from '../../src/model/nodeModel.ts';

const folder = fileURLToPath(new URL('../../public/models/wide', import.meta.url));
const women = ['am-12', 'am-36', 'am-56', 'am-60', 'flite-slt'];
const digits = Array.from({ length: 10 }, (_, digit) => digit);
let model: NodeModel;
let listener: Listener;
beforeAll(async () => {
  model = await openModel(folder);
  listener = openListener(model.bundle);
});
afterAll(() => {
  listener.dispose();
  model.dispose();
});

it('stays under 2 MB compressed, and carries every corpus with its licence, which README credits', () => {
  const bytes = readdirSync(folder).reduce(
    (sum, name) => sum + gzipSync(readFileSync(join(folder, name)), { level: 9 }).length,
    0,
  );
  expect(bytes).toBeLessThan(2e6);
  const { format, speakers, corpora, map } = model.bundle.manifest;
  expect(format).toEqual({ ...wideFormat, tracks: wideTracks });
  const voices = speakers.map(({ name }) => name);
  for (const name of [...women, 'george', 'jackson', 'lucas', 'nicolas', 'theo', 'yweweler', 'flite-kal16']) {
    expect(voices).toContain(name);
  }
  expect(map?.speakers.some((speaker) => speaker < 0)).toBe(true);
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  expect(new Set(corpora?.map(({ corpus }) => corpus))).toEqual(new Set(['fsdd', 'wideband']));
  for (const { licence, clipsHash } of corpora ?? []) {
    expect(licence.length).toBeGreaterThan(2);
    expect(clipsHash).toMatch(/^[0-9a-f]{64}$/);
  }
  for (const credit of ['AudioMNIST', 'Speech Commands', 'Flite', 'CC BY 4.0', 'CC BY-SA 4.0']) {
    expect(readme).toContain(credit);
  }
});

it('is understood in every voice and in free draws, women in digits that they never said too', async () => {
  const heardOf = async (draws: ReturnType<typeof sayDraws>) => {
    const hearings = await listener.hear(await model.decode(draws.map(({ point }) => point)));
    return draws.map(({ digit }, i) => hearings[i].digit.label === String(digit));
  };
  const share = (right: readonly boolean[]) => right.filter(Boolean).length / right.length;
  const voices = model.bundle.manifest.speakers.map(({ name }) => name);
  const all: boolean[] = [];
  for (const voice of voices) all.push(...(await heardOf(sayDraws(model.bundle, digits, 2, 1, voice))));
  expect(share(all)).toBeGreaterThan(0.97);
  const unsaid = [4, 5, 6, 7, 8, 9];
  const never: boolean[] = [];
  for (const voice of women.slice(0, 4))
    never.push(...(await heardOf(sayDraws(model.bundle, unsaid, 4, 2, voice))));
  expect(share(never)).toBeGreaterThan(0.93);
  expect(share(await heardOf(sampleDraws(model.bundle, 100, 1)))).toBeGreaterThan(0.93);
});
