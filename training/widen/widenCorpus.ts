// Narrow takes made wide before training: the top network, from the corpus's own wide takes, says what lies above their bandwidth.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { InputError } from '../../src/contract/errors.ts';
import { makeFolder } from '../../src/contract/folders.node.ts';
import { frameValues, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { writeWhole } from '../../src/node/files.ts';
import type { PreparedCorpus } from '../corpus/prepare.ts';
import { initTrainingBackend } from '../optimise/backend.ts';
import type { TopConfig } from './topConfig.ts';
import { fillTop, measureTop, topOf, trainTop, type TopNetwork } from './topNetwork.ts';

/** What `widenCorpus` needs beside takes. */
export interface WidenOptions {
  readonly format: SpectrogramFormat;
  readonly config: TopConfig;
  readonly seed: number;
  /** Where the network is kept between runs. */
  readonly folders: readonly string[];
  readonly signal?: AbortSignal;
  /** Lines of news; the progress bar is drawn only on a terminal. */
  readonly say: (line: string) => void;
}

/**
 * Fills the bands that narrow takes leave unknown, in place. Nothing happens to a corpus all of whose takes are as wide as the format.
 * @returns false when it was stopped
 * @throws InputError when every training take is narrow: then nothing says how wide ones sound
 */
export async function widenCorpus(
  { takes, features, splits, validBands }: PreparedCorpus,
  options: WidenOptions,
): Promise<boolean> {
  const { format, say } = options;
  const size = format.frames * frameValues(format);
  const isNarrow = takes.map((_, i) => validBands[i] < format.melBands);
  const bandwidthHz = takes.reduce(
    (least, { bandwidthHz: own = Infinity }, i) => (isNarrow[i] ? Math.min(least, own) : least),
    Infinity,
  );
  if (bandwidthHz === Infinity) return true;
  const rows = (of: (take: number) => boolean) =>
    [...takes.keys()].filter(of).map((i) => features.subarray(i * size, (i + 1) * size));
  const known = rows((i) => !isNarrow[i] && splits[i] === 0);
  const heldOut = rows((i) => !isNarrow[i] && splits[i] === 1);
  if (known.length === 0) {
    throw new InputError(
      `no training take goes beyond ${bandwidthHz} Hz, so that a model at ${format.sampleRate} Hz cannot be trained: give a wider corpus beside it (--data), or train at sampleRate 8000`,
    );
  }
  await initTrainingBackend();
  const network = await networkOf(known, bandwidthHz, options);
  if (!network) return false;
  fillTop(
    network,
    rows((i) => isNarrow[i]),
    format,
  );
  const figures = heldOut.length > 0 ? measureTop(network, heldOut, known, format) : undefined;
  say(
    `top network: ${isNarrow.filter(Boolean).length} takes widened beyond ${bandwidthHz} Hz` +
      (figures
        ? `; on ${heldOut.length} wide ones held out ${figures.spectralDistanceDb.toFixed(1)} dB off (mean spectrum ${figures.meanSpectrumDb.toFixed(1)}), level ${figures.biasDb.toFixed(1)} dB`
        : ''),
  );
  return true;
}

/** From a folder where it was kept, or else trained and kept; null when it was stopped. */
async function networkOf(
  known: readonly Float32Array[],
  bandwidthHz: number,
  { format, config, seed, folders, signal, say }: WidenOptions,
): Promise<TopNetwork | null> {
  const hash = createHash('sha256').update(
    JSON.stringify([config, seed, bandwidthHz, Object.entries(format).sort()]),
  );
  for (const take of known) hash.update(new Uint8Array(take.buffer, take.byteOffset, take.byteLength));
  const file = `top-${hash.digest('hex').slice(0, 24)}.bin`;
  for (const folder of folders) {
    const kept = await readFile(join(folder, file)).catch(() => undefined);
    const network = kept && topOf(format, bandwidthHz, config, kept);
    if (network) return network;
  }
  const bar = new SingleBar({
    format: 'top network [{bar}] {percentage} %, {eta_formatted} left, loss {loss}',
  });
  try {
    const network = await trainTop({
      format,
      bandwidthHz,
      takes: known,
      config,
      seed,
      onStep: (done, steps, loss) => {
        if (done === 1) bar.start(steps, 0, { loss: '-' });
        bar.update(done, { loss: loss.toFixed(5) });
        return signal?.aborted !== true;
      },
    });
    if (!network) {
      say('stopped; the same command begins again with the top network');
      return null;
    }
    for (const folder of folders) {
      makeFolder(folder);
      const { buffer, byteOffset, byteLength } = network.parameters;
      writeWhole(join(folder, file), Buffer.from(buffer, byteOffset, byteLength));
    }
    return network;
  } finally {
    bar.stop();
  }
}
