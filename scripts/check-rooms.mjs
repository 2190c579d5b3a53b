// Part of `npm run lint`: arrows between rooms point down only, nothing goes in circles, and every file has a name of its own.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import { filesOf, pagePackages, rooms } from './rooms.mjs';

const homes = ['src', 'training', 'assembly', 'scripts'];
const extensions = /\.(ts|mts|mjs)$/;

/** dependency-cruiser's rules: what a room does not know it must not import; types count as well. */
function rules() {
  const known = rooms.map((room) => ({
    name: `what ${room.path} knows`,
    severity: 'error',
    from: { path: filesOf(room) },
    to: {
      path: '^(src|training|scripts|test)/',
      pathNot: [filesOf(room), ...rooms.filter(({ path }) => room.knows.includes(path)).map(filesOf)],
    },
  }));
  const core = rooms.filter((room) => room.core).map(filesOf);
  return [
    ...known,
    { name: 'no circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'everything found', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no page, no tensors',
      severity: 'error',
      from: { path: core },
      to: { path: pagePackages.map((name) => `node_modules/${name}`) },
    },
    {
      name: 'no Node outside *.node.ts',
      severity: 'error',
      from: { path: core, pathNot: '\\.node\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
  ];
}

/** All files with code below the folders `homes` of `root`, as paths from it. */
function codeFiles(root) {
  return homes
    .filter((home) => existsSync(join(root, home)))
    .flatMap((home) =>
      readdirSync(join(root, home), { recursive: true }).map((file) => posix.join(home, file)),
    )
    .filter((file) => extensions.test(file));
}

/** Arrows that no import shows: workers and threads are started from `new URL('file.ts', import.meta.url)`. */
function startedFiles(root, file) {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/new URL\(\s*'([^':]+\.(?:ts|mjs))'/g)].map(([, address]) =>
    posix.join(dirname(file), address),
  );
}

const roomOf = (file) => rooms.find((room) => new RegExp(filesOf(room)).test(file));

/**
 * Everything wrong with the rooms, one line each; empty when all is well.
 * @param {string} root the repository, or a folder laid out like it
 * @returns {Promise<string[]>}
 */
export async function roomFaults(root) {
  const files = codeFiles(root);
  const faults = [];
  for (const file of files) {
    const inside = /^(src|training)\//.test(file);
    if (inside && !roomOf(file)) faults.push(`${file}: lies in no room of scripts/rooms.mjs`);
    for (const started of startedFiles(root, file)) {
      const [from, to] = [roomOf(file), roomOf(started)];
      if (from && to && from !== to && !from.knows.includes(to.path)) {
        faults.push(`${file} -> ${started}: what ${from.path} knows`);
      }
    }
  }
  const places = new Map();
  for (const file of files) {
    if (/\.d\.m?ts$/.test(file)) continue;
    const name = basename(file);
    const other = places.get(name);
    if (other) faults.push(`${other}, ${file}: ${name} is the name of two files`);
    else places.set(name, file);
  }
  const { output } = await cruise(
    [...homes, 'test'].filter((home) => existsSync(join(root, home))),
    {
      baseDir: root,
      validate: true,
      ruleSet: { forbidden: rules() },
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '^(generated|public)/' },
    },
    { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  );
  for (const { from, to, rule, cycle } of output.summary.violations) {
    faults.push(`${[from, ...(cycle ? cycle.map(({ name }) => name) : [to])].join(' -> ')}: ${rule.name}`);
  }
  return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const faults = await roomFaults(resolve(import.meta.dirname, '..'));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) console.error('An import must point at a room that scripts/rooms.mjs lets it know.');
  process.exit(faults.length > 0 ? 1 : 0);
}
