// Every digit of every voice sung by the shipped model on a key, as its listener hears it.
import { fileURLToPath } from 'node:url';
import { OfflineInstrument } from '../../src/offline/offlineInstrument.ts';
import { holdModes, playModes } from '../../src/contract/parameters.ts';
import type { SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import type { Hertz, Seconds } from '../../src/contract/units.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { digitAnchor, styleAt } from '../../src/model/latent.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import { openListener } from '../../src/model/nodeListener.ts';
import { openModel } from '../../src/model/nodeModel.ts';
import { ClipShape } from '../../src/worklet/clipShape.ts';
import { featuresOfSound } from '../../training/report/evaluation.ts';

const shipped = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));
/** What the listener hears of a sound at most. */
const heardSeconds: Seconds = 0.75;
/** How much of a held vowel is left when the rest is taken out, on each side of the cut together. */
const keptSeconds: Seconds = 0.06;
/** From the key's way up to the word's rest being heard. */
const releaseSeconds: Seconds = 0.03;
const crossfadeSeconds: Seconds = 0.01;
/** A word's onset is heard after this. */
const preRollSeconds: Seconds = 0.008;

/** How notes are sung. */
export interface Singing {
  readonly hold: 'one-shot' | 'hold';
  /** How long the key is down. */
  readonly keySeconds: Seconds;
  /**
   * Takes the held vowel out but for 60 ms. The listener hears three quarters of a second: of a word that is held for
   * longer than usual it would miss the end, and a vowel of seconds is no word that it has learnt.
   */
  readonly isShortened: boolean;
}

/**
 * Sings all words on each note, at the model's rate, through performer and kernel.
 * @returns for each note the share of words, 0..1, that are heard as meant, and how many words there are
 */
export async function hearSinging(
  notes: readonly number[],
  { hold, keySeconds, isShortened }: Singing,
): Promise<{ shares: number[]; wordsPerNote: number }> {
  const model = await openModel(shipped);
  const listener = openListener(model.bundle);
  const modules = loadEngineModules();
  const { manifest } = model.bundle;
  const { format, speakers } = manifest;
  const { sampleRate } = format;
  const words = speakers.flatMap((_, speaker) =>
    Array.from({ length: digitCount }, (_, digit) => ({ speaker, digit })),
  );
  const decoded = await model.decode(
    words.map(({ speaker, digit }) => ({
      digit: digitAnchor(manifest, digit),
      style: styleAt(manifest, speaker, digit),
    })),
  );
  const vowels = decoded.map((features) => vowelSeconds(features, format));
  const shares: number[] = [];
  for (const note of notes) {
    const clips: Float32Array[] = [];
    for (const [i, { speaker, digit }] of words.entries()) {
      const instrument = await OfflineInstrument.open({ model, sampleRate, modules });
      instrument.performer.setParameters({
        mode: playModes.indexOf('sing'),
        hold: holdModes.indexOf(hold),
        digit,
        speaker,
      });
      instrument.performer.noteOn(1, note, 100, 0);
      instrument.performer.noteOff(1, note, 64, Math.round(keySeconds * sampleRate));
      const sound = new Float32Array(
        Math.round((isShortened ? keySeconds + heardSeconds : heardSeconds) * sampleRate),
      );
      let at = 0;
      const sink = (left: Float32Array, right: Float32Array): void => {
        for (let n = 0; n < left.length && at < sound.length; n++, at++) sound[at] = left[n] + right[n];
      };
      await instrument.renderTo(sound.length, sink);
      await instrument.finish(sink);
      await instrument.close();
      const heard = isShortened ? shortened(sound, sampleRate, vowels[i], keySeconds, note) : sound;
      clips.push(featuresOfSound(heard.slice(0, Math.round(heardSeconds * sampleRate)), format));
    }
    const hearings = await listener.hear(clips);
    const right = hearings.filter(({ digit }, i) => Number(digit.label) === words[i].digit).length;
    shares.push(right / words.length);
  }
  listener.dispose();
  model.dispose();
  return { shares, wordsPerNote: words.length };
}

/** When a word's vowel is reached. */
function vowelSeconds(features: Float32Array, format: SpectrogramFormat): Seconds {
  const shape = new ClipShape();
  shape.measure(format, features, 0, new Float64Array(format.frames));
  const { hopSamples, onsetSamples, sampleRate } = format;
  return Math.max(0, preRollSeconds + (shape.steady * hopSamples - onsetSamples) / sampleRate);
}

/** Takes whole periods out of the held vowel. */
function shortened(
  sound: Float32Array,
  sampleRate: Hertz,
  vowel: Seconds,
  keySeconds: Seconds,
  midiNote: number,
): Float32Array {
  const from = vowel + keptSeconds;
  const hertz = 440 * 2 ** ((midiNote - 69) / 12);
  const periods = Math.round((keySeconds + releaseSeconds - from) * hertz);
  if (periods <= 0) return sound;
  const cut = Math.round((periods * sampleRate) / hertz);
  return Float32Array.from({ length: sound.length - cut }, (_, n) => {
    const share = Math.min(1, Math.max(0, (n / sampleRate - from) / crossfadeSeconds));
    return (1 - share) * sound[n] + share * sound[n + cut];
  });
}
