// docs/midi.md agrees with the table: every controller and every parameter number, in words and ranges.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parameters } from '../../src/contract/parameters.ts';
import { controllerChart, nrpnChart } from '../../src/midi/chart.ts';

const docs = readFileSync(new URL('../../docs/midi.md', import.meta.url), 'utf8');

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
    expect(rowsUnder('Controllers')).toEqual(asRows(controllerChart()));
    for (const { cc, label } of parameters) {
      if (cc === undefined) continue;
      expect(controllerChart().filter(({ number }) => number === String(cc))).toMatchObject([
        { does: expect.stringContaining(label) as string },
      ]);
    }
  });

  it('lists every parameter by its number', () => {
    expect(rowsUnder('Parameter numbers (NRPN)')).toEqual(asRows(nrpnChart()));
  });
});
