// A picture of the 2-D map: a scatter plot as SVG, a colour for each digit and a symbol for each speaker.
import * as echarts from 'echarts';
import type { MapPoints } from '../../src/model/voiceMap.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';

/** Colours of the digits 0-9 (Tableau 10, made to be told apart). */
const digitColours = [
  '#4e79a7',
  '#f28e2b',
  '#e15759',
  '#76b7b2',
  '#59a14f',
  '#edc948',
  '#b07aa1',
  '#ff9da7',
  '#9c755f',
  '#79706e',
];
/** The symbols that echarts has; more speakers than these share them. */
const symbols = ['circle', 'rect', 'triangle', 'diamond', 'pin', 'arrow', 'roundRect'];
/** With more speakers than this their legend would cover the plot. */
const namedSpeakers = 12;

const legendSizes = { itemWidth: 12, itemHeight: 12 };

/**
 * The map as SVG, 760 x 800 pixels.
 * @param speakers names by index, for the legend
 */
export function mapChart(map: MapPoints, speakers: readonly string[], title = 'map of the takes'): string {
  const { positions, digits } = map;
  const symbolOf = (speaker: number) => (speaker < 0 ? 'emptyCircle' : symbols[speaker % symbols.length]);
  const named = speakers.slice(0, namedSpeakers);
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 760, height: 800 });
  chart.setOption({
    animation: false,
    title: { text: title, textStyle: { fontSize: 14 } },
    legend: [
      {
        ...legendSizes,
        top: 38,
        data: digitColours.map((_, digit) => ({ name: `${digit}`, icon: 'circle' })),
      },
      {
        ...legendSizes,
        top: 62,
        data: named.map((name, s) => ({ name: `voice ${name}`, icon: symbolOf(s) })),
      },
    ],
    grid: { top: 96, left: 40, right: 20, bottom: 30 },
    xAxis: { type: 'value', min: 0, max: 1 },
    yAxis: { type: 'value', min: 0, max: 1 },
    series: [
      ...Array.from({ length: digitCount }, (_, digit) => ({
        name: `${digit}`,
        type: 'scatter',
        symbolSize: 7,
        itemStyle: { color: digitColours[digit], opacity: 0.8 },
        data: digits.flatMap((d, i) =>
          d === digit
            ? [{ value: [positions[2 * i], positions[2 * i + 1]], symbol: symbolOf(map.speakers[i]) }]
            : [],
        ),
      })),
      // A series without points gives the speaker's symbol its line in the legend.
      ...named.map((name, s) => ({
        name: `voice ${name}`,
        type: 'scatter',
        symbol: symbolOf(s),
        itemStyle: { color: '#888' },
        data: [],
      })),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
