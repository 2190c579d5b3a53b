// Every reader of numvox that takes what somebody else wrote, each with a valid input and its mutations.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Float16Array } from '@petamoriken/float16';
import { defaultValues } from '../../src/contract/parameters.ts';
import { readSong } from '../../src/midi/midiFile.ts';
import { profilesOfText, textOfProfiles } from '../../src/midi/profiles.ts';
import { loadBundle } from '../../src/model/bundle.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { priorMapOf } from '../../src/model/priorMap.ts';
import { bundleParts, partShapes } from '../../src/model/shapes.ts';
import { sha256Of } from '../../src/model/sha256.ts';
import { decodeWav } from '../../src/node/wav.ts';
import { factoryPresets } from '../../src/patch/factoryPresets.ts';
import { decodePatch, encodePatch } from '../../src/patch/patchAddress.ts';
import { presetData, writeGestureFile, type Gesture, type Preset } from '../../src/patch/preset.ts';
import { readGestureFile, readPresetFile } from '../../src/patch/presetSchema.ts';
import { isKeyboardMap, parseKeyboardMap, parseScale } from '../../src/performer/scalaFile.ts';
import { Tuning } from '../../src/performer/tuning.ts';
import { readSessionState, writeSessionState } from '../../src/session/sessionState.ts';
import { plainSnapshot } from '../../src/session/soundState.ts';
import { loadCheckpoint, saveCheckpoint, type RunState } from '../../training/vae/checkpoint.ts';
import type { Trainer } from '../../training/vae/trainer.ts';
import { parseConfig } from '../../training/vae/trainingConfig.ts';
import { tinyManifest, tinyTensors } from './bundle.ts';
import { type Draws, mutated, mutatedBytes, mutatedJson, mutatedText } from './fuzz.ts';
import { pcm16Wav, wavFile } from './wavBytes.ts';

/** Makes a mutated input, and returns what reads it: that gives what was accepted, or throws where it was refused. */
export type FuzzedReader = (draws: Draws) => () => unknown;

const gesture: Gesture = {
  ...{ name: 'sweep', unit: 'beats', length: 4, loop: true },
  points: [
    { at: 0, id: 'attack', value: 0.1 },
    { at: 2, id: 'drive', value: 0.5 },
  ],
};
const pads = [{ note: 36, digit: 3, speaker: 0, style: [0.5, -1, 2], digitPoint: [1, 0] }];
const preset: Preset = {
  ...factoryPresets[2],
  author: 'somebody',
  lyrics: '3 1 4 - .',
  scenes: [{ attack: 0.2 }, null, { drive: 0.4 }, null],
  gestures: [gesture],
  pads,
};

async function bundleFiles(): Promise<{
  manifest: unknown;
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}> {
  const draft = tinyManifest();
  const tensors = tinyTensors(draft);
  const entries: Manifest['tensors'] = [];
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const told: NonNullable<Manifest['files']> = {};
  for (const part of bundleParts) {
    const values: number[] = [];
    for (const [name, shape] of partShapes(draft, part)) {
      entries.push({ name, shape, file: `${part}.bin`, byteOffset: 2 * values.length });
      for (const value of tensors.get(name) ?? []) values.push(value);
    }
    const bytes = new Uint8Array(Float16Array.from(values).buffer);
    files.set(`${part}.bin`, bytes);
    told[`${part}.bin`] = { bytes: bytes.length, sha256: await sha256Of([bytes]) };
  }
  return { manifest: { ...draft, tensors: entries, files: told }, files };
}

const bundle = await bundleFiles();
const encoder = new TextEncoder();

async function readBundle(
  manifest: string,
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): Promise<unknown> {
  const read = (file: string): Promise<ArrayBuffer> => {
    const bytes = file === 'manifest.json' ? encoder.encode(manifest) : files.get(file);
    return Promise.resolve(bytes?.slice().buffer ?? new ArrayBuffer(0));
  };
  const loaded = await loadBundle(read, 'a bundle');
  const map = priorMapOf(loaded);
  const { styleDimensions, digitDimensions } = loaded.manifest.latent;
  map.toLatent(new Float32Array(digitDimensions), new Float32Array(styleDimensions));
  return [...loaded.tensors.values()].map(({ values }) => values);
}

