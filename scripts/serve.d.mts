// Types of serve.mjs for vite.config.ts and the tests.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';

/** A connect-style middleware that answers every request from the files of `folder`. */
export function serveFolder(folder: string): (request: IncomingMessage, response: ServerResponse) => void;
/** A Vite plugin: `vite preview`, and so `npm start`, answers from the build by `serveFolder`. */
export function servePrecompressed(): Plugin;
