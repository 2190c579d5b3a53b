// The report of a run: one HTML file with loss curves, held-out reconstructions and prior samples, and its pictures as PNG.
import { makeFolder } from '../../src/contract/folders.node.ts';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as echarts from 'echarts';
import { parameterById } from '../../src/contract/parameters.ts';
import { Random } from '../../src/dsp/random.ts';
import { digitAnchor, oneKnob, styleAt } from '../../src/model/latent.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { mapOf } from '../../src/model/voiceMap.ts';
import type { Listener } from '../../src/model/nodeListener.ts';
import type { NodeModel } from '../../src/model/nodeModel.ts';
import { sayDraws } from '../../src/model/latentDraws.ts';
import { placeRecordings } from '../../src/model/recordings.ts';
import { confusionChart, confusionMatrix, type LabelledFeatures } from '../listener/confusion.ts';
import type { Evaluation } from './evaluation.ts';
import { evaluationHeads, evaluationLines, walkLine } from './evaluationText.ts';
import { labelsOf } from '../corpus/labels.ts';
import { groupRows, type EvaluationRow } from './heardRows.ts';
import { mapChart } from './mapChart.ts';
import { spectrogramSheet } from './picture.ts';

/** What a report shows. */
export interface ReportContent {
  readonly manifest: Manifest;
  /** Held-out takes, each with its reconstruction and a caption. */
  readonly reconstructions: readonly {
    original: Float32Array;
    reconstruction: Float32Array;
    caption: string;
  }[];
  /** Held-out takes of the digits that are hardest to make, their regenerations with the digit given, and words that the voices say. */
  readonly hard: readonly { readonly digit: number; readonly rows: readonly (readonly Float32Array[])[] }[];
  /** Words of digits 0-9 from N(0, I) through the prior map, some of each. */
  readonly samples: readonly (readonly Float32Array[])[];
  /** The same word with each knob at its lowest, in the middle and at its highest, a row for each knob. */
  readonly knobs: readonly { readonly name: string; readonly words: readonly Float32Array[] }[];
  /** Confusion matrices of the listener on held-out takes, as SVG. */
  readonly confusions: readonly string[];
  /** The 2-D map as SVG; empty without one. */
  readonly map: string;
  /** What the listener hears of the held-out takes, by corpus, its part and sex; empty where all are of one. */
  readonly groups: readonly EvaluationRow[];
  readonly evaluation?: Evaluation;
}

const shownTakes = 20;
const samplesPerDigit = 4;
/** Their fricatives are what gets lost first. */
const hardDigits = [3, 6, 7];
const hardTakes = 10;
/** The word of the knob sheet. */
const knobDigits = [3, 7];

/** Gathers what a report shows of a model. */
export async function reportContent(
  model: NodeModel,
  listener: Listener,
  test: LabelledFeatures,
  seed: number,
): Promise<ReportContent> {
  const { bundle } = model;
  const { manifest } = bundle;
  const random = new Random(seed);
  const count = Math.min(shownTakes, test.features.length);
  const stride = Math.floor(test.features.length / count);
  // Takes are sorted by digit and speaker: a step beside the stride visits all of both.
  const shown = Array.from({ length: count }, (_, k) => k * stride + ((7 * k) % stride));
  const originals = shown.map((i) => test.features[i]);
  const places = await placeRecordings(model, listener, originals);
  const reconstructions = await model.decode(places.map(({ point }) => point));
  const samples: Float32Array[][] = [];
  for (let k = 0; k < samplesPerDigit; k++) {
    const points = Array.from({ length: digitCount }, (_, digit) => ({
      digit: digitAnchor(manifest, digit),
      style: Float32Array.from({ length: manifest.latent.styleDimensions }, () => random.normal()),
    }));
    samples.push(await model.decode(points));
  }
  const { min, max } = parameterById('style1');
  const knobs = [];
  for (const [knob, { name }] of manifest.directions.entries()) {
    const points = knobDigits.flatMap((digit) =>
      [min, (min + max) / 2, max].map((value) => ({
        digit: digitAnchor(manifest, digit),
        style: styleAt(manifest, 0, digit, oneKnob(manifest, knob, value)),
      })),
    );
    knobs.push({ name, words: await model.decode(points) });
  }
  const hearings = await listener.hear(test.features);
  const labels = labelsOf(test.takes, listener.heads);
  const voices = manifest.speakers.map(({ name }) => name);
  return {
    manifest,
    reconstructions: shown.map((take, i) => ({
      original: originals[i],
      reconstruction: reconstructions[i],
      caption: `${basename(test.takes[take].file, '.wav')} heard as ${places[i].digit}`,
    })),
    hard: await Promise.all(
      hardDigits.map(async (digit) => ({ digit, rows: await hardRows(model, test, digit, seed) })),
    ),
    samples,
    knobs,
    confusions: listener.heads.map((head, h) =>
      confusionChart(confusionMatrix(head, labels[h], hearings), head.labels, `${head.name}, held-out takes`),
    ),
    map: manifest.map ? mapChart(mapOf(bundle), voices) : '',
    groups: groupRows('held-out recordings', test.takes, hearings, voices),
  };
}

