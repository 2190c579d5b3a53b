// How well a model is understood: clips made as the command line makes them, heard by the bundle's listener.
// Long, since every kind of clip that is measured is listed here.
import type { Playing } from '../../src/contract/playing.ts';
import { frameValues, magnitudeOfFeature, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { parameterById } from '../../src/contract/parameters.ts';
import { sampleDraws, sayDraws, type Draw } from '../../src/model/latentDraws.ts';
import { prepareTake } from '../../src/dsp/clip.ts';
import { JsFft } from '../../src/dsp/fft.ts';
import { Random } from '../../src/dsp/random.ts';
import { between, digitAnchor, oneKnob, styleAt } from '../../src/model/latent.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Hearing, Listener } from '../../src/model/nodeListener.ts';
import type { LatentPoint, NodeModel } from '../../src/model/nodeModel.ts';
import { placeRecordings } from '../../src/model/recordings.ts';
import { renderClip } from '../../src/worklet/renderClip.ts';
import type { LabelledFeatures } from '../listener/confusion.ts';
import { earFeatures, type Ear } from '../listener/openEar.ts';
import { groupRows, heardRow, type EvaluationRow, type Meaning } from './heardRows.ts';
import type { EngineModules } from '../../src/dsp/wasmLoops.ts';

/** What 1,000 random walks between anchors met. */
export interface WalkFigures {
  readonly walks: number;
  readonly points: number;
  /** Share of the points heard as the digit that the walk keeps. */
  readonly digit: number;
  /** Least probability of that digit. */
  readonly worstConfidence: number;
  /** Largest root mean square change of the features by a step of 1 %, and the mean one. */
  readonly largestStep: number;
  readonly meanStep: number;
  /** Level of the loudest frame of the quietest point, as decibels below the loudest point's. */
  readonly quietestDb: number;
  /** Least voicing of a point's most voiced frame; absent without tracks. */
  readonly leastVoicing?: number;
}

export interface Evaluation {
  readonly rows: readonly EvaluationRow[];
  /** Recordings and their regenerations by corpus, its part and sex; empty where all are of one. */
  readonly groups: readonly EvaluationRow[];
  readonly walks: WalkFigures;
}

/** What to evaluate. */
export interface EvaluationOptions {
  readonly model: NodeModel;
  readonly listener: Listener;
  readonly train: LabelledFeatures;
  readonly test: LabelledFeatures;
  readonly seed: number;
  /** Default 1; smaller for a quick look. */
  readonly share?: number;
  readonly playing?: Playing | undefined;
  readonly modules?: EngineModules | undefined;
  /** Each of `judges`, in their order; without them nobody else than the bundle's listener is asked. */
  readonly ears?: readonly Ear[];
  /** Told how many clips and walks are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A clip to hear. */
interface Meant extends Meaning {
  readonly point: LatentPoint;
}

const [regeneratedTrain, regeneratedTest] = ['regenerate, train', 'regenerate, test'];
const decodedAtATime = 25;
const knobPositions = 5;
const knobAnchors = 20;
const clipsOfAVoice = 5;
const walkCount = 1000;
const pointsOfAWalk = 6;

/** Evaluates a model; a few minutes at full share. */
export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const { model, listener, train, test, seed, share = 1, ears = [] } = options;
  const { bundle } = model;
  const { manifest } = bundle;
  const { format } = manifest;
  const some = (count: number) => Math.max(1, Math.round(share * count));
  const shownTest = evenly(test, some(test.takes.length));
  const shownTrain = evenly(train, some(Math.min(train.takes.length, 300)));
  const digits = Array.from({ length: digitCount }, (_, d) => d);
  const meantOf = (draws: readonly Draw[]): Meant[] => draws.map(({ digit, point }) => ({ digit, point }));
  const voices = manifest.speakers.map(({ name }) => name);
  const rendered: [string, Meant[]][] = [
    ['say', meantOf(sayDraws(bundle, digits, some(20), seed))],
    ['sample', meantOf(sampleDraws(bundle, some(200), seed))],
    ['knobs', knobPoints(manifest, some(knobAnchors))],
    ...voices.map((voice, v): [string, Meant[]] => [
      `say --voice ${voice}`,
      sayDraws(bundle, digits, some(clipsOfAVoice), seed + 1 + v, voice).map(({ digit, point }) => ({
        digit,
        speaker: voice,
        point,
      })),
    ]),
    ['lines between voices', linePoints(manifest, some(200), seed)],
    [regeneratedTrain, await regenerated(model, listener, shownTrain)],
    [regeneratedTest, await regenerated(model, listener, shownTest)],
  ];
  const total = rendered.reduce((sum, [, points]) => sum + points.length, 0);
  const walkTotal = some(walkCount);
  let done = 0;
  const rows: EvaluationRow[] = [];
  const groups: EvaluationRow[] = [];
  for (const [name, set] of [
    ['recordings, train', shownTrain],
    ['recordings, test', shownTest],
  ] as const) {
    const said = set.takes.map(({ digit, speaker }) => ({ digit, speaker }));
    const hearings = await listener.hear(set.features);
    rows.push(heardRow(name, said, hearings, voices));
    groups.push(...groupRows(name, set.takes, hearings, voices));
  }
  for (const [name, points] of rendered) {
    const hearings: Hearing[] = [];
    const judged = ears.map((): number[] => []);
    for (let start = 0; start < points.length; start += decodedAtATime) {
      const part = points.slice(start, start + decodedAtATime);
      const decoded = await model.decode(part.map(({ point }) => point));
      const sounds = decoded.map((features) => soundOf(features, options));
      hearings.push(...(await listener.hear(sounds.map((sound) => featuresOfSound(sound, format)))));
      for (const [e, ear] of ears.entries()) judged[e].push(...(await digitsHeard(ear, sounds, format)));
      done += part.length;
      options.onProgress?.(done, total + walkTotal);
    }
    rows.push(heardRow(name, points, hearings, voices, judged));
    if (name === regeneratedTest) groups.push(...groupRows(name, shownTest.takes, hearings, voices, judged));
    if (name === regeneratedTrain)
      groups.push(...groupRows(name, shownTrain.takes, hearings, voices, judged));
  }
  const walks = await walkFigures(model, listener, walkTotal, seed, (walk) =>
    options.onProgress?.(total + walk, total + walkTotal),
  );
  return { rows, groups, walks };
}

/** The sound that a clip makes, at the model's rate. */
export function soundOf(
  features: Float32Array,
  { model, playing, modules }: Pick<EvaluationOptions, 'model' | 'playing' | 'modules'>,
): Float32Array {
  return renderClip(features, model.bundle.manifest.format, { playing, modules });
}

/** What an ear takes each sound for; -1 for silence. */
async function digitsHeard(
  ear: Ear,
  sounds: readonly Float32Array[],
  { sampleRate }: SpectrogramFormat,
): Promise<number[]> {
  const features = sounds.map((sound) => earFeatures(sound, sampleRate));
  const heard = await ear.hear(features.filter((one) => one !== undefined));
  const digits = heard.map((shares) => shares.indexOf(Math.max(...shares)));
  return features.map((one) => (one ? (digits.shift() ?? -1) : -1));
}

/** Features of a sound at the model's rate, as a recording of it would give them to the listener. */
export function featuresOfSound(samples: Float32Array, format: SpectrogramFormat): Float32Array {
  const { features: bands } = prepareTake(
    samples,
    format.sampleRate,
    { ...format, tracks: undefined },
    new JsFft(format.fftSamples),
  );
  return withEmptyTracks(bands, format);
}

/** Bands with tracks of 0 behind every frame: the listener takes features of the format and hears the bands alone. */
function withEmptyTracks(bands: Float32Array, format: SpectrogramFormat): Float32Array {
  const { frames, melBands } = format;
  const values = frameValues(format);
  const features = new Float32Array(frames * values);
  for (let m = 0; m < frames; m++) {
    features.set(bands.subarray(m * melBands, (m + 1) * melBands), m * values);
  }
  return features;
}

/** `count` takes spread evenly over all of them, which are sorted by digit and speaker. */
function evenly({ features, takes }: LabelledFeatures, count: number): LabelledFeatures {
  const indices = Array.from({ length: count }, (_, k) => Math.floor(((k + 0.5) * takes.length) / count));
  return { features: indices.map((i) => features[i]), takes: indices.map((i) => takes[i]) };
}

async function regenerated(model: NodeModel, listener: Listener, set: LabelledFeatures): Promise<Meant[]> {
  const places = await placeRecordings(model, listener, set.features);
  return set.takes.map(({ digit, speaker }, i) => ({ digit, speaker, point: places[i].point }));
}

/** Every knob alone, evenly over its range, from anchors that go through digits and voices. */
function knobPoints(manifest: Manifest, anchors: number): Meant[] {
  const { min, max } = parameterById('style1');
  return manifest.directions.flatMap((_, knob) =>
    Array.from({ length: anchors }, (_anchor, a) => a).flatMap((a) =>
      Array.from({ length: knobPositions }, (_position, k) => {
        const digit = a % digitCount;
        const speaker = (a + Math.floor(a / digitCount) + knob) % manifest.speakers.length;
        const knobs = oneKnob(manifest, knob, min + ((max - min) * k) / (knobPositions - 1));
        const point = {
          digit: digitAnchor(manifest, digit),
          style: styleAt(manifest, speaker, digit, knobs),
        };
        return { digit, point };
      }),
    ),
  );
}

/** Points drawn evenly on lines between the anchors of two voices drawn for each. */
function linePoints(manifest: Manifest, count: number, seed: number): Meant[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, k) => {
    const digit = k % digitCount;
    const [first, second] = twoVoices(manifest, random);
    const style = between(
      styleAt(manifest, first, digit),
      styleAt(manifest, second, digit),
      random.uniform(),
    );
    return { digit, point: { digit: digitAnchor(manifest, digit), style } };
  });
}

