// `numvox regenerate`: recordings through encoder and decoder and back to sound.
import type { Playing } from '../contract/playing.ts';
import type { Hertz } from '../contract/units.ts';
import { atPitchOf } from '../dsp/tracks.ts';
import { loadEngineModules } from '../dsp/wasmLoops.node.ts';
import { openListener } from '../model/nodeListener.ts';
import { openModel } from '../model/nodeModel.ts';
import { placeRecordings, type PlacedRecording } from '../model/recordings.ts';
import { openOutput, outputPaths } from '../node/outputPlaces.ts';
import { Report } from '../node/report.ts';
import { writeClip } from './wordFile.ts';
import { readWord } from './recordedWord.ts';

/** Options of `regenerate`. */
export interface RegenerateOptions {
  readonly rate?: Hertz | undefined;
  readonly playing?: Playing | undefined;
  /** What the recordings say. */
  readonly digit?: number | undefined;
  readonly model: string;
  readonly out: string;
}

/**
 * Regenerates each recording: `{base name}` in the output folder. The digit is the one that encoder and
 * listener hear together, unless it is given; where they differ a notice says so. Its pitch is that of the recording.
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
        const [place] = await placeRecordings(model, listener, [word], options.digit);
        const { digit, confidence, point, doubt } = place;
        if (doubt && options.digit === undefined) report.notice(doubtText(file, place, doubt));
        const [decoded] = await model.decode([point]);
        const features = atPitchOf(decoded, word, manifest.format);
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

function doubtText(
  file: string,
  { digit, confidence }: PlacedRecording,
  { encoder, listener }: NonNullable<PlacedRecording['doubt']>,
): string {
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  return `${file} is taken for ${digit} (${percent(confidence)}), but not surely: the encoder hears ${encoder.digit} (${percent(encoder.confidence)}), the listener ${listener.digit} (${percent(listener.confidence)}); --digit says which it is`;
}
