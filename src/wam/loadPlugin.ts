// The plugin for hosts that have the package: it stays a module of its own, whose files lie beside it, and is loaded by its address.
import { messageOf } from '../contract/errors.ts';

/** In a variable: a bundler that took the module apart would lose what lies beside it. */
const here = import.meta.url;
const moduleFile = 'wam.js';

/**
 * What a host does with the plugin; the whole interface is that of `WebAudioModule` in `@webaudiomodules/api`.
 * @example
 * const plugin: Plugin = await Numvox.createInstance(groupId, context);
 * plugin.audioNode.connect(context.destination);
 */
export interface Plugin {
  /** A `WamNode`: parameters, events, state. */
  readonly audioNode: AudioNode & {
    scheduleEvents(
      ...events: { readonly type: string; readonly data: unknown; readonly time?: number }[]
    ): void;
    getState(): Promise<unknown>;
    setState(state: unknown): Promise<void>;
  };
  createGui(): Promise<Element>;
  destroyGui(gui: Element): void;
}

/**
 * The class that the plugin's module exports.
 * @example
 * const Numvox: PluginConstructor = await loadPlugin();
 */
export interface PluginConstructor {
  readonly isWebAudioModuleConstructor: boolean;
  /** `groupId` is the first value that `initializeWamHost(audioContext)` of the SDK resolved with. */
  createInstance(groupId: string, audioContext: BaseAudioContext, initialState?: unknown): Promise<Plugin>;
}

/**
 * Address of the plugin's module, for hosts that load plugins by address.
 * @param assets folder that the package's `dist-library/assets` was copied to, ending in '/'; a relative one is taken from the page's
 * address. Default: where the package has it, which holds for pages without a bundler
 * @throws TypeError for what is no address
 * @example
 * const address = pluginAddress('/numvox/');
 */
export function pluginAddress(assets?: string | URL): string {
  if (assets === undefined) return new URL(`assets/${moduleFile}`, here).href;
  const page = typeof document === 'undefined' ? here : document.baseURI;
  try {
    return new URL(moduleFile, new URL(assets, page)).href;
  } catch {
    throw new TypeError(
      `assets must be the address of the folder of assets, got '${String(assets)}', which no browser can resolve; correct it`,
    );
  }
}

/**
 * Loads the plugin of Web Audio Modules 2.
 * @param assets as `pluginAddress` takes it
 * @throws TypeError (rejection) for what is no address; Error (rejection) when the module cannot be loaded from there
 * @example
 * const [groupId] = await initializeWamHost(context);
 * const Numvox = await loadPlugin('/numvox/');
 * const plugin = await Numvox.createInstance(groupId, context);
 */
export async function loadPlugin(assets?: string | URL): Promise<PluginConstructor> {
  const address = pluginAddress(assets);
  try {
    const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ address)) as {
      readonly default: PluginConstructor;
    };
    return module.default;
  } catch (reason) {
    throw new Error(
      `the plugin could not be loaded from ${address} (${messageOf(reason)}); behind a bundler copy numvox/dist-library/assets to the site and name that folder`,
      { cause: reason },
    );
  }
}
