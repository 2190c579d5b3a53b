// `npm test`: finds or installs Chromium, runs every test, and closes with the line `N passed, N failed`.
// `npm run test:unit` (`--unit` here) leaves out the tests in a browser, and asks for none.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureChromium } from './chromium.mjs';

const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const tally = fileURLToPath(new URL('tally.mjs', import.meta.url));

const unitOnly = process.argv[2] === '--unit';
if (!unitOnly) {
  try {
    process.env.CHROME_PATH = ensureChromium();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
const chosen = unitOnly ? ['--project', 'unit', ...process.argv.slice(3)] : process.argv.slice(2);
const args = [vitest, 'run', '--reporter=default', `--reporter=${tally}`, ...chosen];
const result = spawnSync(process.execPath, args, { stdio: 'inherit' });
process.exit(result.status ?? 1);
