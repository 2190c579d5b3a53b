// Types of plugin.mjs.
/** Builds the plugin beside a built page, or into a folder, which is emptied before. */
export function buildPlugin(options: { pageDir: string; outDir?: string }): Promise<void>;
/** Sizes of a built plugin as text. */
export function pluginTable(outDir: string): string;
