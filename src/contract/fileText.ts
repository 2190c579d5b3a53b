// The text of a file whose encoding nobody tells.

/**
 * 0x80 to 0x9f of windows-1252, whose five gaps stay control characters: the decoder of Node 20 leaves all of them as they are in
 * Latin-1.
 */
const upperControls =
  '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f' +
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';

/**
 * Bytes as text: UTF-16 behind its byte order mark, or UTF-8, each where all of it is valid; else Latin-1 (as the web has it,
 * windows-1252), which every sequence of bytes is. A byte order mark is no part of the text.
 */
export function fileText(bytes: Uint8Array): string {
  const mark = bytes.length >= 2 ? bytes[0] * 256 + bytes[1] : 0;
  const encoding = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    const text = new TextDecoder('windows-1252').decode(bytes);
    return text.replace(/[\x80-\x9f]/g, (control) => upperControls[control.charCodeAt(0) - 0x80]);
  }
}
