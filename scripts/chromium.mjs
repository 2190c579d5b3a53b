// Finds a Chromium on this machine, or installs one: the browser tests need nothing else from the system.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const pathNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** Places inside a downloaded `chromium-NNNN` folder where the executable lies, by platform. */
const cacheNames = [
  ['chrome-linux', 'chrome'],
  ['chrome-linux64', 'chrome'],
  ['chrome-mac', 'Chromium.app', 'Contents', 'MacOS', 'Chromium'],
  ['chrome-mac-arm64', 'Google Chrome for Testing.app', 'Contents', 'MacOS', 'Google Chrome for Testing'],
  ['chrome-win', 'chrome.exe'],
  ['chrome-win64', 'chrome.exe'],
];

function onPath() {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return pathNames.flatMap((name) => folders.map((folder) => join(folder, name + suffix)));
}

function usualPlaces() {
  if (process.platform === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].flatMap((name) =>
      ['/Applications', join(homedir(), 'Applications')].map((folder) =>
        join(folder, `${name}.app`, 'Contents', 'MacOS', name),
      ),
    );
  }
  if (process.platform === 'win32') {
    const roots = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].map((name) => process.env[name]);
    const tails = [
      ['Google', 'Chrome', 'Application', 'chrome.exe'],
      ['Chromium', 'Application', 'chrome.exe'],
      ['Microsoft', 'Edge', 'Application', 'msedge.exe'],
    ];
    return roots.filter(Boolean).flatMap((root) => tails.map((tail) => join(root, ...tail)));
  }
  return ['/usr/bin/chromium', '/snap/bin/chromium', '/opt/google/chrome/chrome'];
}

function playwrightCache() {
  const own = [];
  try {
    own.push(chromium.executablePath());
  } catch {
    // No browser is registered for this platform: the folders below are searched all the same.
  }
  const roots = [
    process.env.PLAYWRIGHT_BROWSERS_PATH,
    join(homedir(), '.cache', 'ms-playwright'),
    join(homedir(), 'Library', 'Caches', 'ms-playwright'),
    process.env.LOCALAPPDATA && join(process.env.LOCALAPPDATA, 'ms-playwright'),
  ].filter((root) => root && existsSync(root));
  const found = roots.flatMap((root) =>
    readdirSync(root)
      .filter((name) => /^chromium-\d+$/.test(name))
      .sort()
      .reverse()
      .flatMap((name) => cacheNames.map((parts) => join(root, name, ...parts))),
  );
  return [...own, ...found];
}

/** A stub that only tells the user to install a package exists on some systems: ask for the version before believing it. */
function runs(path) {
  if (!path || !existsSync(path)) return false;
  if (process.platform === 'win32') return true;
  const answer = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 30_000 });
  return answer.status === 0 && /chrom|edge/i.test(answer.stdout ?? '');
}

/**
 * The path of a Chromium that runs, or null. CHROME_PATH goes first and must work when it is set.
 * @throws Error when CHROME_PATH names something that does not run
 */
export function findChromium() {
  const chosen = process.env.CHROME_PATH;
  if (chosen) {
    if (runs(chosen)) return chosen;
    throw new Error(`CHROME_PATH is ${chosen}, which is no running Chromium; correct it or unset it`);
  }
  return [...onPath(), ...usualPlaces(), ...playwrightCache()].find(runs) ?? null;
}

function attempt(command, args) {
  process.stderr.write(`${[command, ...args].join(' ')}\n`);
  return spawnSync(command, args, { stdio: ['ignore', 2, 2] }).status === 0;
}

/** Downloads Chromium through Playwright's installer; as root on a Debian-like system apt-get is the second way. */
function install() {
  const cli = fileURLToPath(new URL('../node_modules/playwright-core/cli.js', import.meta.url));
  const root = process.platform === 'linux' && process.getuid?.() === 0;
  attempt(process.execPath, [cli, 'install', ...(root ? ['--with-deps'] : []), 'chromium']);
  const found = findChromium();
  if (found || !root) return found;
  attempt('apt-get', ['update', '-qq']);
  attempt('apt-get', ['install', '-y', '-qq', 'chromium']);
  return findChromium();
}

/**
 * The path of a Chromium, installed when there is none.
 * @throws Error saying what to do when none can be had
 */
export function ensureChromium() {
  const path = findChromium() ?? install();
  if (path) return path;
  throw new Error(
    'no Chromium was found and none could be installed; install Chromium or Chrome, or set CHROME_PATH to one',
  );
}
