// `npm run docs:api`: the reference of the package's entries in dist-api/, made from their docblocks.
import { libraryEntries } from './scripts/library.mjs';

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'numvox',
  entryPoints: Object.values(libraryEntries()),
  out: 'dist-api',
  readme: 'docs/library.md',
  // Docblocks speak of members in backticks and of parts that are not public.
  excludePrivate: true,
  // What a class inherits from a peer is told by the peer.
  excludeExternals: true,
  excludeInternal: true,
  skipErrorChecking: true,
  disableSources: true,
  includeVersion: true,
  treatWarningsAsErrors: true,
  validation: { notExported: false, invalidLink: true, notDocumented: false },
};
