// `numvox regenerate`: recordings through encoder and decoder and back to sound.
import type { Playing } from '../contract/playing.ts';
import type { Hertz } from '../contract/units.ts';
import { loadEngineModules } from '../dsp/wasmLoops.node.ts';
import { openListener } from '../model/nodeListener.ts';
import { openModel } from '../model/nodeModel.ts';
import { placeRecordings } from '../model/recordings.ts';
import { openOutput, outputPaths } from '../node/outputPlaces.ts';
import { Report } from '../node/report.ts';
import { writeClip } from './wordFile.ts';
import { readWord } from './recordedWord.ts';

/** Options of `regenerate`. */
export interface RegenerateOptions {
  readonly rate?: Hertz | undefined;
  readonly playing?: Playing | undefined;
  readonly model: string;
  readonly out: string;
}

/**
 * Regenerates each recording: `{base name}` in the output folder. The digit is the one that encoder and
 * listener hear.
 * @throws InputError at the end when any file failed; the others are written
 */
export async function regenerate(files: readonly string[], options: RegenerateOptions): Promise<void> {
  const out = openOutput(options.out);
  const paths = outputPaths(files, out);
  const model = await openModel(options.model);
  const { manifest } = model.bundle;
  const listener = manifest.listener ? openListener(model.bundle) : undefined;
  const report = new Report(files.length);
  const writer = {
    format: manifest.format,
    rate: options.rate,
    playing: options.playing,
    modules: loadEngineModules(),
  };
  try {
    for (const [file, path] of paths) {
      try {
        const word = readWord(file, manifest.format, report);
        const [{ digit, confidence, point }] = await placeRecordings(model, listener, [word]);
        const [features] = await model.decode([point]);
        if (!writeClip(path, features, writer)) report.notice(`${path} is silent`);
        report.result(`${path}\t${digit}\t${confidence.toFixed(3)}`);
      } catch (error) {
        report.fault(error);
      }
      report.step();
    }
    report.finish();
  } finally {
    report.close();
    listener?.dispose();
    model.dispose();
  }
}
