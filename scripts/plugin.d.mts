// Types of plugin.mjs.
/** Builds the plugin beside a built page, or into a folder, which is emptied before. */
export function buildPlugin(options: { pageDir: string; outDir?: string }): Promise<void>;
/** Sizes of a built plugin as text. */
export function pluginTable(outDir: string): string;
/** Builds the plugin's own files into a folder; `name` is that of its module, `index` by default. */
export function buildPluginScripts(outDir: string, name?: string): Promise<void>;
