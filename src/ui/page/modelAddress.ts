// Where the page's address takes its voices from: `?model=folder/`.
import { InputError, quoted } from '../../contract/errors.ts';

/** A bundle's folder; `foreignOrigin` where it lies in another place than the page, which the player is asked about. */
export interface ModelAddress {
  readonly url: string;
  readonly foreignOrigin: string | null;
}

/** Places that the worker's policy lets it ask: what goes over plain HTTP could be altered on its way. */
const localHosts = new Set(['localhost', '127.0.0.1']);

/**
 * Reads `?model=` of a page.
 * @param page address of the page
 * @param base what relative addresses begin from
 * @throws InputError when it is no address that a bundle can be fetched from
 */
export function modelAddressOf(page: string, base: string): ModelAddress {
  const { origin, searchParams } = new URL(page);
  const given = searchParams.get('model') ?? 'models/fsdd/';
  const refused = (why: string): InputError =>
    new InputError(`?model= ${why}, got ${quoted(given)}; give a folder of this page or an https address`);
  let url: URL;
  try {
    url = new URL(given, base);
  } catch {
    throw refused('must be the address of a folder');
  }
  // A blob's origin is its maker's, and it has no folder.
  if (url.origin === origin && url.protocol !== 'blob:') return { url: url.href, foreignOrigin: null };
  if (url.username || url.password) throw refused('must not hold a name or password');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && localHosts.has(url.hostname))) {
    throw refused('must be an https address where it is another place than this page');
  }
  return { url: url.href, foreignOrigin: url.origin };
}
