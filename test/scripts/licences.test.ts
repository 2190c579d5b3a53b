// Licences of packages: what may be taken is told from what may not.
import { expect, it } from 'vitest';
import { isAllowed, refusedPackages } from '../../scripts/check-licences.mjs';

it.each(['MIT', '(MIT OR GPL-3.0)', 'Apache-2.0 AND MIT', 'MPL-2.0'])('%s may be taken', (licence) => {
  expect(isAllowed(licence)).toBe(true);
});

it.each(['GPL-3.0', 'AGPL-3.0-only', 'MIT AND GPL-2.0', 'UNLICENSED', ''])('%s may not', (licence) => {
  expect(isAllowed(licence)).toBe(false);
});

it('names the packages of a lock file that may not be taken', () => {
  const packages = {
    '': { name: 'numvox', license: 'MIT' },
    'node_modules/a': { license: 'MIT' },
    'node_modules/a/node_modules/b': { license: 'AGPL-3.0' },
    'node_modules/c': {},
  };
  expect(refusedPackages({ packages })).toEqual(['b: AGPL-3.0', 'c: no licence told']);
});
