// MIDI files by hand, byte by byte.

/** Latin letters as bytes. */
export const bytesOf = (text: string) => [...text].map((letter) => letter.charCodeAt(0));

/** A chunk of a file with its id and length. */
export const chunk = (id: string, data: number[]) => [
  ...bytesOf(id),
  ...[24, 16, 8, 0].map((shift) => (data.length >> shift) & 255),
  ...data,
];

/** The first chunk. */
export const header = (format: number, tracks: number, division: number) =>
  chunk('MThd', [0, format, 0, tracks, division >> 8, division & 255]);

/** The end of a track. */
export const end = [0, 0xff, 0x2f, 0];

/** A file of some tracks. */
export const file = (format: number, division: number, ...tracks: number[][]) =>
  Uint8Array.from([...header(format, tracks.length, division), ...tracks.flatMap((t) => chunk('MTrk', t))]);
