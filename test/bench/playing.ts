// Benchmark: both ways of playing clips with pitch and voicing, by harmonics-to-noise ratio and distance to the original.
import { fileURLToPath } from 'node:url';
import { readWav } from '../../src/node/wav.ts';
import type { Playing } from '../../src/contract/playing.ts';
import {
  defaultTracks,
  frameValues,
  magnitudeOfFeature,
  type SpectrogramFormat,
} from '../../src/contract/spectrogram.ts';
import { melFeatures } from '../../src/dsp/analysis.ts';
import { prepareTake } from '../../src/dsp/clip.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { trackPitch } from '../../src/dsp/pitch.ts';
import { interleave, trackFeatures } from '../../src/dsp/tracks.ts';
import { openModel, pointOf } from '../../src/model/nodeModel.ts';
import { renderClip } from '../../src/worklet/renderClip.ts';
import { openCorpus } from '../../training/corpus/corpus.ts';
import { testCorpus } from '../helpers/corpus.ts';
import { harmonicityDb } from '../helpers/harmonicity.ts';
import {
  makeKernel,
  clipMessage,
  noteMessage,
  trackedFeatures,
  trackedFormat,
} from '../helpers/kernelRun.ts';
import { row, type Row } from './row.ts';

const model = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));
/** Mel magnitudes this far below full scale and lower count as equal: nobody hears them beside a vowel. */
const audible = 3e-4;
/** Frames with a band above this are part of a word. */
const loudFeature = 0.3;
const ways: readonly Playing[] = ['spectrogram', 'harmonic'];

/** A take, the pitch of its frames (0 unvoiced) and its mel levels in decibels. */
interface Original {
  readonly clip: Float32Array;
  readonly f0: Float32Array;
  readonly levels: Float32Array;
  readonly loud: readonly boolean[];
}

/** What is measured of a sound against its original. */
interface Figures {
  readonly harmonicity: number[];
  readonly distance: number[];
  readonly peaks: number[];
}

function levelsDb(samples: Float32Array, format: SpectrogramFormat): Float32Array {
  return melFeatures(samples, format).map(
    (feature) => 20 * Math.log10(magnitudeOfFeature(feature, format) + audible),
  );
}

function originalOf(clip: Float32Array, format: SpectrogramFormat): Original {
  const { sampleRate, hopSamples, frames, melBands } = format;
  const { f0LowHz, f0HighHz } = defaultTracks;
  const features = melFeatures(clip, format);
  return {
    clip,
    f0: trackPitch(clip, { sampleRate, hopSamples, frames, f0LowHz, f0HighHz }),
    levels: levelsDb(clip, format),
    loud: Array.from({ length: frames }, (_, m) =>
      features.subarray(m * melBands, (m + 1) * melBands).some((value) => value > loudFeature),
    ),
  };
}

function measure(sound: Float32Array, original: Original, format: SpectrogramFormat, into: Figures): void {
  const { sampleRate, hopSamples, frames, melBands } = format;
  const levels = levelsDb(sound, format);
  for (let m = 0; m < frames; m++) {
    if (original.f0[m] > 0) {
      into.harmonicity.push(harmonicityDb(sound, sampleRate, m * hopSamples, original.f0[m]));
    }
    if (!original.loud[m]) continue;
    let sum = 0;
    for (let i = m * melBands; i < (m + 1) * melBands; i++) sum += (levels[i] - original.levels[i]) ** 2;
    into.distance.push(Math.sqrt(sum / melBands));
  }
  into.peaks.push(sound.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

function rowsOf(name: string, { harmonicity, distance, peaks }: Figures, note: string): Row[] {
  const rows = [row(`${name}: harmonics to noise`, mean(harmonicity), 2, 'dB', note)];
  if (name === 'original') return rows;
  return [
    ...rows,
    row(`${name}: distance to the original`, mean(distance), 2, 'dB'),
    row(`${name}: peak`, mean(peaks), 2, 'of full scale', `highest ${Math.max(...peaks).toFixed(2)}`),
  ];
}

/** Milliseconds of processor time for a word at 48 kHz. */
function wordMilliseconds(playing: Playing): number {
  const modules = loadEngineModules();
  const [features] = trackedFeatures(1);
  const kernel = makeKernel({ format: trackedFormat, playing, modules });
  const block = [new Float32Array(128)];
  const times: number[] = [];
  for (let round = 0; round < 30; round++) {
    kernel.receive(clipMessage(3, features));
    kernel.receive(noteMessage(3));
    const { user, system } = process.cpuUsage();
    do kernel.process(block);
    while (kernel.status().activeVoices > 0);
    const now = process.cpuUsage();
    times.push((now.user + now.system - user - system) / 1000);
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/**
 * Take 0 of every digit and speaker (a synthesised corpus where FSDD is absent), from its own features and from the shipped
 * model's reconstruction, played both ways at the studio setting. Of a model without tracks the takes' own are used. Harmonicity
 * (Boersma 1993) is of the frames that are voiced in the original; the distance is the root mean square over the bands, in
 * decibels of mel magnitude, a mean over the word's frames.
 */
export async function benchPlaying(): Promise<Row[]> {
  const { folder, isFsdd } = testCorpus();
  const takes = openCorpus(folder).takes.filter(({ take }) => take === 0);
  const shipped = await openModel(model);
  const bare = shipped.bundle.manifest.format;
  const format: SpectrogramFormat = { ...bare, tracks: bare.tracks ?? defaultTracks };
  const modules = loadEngineModules();
  const fresh = (): Figures => ({ harmonicity: [], distance: [], peaks: [] });
  const original = fresh();
  const analysed = { spectrogram: fresh(), harmonic: fresh() };
  const decoded = { spectrogram: fresh(), harmonic: fresh() };
  for (const { file } of takes) {
    const { samples, sampleRate } = readWav(file);
    const { clip, features } = prepareTake(samples, sampleRate, format);
    const known = originalOf(clip, format);
    const [encoding] = await shipped.encode([bare.tracks ? features : melFeatures(clip, bare)]);
    const [answer] = await shipped.decode([pointOf(shipped, encoding)]);
    const rebuilt =
      answer.length === format.frames * frameValues(format)
        ? answer
        : interleave(answer, trackFeatures(clip, format), format);
    measure(clip, known, format, original);
    for (const playing of ways) {
      const options = { playing, modules };
      measure(renderClip(features, format, options), known, format, analysed[playing]);
      measure(renderClip(rebuilt, format, options), known, format, decoded[playing]);
    }
  }
  shipped.dispose();
  const source = `${takes.length} takes, ${isFsdd ? 'FSDD take 0' : 'synthesised'}`;
  return [
    ...rowsOf('original', original, source),
    ...ways.flatMap((way) => rowsOf(`analysed, ${way}`, analysed[way], '')),
    ...ways.flatMap((way) =>
      rowsOf(`decoded, ${way}`, decoded[way], bare.tracks ? '' : "with the takes' own tracks"),
    ),
    ...ways.map((way) => row(`a word at 48 kHz, ${way}`, wordMilliseconds(way), 1, 'ms of a core')),
  ];
}