function twoVoices({ speakers }: Manifest, random: Random): [number, number] {
  const first = random.integer(speakers.length);
  const others = Math.max(1, speakers.length - 1);
  return [first, (first + 1 + random.integer(others)) % speakers.length];
}

/**
 * Walks: straight lines of the player's style from one voice's anchor, all knobs turned at random, to another's, the digit point
 * kept. At a few places of each the features are compared with those a hundredth of the way on.
 */
export async function walkFigures(
  model: NodeModel,
  listener: Listener,
  walks: number,
  seed: number,
  onWalk: (done: number) => void = () => undefined,
): Promise<WalkFigures> {
  const { manifest } = model.bundle;
  const { format } = manifest;
  const random = new Random(seed + 1000);
  const { min, max } = parameterById('style1');
  const end = (speaker: number, digit: number) =>
    styleAt(
      manifest,
      speaker,
      digit,
      manifest.directions.map(() => random.uniform(min, max)),
    );
  let right = 0;
  let points = 0;
  let worstConfidence = 1;
  let largestStep = 0;
  let stepSum = 0;
  let leastVoicing = 1;
  const levels: number[] = [];
  for (let walk = 0; walk < walks; walk++) {
    const digit = walk % digitCount;
    const [first, second] = twoVoices(manifest, random);
    const from = end(first, digit);
    const to = end(second, digit);
    const shares = Array.from({ length: pointsOfAWalk }, () => random.uniform(0, 0.99));
    const anchor = digitAnchor(manifest, digit);
    const decoded = await model.decode(
      shares
        .flatMap((share) => [share, share + 0.01])
        .map((share) => ({ digit: anchor, style: between(from, to, share) })),
    );
    const here = decoded.filter((_, i) => i % 2 === 0);
    const hearings = await listener.hear(here);
    here.forEach((features, i) => {
      points++;
      const { digit: heard } = hearings[i];
      if (heard.label === String(digit)) right++;
      worstConfidence = Math.min(worstConfidence, heard.probabilities[digit]);
      const step = bandDistance(features, decoded[2 * i + 1], format);
      largestStep = Math.max(largestStep, step);
      stepSum += step;
      levels.push(loudestDb(features, format));
      leastVoicing = Math.min(leastVoicing, mostVoiced(features, format) ?? 1);
    });
    onWalk(walk + 1);
  }
  return {
    walks,
    points,
    digit: right / points,
    worstConfidence,
    largestStep,
    meanStep: stepSum / points,
    quietestDb: Math.max(...levels) - Math.min(...levels),
    ...(format.tracks ? { leastVoicing } : {}),
  };
}

