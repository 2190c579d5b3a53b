// docs/midi.md agrees with the table: every controller and every parameter number, in words and ranges.
// With RECORD_CHART=1 in the environment the charts are first written anew; then run `npm run format`.
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parameters } from '../../src/contract/parameters.ts';
import { controllerChart, nrpnChart } from '../../src/midi/chart.ts';

const docsUrl = new URL('../../docs/midi.md', import.meta.url);
const charts = { Controllers: controllerChart(), 'Parameter numbers (NRPN)': nrpnChart() };
if (process.env['RECORD_CHART']) {
  let text = readFileSync(docsUrl, 'utf8');
  for (const [heading, chart] of Object.entries(charts)) {
    const rows = chart.map(({ number, does }) => `| ${number} | ${does} |\n`).join('');
    const start = text.indexOf('\n|', text.indexOf(`\n## ${heading}\n`)) + 1;
    const first = text.indexOf('\n', text.indexOf('\n', start) + 1) + 1;
    text = text.slice(0, first) + rows + text.slice(text.indexOf('\n\n', first) + 1);
  }
  writeFileSync(docsUrl, text);
}
const docs = readFileSync(docsUrl, 'utf8');

/** Rows of the table under a heading, as their first two cells. */
function rowsUnder(heading: string): string[][] {
  const section = docs.split(`\n## ${heading}\n`)[1].split('\n## ')[0];
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, 3)
        .map((cell) => cell.trim()),
    );
}

const asRows = (chart: ReturnType<typeof controllerChart>) => chart.map(({ number, does }) => [number, does]);

describe('the MIDI chart', () => {
  it('lists the controllers, those of the table with their ranges', () => {
    expect(rowsUnder('Controllers')).toEqual(asRows(charts.Controllers));
    for (const { cc, label } of parameters) {
      if (cc === undefined) continue;
      expect(controllerChart().filter(({ number }) => number === String(cc))).toMatchObject([
        { does: expect.stringContaining(label) as string },
      ]);
    }
  });

  it('lists every parameter by its number', () => {
    const heading = 'Parameter numbers (NRPN)';
    expect(rowsUnder(heading)).toEqual(asRows(charts[heading]));
  });
});
