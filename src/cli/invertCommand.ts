// `numvox invert`: magnitude-only copies of recordings by the streaming kernel, without a model.
import { InputError } from '../contract/errors.ts';
import type { Frames, Hertz, Samples } from '../contract/units.ts';
import { invertRecording } from '../dsp/invert.ts';
import { loadEngineModules } from '../dsp/wasmLoops.node.ts';
import { resample } from '../dsp/resampler.ts';
import { openOutput, outputPaths } from '../node/outputPlaces.ts';
import { Report } from '../node/report.ts';
import { readWav, writeWav } from '../node/wav.ts';

/** Options of `invert`; what is absent is left to the engine's defaults. */
export interface InvertOptions {
  readonly out: string;
  /** The setting for files instead of the live one; look-ahead and sweeps that are given come before both. */
  readonly studio?: boolean | undefined;
  readonly lookAhead?: Frames | undefined;
  readonly sweeps?: number | undefined;
  /** At the recording's rate. */
  readonly hop?: Samples | undefined;
  /** Through 80 mel bands and back before the phases are found. */
  readonly mel?: boolean | undefined;
  /** Rate of the files; each recording's own when absent. */
  readonly rate?: Hertz | undefined;
}

/**
 * Inverts each recording and prints its spectral convergence against the magnitudes that the engine was given, then the mean, with
 * `mel` also that against the recording's own magnitudes, and the FFTs per hop as counted.
 * @throws InputError at the end when any file failed; the others are written
 */
export function invert(files: readonly string[], options: InvertOptions): void {
  const out = openOutput(options.out);
  const paths = outputPaths(files, out);
  const report = new Report(files.length);
  const modules = loadEngineModules();
  const { lookAhead, sweeps, hop, mel } = options;
  const settings = {
    preset: options.studio ? 'studio' : 'live',
    lookAheadFrames: lookAhead,
    sweeps,
    hopSamples: hop,
    mel,
    modules,
  } as const;
  const convergences: number[] = [];
  const fromTrue: number[] = [];
  let fftsPerHop = 0;
  try {
    for (const [file, path] of paths) {
      try {
        const recording = readWav(file);
        if (recording.mended !== undefined) report.notice(recording.mended);
        const result = refusing(file, () =>
          invertRecording(recording.samples, recording.sampleRate, settings),
        );
        const rate = options.rate ?? recording.sampleRate;
        writeWav(path, resample(result.samples, recording.sampleRate, rate), rate);
        const isSilent = !Number.isFinite(result.spectralConvergenceDb);
        if (!isSilent) {
          convergences.push(result.spectralConvergenceDb);
          fromTrue.push(result.trueConvergenceDb);
          fftsPerHop = Math.max(fftsPerHop, result.fftsPerHop);
        }
        report.result(`${path}\t${isSilent ? 'silent' : `${result.spectralConvergenceDb.toFixed(2)} dB`}`);
      } catch (error) {
        report.fault(error);
      }
      report.step();
    }
    if (convergences.length > 0) {
      report.result(`mean of ${convergences.length}\t${mean(convergences).toFixed(2)} dB`);
      if (mel) report.result(`mean against the magnitudes before the bands: ${mean(fromTrue).toFixed(2)} dB`);
      report.result(`FFTs per hop: ${Number(fftsPerHop.toFixed(2))}`);
    }
    report.finish();
  } finally {
    report.close();
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The engine's range errors are about options that the user gave: for example a hop that does not fit the rate. */
function refusing<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(`${file}: ${error.message}`);
    throw error;
  }
}
