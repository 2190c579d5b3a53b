// `numvox listen`: what the model's listener hears in recordings, and how surely.
import { loadBundleFromFolder } from '../model/bundle.node.ts';
import { initWasmBackend } from '../model/kernels/nodeWasm.ts';
import { openListener, type Hearing, type Listener } from '../model/nodeListener.ts';
import { Report } from '../node/report.ts';
import { readWord } from './recordedWord.ts';

/** Options of `listen`. */
export interface ListenOptions {
  readonly model: string;
}

/** Words heard at a time: enough to keep the network busy, few enough to tell the first soon. */
const wordsPerBatch = 25;

/**
 * Tells what is heard in each recording of one spoken digit: its path, then each head's label and confidence (digit first,
 * then speaker where the model knows several, then what else its corpus told), separated by tabs, in the order of the files.
 * @throws InputError when the model has no listener, and at the end when any file failed; the others are told
 */
export async function listen(files: readonly string[], options: ListenOptions): Promise<void> {
  const { manifest, tensors } = await loadBundleFromFolder(options.model, ['listener']);
  // The listener hears bands alone: no need to track pitch.
  const format = { ...manifest.format, tracks: undefined };
  await initWasmBackend();
  const listener = openListener({ manifest: { ...manifest, format }, tensors });
  const report = new Report(files.length);
  try {
    for (let start = 0; start < files.length; start += wordsPerBatch) {
      const words: { file: string; features: Float32Array }[] = [];
      for (const file of files.slice(start, start + wordsPerBatch)) {
        try {
          words.push({ file, features: readWord(file, format, report) });
        } catch (error) {
          report.fault(error);
        }
        report.step();
      }
      const hearings = await listener.hear(words.map(({ features }) => features));
      hearings.forEach((hearing, i) => report.result(`${words[i].file}\t${told(listener, hearing)}`));
    }
    report.finish();
  } finally {
    report.close();
    listener.dispose();
  }
}

function told(listener: Listener, hearing: Hearing): string {
  return listener.heads
    .map(({ name }) => `${hearing[name].label}\t${hearing[name].confidence.toFixed(3)}`)
    .join('\t');
}
