// The text of files in the encodings that people bring.
import { describe, expect, it } from 'vitest';
import { fileText } from '../../src/contract/fileText.ts';

const bytes = (text: string, encoding: BufferEncoding) => new Uint8Array(Buffer.from(text, encoding));

describe('the text of a file', () => {
  it.each<[string, Uint8Array, string]>([
    ['UTF-8', bytes('Zürich', 'utf8'), 'Zürich'],
    ['UTF-8 behind a byte order mark', bytes('\uFEFFZürich', 'utf8'), 'Zürich'],
    ['Latin-1', bytes('échelle de Zürich', 'latin1'), 'échelle de Zürich'],
    ['UTF-16 of Windows', bytes('\uFEFFZürich', 'utf16le'), 'Zürich'],
    ['UTF-16 in the other order', Uint8Array.of(0xfe, 0xff, 0, 0x5a, 0, 0xfc), 'Zü'],
    ['a cut UTF-8 sequence, which is none', Uint8Array.of(0x5a, 0xc3), 'ZÃ'],
    ['marked UTF-16 of an odd length, which is none', Uint8Array.of(0xff, 0xfe, 0x41), 'ÿþA'],
    ['the same in the other order', Uint8Array.of(0xfe, 0xff, 0xe9), 'þÿé'],
    ['marked UTF-16 with half a pair, which is none', Uint8Array.of(0xff, 0xfe, 0, 0xd8), 'ÿþ\0Ø'],
    [
      'quotes and a euro of Windows',
      Uint8Array.of(0x52, 0x6f, 0x63, 0x6b, 0x20, 0x91, 0x6e, 0x92, 0x80, 0x9f),
      'Rock \u2018n\u2019\u20acŸ',
    ],
    ['the five gaps of Windows', Uint8Array.of(0x81, 0x8d, 0x8f, 0x90, 0x9d), '\x81\x8d\x8f\x90\x9d'],
    ['nothing', new Uint8Array(0), ''],
  ])('%s', (_, file, text) => {
    expect(fileText(file)).toBe(text);
  });

  it('has every byte from 0xa0 on as Latin-1 does', () => {
    const upper = Uint8Array.from({ length: 96 }, (_, k) => 0xa0 + k);
    expect(fileText(upper)).toBe(String.fromCharCode(...upper));
  });
});
