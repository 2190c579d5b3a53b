// Which parameters stand in which tab of the page.
import {
  parameterGroups,
  parameters,
  shownOf,
  type ParameterGroup,
  type ParameterId,
} from '../../contract/parameters.ts';
import { shownKnobs, type Direction } from '../../session/parameterLabels.ts';

/** Groups with a tab; the output's volume stands beside all of them. */
export const tabGroups: readonly ParameterGroup[] = parameterGroups.filter((group) => group !== 'output');

/** What a tab is called. */
export function tabName(group: ParameterGroup): string {
  return group.charAt(0).toUpperCase() + group.slice(1);
}

/** Parameters that have a place of their own on the page: the mode strip, the voices, the lyrics and the pads. */
export const elsewhere = new Set<ParameterId>([
  'mode',
  'speaker',
  'lyricsEnd',
  'sceneX',
  'sceneY',
  'mapX',
  'mapY',
]);

/** Parameters of a group's tab, with the names that the page gives them; deprecated ones have no control. */
export function controlsOf(
  group: ParameterGroup,
  directions: readonly Direction[],
  rows = parameters,
): { readonly id: ParameterId; readonly label: string }[] {
  if (group === 'style') {
    return shownKnobs(directions, rows)
      .filter(({ parameter }) => parameter.group === 'style')
      .map(({ parameter, label }) => ({ id: parameter.id, label }));
  }
  return shownOf(rows)
    .filter((parameter) => parameter.group === group && !elsewhere.has(parameter.id))
    .map(({ id, label }) => ({ id, label }));
}
