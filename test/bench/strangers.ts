// Benchmark: what becomes of people whom nobody trained on. Which digit is heard, how their regenerated words are understood, and whether they keep their pitch.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { wideFormat } from '../../src/contract/spectrogram.ts';
import { bandwidthOfRate } from '../../src/dsp/bandwidth.ts';
import { prepareTake } from '../../src/dsp/clip.ts';
import { trackPitch } from '../../src/dsp/pitch.ts';
import { atPitchOf } from '../../src/dsp/tracks.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { openListener } from '../../src/model/nodeListener.ts';
import { openModel } from '../../src/model/nodeModel.ts';
import { placeRecordings } from '../../src/model/recordings.ts';
import { renderClip } from '../../src/worklet/renderClip.ts';
import { openCorpus } from '../../training/corpus/corpus.ts';
import { readTake } from '../../training/corpus/prepareTakes.ts';
import { sexOf, type Take } from '../../training/corpus/takes.ts';
import { earFeatures, openEar, readEar } from '../../training/listener/openEar.ts';
import { initTrainingBackend } from '../../training/optimise/backend.ts';
import { row, type Row } from './row.ts';

const shipped = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));
const wideband = fileURLToPath(new URL('../../../shared/wideband', import.meta.url));
const judge = fileURLToPath(new URL('../../training/judges/strangers.json.gz', import.meta.url));
const lowVoiceHz = 160;

interface Word {
  readonly group: string;
  readonly digit: number;
  readonly named: number;
  readonly heardByListener: number;
  readonly semitonesOff: number;
  readonly isHigh: boolean;
  readonly ears: readonly (Float32Array | undefined)[];
}

/**
 * Held-out takes of the 16 kHz corpus by its parts and sexes: share named right by encoder and listener together and by the listener alone, share heard by
 * the judge that knows strangers (recordings, copies without a model, regenerations of the digit meant), and share whose median pitch is within a semitone.
 * @param folder a bundle; the shipped narrow one when absent
 */
export async function benchStrangers(folder = shipped): Promise<Row[] | string> {
  if (!existsSync(wideband)) return 'needs ../shared/wideband beside the repository';
  const model = await openModel(folder);
  const { format } = model.bundle.manifest;
  const listener = openListener(model.bundle);
  const modules = loadEngineModules();
  const bandwidthHz = bandwidthOfRate(format.sampleRate, wideFormat.sampleRate);
  const play = (features: Float32Array) => renderClip(features, format, { modules });
  const pitchOf = (samples: Float32Array): number => {
    const { sampleRate, hopSamples, frames } = format;
    const track = trackPitch(samples, { sampleRate, hopSamples, frames, f0LowHz: 60, f0HighHz: 500 });
    return median([...track].filter((hertz) => hertz > 0));
  };
  const words: Word[] = [];
  for (const take of openCorpus(wideband).takes.filter(({ split }) => split === 'test')) {
    const { samples, sampleRate } = await readTake(take);
    const { clip, features, wordSamples } = prepareTake(samples, sampleRate, format);
    if (wordSamples === 0) continue;
    const { digit } = take;
    const [free] = await placeRecordings(model, listener, [features]);
    const [{ point }] = await placeRecordings(model, undefined, [features], digit);
    const [heard] = await listener.hear([features]);
    const [decoded] = await model.decode([point]);
    const regenerated = play(atPitchOf(decoded, features, format));
    const hertz = pitchOf(clip);
    words.push({
      group: groupOf(take),
      digit,
      named: free.digit,
      heardByListener: Number(heard.digit.label),
      semitonesOff: Math.abs(12 * Math.log2(pitchOf(regenerated) / hertz)),
      isHigh: hertz > lowVoiceHz,
      ears: [
        earFeatures(samples, sampleRate),
        earFeatures(play(features), format.sampleRate, bandwidthHz),
        earFeatures(regenerated, format.sampleRate, bandwidthHz),
      ],
    });
  }
  listener.dispose();
  model.dispose();
  await initTrainingBackend();
  const ear = openEar(readEar(judge));
  const heardAs = async (which: number): Promise<(number | undefined)[]> => {
    const shares = await ear.hear(words.flatMap(({ ears }) => ears[which] ?? []));
    const digits = shares.map((of) => of.indexOf(Math.max(...of)));
    return words.map(({ ears }) => (ears[which] ? digits.shift() : undefined));
  };
  const heard = [await heardAs(0), await heardAs(1), await heardAs(2)];
  ear.dispose();
  const high = (isHigh: boolean) => (word: Word) => word.group.includes('speech') && word.isHigh === isHigh;
  const groups: [string, (word: Word) => boolean][] = [
    ...[...new Set(words.map(({ group }) => group))]
      .sort()
      .map((group): [string, (word: Word) => boolean] => [group, (word) => word.group === group]),
    ['speech commands, high voices', high(true)],
    ['speech commands, low voices', high(false)],
  ];
  return groups.flatMap(([name, isOf]) => {
    const own = [...words.keys()].filter((i) => isOf(words[i]));
    if (own.length === 0) return [];
    const percent = (isSo: (i: number) => boolean) => (100 * own.filter(isSo).length) / own.length;
    const told = (which: number) => percent((i) => heard[which][i] === words[i].digit).toFixed(1);
    return [
      row(
        `${name}: named right`,
        percent((i) => words[i].named === words[i].digit),
        1,
        '%',
        `${own.length} takes; by the listener alone ${percent((i) => words[i].heardByListener === words[i].digit).toFixed(1)} %`,
      ),
      row(
        `${name}: regenerated, heard by judge strangers`,
        Number(told(2)),
        1,
        '%',
        `recordings ${told(0)} %, copies ${told(1)} %`,
      ),
      row(
        `${name}: pitch within a semitone`,
        percent((i) => words[i].semitonesOff < 1),
        1,
        '%',
      ),
    ];
  });
}

const groupOf = (take: Take): string =>
  [take.source?.toLowerCase(), sexOf(take)].filter((text) => text !== undefined).join(', ');

function median(values: readonly number[]): number {
  return values.length === 0 ? NaN : [...values].sort((a, b) => a - b)[values.length >> 1];
}