async function hardRows(
  model: NodeModel,
  test: LabelledFeatures,
  digit: number,
  seed: number,
): Promise<Float32Array[][]> {
  const own = test.features.filter((_, i) => test.takes[i].digit === digit);
  const step = Math.max(1, own.length / hardTakes);
  const originals = Array.from(
    { length: Math.min(hardTakes, own.length) },
    (_, k) => own[Math.floor(k * step)],
  );
  const places = await placeRecordings(model, undefined, originals, digit);
  const said = sayDraws(model.bundle, [digit], hardTakes, seed);
  return [
    originals,
    await model.decode(places.map(({ point }) => point)),
    await model.decode(said.map(({ point }) => point)),
  ];
}

const perRow = 10;

/** Writes `report.html`, `hard-3.png` and the like, `reconstructions.png`, `prior-samples.png` and `knobs.png` into `folder`; the HTML needs no other file. */
export async function writeReport(folder: string, content: ReportContent): Promise<void> {
  const { manifest, reconstructions, hard, samples, knobs, confusions, map, groups, evaluation } = content;
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
  const turned = spectrogramSheet(
    knobs.map(({ words }) => words),
    manifest.format,
  );
  makeFolder(folder);
  const sheets = hard.map(({ digit, rows: own }) => ({
    digit,
    sheet: spectrogramSheet(own, manifest.format),
  }));
  for (const { digit, sheet } of sheets) await writeFile(join(folder, `hard-${digit}.png`), sheet);
  await writeFile(join(folder, 'reconstructions.png'), pairs);
  await writeFile(join(folder, 'prior-samples.png'), drawn);
  await writeFile(join(folder, 'knobs.png'), turned);
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
${manifest.corpora ? corpusTable(manifest.corpora) : ''}
<table>
<tr><th>set</th><th>takes</th><th>error, share of the mean spectrogram's</th><th>mean squared error</th><th>KL, nats</th><th>digit named by the encoder</th></tr>
${(['train', 'test'] as const).map((set) => figureRow(set, manifest)).join('\n')}
</table>
${evaluation ? evaluationTables(evaluation) : ''}
<h2>Losses</h2>
<div class="curves">${lossCurves(manifest.history ?? []).join('\n')}</div>
<h2>What the listener hears</h2>
${groups.length > 0 ? heardTable(groups) : ''}
<div class="curves">${confusions.join('\n')}</div>
<h2>Map of the latent space</h2>
${map}
<h2>Held-out takes (upper rows) and their reconstructions (lower rows)</h2>
<p>${captions}</p>
<img alt="Held-out spectrograms above their reconstructions" src="data:image/png;base64,${pairs.toString('base64')}">
${sheets
  .map(
    ({
      digit,
      sheet,
    }) => `<h2>Digit ${digit}: held-out takes, the same regenerated, and words of the voices</h2>
<img alt="Spectrograms of ${digit}" src="data:image/png;base64,${sheet.toString('base64')}">`,
  )
  .join('\n')}
<h2>Samples of N(0, I) through the prior map, a column for each digit</h2>
<img alt="Spectrograms drawn from the prior" src="data:image/png;base64,${drawn.toString('base64')}">
<h2>Knobs, each at its lowest, in the middle and at its highest</h2>
<p>From the top: ${knobs.map(({ name }) => escapeHtml(name)).join(', ')}; digits ${knobDigits.join(' and ')} of ${escapeHtml(manifest.speakers[0].name)}.</p>
<img alt="Words at three places of each knob" src="data:image/png;base64,${turned.toString('base64')}">
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

function evaluationTables({ rows, groups, walks }: Evaluation): string {
  return `<h2>Heard by the model's own listener, and by the judges</h2>
${heardTable(rows)}
${groups.length > 0 ? `<h2>The same by corpus and sex</h2>\n${heardTable(groups)}` : ''}
<p>${escapeHtml(walkLine(walks))}</p>`;
}

function heardTable(rows: readonly EvaluationRow[]): string {
  const lines = evaluationLines(rows).map(
    (cells) => `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`,
  );
  return `<table>
<tr>${evaluationHeads.map((head) => `<th>${head}</th>`).join('')}</tr>
${lines.join('\n')}
</table>`;
}

function corpusTable(corpora: NonNullable<Manifest['corpora']>): string {
  const lines = corpora.map(({ corpus, source = '', licence, attribution, clips, speakers }) => {
    const cells = [corpus, source, `${clips.train}`, `${clips.test}`, `${speakers}`, licence, attribution];
    return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
  });
  return `<table>
<tr><th>corpus</th><th>part</th><th>trained on</th><th>held out</th><th>speakers</th><th>licence</th><th>by</th></tr>
${lines.join('\n')}
</table>`;
}

function lossCurves(history: NonNullable<Manifest['history']>): string[] {
  const curves = [
    { title: 'squared error per take', key: 'squaredError' },
    { title: 'KL, nats per take', key: 'kl' },
    { title: 'tracks', key: 'trackError' },
    { title: 'digit cross entropy, nats', key: 'crossEntropy' },
    { title: 'listener: digit cross entropy, nats', key: 'misheard' },
    { title: 'listener: distance of activations', key: 'mismatch' },
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
        data: history.map((_, epoch) => epoch + 1),
      },
      yAxis: { type: 'log' },
      series: (['train', 'validation'] as const).map((set) => ({
        name: set,
        type: 'line',
        showSymbol: history.length < 3,
        data: history.map((record) => Math.max(record[set][key] ?? 0, 1e-6)),
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
