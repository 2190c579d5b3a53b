// What a listener makes of labelled takes: shares heard right, confusion matrices, and their picture.
import * as echarts from 'echarts';
import { requireInteger } from '../../src/contract/errors.ts';
import type { Hearing, Listener } from '../../src/model/nodeListener.ts';
import { labelsOf, type Head } from '../corpus/labels.ts';
import type { Take } from '../corpus/takes.ts';

/** Takes as features, with who says what in each of them. */
export interface LabelledFeatures {
  /** frames * frameValues(format) numbers each; the listener uses only their bands. */
  readonly features: readonly Float32Array[];
  readonly takes: readonly Take[];
}

/** Share of takes that each head names as labelled; only takes whose label the head knows count, and without any there is no share. */
export async function measureListener(
  listener: Listener,
  { features, takes }: LabelledFeatures,
): Promise<Record<string, number>> {
  const hearings = await listener.hear(features);
  const labels = labelsOf(takes, listener.heads);
  return Object.fromEntries(
    listener.heads.flatMap((head, h) => {
      const matrix = confusionMatrix(head, labels[h], hearings);
      const known = matrix.flat().reduce((sum, takes) => sum + takes, 0);
      const right = matrix.reduce((sum, row, i) => sum + row[i], 0);
      return known > 0 ? [[head.name, right / known]] : [];
    }),
  );
}

/**
 * Counts of words by what was said (rows) and what a head heard (columns), in the order of the head's labels.
 * @param said index into the head's labels of each word; words of -1 do not count
 * @param hearings of the same words
 */
export function confusionMatrix(
  head: Head,
  said: ArrayLike<number>,
  hearings: readonly Hearing[],
): number[][] {
  const matrix = head.labels.map(() => head.labels.map(() => 0));
  hearings.forEach((hearing, i) => {
    if (said[i] >= 0) matrix[said[i]][head.labels.indexOf(hearing[head.name].label)]++;
  });
  return matrix;
}

const cellPixels = 36;
const largestPixels = 900;

/**
 * A confusion matrix as an SVG picture: a row for what was said, from the top, a column for what was heard, shades by the
 * share of the row, counts written into the cells that have any.
 * @param matrix counts, [said][heard], as many rows and columns as `labels`
 * @throws RangeError on a matrix of another size
 */
export function confusionChart(
  matrix: readonly (readonly number[])[],
  labels: readonly string[],
  title: string,
): string {
  const size = labels.length;
  requireInteger('rows of the matrix', matrix.length, size, size, 'one for each label');
  for (const row of matrix)
    requireInteger('columns of the matrix', row.length, size, size, 'one for each label');
  const side = Math.min(largestPixels, Math.max(6 * cellPixels, size * cellPixels));
  const longest = Math.max(...labels.map((label) => label.length));
  const left = 48 + 7 * longest;
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: left + side + 24,
    height: side + 108 + (size > 6 ? 4 * longest : 0),
  });
  const cells = matrix.flatMap((row, said) => {
    const total = row.reduce((sum, takes) => sum + takes, 0);
    return row.map((takes, heard) => [heard, said, total > 0 ? Math.sqrt(takes / total) : 0, takes]);
  });
  const names = { type: 'category', data: [...labels], nameLocation: 'middle' } as const;
  chart.setOption({
    animation: false,
    title: { text: title, textStyle: { fontSize: 14 } },
    grid: { top: 48, left, width: side, height: side },
    xAxis: {
      ...names,
      name: 'heard',
      nameGap: 30 + 2 * longest,
      axisLabel: { rotate: longest > 4 ? 40 : 0 },
    },
    yAxis: { ...names, name: 'said', nameGap: left - 20, inverse: true },
    visualMap: {
      show: false,
      min: 0,
      max: 1,
      dimension: 2,
      // Of the square root of the share: a single word heard wrongly is still told from none.
      inRange: { color: ['#ffffff', '#dbe9f6', '#a6cbe6', '#5f9fd0', '#2f74b0', '#123f73'] },
    },
    series: [
      {
        type: 'heatmap',
        data: cells,
        label: {
          show: size <= largestPixels / cellPixels,
          formatter: ({ value }: { value: unknown }) => String((value as number[])[3] || ''),
        },
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
