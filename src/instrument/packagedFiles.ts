// Addresses of files that travel with the library, as literals that bundlers follow. Empty here, where everything lies beside the
// module: the library's build (scripts/library.mjs) writes its own of this file.

/** Gives the address of a file of the package, by its name in the folder of assets. */
export const packagedFiles: Readonly<Record<string, () => string>> = {};
