// Serves a build as a static host does: compressed files as they lie, the headers of public/_headers, 404 for what is missing.
import { existsSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import mime from 'mime-types';
import Negotiator from 'negotiator';
import send from 'send';
import { everyAnswer, headersOf } from './headers.mjs';
import { codings } from './precompress.mjs';

const setHeaders = (response, headers) => {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
};

const aboutFile = ['Content-Encoding', 'ETag', 'Last-Modified', 'Accept-Ranges'];

function refuse(response, status, headers = {}) {
  for (const name of aboutFile) response.removeHeader(name);
  setHeaders(response, { ...everyAnswer, ...headers, 'Cache-Control': 'no-cache' });
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${status}\n`);
}

/** The file that an address asks for, from / on and without a way up, or undefined where its escapes are none. */
function fileOf(address) {
  try {
    const path = posix.normalize(decodeURIComponent(address.split(/[?#]/, 1)[0]));
    return path.endsWith('/') ? `${path}index.html` : path;
  } catch {
    return undefined;
  }
}

/** A connect-style middleware that answers every request from the files of `folder`. */
export function serveFolder(folder) {
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuse(response, 405, { Allow: 'GET, HEAD' });
      return;
    }
    const file = fileOf(request.url);
    if (!file?.startsWith('/')) {
      refuse(response, 400);
      return;
    }
    setHeaders(response, headersOf(file));
    response.setHeader('Content-Type', mime.contentType(posix.extname(file)) || 'application/octet-stream');
    const there = codings.filter(({ extension }) => existsSync(join(folder, file + extension)));
    if (there.length > 0) response.appendHeader('Vary', 'Accept-Encoding');
    const names = there.map(({ name }) => name);
    const wanted = new Negotiator(request).encoding([...names, 'identity'], { preferred: names });
    // A part of a compressed file cannot be read by itself.
    const coding = request.headers.range ? undefined : there.find(({ name }) => name === wanted);
    if (coding) response.setHeader('Content-Encoding', coding.name);
    send(request, encodeURI(file + (coding?.extension ?? '')), {
      root: folder,
      cacheControl: false,
      index: false,
    })
      .on('error', ({ status, headers }) => refuse(response, status, headers))
      .on('directory', () => refuse(response, 404))
      .pipe(response);
  };
}

/** A Vite plugin: `vite preview`, and so `npm start`, answers from the build by `serveFolder`. */
export function servePrecompressed() {
  return {
    name: 'numvox:serve',
    configurePreviewServer({ config, middlewares }) {
      middlewares.use(serveFolder(resolve(config.root, config.build.outDir)));
    },
  };
}
