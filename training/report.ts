// The report of a run: one HTML file with loss curves, held-out reconstructions and prior samples, and its pictures as PNG.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as echarts from 'echarts';
import type { Manifest } from '../src/model/manifest.ts';
import type { EpochRecord } from './checkpoint.ts';
import { spectrogramSheet } from './picture.ts';

/** What a report shows. */
export interface ReportContent {
  readonly manifest: Manifest;
  readonly history: readonly EpochRecord[];
  /** Held-out takes, each with its reconstruction and a caption. */
  readonly reconstructions: readonly {
    original: Float32Array;
    reconstruction: Float32Array;
    caption: string;
  }[];
  /** Prior samples of digits 0-9, some of each. */
  readonly samples: readonly (readonly Float32Array[])[];
}

const perRow = 10;

/** Writes `report.html`, `reconstructions.png` and `prior-samples.png` into `folder`; the HTML needs no other file. */
export async function writeReport(folder: string, content: ReportContent): Promise<void> {
  const { manifest, history, reconstructions, samples } = content;
  const rows: Float32Array[][] = [];
  for (let start = 0; start < reconstructions.length; start += perRow) {
    const part = reconstructions.slice(start, start + perRow);
    rows.push(
      part.map((pair) => pair.original),
      part.map((pair) => pair.reconstruction),
    );
  }
  const pairs = spectrogramSheet(rows, manifest.format);
  const drawn = spectrogramSheet(samples, manifest.format);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'reconstructions.png'), pairs);
  await writeFile(join(folder, 'prior-samples.png'), drawn);
  const captions = reconstructions.map((pair) => escapeHtml(pair.caption)).join(', ');
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>numvox: ${escapeHtml(manifest.name)}</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1400px; padding: 0 1rem; }
  table { border-collapse: collapse; } td, th { border: 1px solid #ccc; padding: .3rem .7rem; text-align: right; }
  img { max-width: 100%; } .curves { display: flex; flex-wrap: wrap; gap: 1rem; }
</style>
<h1>${escapeHtml(manifest.name)}</h1>
<p>Trained on ${escapeHtml(manifest.corpus.name)} (${escapeHtml(manifest.corpus.licence)}). ${escapeHtml(manifest.corpus.attribution)}</p>
<table>
<tr><th>set</th><th>takes</th><th>error, share of the mean spectrogram's</th><th>mean squared error</th><th>KL, nats</th><th>digit named by the encoder</th></tr>
${(['train', 'test'] as const).map((set) => figureRow(set, manifest)).join('\n')}
</table>
<h2>Losses</h2>
<div class="curves">${lossCurves(history).join('\n')}</div>
<h2>Held-out takes (upper rows) and their reconstructions (lower rows)</h2>
<p>${captions}</p>
<img alt="Held-out spectrograms above their reconstructions" src="data:image/png;base64,${pairs.toString('base64')}">
<h2>Samples of the prior, a column for each digit</h2>
<img alt="Spectrograms drawn from the prior" src="data:image/png;base64,${drawn.toString('base64')}">
<h2>Configuration</h2>
<pre>${escapeHtml(JSON.stringify(manifest.training, null, 2))}</pre>
</html>
`;
  await writeFile(join(folder, 'report.html'), html);
}

function figureRow(set: 'train' | 'test', manifest: Manifest): string {
  const f = manifest.figures[set];
  return `<tr><td>${set}</td><td>${f.takes}</td><td>${(100 * f.errorShare).toFixed(2)} %</td><td>${f.meanSquaredError.toFixed(5)}</td><td>${f.klNats.toFixed(1)}</td><td>${(100 * f.digitAccuracy).toFixed(2)} %</td></tr>`;
}

function lossCurves(history: readonly EpochRecord[]): string[] {
  const curves = [
    { title: 'squared error per take', key: 'squaredError' },
    { title: 'KL, nats per take', key: 'kl' },
    { title: 'digit cross entropy, nats', key: 'crossEntropy' },
  ] as const;
  return curves.map(({ title, key }) => {
    const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 440, height: 320 });
    chart.setOption({
      animation: false,
      title: { text: title, textStyle: { fontSize: 14 } },
      legend: { top: 36 },
      grid: { top: 76, left: 60, right: 20, bottom: 40 },
      xAxis: {
        type: 'category',
        name: 'epoch',
        nameLocation: 'middle',
        nameGap: 24,
        data: history.map((r) => r.epoch + 1),
      },
      yAxis: { type: 'log' },
      series: (['train', 'validation'] as const).map((set) => ({
        name: set,
        type: 'line',
        showSymbol: history.length < 3,
        data: history.map((record) => Math.max(record[set][key], 1e-6)),
      })),
    });
    const svg = chart.renderToSVGString();
    chart.dispose();
    return svg;
  });
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
}
