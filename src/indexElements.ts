/**
 * Controls and keys of the page as custom elements, on the host's copy of Lit.
 * @module numvox/elements
 */
export { applyTheme, defineElements } from './ui/panels/defineElements.ts';
export type { ElementName } from './ui/panels/defineElements.ts';
export { parameterById, parameterIds } from './contract/parameters.ts';
export type { Parameter, ParameterId, ParameterValues } from './contract/parameters.ts';
