// The process that the benchmark of large corpora measures: prepares a corpus to a cache, reads an epoch of it, and prints what that took as JSON.
import { defaultTracks, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { Random } from '../../src/dsp/random.ts';
import { openCorpus } from '../../training/corpus/corpus.ts';
import { prepareRows } from '../../training/corpus/prepare.ts';
import { shuffled } from '../../training/optimise/shuffled.ts';

/** What one size of corpus took. */
export interface CorpusLook {
  readonly clips: number;
  readonly prepareSeconds: number;
  /** Opening a cache that is whole. */
  readonly reopenSeconds: number;
  /** All clips once, in random order, in batches. */
  readonly epochSeconds: number;
  /** Largest resident set of the process, bytes. */
  readonly peakBytes: number;
}

const [folder, cacheFolder, what] = process.argv.slice(2);
/** The wide format that voices up to 7.9 kHz are trained at; bands alone cost a tenth of the time. */
const format: SpectrogramFormat = {
  sampleRate: 16_000,
  fftSamples: 1024,
  hopSamples: 256,
  melBands: 96,
  melLowHz: 0,
  melHighHz: 7900,
  frames: 48,
  onsetSamples: 512,
  floor: 2e-5,
  ceiling: 0.5,
  ...(what === 'bands' ? {} : { tracks: defaultTracks }),
};
const batch = 32;

const started = performance.now();
const since = (from: number) => (performance.now() - from) / 1000;
const first = await prepareRows(openCorpus(folder), format, undefined, cacheFolder);
const prepareSeconds = since(started);
first.rows.close();
const again = performance.now();
const { rows, takes } = await prepareRows(openCorpus(folder), format, undefined, cacheFolder);
const reopenSeconds = since(again);
const order = shuffled([...takes.keys()], new Random(1));
const features = new Float32Array(batch * rows.values);
const epoch = performance.now();
for (let start = 0; start < order.length; start += batch) {
  order.slice(start, start + batch).forEach((take, i) => {
    rows.read(take, features.subarray(i * rows.values, (i + 1) * rows.values));
  });
}
const look: CorpusLook = {
  clips: takes.length,
  prepareSeconds,
  reopenSeconds,
  epochSeconds: since(epoch),
  peakBytes: 1024 * process.resourceUsage().maxRSS,
};
rows.close();
process.stdout.write(`${JSON.stringify(look)}\n`);
