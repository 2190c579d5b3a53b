// What 8 bits in place of 16 cost and save: the shipped models written again, compressed, decoded and heard beside their float16 selves.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { initWasmBackend } from '../../src/model/kernels/nodeWasm.ts';
import { loadBundleFromFolder, saveBundle } from '../../src/model/bundle.node.ts';
import { sampleDraws } from '../../src/model/latentDraws.ts';
import { openListener } from '../../src/model/nodeListener.ts';
import { modelOf } from '../../src/model/nodeModel.ts';
import type { Row } from './row.ts';

const models = 'public/models';
const words = 200;

/** Every model under public/models. */
export async function benchWeights(): Promise<Row[]> {
  await initWasmBackend();
  const rows: Row[] = [];
  for (const name of readdirSync(models)) rows.push(...(await weightsOf(name)));
  return rows;
}

async function weightsOf(name: string): Promise<Row[]> {
  const bundle = await loadBundleFromFolder(join(models, name));
  const values = new Map([...bundle.tensors].map(([tensor, { values: of }]) => [tensor, of]));
  const draws = sampleDraws(bundle, words / 10, 1);
  const rows: Row[] = [];
  let reference: readonly Float32Array[] | undefined;
  for (const bits of [16, 8] as const) {
    const folder = mkdtempSync(join(tmpdir(), 'numvox-weights-'));
    try {
      await saveBundle(folder, bundle.manifest, values, bits);
      const files = readdirSync(folder).map((file) => readFileSync(join(folder, file)));
      const bytes = files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0);
      const model = modelOf(await loadBundleFromFolder(folder));
      const listener = openListener(model.bundle);
      const decoded = await model.decode(draws.map(({ point }) => point));
      const hearings = await listener.hear(decoded);
      const heard =
        hearings.filter(({ digit }, i) => digit.label === String(draws[i].digit)).length / draws.length;
      listener.dispose();
      model.dispose();
      const label = `${name}, ${bits} bits`;
      rows.push(
        { name: `${label}: all files, gzip`, value: (bytes / 1e6).toFixed(2), unit: 'MB' },
        { name: `${label}: ${words} free words heard`, value: (100 * heard).toFixed(1), unit: '%' },
      );
      reference ??= decoded;
      if (bits === 8) {
        rows.push({
          name: `${label}: features, off from 16 bits`,
          value: rootMeanSquare(decoded, reference),
          unit: 'rms of 0..1',
        });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return rows;
}

function rootMeanSquare(a: readonly Float32Array[], b: readonly Float32Array[]): string {
  let [sum, count] = [0, 0];
  a.forEach((values, i) =>
    values.forEach((value, k) => {
      sum += (value - b[i][k]) ** 2;
      count++;
    }),
  );
  return Math.sqrt(sum / count).toFixed(5);
}
