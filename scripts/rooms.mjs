// The rooms of the program, from the ground up, and what each may import: the one table that the linter, the types check and docs/architecture.md follow.

/**
 * @typedef {object} Room
 * @property {string} path folder, or file, from the repository's root
 * @property {readonly string[]} knows paths of the rooms that it may import, all of them above it in this table
 * @property {boolean} [core] true where no page is needed: no DOM, no tfjs, Tone, Lit or WebMidi
 */

const contract = 'src/contract';
const dsp = 'src/dsp';
const worklet = 'src/worklet';
const model = 'src/model';
const output = 'src/output';
const performer = 'src/performer';
const patch = 'src/patch';
const midi = 'src/midi';
const session = 'src/session';
const instrument = 'src/instrument';
const node = 'src/node';
const offline = 'src/offline';
const log = 'src/log.ts';
const schema = 'src/schema.ts';

const belowInstrument = [log, schema, contract, dsp, worklet, model, output, performer, patch, midi, session];
/** Everything but what only Node does. */
const belowPage = [...belowInstrument, instrument];
const belowTraining = [contract, dsp, worklet, model, node];

/** @type {readonly Room[]} */
export const rooms = [
  { path: log, knows: [] },
  { path: schema, knows: [] },
  { path: contract, knows: [], core: true },
  { path: dsp, knows: [contract], core: true },
  { path: worklet, knows: [contract, dsp], core: true },
  { path: model, knows: [schema, contract, dsp, worklet] },
  { path: output, knows: [contract, dsp, worklet] },
  { path: performer, knows: [contract, worklet, model], core: true },
  { path: patch, knows: [schema, contract, model, performer], core: true },
  { path: midi, knows: [schema, contract, output, performer] },
  { path: session, knows: [schema, contract, model, performer, patch, midi], core: true },
  { path: instrument, knows: belowInstrument },
  { path: node, knows: [contract, output] },
  { path: offline, knows: [contract, dsp, worklet, model, output, performer, patch, midi, session, node] },
  { path: 'src/ui/controls', knows: [contract, session] },
  { path: 'src/ui/keys', knows: [...belowPage, 'src/ui/controls'] },
  { path: 'src/ui/panels', knows: [...belowPage, 'src/ui/controls', 'src/ui/keys'] },
  { path: 'src/ui/page', knows: [...belowPage, 'src/ui/controls', 'src/ui/keys', 'src/ui/panels'] },
  {
    path: 'src/wam',
    knows: [...belowPage, 'src/ui/controls', 'src/ui/keys', 'src/ui/panels', 'src/ui/page'],
  },
  {
    path: 'src/cli',
    knows: [contract, dsp, worklet, model, output, performer, patch, midi, session, node, offline],
  },
  { path: 'src/tone', knows: belowPage },
  { path: 'src/index.ts', knows: [contract, output, performer, patch, midi, session, instrument] },
  { path: 'src/indexDsp.ts', knows: [contract, dsp] },
  { path: 'src/indexModel.ts', knows: [contract, model] },
  { path: 'src/indexTone.ts', knows: ['src/tone'] },
  { path: 'src/indexWam.ts', knows: ['src/wam'] },
  { path: 'src/indexElements.ts', knows: [contract, 'src/ui/panels'] },
  { path: 'src/indexOffline.ts', knows: [contract, dsp, model, output, patch, midi, offline] },
  { path: 'training/corpus', knows: belowTraining },
  { path: 'training/optimise', knows: belowTraining },
  { path: 'training/listener', knows: [...belowTraining, 'training/corpus', 'training/optimise'] },
  { path: 'training/latent', knows: [...belowTraining, 'training/optimise'] },
  { path: 'training/report', knows: [...belowTraining, 'training/corpus', 'training/listener'] },
  { path: 'training/widen', knows: [...belowTraining, 'training/corpus', 'training/optimise'] },
  {
    path: 'training/vae',
    knows: [
      ...belowTraining,
      'training/widen',
      'training/corpus',
      'training/optimise',
      'training/listener',
      'training/latent',
      'training/report',
    ],
  },
  { path: 'training/search', knows: [...belowTraining, 'training/vae'] },
  {
    path: 'training/*.ts',
    knows: [
      ...belowTraining,
      'training/corpus',
      'training/optimise',
      'training/listener',
      'training/report',
      'training/vae',
      'training/search',
    ],
  },
];

/** Packages that need a page or a tensor library. */
export const pagePackages = ['@tensorflow/', 'tone', 'lit', 'webmidi'];

/** Files of rooms without a page that a page alone loads, and why they lie there. */
export const pageFiles = {
  'src/worklet/kernelNode.ts': 'makes the AudioWorkletNode whose processor this room holds',
  'src/worklet/workletModules.ts': 'loads the modules of processors into a context, and ends them',
};

/** A regular expression for the files of a room. */
export function filesOf({ path }) {
  const literal = (text) => text.replace(/[.]/g, '\\$&');
  if (path.endsWith('/*.ts')) return `^${literal(path.slice(0, -4))}[^/]+$`;
  return path.endsWith('.ts') ? `^${literal(path)}$` : `^${literal(path)}/`;
}
