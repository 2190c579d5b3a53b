// Types of start.mjs for the tests.
import type { Server } from 'node:http';

/** Builds the page into dist/ (or `outDir`). */
export function buildPage(options?: {
  outDir?: string;
  logLevel?: 'silent' | 'warn' | 'info';
}): Promise<void>;
/** Serves a production build; a taken port gives way to the next one. */
export function servePage(options?: { port?: number; host?: string; outDir?: string }): Promise<{
  address: string;
  close: () => Promise<void>;
  httpServer: Server;
}>;
