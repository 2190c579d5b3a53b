// WAV files as people bring them: sizes that are open or wrong, chunks in any order, what is no WAV at all; and damage at random.
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/contract/errors.ts';
import { decodeWav } from '../../src/node/wav.ts';
import { bytesOf, formatChunk, uint32, wavFile, type ChunkToWrite } from '../helpers/wavBytes.ts';

const ramp = Int16Array.from({ length: 1000 }, (_, n) => 32 * n - 16_000);
/** The same with "LOUD" and a large size in the middle. */
const letters = ramp.slice();
letters.set([0x4f4c, 0x4455, 0x7fff, 0x7fff], 50);
const data = (more: Partial<ChunkToWrite> = {}): ChunkToWrite => ({
  id: 'data',
  content: bytesOf(ramp),
  ...more,
});
const text = (content: string) => new Uint8Array(Buffer.from(content, 'latin1'));
const list: ChunkToWrite = { id: 'LIST', content: text('INFOISFT\x06\0\0\0numvox') };
const oddList: ChunkToWrite = { id: 'LIST', content: text('INFOISFT\x05\0\0\0abcde'), padded: false };
const ds64 = (sound: number): ChunkToWrite => ({
  id: 'ds64',
  content: uint32(2060, 0, sound, 0, 1000, 0, 0),
});

const inField = (name: string) => {
  const file = new URL(`../../../shared/field/${name}.wav`, import.meta.url);
  return existsSync(file) ? readFileSync(file) : undefined;
};

const streamed =
  /^x\.wav was mended: its header leaves the length of the sound open, so it was read to its end/;
const short = (there: number) =>
  new RegExp(
    `^x\\.wav was mended: its header promises \\d+ bytes of sound and ${there} are there, which were read`,
  );
const sizeOfFile = /^x\.wav was mended: its header gives the file \d+ bytes, and it has \d+ \(\d\.\d\d s\)$/;