const midiFiles = ['notes', 'mpe', 'modes', 'tempo', 'fingers'].map((name) =>
  readFileSync(new URL(`../midi/files/${name}.mid`, import.meta.url)),
);
const tone = Int16Array.from({ length: 400 }, (_, n) => Math.round(9000 * Math.sin(n / 5)));
const floats = Uint8Array.from(Buffer.from(Float32Array.from(tone, (value) => value / 32768).buffer));
const floatFormat = Uint8Array.of(3, 0, 1, 0, 0x40, 0x1f, 0, 0, 0, 0x7d, 0, 0, 4, 0, 32, 0);
const adpcmFormat = Uint8Array.of(0x11, 0, 1, 0, 0x40, 0x1f, 0, 0, 0, 0x10, 0, 0, 0, 1, 4, 0, 2, 0, 0xf9, 1);
const wavs = [
  pcm16Wav(tone, 2, 8000),
  wavFile([
    { id: 'fmt ', content: floatFormat },
    { id: 'data', content: floats },
  ]),
  wavFile([
    { id: 'fmt ', content: adpcmFormat },
    { id: 'data', content: floats },
  ]),
];
const scale = '! a.scl\nA scale\n 4\n!\n 100.0\n 3/2\n 701.955\n 2/1\n';
const keyboard = '! a.kbm\n12\n0\n127\n60\n69\n440.0\n12\n0\n1\nx\n3\n4\n5\n6\n7\n8\n9\n10\n11\n';
const profiles = textOfProfiles({
  devices: new Map([
    [
      'Maker / Box',
      [
        {
          channel: 1,
          kind: 'cc',
          number: 7,
          parameterId: 'attack',
          min: 0,
          max: 1,
          curve: 'linear',
          takeover: 'pickup',
        },
      ],
    ],
  ]),
  withoutDefault: new Set(['drive']),
} as unknown as Parameters<typeof textOfProfiles>[0]);

