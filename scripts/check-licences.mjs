// Part of `npm run lint`: every package of the lock file has a licence that numvox can be given away with.
import { readFileSync } from 'node:fs';

/** Permissive ones, and the MPL for what is used as it is. */
const allowed = new Set([
  ...['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'Unlicense', 'Zlib'],
  ...['BlueOak-1.0.0', 'CC0-1.0', 'CC-BY-3.0', 'CC-BY-4.0', 'Python-2.0', 'MPL-2.0', 'WTFPL'],
]);

/** Whether an SPDX expression leaves a choice that is allowed: one side of an OR, both of an AND. */
export function isAllowed(expression) {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  if (/ OR /.test(plain)) return plain.split(' OR ').some(isAllowed);
  if (/ AND /.test(plain)) return plain.split(' AND ').every(isAllowed);
  return allowed.has(plain.trim());
}

/** Packages of a lock file, as `name: licence`, whose licence is not allowed or not told. */
export function refusedPackages(lock) {
  return Object.entries(lock.packages)
    .filter(([path, { license = '', link }]) => path !== '' && !link && !isAllowed(license))
    .map(([path, { license = 'no licence told' }]) => `${path.replace(/^.*node_modules\//, '')}: ${license}`);
}

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const refused = refusedPackages(lock);
if (refused.length > 0) {
  process.stderr.write(`licences that numvox cannot take: ${refused.join(', ')}; use other packages\n`);
  process.exitCode = 1;
}
