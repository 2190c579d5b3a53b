// What a file is by its first bytes, for telling somebody who gave it as a WAV.

const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** What a file is. */
export interface FileKind {
  /** With its article: "an MP3 recording". */
  readonly name: string;
  /** Whether a converter would make a WAV of it. */
  readonly isSound: boolean;
}

type Beginnings = readonly (readonly [RegExp, string])[];

/** Bytes at the beginning of a file, as text of one byte a letter, and what they say: of what holds sound, and of what does not. */
const sounds: Beginnings = [
  [/^FORM.{4}AIF[FC]/s, 'an AIFF recording'],
  [/^fLaC/, 'a FLAC recording'],
  [/^OggS.{24,26}OpusHead/s, 'an Opus recording'],
  [/^OggS.{25}FLAC/s, 'a FLAC recording in Ogg'],
  [/^OggS/, 'an Ogg recording'],
  [/^.{4}ftyp/s, 'an MPEG-4 file (M4A, MP4)'],
  [/^\xff[\xf0\xf1\xf8\xf9]/, 'an AAC recording'],
  [/^\xff[\xe2-\xef\xf2-\xf7\xfa-\xff]/, 'an MP3 recording'],
  [/^caff/, 'a Core Audio file (CAF)'],
  [/^\.snd/, 'a Sun audio file (AU)'],
  [/^riff\x2e\x91\xcf/, 'a Wave64 file'],
  [/^\x30\x26\xb2\x75/, 'a Windows Media file (WMA)'],
  [/^wvpk/, 'a WavPack recording'],
  [/^MAC /, "a Monkey's Audio recording (APE)"],
  [/^#!AMR/, 'an AMR recording'],
  [/^Creative Voice File/, 'a Creative voice file (VOC)'],
  [/^NIST_1A/, 'a NIST SPHERE recording'],
  [/^.E\xdf\xa3/, 'a Matroska or WebM file'],
  [/^RIFF.{4}AVI /s, 'an AVI video'],
];
const others: Beginnings = [
  [/^(MThd|RIFF.{4}RMID)/s, 'a MIDI file'],
  [/^RIFF.{4}sfbk/s, 'a SoundFont'],
  [/^RIFF.{4}WEBP/s, 'a WebP picture'],
  [/^\x89PNG/, 'a PNG picture'],
  [/^\xff\xd8\xff/, 'a JPEG picture'],
  [/^PK[^ -~]{2}/s, 'a ZIP archive'],
  [/^[^ -~]\x8b/, 'a gzip archive'],
  [/^%PDF/, 'a PDF document'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer in place of its file (git lfs pull fetches it)'],
  [/^\s*<(!doctype html|html)/i, 'a web page'],
];

/** Where an ID3v2 tag at the beginning ends (its size has 7 bits a byte), 0 without one. */
export function endOfId3(bytes: Uint8Array): number {
  if (ascii(bytes, 0, 3) !== 'ID3' || bytes.length < 10) return 0;
  const size = bytes.subarray(6, 10).reduce((sum, byte) => sum * 128 + (byte & 127), 0);
  return 10 + size;
}

/**
 * What a file is; undefined where nothing is known.
 * @param bytes the file, or some kilobytes of its beginning
 */
export function fileKind(bytes: Uint8Array): FileKind | undefined {
  const tagEnd = endOfId3(bytes);
  const head = ascii(bytes, tagEnd < bytes.length ? tagEnd : 0, 64);
  const among = (table: Beginnings) => table.find(([beginning]) => beginning.test(head))?.[1];
  const sound = among(sounds);
  if (sound !== undefined) return { name: sound, isSound: true };
  // Tags of this kind are at home in MP3 files, whatever pads the space behind them.
  if (tagEnd > 0) return { name: 'an MP3 recording', isSound: true };
  const start = bytes.subarray(0, 512);
  const isText = start.length > 0 && start.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));
  const other = among(others) ?? (isText ? 'a text file' : undefined);
  return other === undefined ? undefined : { name: other, isSound: false };
}