const folder = mkdtempSync(join(tmpdir(), 'numvox-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const config = parseConfig({});
const trainer = (): Trainer => {
  const array = () => new Float32Array(8).fill(0.5);
  return {
    ...{ parameters: array(), statistics: array() },
    adam: { first: array(), second: array(), step: 3 },
  } as unknown as Trainer;
};
const losses = { total: 1 } as unknown as RunState['history'][number]['train'];
const runState: RunState = {
  ...{ config, fingerprint: 'f', bestObjective: 1 },
  history: [{ epoch: 1, seconds: 2, train: losses, validation: losses }],
  bestParameters: new Float32Array(8),
  bestStatistics: new Float32Array(8),
};
await saveCheckpoint(folder, runState, trainer());
const checkpoint = readFileSync(join(folder, 'checkpoint.bin'));

/** By kind of file. */
export const fuzzedReaders: Readonly<Record<string, FuzzedReader>> = {
  manifests: (draws) => {
    const text = mutatedJson(bundle.manifest, draws);
    return () => readBundle(text, bundle.files);
  },
  'weight files': (draws) => {
    const file = draws.oneOf([...bundle.files.keys()]);
    const files = new Map(bundle.files);
    files.set(file, mutatedBytes(files.get(file) ?? new Uint8Array(0), draws));
    const isHashed = draws.below(2) === 0;
    const manifest = isHashed ? bundle.manifest : { ...(bundle.manifest as object), files: undefined };
    return () => readBundle(JSON.stringify(manifest), files);
  },
  presets: (draws) => {
    const text = mutatedJson({ presets: [presetData(preset), presetData(factoryPresets[0])] }, draws);
    return () => readPresetFile(text);
  },
  states: (draws) => {
    const snapshot = {
      ...plainSnapshot(),
      ...{ values: defaultValues(), gesture, pads },
      tuning: { scale: { name: 'a.scl', text: scale }, map: { name: 'a.kbm', text: keyboard } },
    };
    const state = writeSessionState({
      ...{ snapshot, presetId: 'factory:1', bundle: { name: 'x', weightsHash: null } },
      songs: { 'a-1': { drums: 'auto', keyswitches: false, parts: { '0-1': { muted: true } } } },
    });
    const damaged = mutated(state, draws);
    return () => readSessionState(damaged);
  },
  gestures: (draws) => {
    const text = mutatedJson(JSON.parse(writeGestureFile(gesture)), draws);
    return () => readGestureFile(text);
  },
  'MIDI profiles': (draws) => {
    const text = mutatedJson(JSON.parse(profiles), draws);
    return () => profilesOfText(text);
  },
  'MIDI files': (draws) => {
    const bytes = mutatedBytes(draws.oneOf(midiFiles), draws);
    return () => readSong(bytes);
  },
  WAVs: (draws) => {
    const bytes = mutatedBytes(draws.oneOf(wavs), draws);
    return () => decodeWav(bytes, 'a.wav');
  },
  Scala: (draws) => {
    const text = mutatedText(draws.oneOf([scale, keyboard]), draws);
    return () => {
      const isMap = isKeyboardMap(text);
      const tuning = isMap
        ? new Tuning(parseScale(scale), parseKeyboardMap(text))
        : new Tuning(parseScale(text));
      return Array.from({ length: 128 }, (_, key) => tuning.frequencyOf(key));
    };
  },
  addresses: (draws) => {
    const text = mutatedText(
      encodePatch({ values: { ...defaultValues(), drive: 0.5 }, lyrics: '3 1 4' }),
      draws,
    );
    return () => decodePatch(`#${text}`);
  },
  checkpoints: (draws) => {
    const end = checkpoint.indexOf('\n');
    const header: unknown = JSON.parse(checkpoint.subarray(0, end).toString());
    const bytes =
      draws.below(2) === 0
        ? mutatedBytes(checkpoint, draws)
        : Buffer.concat([Buffer.from(`${mutatedJson(header, draws)}\n`), checkpoint.subarray(end + 1)]);
    writeFileSync(join(folder, 'checkpoint.bin'), bytes);
    return () => loadCheckpoint(folder, config, 'f', trainer());
  },
};

/** Messages of the engine itself: something was used without a look at it. */
const untold =
  /^(Cannot |Invalid (array|typed array|string) length|Maximum call stack|Array buffer allocation|Reduce of empty|Failed to execute|Class constructor)|is not (a function|iterable|defined|an object|a constructor)|of (undefined|null)|valid JSON$/;

/** Why an error is none that a player or an engineer could use; null where it is. */
export function faultOfError(error: unknown): string | null {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  const isTyped = error.name === 'InputError' || error instanceof RangeError || error instanceof TypeError;
  if (!isTyped) return `threw ${error.name}: ${error.message.slice(0, 200)}`;
  if (untold.test(error.message))
    return `threw the engine's own ${error.name}: ${error.message.slice(0, 200)}`;
  return error.message.length > 1000 ? `has a message of ${error.message.length} characters` : null;
}

/** Where an accepted value holds a number that is none; null where all are finite. */
export function faultOfAccepted(value: unknown): string | null {
  const stack: unknown[] = [value];
  const seen = new Set<unknown>();
  for (let count = 0; stack.length > 0 && count < 100_000; count++) {
    const one = stack.pop();
    if (typeof one === 'number' && !Number.isFinite(one)) return `accepted the number ${one}`;
    if (typeof one !== 'object' || one === null || seen.has(one)) continue;
    seen.add(one);
    if (one instanceof Map) stack.push(...one.values());
    else if (ArrayBuffer.isView(one)) {
      if (!Array.from(one as Float32Array).every(Number.isFinite))
        return 'accepted samples that are not finite';
    } else for (const part of Object.values(one)) stack.push(part);
  }
  return null;
}
