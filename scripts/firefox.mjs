// Finds a Firefox on this machine, or installs Debian's: the stress trial of browsers plays the page in it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const pathNames = ['firefox-esr', 'firefox'];

function onPath() {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return pathNames.flatMap((name) => folders.map((folder) => join(folder, name + suffix)));
}

function usualPlaces() {
  if (process.platform === 'darwin') return ['/Applications/Firefox.app/Contents/MacOS/firefox'];
  if (process.platform !== 'win32') return [];
  return [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)']].flatMap((root) =>
    root ? [join(root, 'Mozilla Firefox', 'firefox.exe')] : [],
  );
}

function runs(path) {
  if (!path || !existsSync(path)) return false;
  if (process.platform === 'win32') return true;
  const answer = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 60_000 });
  return answer.status === 0 && /firefox/i.test(answer.stdout ?? '');
}

/**
 * The path of a Firefox that runs, or null. FIREFOX_PATH goes first and must work when it is set.
 * @throws Error when FIREFOX_PATH names something that does not run
 */
export function findFirefox() {
  const chosen = process.env.FIREFOX_PATH;
  if (chosen) {
    if (runs(chosen)) return chosen;
    throw new Error(`FIREFOX_PATH is ${chosen}, which is no running Firefox; correct it or unset it`);
  }
  return [...onPath(), ...usualPlaces()].find(runs) ?? null;
}

function attempt(command, args) {
  process.stderr.write(`${[command, ...args].join(' ')}\n`);
  return spawnSync(command, args, { stdio: ['ignore', 2, 2] }).status === 0;
}

/** As root on a Debian-like system apt-get has one; elsewhere installing a browser is left to its owner. */
function install() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  attempt('apt-get', ['update', '-qq']);
  attempt('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'firefox-esr']);
  return findFirefox();
}

/**
 * The path of a Firefox, installed when there is none.
 * @throws Error saying what to do when none can be had
 */
export function ensureFirefox() {
  const path = findFirefox() ?? install();
  if (path) return path;
  throw new Error('no Firefox was found and none could be installed; install it, or set FIREFOX_PATH to one');
}
