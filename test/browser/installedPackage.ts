// The package as a stranger gets it: packed once, installed without a network into a folder of its own, for all tests of a run.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Git ignores it. */
const home = join(root, 'runs', 'package');
/** What hosts have a copy of. */
const peers = ['tone', 'lit', '@tensorflow', 'node-web-audio-api'];

/** Where the package lies. */
export interface InstalledPackage {
  /** The packed file. */
  readonly tarball: string;
  /** A project with the package in its node_modules, and the peers. */
  readonly project: string;
  /** The package's own folder in it. */
  readonly folder: string;
}

/** Latest change of anything that the package is made from. */
function sourceStamp(): string {
  const files = [
    'package.json',
    'scripts/library.mjs',
    'scripts/build-wasm.mjs',
    'vite.config.ts',
    'tsconfig.json',
  ];
  for (const folder of ['src', 'assembly', 'public/models/fsdd']) {
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      files.push(join(folder, file));
    }
  }
  return String(Math.max(...files.map((file) => statSync(join(root, file)).mtimeMs)));
}

/**
 * Packs and installs; what an earlier call made of the same sources is used again.
 * @throws Error with npm's own words when either fails
 */
export function installPackage(): InstalledPackage {
  const project = join(home, 'project');
  const folder = join(project, 'node_modules', 'numvox');
  const stampFile = join(home, 'stamp');
  const stamp = sourceStamp();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const tarball = join(home, `numvox-${version}.tgz`);
  const installed = { tarball, project, folder };
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return installed;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(project, { recursive: true });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', home], { cwd: root, encoding: 'utf8' });
  writeFileSync(join(project, 'package.json'), '{ "name": "host", "private": true, "type": "module" }');
  const quiet = ['--offline', '--no-audit', '--no-fund', '--silent'];
  execFileSync('npm', ['install', ...quiet, tarball], { cwd: project, encoding: 'utf8' });
  for (const peer of peers) {
    const place = join(project, 'node_modules', peer);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, 'node_modules', peer), place);
  }
  writeFileSync(stampFile, stamp);
  return installed;
}
