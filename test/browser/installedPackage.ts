// The package as a stranger gets it: packed once, installed without a network into a folder of its own, for all tests of a run.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What hosts have a copy of. */
const peers = ['tone', 'lit', '@tensorflow', 'node-web-audio-api', '@webaudiomodules'];

/** Where the package lies. */
export interface InstalledPackage {
  /** The packed file. */
  readonly tarball: string;
  /** A project with the package in its node_modules, and the peers. */
  readonly project: string;
  /** The package's own folder in it. */
  readonly folder: string;
}

/**
 * Packs and installs; what an earlier test file of the run made is used again.
 * @param home a folder outside the repository, whose tsconfig.json and package.json hosts would find: `inject('packageHome')`
 * @throws Error with npm's own words when either fails
 */
export function installPackage(home: string): InstalledPackage {
  const project = join(home, 'project');
  const folder = join(project, 'node_modules', 'numvox');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const tarball = join(home, `numvox-${version}.tgz`);
  const installed = { tarball, project, folder };
  if (existsSync(folder)) return installed;
  mkdirSync(project, { recursive: true });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', home], { cwd: root, encoding: 'utf8' });
  writeFileSync(join(project, 'package.json'), '{ "name": "host", "private": true, "type": "module" }');
  const quiet = ['--offline', '--no-audit', '--no-fund', '--silent'];
  execFileSync('npm', ['install', ...quiet, tarball], { cwd: project, encoding: 'utf8' });
  for (const peer of peers)
    symlinkSync(join(root, 'node_modules', peer), join(project, 'node_modules', peer));
  return installed;
}
