// Benchmark of singing: is the digit still heard when every key sings it at its own pitch?
import { fileURLToPath } from 'node:url';
import { OfflineInstrument } from '../../src/cli/offlineInstrument.ts';
import { holdModes, playModes } from '../../src/contract/parameters.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { digitCount } from '../../src/model/manifest.ts';
import { openListener } from '../../src/model/nodeListener.ts';
import { openModel } from '../../src/model/nodeModel.ts';
import { featuresOfSound } from '../../training/evaluation.ts';
import { row, type Row } from './row.ts';

const shipped = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));
/** E2 to E4 in minor thirds. */
const notes = [40, 43, 46, 49, 52, 55, 58, 61, 64];
/** A held word needs the rest of the clip, which the listener hears, to end. */
const noteSeconds = { 'one-shot': 0.6, hold: 0.3 };
const clipSeconds = 0.75;

/**
 * Every digit by every voice of the shipped model on each note, sung through performer and kernel and heard by the
 * model's listener: share heard as meant, with one-shot words and with held vowels.
 */
export async function benchSinging(): Promise<Row[]> {
  const model = await openModel(shipped);
  const listener = openListener(model.bundle);
  const { format, speakers } = model.bundle.manifest;
  const modules = loadEngineModules();
  const rows: Row[] = [];
  for (const hold of ['one-shot', 'hold'] as const) {
    const clips: Float32Array[] = [];
    const meant: number[] = [];
    for (const note of notes) {
      for (let speaker = 0; speaker < speakers.length; speaker++) {
        for (let digit = 0; digit < digitCount; digit++) {
          const instrument = new OfflineInstrument({ model, sampleRate: format.sampleRate, modules });
          instrument.performer.setParameters({
            mode: playModes.indexOf('sing'),
            hold: holdModes.indexOf(hold),
            digit,
            speaker,
          });
          instrument.performer.noteOn(1, note, 100, 0);
          instrument.performer.noteOff(1, note, 64, Math.round(noteSeconds[hold] * format.sampleRate));
          const sound = new Float32Array(Math.round(clipSeconds * format.sampleRate));
          let at = 0;
          const sink = (left: Float32Array, right: Float32Array): void => {
            for (let n = 0; n < left.length && at < sound.length; n++, at++) sound[at] = left[n] + right[n];
          };
          await instrument.renderTo(sound.length, sink);
          await instrument.finish(sink);
          clips.push(featuresOfSound(sound, format));
          meant.push(digit);
        }
      }
    }
    const hearings = await listener.hear(clips);
    const perNote = speakers.length * digitCount;
    const heard = hearings.map(({ digit }, i) => (Number(digit.label) === meant[i] ? 1 : 0));
    const share = (values: readonly number[]): number =>
      (100 * values.reduce((sum: number, value) => sum + value, 0)) / values.length;
    const worst = notes.map(
      (note, i) => `${note}: ${share(heard.slice(i * perNote, (i + 1) * perNote)).toFixed(1)}`,
    );
    rows.push(
      row(
        `digits heard as meant, ${hold}, key down for ${noteSeconds[hold]} s`,
        share(heard),
        1,
        '%',
        `${heard.length} notes; by key ${worst.join(', ')}`,
      ),
    );
  }
  model.dispose();
  return rows;
}
