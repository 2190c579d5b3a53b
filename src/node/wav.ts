// WAV files: read to mono Float32Array, write as 32-bit float. What can be mended is read and told, every failure is one clear InputError.
import { readFileSync, statSync } from 'node:fs';
import { InputError } from '../contract/errors.ts';
import type { Hertz } from '../contract/units.ts';
import { wavHeader } from '../output/wavHeader.ts';
import { reasonOf } from '../contract/fileFaults.ts';
import { writeWhole } from './files.ts';
import { fromG711 } from './g711.ts';
import { framesOfBlock, fromImaAdpcm } from './imaAdpcm.ts';
import { monoFromFloat, monoFromInteger } from './pcm.ts';
import { countOf, wavChunks, type WavChunks } from './wavChunks.ts';

/** A recording as read from disk. */
export interface Recording {
  /** Channels averaged; full scale is 1. */
  readonly samples: Float32Array;
  readonly sampleRate: Hertz;
  /** Channels that the file had. */
  readonly channels: number;
  /** A sentence that names the file and all that was mended to read it; undefined where nothing was. */
  readonly mended: string | undefined;
}

/** Rates that the rest of numvox can resample from. */
const lowestRateHz = 1000;
const highestRateHz = 768000;
/** Larger files are refused before they are read: an hour and a half of 48 kHz stereo at 16 bits. */
const largestFileBytes = 2 ** 30;

/** Floating point may exceed full scale; 40 dB over it is another scale, such as that of integers, or damage. */
const loudestSample = 100;

/** Codings by their number (RFC 2361, and mmreg.h of Windows), for telling what cannot be read. */
const codingNames: Readonly<Record<number, string>> = {
  0x0002: 'Microsoft ADPCM',
  0x0010: 'OKI ADPCM',
  0x0014: 'G.723 ADPCM',
  0x0020: 'Yamaha ADPCM',
  0x0022: 'TrueSpeech',
  0x0031: 'GSM 6.10',
  0x0040: 'G.721 ADPCM',
  0x0042: 'G.723.1',
  0x0045: 'G.726 ADPCM',
  0x0050: 'MPEG',
  0x0055: 'MP3',
  0x0083: 'G.729',
  0x00ff: 'AAC',
  0x0160: 'Windows Media Audio',
  0x0161: 'Windows Media Audio',
  0x0162: 'Windows Media Audio',
  0x0163: 'Windows Media Audio',
  0x0270: 'ATRAC',
  0x2000: 'AC-3',
  0x566f: 'Vorbis',
  0x674f: 'Vorbis',
  0x6750: 'Vorbis',
  0xf1ac: 'FLAC',
};

/** The fields of the chunk `fmt `. */
interface Format {
  readonly coding: number;
  readonly channels: number;
  readonly sampleRate: Hertz;
  readonly blockBytes: number;
  readonly bits: number;
  /** Whether the format is one whose extension names the coding, and that names none. */
  readonly isOpen: boolean;
  /** Of a block of coded samples, 0 where the header does not say. */
  readonly blockFrames: number;
}

/**
 * Reads a WAV file: PCM of 8 to 32 bits, float of 32 or 64 bits, A-law, mu-law and IMA ADPCM, any number of channels, in RIFF,
 * RIFX, RF64 or BW64.
 * @throws InputError naming the file when it is missing, no WAV (then what it is), empty or in an unsupported coding.
 */
export function readWav(path: string): Recording {
  return decodeWav(recordingBytes(path), path);
}

/** Like readWav for bytes already in memory; `name` is what messages call them. */
export function decodeWav(bytes: Uint8Array, name: string): Recording {
  const chunks = wavChunks(bytes, name);
  const told = formatOf(chunks, name);
  const format = closed(told, name);
  const { channels, sampleRate } = format;
  if (channels < 1) throw new InputError(`${name} is damaged: its header names 0 channels; export it again`);
  if (sampleRate < lowestRateHz || sampleRate > highestRateHz) {
    throw new InputError(
      `${name} has a sample rate of ${sampleRate} Hz; rates from ${lowestRateHz} to ${highestRateHz} Hz can be read: export it again`,
    );
  }
  if (chunks.sound.length === 0) throw new InputError(`${name} holds no sound: its data chunk is empty`);
  const repairs = [...chunks.repairs];
  if (told.isOpen) {
    repairs.push(
      `the extension of its format, which names the coding, is missing, so it was read as ${format.bits}-bit PCM`,
    );
  }
  const samples = decodeSamples(chunks, format, name, repairs);
  if (samples.length === 0) throw new InputError(`${name} holds no sound: less than one whole sample`);
  if (samples.some((value) => !Number.isFinite(value))) {
    throw new InputError(`${name} holds samples that are no finite numbers: export it again`);
  }
  const loudest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (loudest > loudestSample) {
    throw new InputError(
      `${name} holds samples of ${loudest.toPrecision(3)} where full scale is 1, at most ${loudestSample} are read: normalise it (ffmpeg -i IN -af volume=... OUT.wav)`,
    );
  }
  const seconds = (samples.length / sampleRate).toFixed(2);
  const mended = repairs.length > 0 ? `${name} was mended: ${repairs.join('; ')} (${seconds} s)` : undefined;
  return { samples, sampleRate, channels, mended };
}

