// Which knobs the page shows for a bundle, and what they are called.
import {
  parameterById,
  parameters,
  shownOf,
  type Parameter,
  type ParameterId,
} from '../contract/parameters.ts';

/** What the page needs of a direction of the bundle's manifest. */
export interface Direction {
  readonly name: string;
}

/** A knob of the page. */
export interface ShownKnob {
  readonly parameter: Parameter;
  readonly label: string;
}

/**
 * The styles that the bundle has a direction for, and the output's parameters. A style is called by its direction's name,
 * the first letter capital, or by the table's label where that name is blank.
 * @param directions of the bundle's manifest
 */
export function shownKnobs(directions: readonly Direction[], rows = parameters): ShownKnob[] {
  return shownOf(rows)
    .filter(({ group, knob }) => group === 'output' || (knob !== undefined && knob < directions.length))
    .map((parameter) => {
      const name = parameter.knob === undefined ? '' : directions[parameter.knob].name.trim();
      return { parameter, label: name ? capitalised(name) : parameter.label };
    });
}

/**
 * What a parameter is called away from its knob: a style by its direction's name, told from other parameters of that name.
 * @param directions of the bundle's manifest
 */
export function labelOf(id: ParameterId, directions: readonly Direction[]): string {
  const { knob, label } = parameterById(id);
  const name = knob === undefined ? '' : directions[knob]?.name.trim();
  return name ? `${capitalised(name)} (style)` : label;
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
