// The report of a hyperparameter search: a ranked table of what varied, and plots, in one HTML file.
import * as echarts from 'echarts';
import { InputError } from '../../src/contract/errors.ts';
import type { SearchResult } from './searchRuns.ts';

/** Figures of which more is better, by their names; of all others less is. */
const moreIsBetter = /accuracy|heard|confidence/i;
const klNames: Readonly<Record<string, string>> = {
  validation: 'validationKl',
  heldOut: 'heldOutKlNats',
  train: 'trainKlNats',
};

/**
 * Checks the name of a figure to rank by.
 * @throws InputError listing the possible names
 */
export function requireFigure(by: string, names: readonly string[]): string {
  if (names.includes(by)) return by;
  throw new InputError(`--by ${by} is no figure of a run; possible are ${names.join(', ')}`);
}

/** Finished runs with the figure, best first; of equal ones the earlier. */
export function ranked(results: readonly SearchResult[], by: string): SearchResult[] {
  const sign = moreIsBetter.test(by) ? -1 : 1;
  return results
    .filter((result) => result.failed === undefined && Number.isFinite(result.figures[by]))
    .sort((a, b) => sign * (a.figures[by] - b.figures[by]));
}

/** Paths of the configuration fields that differ between results, in the configuration's order. */
export function varyingFields(results: readonly SearchResult[]): string[] {
  const flat = results.map((result) => flatten(result.config));
  const paths = [...new Set(flat.flatMap((fields) => [...fields.keys()]))];
  return paths.filter((path) => new Set(flat.map((fields) => fields.get(path))).size > 1);
}

/**
 * The report as HTML that needs no other file.
 * @param by the figure to rank by
 * @param shown figures of the table, in order
 */
export function searchReport(results: readonly SearchResult[], by: string, shown: readonly string[]): string {
  const fields = varyingFields(results);
  const order = ranked(results, by);
  const failed = results.filter((result) => result.failed !== undefined);
  const without = results.length - order.length - failed.length;
  const figures = [by, ...shown.filter((name) => name !== by)].filter((name) =>
    results.some((result) => result.figures[name] !== undefined),
  );
  const row = (cells: readonly string[]) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  const values = (result: SearchResult) => {
    const flat = flatten(result.config);
    return fields.map((field) => escapeHtml(flat.get(field) ?? '-'));
  };
  const rows = order.map((result, k) =>
    row([
      `${k + 1}`,
      ...values(result),
      ...figures.map((name) => numberText(result.figures[name])),
      (result.seconds / 60).toFixed(1),
      result.id,
    ]),
  );
  const heads = ['rank', ...fields, ...figures, 'minutes', 'run'];
  const failures = failed.map((result) =>
    row([result.id, ...values(result), escapeHtml(result.failed ?? '')]),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>numvox: search</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1400px; padding: 0 1rem; }
  table { border-collapse: collapse; } td, th { border: 1px solid #ccc; padding: .3rem .7rem; text-align: right; }
  .wide { overflow-x: auto; } .plots { display: flex; flex-wrap: wrap; gap: 1rem; }
</style>
<h1>Search</h1>
<p>${order.length} runs ranked by ${escapeHtml(by)}, ${moreIsBetter.test(by) ? 'highest' : 'lowest'} first; ${failed.length} failed.${without > 0 ? ` ${without} without that figure.` : ''} Shown are the fields that vary.</p>
<div class="wide"><table>
<tr>${heads.map((head) => `<th>${escapeHtml(head)}</th>`).join('')}</tr>
${rows.join('\n')}
</table></div>
${failures.length > 0 ? `<h2>Failed</h2>\n<table>\n<tr>${['run', ...fields, 'message'].map((head) => `<th>${escapeHtml(head)}</th>`).join('')}</tr>\n${failures.join('\n')}\n</table>` : ''}
<h2>Plots</h2>
<div class="plots">${plots(order, fields, by).join('\n')}</div>
</html>
`;
}

/** The figure against every field that varies, and against the KL divergence of the same takes. */
function plots(order: readonly SearchResult[], fields: readonly string[], by: string): string[] {
  if (order.length === 0) return [];
  const charts = fields.map((field) => {
    const texts = order.map((result) => flatten(result.config).get(field) ?? '-');
    const numeric = texts.every((text) => Number.isFinite(Number(text)));
    const categories = [...new Set(texts)].sort();
    const points = order.map((result, k) => [
      numeric ? Number(texts[k]) : categories.indexOf(texts[k]),
      result.figures[by],
    ]);
    const axis = numeric ? { type: 'value', scale: true } : { type: 'category', data: categories };
    return scatter(field, axis, by, points);
  });
  const side = Object.keys(klNames).find((prefix) => by.startsWith(prefix));
  const kl = side === undefined ? undefined : klNames[side];
  const pairs = order.flatMap(({ figures }) =>
    kl !== undefined && kl in figures ? [[figures[kl], figures[by]]] : [],
  );
  if (kl !== undefined && kl !== by && pairs.length > 0) {
    charts.unshift(scatter(kl, { type: 'value', scale: true }, by, pairs));
  }
  return charts;
}

function scatter(x: string, xAxis: object, y: string, points: readonly (readonly number[])[]): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 440, height: 320 });
  chart.setOption({
    animation: false,
    title: { text: `${y} by ${x}`, textStyle: { fontSize: 14 } },
    grid: { top: 50, left: 70, right: 20, bottom: 44 },
    xAxis: { name: x, nameLocation: 'middle', nameGap: 26, ...xAxis },
    yAxis: { type: 'value', scale: true },
    series: [{ type: 'scatter', symbolSize: 9, data: points }],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** Leaves of a configuration as JSON text by dotted path; a list is one leaf. */
function flatten(config: Readonly<Record<string, unknown>>, prefix = ''): Map<string, string> {
  const leaves = new Map<string, string>();
  for (const [name, value] of Object.entries(config)) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const inner = flatten(value as Record<string, unknown>, `${prefix}${name}.`);
      for (const [path, text] of inner) leaves.set(path, text);
    } else {
      leaves.set(prefix + name, JSON.stringify(value) ?? '-');
    }
  }
  return leaves;
}

function numberText(value: number | undefined): string {
  return value === undefined ? '-' : `${Number(value.toPrecision(4))}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
}