/** What is read, with what is said of it; after the files of ../shared/field where `field` names one. */
const readable: readonly {
  what: string;
  bytes: Uint8Array;
  mended?: RegExp;
  frames?: number;
  field?: string;
}[] = [
  { what: 'nothing odd', bytes: wavFile([formatChunk(), data()]) },
  {
    what: 'a size of 0',
    bytes: wavFile([formatChunk(), data({ size: 0 })], 'RIFF', 36),
    mended: streamed,
    field: 'w-data-size-0',
  },
  ...[0x7ffff000, 0x7fffffff, 0x7fffffdb, 0x80000000, 0xffffffff].map((size) => ({
    what: `the streamed size ${size.toString(16)}`,
    bytes: wavFile([formatChunk(), data({ size })], 'RIFF', Math.min(0xffffffff, size + 36)),
    mended: streamed,
    field: 'w-pipe-sox-7ffff000',
  })),
  {
    what: 'a size 16 bytes past the end',
    bytes: wavFile([formatChunk(), data({ size: 2016 })]),
    mended: short(2000),
  },
  {
    what: 'a cut end',
    bytes: wavFile([formatChunk(), data()]).subarray(0, -2),
    mended: short(1998),
    frames: 999,
  },
  {
    what: 'half a sample at the end',
    bytes: wavFile([formatChunk(), data()]).subarray(0, -1),
    mended: /1999 are there.*its last byte is no whole sample/,
    frames: 999,
  },
  {
    what: 'a size of the file that is too small',
    bytes: wavFile([formatChunk(), data()], 'RIFF', 10),
    mended: sizeOfFile,
    field: 'w-riffsize-wrong',
  },
  {
    what: 'a size of the file that is too large',
    bytes: wavFile([formatChunk(), data()], 'RIFF', 2044),
    mended: sizeOfFile,
    field: 'w-riffsize-plus8',
  },
  {
    what: 'a size of the sound that is too small for the file',
    bytes: wavFile([formatChunk(), data({ size: 100 })]),
    mended: /promises 100 bytes of sound and the file goes on with 1900 more, read too/,
  },
  {
    what: 'a size that is too small, before samples that look like letters',
    bytes: wavFile([formatChunk(), data({ content: bytesOf(letters), size: 100 })]),
    mended: /the file goes on with 1900 more/,
  },
  {
    what: 'an odd chunk without padding',
    bytes: wavFile([formatChunk(), oddList, data()]),
    mended: /a chunk of odd size lacks the byte behind it/,
    field: 'w-odd-chunk-unpadded',
  },
  {
    what: 'an odd chunk with padding',
    bytes: wavFile([formatChunk(), { ...oddList, padded: true }, data()]),
  },
  {
    what: 'chunks before the format and behind the sound',
    bytes: wavFile([
      { id: 'JUNK', content: new Uint8Array(28) },
      list,
      formatChunk(),
      { id: 'fact', content: uint32(1000) },
      data(),
      list,
    ]),
  },
  {
    what: 'an extensible format without its extension',
    bytes: wavFile([formatChunk({ coding: 0xfffe, more: [0] }), data()]),
    mended: /the extension of its format, which names the coding, is missing, so it was read as 16-bit PCM/,
  },
  {
    what: 'an extensible format with an empty extension',
    bytes: wavFile([formatChunk({ coding: 0xfffe, more: new Array<number>(12).fill(0) }), data()]),
    mended: /so it was read as 16-bit PCM/,
  },
  {
    what: 'a promise of 1 byte',
    bytes: wavFile([formatChunk(), data({ size: 1 })]),
    mended: /promises 1 byte of sound and the file goes on with 1999 more, read too/,
  },
  {
    what: 'one byte behind its chunks',
    bytes: new Uint8Array([...wavFile([formatChunk(), data()]), 1]),
    mended: /1 byte behind its chunks was left out/,
  },
  { what: 'the format behind the sound', bytes: wavFile([data(), formatChunk()]) },
  {
    what: 'a streamed size with a chunk behind the sound',
    bytes: wavFile([formatChunk(), data({ size: 0 }), list]),
    mended: streamed,
  },
  {
    what: 'a size past the end with a chunk behind the sound',
    bytes: wavFile([formatChunk(), data({ size: 4000 }), list]),
    mended: short(2000),
  },
  {
    what: 'a chunk whose size hides the sound',
    bytes: wavFile([formatChunk(), { ...list, size: 50_000 }, data()]),
    mended: /the size of one of its chunks is wrong/,
  },
  {
    what: 'a chunk whose size ends within it',
    bytes: wavFile([{ id: 'JUNK', content: new Uint8Array(40), size: 7 }, formatChunk(), data()]),
    mended: /the size of one of its chunks is wrong/,
  },
  {
    what: 'two odd chunks without padding, told once',
    bytes: wavFile([formatChunk(), oddList, oddList, data()]),
    mended: /^x\.wav was mended: a chunk of odd size lacks the byte behind it \(0\.06 s\)$/,
  },
  {
    what: 'a last chunk that is cut off',
    bytes: wavFile([formatChunk(), data(), list]).subarray(0, -4),
    mended: /^x\.wav was mended: its last chunk \(LIST\) is cut off \(0\.06 s\)$/,
  },
  {
    what: 'chunks in a text, where they are looked for',
    bytes: wavFile([
      { id: 'JUNK', content: text('fmt \x02\0\0\0 data\xf0\xf0\xf0\x10 fmt '), size: 3 },
      formatChunk(),
      data(),
    ]),
    mended: /^x\.wav was mended: the size of one of its chunks is wrong \(0\.06 s\)$/,
  },
  {
    what: 'a second stretch of sound',
    bytes: wavFile([formatChunk(), data(), data()]),
    mended: /a second stretch of sound was left out/,
  },
  {
    what: 'another recording behind it',
    bytes: new Uint8Array([...wavFile([formatChunk(), data()]), ...wavFile([formatChunk(), data()])]),
    mended: /another recording behind its end was left out/,
  },
  {
    what: 'bytes behind its chunks',
    bytes: new Uint8Array([...wavFile([formatChunk(), data()]), ...text('\x01TAGtitle')]),
    mended: /9 bytes behind its chunks were left out/,
  },
  {
    what: 'a tag before its header',
    bytes: new Uint8Array([...text('ID3\x04\0\0\0\0\0\x05title'), ...wavFile([formatChunk(), data()])]),
    mended: /15 bytes before its header were passed over/,
  },
  ...['BW64', 'RF64'].map((container) => ({
    what: container,
    bytes: wavFile([ds64(2000), formatChunk(), data({ size: 0xffffffff })], container, 0xffffffff),
    field: 'w-bw64',
  })),
  {
    what: 'RF64 that leaves its size open',
    bytes: wavFile([ds64(0), formatChunk(), data({ size: 0xffffffff })], 'RF64', 0xffffffff),
    mended: streamed,
  },
  {
    what: 'RF64 without its sizes',
    bytes: wavFile([formatChunk(), data({ size: 0xffffffff })], 'RF64', 0xffffffff),
    mended: streamed,
  },
];

