// Builds the WebAssembly that the project needs into generated/: compiles assembly/*.ts and copies library binaries
// whose packages do not export them by path.
import { mkdirSync } from 'node:fs';

mkdirSync(new URL('../generated/', import.meta.url), { recursive: true });
