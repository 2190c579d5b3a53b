// Every digit of every voice of the shipped model, said once and held on a key: its loudness and its noise.
import { fileURLToPath } from 'node:url';
import { holdModes, playModes, type ParameterValues } from '../../src/contract/parameters.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { openModel } from '../../src/model/nodeModel.ts';
import { OfflineInstrument } from '../../src/offline/offlineInstrument.ts';
import { harmonicityDb } from './harmonicity.ts';
import { integratedLoudness } from './loudnessMeter.ts';

const shipped = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));
const rate = 48000;
/** A2, held long enough for a second of steady vowel. */
const note = 45;
const noteHz = 110;
const heldSeconds = 1.6;
const steadyFromSeconds = 0.8;

/** By digit and voice. */
export interface HeldFigures {
  /** Integrated loudness in LUFS. */
  readonly words: number[];
  readonly vowels: number[];
  /** Harmonics-to-noise ratio of the held vowel in dB, mean of eight places. */
  readonly harmonicity: number[];
  /** Highest sample of word and vowel, full scale 1. */
  readonly peaks: number[];
}

const peakOf = (samples: Float32Array): number =>
  samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** @param voices how many of the model's voices, all when absent */
export async function measureHeld(
  parameters: Partial<ParameterValues>,
  voices?: number,
): Promise<HeldFigures> {
  const model = await openModel(shipped);
  const modules = loadEngineModules();
  const figures: HeldFigures = { words: [], vowels: [], harmonicity: [], peaks: [] };
  const speakers = Math.min(voices ?? Infinity, model.bundle.manifest.speakers.length);
  for (let speaker = 0; speaker < speakers; speaker++) {
    for (let digit = 0; digit < digitCount; digit++) {
      const play = async (hold: 'one-shot' | 'hold', seconds: number): Promise<Float32Array> => {
        const instrument = await OfflineInstrument.open({ model, sampleRate: rate, modules });
        instrument.performer.setParameters({
          ...parameters,
          mode: playModes.indexOf('sing'),
          hold: holdModes.indexOf(hold),
          digit,
          speaker,
        });
        instrument.performer.noteOn(1, note, 100, 0);
        const sound = new Float32Array(Math.round(seconds * rate));
        let at = 0;
        const sink = (left: Float32Array): void => {
          for (let n = 0; n < left.length && at < sound.length; n++, at++) sound[at] = left[n];
        };
        await instrument.renderTo(sound.length, sink);
        await instrument.close();
        return sound;
      };
      const word = await play('one-shot', 1);
      figures.words.push(integratedLoudness(word, rate));
      const held = await play('hold', heldSeconds);
      figures.peaks.push(peakOf(word), peakOf(held));
      const vowel = held.subarray(Math.round(steadyFromSeconds * rate));
      figures.vowels.push(integratedLoudness(vowel, rate));
      let sum = 0;
      for (let k = 1; k <= 8; k++)
        sum += harmonicityDb(vowel, rate, Math.round((k * vowel.length) / 9), noteHz);
      figures.harmonicity.push(sum / 8);
    }
  }
  model.dispose();
  return figures;
}
