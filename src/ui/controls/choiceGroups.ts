// Long lists of choices on the page: what modulation reaches, in groups, styles under the names of the bundle's directions.
import { directionOf } from '../../contract/modulation.ts';
import {
  modulationTargets,
  parameterById,
  parameterIds,
  type ModulationTarget,
  type Parameter,
} from '../../contract/parameters.ts';
import type { Direction } from '../../session/parameterLabels.ts';

/** Choices that stand together; those without a name come before all groups. */
export interface ChoiceGroup {
  readonly name: string;
  /** `index` counts in the table's list, which the page shows in another order. */
  readonly choices: readonly { readonly index: number; readonly text: string }[];
}

/** A list as the table has it. */
export const noGroups: readonly ChoiceGroup[] = [];

const groupNames = ['', 'Sound', 'Envelope', 'Style'] as const;

/**
 * The groups of a parameter whose choices are targets of modulation; none for any other, whose list is as the table has it.
 * @param directions of the bundle's manifest; a style without one, or with a blank name, is called as in the table
 */
export function choiceGroups(parameter: Parameter, directions: readonly Direction[]): readonly ChoiceGroup[] {
  const { choices = [] } = parameter;
  if (!modulationTargets.every((target) => choices.includes(target))) return noGroups;
  const shown = choices.map((choice, index) => ({
    index,
    group: groupOf(choice),
    text: textOfChoice(choice, directions),
  }));
  return groupNames.map((name) => ({ name, choices: shown.filter(({ group }) => group === name) }));
}

function groupOf(choice: string): (typeof groupNames)[number] {
  if (!isTarget(choice) || choice === 'nothing') return '';
  if (directionOf(choice) >= 0) return 'Style';
  const isEnvelope = parameterIds.some((id) => id === choice && parameterById(id).group === 'envelope');
  return isEnvelope ? 'Envelope' : 'Sound';
}

/** Says that it is a style: directions are called pitch and brightness, as other targets are. */
function textOfChoice(choice: string, directions: readonly Direction[]): string {
  const direction = isTarget(choice) ? directionOf(choice) : -1;
  const name = direction < 0 ? '' : directions[direction]?.name.trim();
  return name ? `style: ${name}` : choice;
}

function isTarget(choice: string): choice is ModulationTarget {
  return modulationTargets.some((target) => target === choice);
}
