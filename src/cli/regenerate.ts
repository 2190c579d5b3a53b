// `numvox regenerate`: recordings through encoder and decoder and back to sound.
import type { Hertz } from '../contract/units.ts';
import { loadFftModule } from '../dsp/pffft.node.ts';
import { digitAnchor } from '../model/latent.ts';
import { openModel } from '../model/nodeModel.ts';
import { openOutput, outputPaths } from './places.ts';
import { Report } from './report.ts';
import { writeClip } from './voice.ts';
import { readWord } from './word.ts';

/** Options of `regenerate`. */
export interface RegenerateOptions {
  readonly rate?: Hertz | undefined;
  readonly model: string;
  readonly out: string;
}

/**
 * Regenerates each recording: `{base name}` in the output folder. The digit is the one that the encoder hears.
 * @throws InputError at the end when any file failed; the others are written
 */
export async function regenerate(files: readonly string[], options: RegenerateOptions): Promise<void> {
  const out = openOutput(options.out);
  const paths = outputPaths(files, out);
  const model = await openModel(options.model);
  const { manifest } = model.bundle;
  const report = new Report(files.length);
  const writer = { format: manifest.format, rate: options.rate, fftModule: loadFftModule() };
  try {
    for (const [file, path] of paths) {
      try {
        const word = readWord(file, manifest.format, report);
        const [{ style, digitProbabilities }] = await model.encode([word]);
        const digit = digitProbabilities.indexOf(Math.max(...digitProbabilities));
        const [features] = await model.decode([{ digit: digitAnchor(manifest, digit), style }]);
        if (!writeClip(path, features, writer)) report.notice(`${path} is silent`);
        report.result(`${path}\t${digit}\t${digitProbabilities[digit].toFixed(3)}`);
      } catch (error) {
        report.fault(error);
      }
      report.step();
    }
    report.finish();
  } finally {
    report.close();
    model.dispose();
  }
}