function bandDistance(a: Float32Array, b: Float32Array, format: SpectrogramFormat): number {
  const { frames, melBands } = format;
  const values = frameValues(format);
  let sum = 0;
  for (let m = 0; m < frames; m++) {
    for (let k = m * values; k < m * values + melBands; k++) sum += (a[k] - b[k]) ** 2;
  }
  return Math.sqrt(sum / (frames * melBands));
}

/** Level of the loudest frame, decibels. */
function loudestDb(features: Float32Array, format: SpectrogramFormat): number {
  const { frames, melBands } = format;
  const values = frameValues(format);
  let loudest = 0;
  for (let m = 0; m < frames; m++) {
    let power = 0;
    for (let k = m * values; k < m * values + melBands; k++) {
      power += magnitudeOfFeature(features[k], format) ** 2;
    }
    loudest = Math.max(loudest, power);
  }
  return 10 * Math.log10(Math.max(loudest, 1e-20));
}

function mostVoiced(features: Float32Array, format: SpectrogramFormat): number | undefined {
  const voicing = format.tracks?.channels.indexOf('voicing1') ?? -1;
  if (voicing < 0) return undefined;
  const values = frameValues(format);
  let most = 0;
  for (let m = 0; m < format.frames; m++) {
    most = Math.max(most, features[m * values + format.melBands + voicing]);
  }
  return most;
}
