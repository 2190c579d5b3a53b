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
    ['nothing', new Uint8Array(0), ''],
  ])('%s', (_, file, text) => {
    expect(fileText(file)).toBe(text);
  });
});