describe('is read, and told where it was mended:', () => {
  it.each(readable)('$what', ({ bytes, mended, frames = 1000, field }) => {
    const read = decodeWav(bytes, 'x.wav');
    expect(read.samples).toHaveLength(frames);
    expect([read.samples[0] * 32768, read.samples[998] * 32768]).toEqual([ramp[0], ramp[998]]);
    if (mended) expect(read.mended).toMatch(mended);
    else expect(read.mended).toBeUndefined();
    const real = field === undefined ? undefined : inField(field);
    if (!real) return;
    const known = decodeWav(real, 'x.wav');
    expect([known.samples.length, known.sampleRate]).toEqual([8000, 16_000]);
    if (mended) expect(known.mended).toMatch(mended);
    else expect(known.mended).toBeUndefined();
  });

  it('sizes past the end and a cut end, as in ../shared/field', () => {
    const [past, cut] = [inField('w-data-plus16'), inField('w-data-short-by-2')];
    if (past) expect(decodeWav(past, 'x.wav').mended).toMatch(short(16_000));
    if (cut) expect(decodeWav(cut, 'x.wav').mended).toMatch(short(15_998));
  });
});

const float = (value: number) => [
  formatChunk({ coding: 3, bits: 32 }),
  { id: 'data', content: bytesOf(Float32Array.of(0.5, value)) },
];

