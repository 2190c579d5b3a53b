/**
 * The plugin of Web Audio Modules 2, for hosts that have the package.
 * @module numvox/wam
 */
export { loadPlugin, pluginAddress } from './wam/loadPlugin.ts';
export type { Plugin, PluginConstructor } from './wam/loadPlugin.ts';
