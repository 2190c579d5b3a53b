// The chart of controllers as data: docs/midi.md is tested against it, and the page shows it.
import { parameters, textOf, type Parameter } from '../contract/parameters.ts';

/** One row: numbers as written (`98, 99`) and what they do. */
export interface ChartRow {
  readonly number: string;
  readonly does: string;
}

/** What the performer does with controllers that are no parameter's. */
const performed: readonly (readonly [first: number, number: string, does: string])[] = [
  [0, '0, 32', 'bank of the next program change'],
  [6, '6, 38', 'data entry of the selected parameter number'],
  [11, '11', "expression: level of the channel's notes"],
  [64, '64', 'sustain pedal, down from 64'],
  [66, '66', 'sostenuto pedal, down from 64'],
  [67, '67', 'soft pedal, down from 64'],
  [85, '85', 'from 64: the lyrics go back to their front'],
  [96, '96, 97', 'selected parameter number up, down by a step'],
  [98, '98, 99', 'select a non-registered parameter number'],
  [100, '100, 101', 'select a registered parameter number'],
  [
    120,
    '120',
    'all sound off: the voices fade out in 5 ms; once no channel holds a note, echoes and reverb, too',
  ],
  [121, '121', 'reset bend, pressure, pedals and expression of the channel'],
  [123, '123 … 127', 'all notes off: the held keys of the channel are released'],
];

const rangeText = (parameter: Parameter) =>
  parameter.choices
    ? parameter.choices.join(', ')
    : `${textOf(parameter, parameter.min)} … ${textOf(parameter, parameter.max)}`;

/** Controllers in order: the table's defaults and those of the performer. */
export function controllerChart(): readonly ChartRow[] {
  const rows = parameters.flatMap((parameter) => {
    const { cc, label } = parameter;
    if (cc === undefined) return [];
    return [{ first: cc, number: String(cc), does: `${label}: ${rangeText(parameter)}` }];
  });
  return [...rows, ...performed.map(([first, number, does]) => ({ first, number, does }))]
    .sort((a, b) => a.first - b.first)
    .map(({ number, does }) => ({ number, does }));
}

/** Non-registered parameter numbers, each parameter's own for ever. */
export function nrpnChart(): readonly ChartRow[] {
  return [...parameters]
    .sort((a, b) => a.nrpn - b.nrpn)
    .map((parameter) => ({
      number: String(parameter.nrpn),
      does: `${parameter.label}: ${rangeText(parameter)}${parameter.deprecated ? ' (deprecated)' : ''}`,
    }));
}
