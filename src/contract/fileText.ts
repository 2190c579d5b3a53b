// The text of a file whose encoding nobody tells.

/**
 * Bytes as text: UTF-16 behind its byte order mark, else UTF-8 where all of it is valid, else Latin-1 (as the web has it,
 * windows-1252), which every sequence of bytes is. A byte order mark is no part of the text.
 */
export function fileText(bytes: Uint8Array): string {
  const mark = bytes.length >= 2 ? bytes[0] * 256 + bytes[1] : 0;
  if (mark === 0xfffe) return new TextDecoder('utf-16le').decode(bytes);
  if (mark === 0xfeff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
