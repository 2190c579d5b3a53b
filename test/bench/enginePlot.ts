// A picture of the engine's benchmark: spectral convergence against FFTs per hop, a series for each method, as SVG.
import * as echarts from 'echarts';
import type { Decibels } from '../../src/contract/units.ts';

/** One measured setting of a method. */
export interface PlotPoint {
  /** Points of one series are joined by a line. */
  readonly series: string;
  /** What distinguishes the point within its series; kept short, it stands beside the point. */
  readonly label: string;
  readonly fftsPerHop: number;
  readonly convergenceDb: Decibels;
}

/** Colours of the series (Tableau 10, made to be told apart) and their symbols, in order. */
const colours = [
  '#4e79a7',
  '#f28e2b',
  '#59a14f',
  '#e15759',
  '#b07aa1',
  '#76b7b2',
  '#9c755f',
  '#79706e',
  '#edc948',
  '#ff9da7',
];
const symbols = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle', 'emptyRect', 'emptyTriangle'];

/** Labels of points nearer than this to each other would overlap if both stood on the same side. */
const nearOctaves = 0.4;
const nearDb = 3;

/** The upper of two close points has its label above, every other below. */
function labelSide(point: PlotPoint, points: readonly PlotPoint[]): 'top' | 'bottom' {
  const crowded = points.some(({ fftsPerHop, convergenceDb }) => {
    const below = point.convergenceDb - convergenceDb;
    return below > 0 && below < nearDb && Math.abs(Math.log2(fftsPerHop / point.fftsPerHop)) < nearOctaves;
  });
  return crowded ? 'top' : 'bottom';
}

/**
 * Spectral convergence (better downwards) against FFTs per hop on a logarithmic axis; 1000 x 600 pixels.
 * @returns one SVG element
 * @throws RangeError without points
 */
export function enginePlot(points: readonly PlotPoint[], title: string): string {
  if (points.length === 0) throw new RangeError('points: expected at least one, got none');
  const names = [...new Set(points.map(({ series }) => series))];
  const levels = points.map(({ convergenceDb }) => convergenceDb);
  const counts = points.map(({ fftsPerHop }) => fftsPerHop);
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 1000, height: 600 });
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    title: { text: title, left: 70, top: 12, textStyle: { fontSize: 15 } },
    legend: { orient: 'vertical', top: 52, left: 790, itemGap: 12 },
    grid: { top: 56, left: 70, right: 226, bottom: 60 },
    xAxis: {
      type: 'log',
      logBase: 2,
      name: 'FFTs per hop',
      nameLocation: 'middle',
      nameGap: 32,
      min: 2 ** Math.floor(Math.log2(Math.min(...counts))),
      max: 2 ** Math.ceil(Math.log2(1.2 * Math.max(...counts))),
    },
    yAxis: {
      type: 'value',
      name: 'spectral convergence, dB (lower is better)',
      nameLocation: 'middle',
      nameGap: 42,
      interval: 2,
      min: 2 * Math.floor(Math.min(...levels) / 2) - 2,
      max: 2 * Math.ceil(Math.max(...levels) / 2) + 2,
    },
    series: names.map((name, s) => ({
      name,
      type: 'line',
      symbol: symbols[s % symbols.length],
      symbolSize: 10,
      color: colours[s % colours.length],
      label: { show: true, distance: 6, formatter: '{@[2]}', fontSize: 12, color: '#333' },
      data: points
        .filter(({ series }) => series === name)
        .sort((a, b) => a.fftsPerHop - b.fftsPerHop)
        .map((point) => ({
          value: [point.fftsPerHop, point.convergenceDb, point.label],
          label: { position: labelSide(point, points) },
        })),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