describe('is refused in one line that says what it is and what to do:', () => {
  it.each<[string, Uint8Array, RegExp, string?]>([
    ['nothing', new Uint8Array(0), /x\.wav is empty \(0 bytes\): give a WAV recording/],
    [
      'AIFF',
      text('FORM\0\0\0dAIFF'),
      /x\.wav is not a WAV file but an AIFF recording: convert it/,
      'w-aiff-renamed',
    ],
    ['AIFF-C', text('FORM\0\0\0dAIFCxx'), /an AIFF recording/],
    ['MP3 with a tag', text('ID3\x04\0\0\0\0\0\x01 \xff\xfb\x90\0'), /an MP3 recording/, 'w-mp3-renamed'],
    ['MP3', text('\xff\xfb\x90\0'), /an MP3 recording/],
    ['MP3 whose tag is padded', text('ID3\x04\0\0\0\0\0\x01 \0\0\0'), /an MP3 recording/],
    ['AAC', text('\xff\xf1P\x80'), /an AAC recording/],
    ['FLAC', text('fLaC\0\0\0"'), /a FLAC recording: convert it \(ffmpeg -i IN OUT\.wav does\)/],
    ['FLAC with a tag', text('ID3\x04\0\0\0\0\0\0fLaC\0\0\0"'), /a FLAC recording/],
    ['Ogg', text(`OggS${'\0'.repeat(24)}\x01vorbis`), /an Ogg recording/],
    ['Opus', text(`OggS${'\0'.repeat(24)}OpusHead`), /an Opus recording/],
    ['M4A', text('\0\0\0 ftypM4A '), /an MPEG-4 file \(M4A, MP4\)/],
    ['Wave64', text('riff\x2e\x91\xcf\x11'), /a Wave64 file/],
    ['a MIDI file', text('MThd\0\0\0\x06'), /not a WAV file but a MIDI file: give a WAV recording$/],
    ['a video', text('RIFF\0\0\0\0AVI LIST'), /an AVI video/],
    ['a page', text('<!DOCTYPE html><title>404'), /a web page/],
    ['a pointer', text('version https://git-lfs.github.com/spec/v1\n'), /a Git LFS pointer/],
    [
      'text',
      text('this is not a sound at all'),
      /x\.wav is not a WAV file but a text file: give a WAV recording/,
    ],
    ['bytes', Uint8Array.of(1, 2, 3, 4, 200), /x\.wav is not a WAV file: give a WAV recording/],
    ['the beginning of a header', wavFile([]).subarray(0, 10), /a WAV file cut off in its header/],
    ['a header alone', wavFile([]), /it has no format chunk; export it again/],
    ['no sound chunk', wavFile([formatChunk(), list]), /it has no data chunk; export it again/],
    [
      'no sound',
      wavFile([formatChunk(), data({ content: new Uint8Array(0) })]),
      /holds no sound: its data chunk is empty/,
    ],
    [
      'no sound before a chunk',
      wavFile([formatChunk(), data({ content: new Uint8Array(0) }), list]),
      /holds no sound/,
    ],
    [
      'half a sample',
      wavFile([formatChunk(), data({ content: Uint8Array.of(1) })]),
      /holds no sound: less than one/,
    ],
    [
      'a cut format',
      wavFile([{ id: 'fmt ', content: new Uint8Array(8) }, data()]),
      /format chunk has 8 bytes; export/,
    ],
    [
      'GSM',
      wavFile([formatChunk({ coding: 0x31, bits: 0, blockBytes: 65 }), data()]),
      /coded as GSM 6\.10 \(format 49\), 1 channel, which numvox does not read: save it as 16-bit PCM/,
      'w-gsm',
    ],
    [
      'MP3 inside',
      wavFile([formatChunk({ coding: 0x55 }), data()]),
      /MP3 \(format 85\).*save it as 16-bit PCM/,
    ],
    [
      'Microsoft ADPCM',
      wavFile([formatChunk({ coding: 2, bits: 4 }), data()]),
      /Microsoft ADPCM \(format 2\), 4 bits/,
    ],
    [
      'a coding that nobody knows',
      wavFile([formatChunk({ coding: 0x4444 }), data()]),
      /coded as format 17476/,
    ],
    [
      'IMA ADPCM without blocks',
      wavFile([formatChunk({ coding: 17, bits: 4, blockBytes: 3 }), data()]),
      /coded as format 17, 4 bits/,
    ],
    ['0 bits', wavFile([formatChunk({ bits: 0, blockBytes: 2 }), data()]), /coded as format 1, 1 channel/],
    ['99 bits', wavFile([formatChunk({ bits: 99 }), data()]), /99 bits/],
    [
      '32 bits of an extensible format without its extension',
      wavFile([formatChunk({ coding: 0xfffe, bits: 32, more: [0] }), data()]),
      /the extension of its format.*is missing, and 32 bits can be more than one; save it as 16-bit PCM/,
    ],
    ['half floats', wavFile([formatChunk({ coding: 3 }), data()]), /format 3, 16 bits/],
    [
      'no channels',
      wavFile([formatChunk({ channels: 0, blockBytes: 2 }), data()]),
      /names 0 channels; export it again/,
    ],
    [
      'a rate of 0',
      wavFile([formatChunk({ rate: 0 }), data()]),
      /sample rate of 0 Hz; rates from 1000 to 768000 Hz can be read: export/,
      'w-0hz',
    ],
    ['a rate of 999', wavFile([formatChunk({ rate: 999 }), data()]), /sample rate of 999 Hz/],
    ['NaN', wavFile(float(NaN)), /holds samples that are no finite numbers: export it again/, 'w-float-nan'],
    ['an infinite sample', wavFile(float(-Infinity)), /no finite numbers/],
  ])('%s', (_, bytes, message, field) => {
    const real = field === undefined ? undefined : inField(field);
    for (const file of real ? [bytes, real] : [bytes]) {
      expect(() => decodeWav(file, 'x.wav')).toThrow(InputError);
      expect(() => decodeWav(file, 'x.wav')).toThrow(message);
      expect(() => decodeWav(file, 'x.wav')).toThrow(/^[^\n]*$/);
    }
  });
});

it('damage at random is read or refused with a reason, and never gives samples that are no numbers', () => {
  const whole = wavFile([formatChunk(), list, oddList, data(), list]);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 6 }),
      fc.integer({ min: 1, max: whole.length }),
      fc.boolean(),
      (changes, length, isCut) => {
        const bytes = whole.slice(0, isCut ? length : whole.length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          const { samples, sampleRate } = decodeWav(bytes, 'x.wav');
          expect(samples.length).toBeGreaterThan(0);
          expect(sampleRate).toBeGreaterThan(0);
          expect(samples.every(Number.isFinite)).toBe(true);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      },
    ),
    { numRuns: 2000 },
  );
});
