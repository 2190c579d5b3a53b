// WAV files: read to mono Float32Array, write as 32-bit float; every failure is one clear InputError.
import { readFileSync, statSync } from 'node:fs';
import wavefile from 'wavefile';
import { InputError } from '../contract/errors.ts';
import type { Hertz } from '../contract/units.ts';
import { reasonOf, writeWhole } from './files.ts';
import { monoFromFloat, monoFromInteger } from './pcm.ts';

/** A recording as read from disk. */
export interface Recording {
  /** Channels averaged; full scale is 1. */
  readonly samples: Float32Array;
  readonly sampleRate: Hertz;
  /** Channels that the file had. */
  readonly channels: number;
}

/** Rates that the rest of numvox can resample from. */
const lowestRateHz = 1000;
const highestRateHz = 768000;
/** Larger files are refused before they are read: an hour and a half of 48 kHz stereo at 16 bits. */
const largestFileBytes = 2 ** 30;
/** Data length that a program writes when it streams to a pipe and cannot know the length. */
const unknownLength = 0xffffffff;

/** The fields of wavefile's `fmt` object that are used here. */
interface Fmt {
  readonly audioFormat: number;
  readonly numChannels: number;
  readonly sampleRate: number;
  readonly bitsPerSample: number;
  readonly subformat: readonly number[];
}
/** The same of its `data` object. */
interface Data {
  chunkSize: number;
  samples: Uint8Array;
}

/**
 * Reads a WAV file: PCM of 8, 16, 24 or 32 bits, float of 32 or 64 bits, A-law, mu-law and IMA ADPCM.
 *
 * The container is parsed by `wavefile`; the samples are decoded here from its bytes, because its own unpacking takes
 * 5.4 s for ten minutes of 48 kHz stereo (measured; 1.2 s here) and reads float samples in an extensible header as
 * integers.
 * @throws InputError naming the file when it is missing, no WAV, empty, truncated or in an unsupported coding.
 */
export function readWav(path: string): Recording {
  return decodeWav(readBytes(path), path);
}

/** Like readWav for bytes already in memory; `name` is what messages call them. */
export function decodeWav(bytes: Uint8Array, name: string): Recording {
  if (bytes.length === 0) throw new InputError(`${name} is empty (0 bytes): give a WAV recording`);
  const wave = parse(bytes, name);
  const fmt = wave.fmt as Fmt;
  const data = wave.data as Data;
  if (fmt.numChannels < 1) throw new InputError(`${name} is damaged: its header names 0 channels`);
  if (fmt.sampleRate < lowestRateHz || fmt.sampleRate > highestRateHz) {
    throw new InputError(
      `${name} has a sample rate of ${fmt.sampleRate} Hz; rates from ${lowestRateHz} to ${highestRateHz} Hz can be read`,
    );
  }
  // The library hands on the padding byte of an odd chunk, and fewer bytes than promised without a word.
  if (data.chunkSize !== unknownLength) {
    if (data.samples.length < data.chunkSize) {
      throw new InputError(
        `${name} is truncated: its header promises ${data.chunkSize} bytes of sound, ${data.samples.length} are there; copy or download it again`,
      );
    }
    data.samples = data.samples.subarray(0, data.chunkSize);
  }
  if (data.samples.length === 0) throw new InputError(`${name} holds no sound: its data chunk is empty`);
  const samples = decodeSamples(wave, fmt, data, name);
  if (samples.length === 0) throw new InputError(`${name} holds no sound: less than one whole sample`);
  if (samples.some((value) => !Number.isFinite(value))) {
    throw new InputError(`${name} holds samples that are no finite numbers: export it again`);
  }
  return { samples, sampleRate: fmt.sampleRate, channels: fmt.numChannels };
}

/**
 * Writes mono 32-bit float samples.
 * @throws InputError when the file cannot be written; nothing half-written is left.
 */
export function writeWav(path: string, samples: Float32Array, sampleRate: Hertz): void {
  const wave = new wavefile.WaveFile();
  wave.fromScratch(1, sampleRate, '32f', []);
  // Given as bytes: the library's own packing takes 50 s for ten minutes of 48 kHz.
  (wave.data as Data).samples = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  (wave.fact as { dwSampleLength: number }).dwSampleLength = samples.length;
  try {
    writeWhole(path, wave.toBuffer());
  } catch (error) {
    throw new InputError(`cannot write ${path}: ${reasonOf(error)}`);
  }
}

function parse(bytes: Uint8Array, name: string): wavefile.WaveFile {
  try {
    // A plain view: wavefile calls `slice`, which on a Buffer would not copy and could be unaligned.
    return new wavefile.WaveFile(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    throw new InputError(`${name} is not a WAV file that can be read (${reasonOf(error)})`);
  }
}

function decodeSamples(wave: wavefile.WaveFile, fmt: Fmt, data: Data, name: string): Float32Array {
  const extensible = 0xfffe;
  const code = fmt.audioFormat === extensible ? (fmt.subformat[0] ?? 0) : fmt.audioFormat;
  const bits = fmt.bitsPerSample;
  const isRifx = wave.container === 'RIFX';
  if (code === 1 && (bits === 8 || bits === 16 || bits === 24 || bits === 32)) {
    return monoFromInteger(data.samples, bits, fmt.numChannels, isRifx);
  }
  if (code === 3 && (bits === 32 || bits === 64)) {
    return monoFromFloat(data.samples, bits, fmt.numChannels, isRifx);
  }
  if ((code === 6 || code === 7 || code === 17) && !isRifx && fmt.numChannels === 1) {
    try {
      if (code === 6) wave.fromALaw();
      else if (code === 7) wave.fromMuLaw();
      else wave.fromIMAADPCM();
    } catch (error) {
      throw new InputError(`${name} cannot be decoded (${reasonOf(error)}): save it as 16-bit PCM`);
    }
    return monoFromInteger(data.samples, 16, 1, false);
  }
  throw new InputError(
    `${name} is coded in a way that numvox does not read (format ${code}, ${bits} bits, ${fmt.numChannels} channels): save it as 16-bit PCM or 32-bit float`,
  );
}

function readBytes(path: string): Uint8Array {
  try {
    const { size } = statSync(path);
    if (size > largestFileBytes) {
      throw new InputError(`it is ${size} bytes long; files up to ${largestFileBytes} bytes can be read`);
    }
    return readFileSync(path);
  } catch (error) {
    throw new InputError(`cannot read ${path}: ${reasonOf(error)}`);
  }
}
