// Spectrogram pictures: feature arrays as PNG, low bands at the bottom.
import { PNG } from 'pngjs';
import { frameValues, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';

/** Colour stops of the map (dark blue, violet, orange, pale yellow), evenly spaced over [0, 1]. */
const stops = [
  [8, 10, 32],
  [70, 24, 110],
  [190, 55, 85],
  [250, 150, 50],
  [252, 250, 190],
];

/**
 * A sheet of spectrograms as PNG bytes.
 * @param rows rows of feature arrays (frames x frameValues, values in [0, 1]); the bands are drawn. Rows may differ in length
 * @param scale picture points per frame and per band
 */
export function spectrogramSheet(
  rows: readonly (readonly Float32Array[])[],
  format: Pick<SpectrogramFormat, 'frames' | 'melBands' | 'tracks'>,
  scale = 2,
): Buffer {
  const gap = 4;
  const width = format.frames * scale;
  const height = format.melBands * scale;
  const values = frameValues(format);
  const columns = Math.max(...rows.map((row) => row.length));
  const png = new PNG({ width: columns * (width + gap) + gap, height: rows.length * (height + gap) + gap });
  png.data.fill(255);
  rows.forEach((row, r) =>
    row.forEach((features, c) => {
      const left = gap + c * (width + gap);
      const top = gap + r * (height + gap);
      for (let y = 0; y < height; y++) {
        const band = format.melBands - 1 - Math.floor(y / scale);
        for (let x = 0; x < width; x++) {
          const value = features[Math.floor(x / scale) * values + band];
          paint(png.data, 4 * ((top + y) * png.width + left + x), value);
        }
      }
    }),
  );
  return PNG.sync.write(png);
}

function paint(data: Buffer, at: number, value: number): void {
  const position = Math.min(1, Math.max(0, value)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(position));
  for (let c = 0; c < 3; c++) {
    data[at + c] = stops[low][c] + (position - low) * (stops[low + 1][c] - stops[low][c]);
  }
}