/**
 * Writes mono 32-bit float samples.
 * @throws InputError when the file cannot be written; nothing half-written is left.
 */
export function writeWav(path: string, samples: Float32Array, sampleRate: Hertz): void {
  const header = wavHeader(samples.length, sampleRate, 1);
  const bytes = new Uint8Array(header.length + samples.byteLength);
  bytes.set(header);
  // Node and every platform that numvox runs on are little-endian, as WAV is.
  bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), header.length);
  try {
    writeWhole(path, bytes);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`cannot write ${path}: ${reasonOf(error)}`);
  }
}

function formatOf({ format, bigEndian }: WavChunks, name: string): Format {
  if (format.length < 14) {
    throw new InputError(
      `${name} is damaged: its format chunk has ${countOf(format.length)}; export it again`,
    );
  }
  const view = new DataView(format.buffer, format.byteOffset, format.byteLength);
  const uint16 = (at: number) => (at + 2 <= format.length ? view.getUint16(at, !bigEndian) : 0);
  const [tag, channels, blockBytes] = [uint16(0), uint16(2), uint16(12)];
  const extensible = 0xfffe;
  // The first field of an extensible format's identifier is the coding's number.
  const coding = tag === extensible ? uint16(24) : tag;
  return {
    coding,
    isOpen: tag === extensible && coding === 0,
    channels,
    sampleRate: view.getUint32(4, !bigEndian),
    blockBytes,
    // The first WAV files ended before this field.
    bits: format.length >= 16 ? uint16(14) : (8 * blockBytes) / Math.max(1, channels),
    blockFrames: uint16(18),
  };
}

/** A coding that the header leaves open: PCM where its bits are those of no other coding that is about. */
function closed(format: Format, name: string): Format {
  const { isOpen, bits } = format;
  if (!isOpen) return format;
  if (bits === 16 || bits === 24) return { ...format, coding: 1 };
  throw new InputError(
    `${name} is damaged: the extension of its format, which names the coding, is missing, and ${bits} bits can be more than one; save it as 16-bit PCM`,
  );
}

function decodeSamples(
  { sound, bigEndian, factFrames }: WavChunks,
  format: Format,
  name: string,
  repairs: string[],
): Float32Array {
  const { coding, channels, bits, blockBytes } = format;
  const whole = (bytes: number): void => {
    const left = sound.length % (bytes * channels);
    if (left > 0 && sound.length > left)
      repairs.push(`its last ${left === 1 ? 'byte is' : `${left} bytes are`} no whole sample`);
  };
  const width = bits >= 17 && bits <= 24 && blockBytes === 4 * channels ? 4 : Math.ceil(bits / 8);
  if (coding === 1 && (width === 1 || width === 2 || width === 3 || width === 4)) {
    whole(width);
    return monoFromInteger(sound, (8 * width) as 8 | 16 | 24 | 32, channels, bigEndian);
  }
  if (coding === 3 && (bits === 32 || bits === 64)) {
    whole(bits / 8);
    return monoFromFloat(sound, bits, channels, bigEndian);
  }
  if (coding === 6 || coding === 7) {
    whole(1);
    return monoFrom16(fromG711(sound, coding === 6 ? 'A-law' : 'mu-law'), channels);
  }
  const most = framesOfBlock(blockBytes, channels);
  if (coding === 0x11 && bits === 4 && most > 0 && !bigEndian) {
    const blockFrames = format.blockFrames > 0 ? Math.min(format.blockFrames, most) : most;
    const mono = monoFrom16(fromImaAdpcm(sound, channels, blockBytes, blockFrames), channels);
    // The last block is filled up; how many of its frames are meant says `fact`, where that can be believed.
    const meant = factFrames ?? 0;
    return meant > Math.max(0, mono.length - blockFrames) ? mono.subarray(0, meant) : mono;
  }
  const coded = coding in codingNames ? `${codingNames[coding]} (format ${coding})` : `format ${coding}`;
  throw new InputError(
    `${name} is coded as ${coded}${bits > 0 ? `, ${bits} bits` : ''}, ${channels} ${channels === 1 ? 'channel' : 'channels'}, which numvox does not read: save it as 16-bit PCM (ffmpeg -i IN -c:a pcm_s16le OUT.wav)`,
  );
}

function monoFrom16(samples: Int16Array, channels: number): Float32Array {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return monoFromInteger(bytes, 16, channels, false);
}

/**
 * The bytes of a recording.
 * @param name what messages call it
 * @throws InputError naming the file when it is missing, no file, or larger than 1 GiB
 */
export function recordingBytes(path: string | Buffer, name = String(path)): Uint8Array {
  try {
    const status = statSync(path);
    if (status.isDirectory()) throw new InputError('it is a folder, not a file');
    const { size } = status;
    if (size > largestFileBytes) {
      throw new InputError(`it is ${size} bytes long; files up to ${largestFileBytes} bytes can be read`);
    }
    return readFileSync(path);
  } catch (error) {
    throw new InputError(`cannot read ${name}: ${reasonOf(error)}`);
  }
}
