// What this browser has of that which not all have, told by looking for it: for diagnostics, and for the player where it matters.

/**
 * Something that not every browser has.
 * @example
 * const feature: Feature = { name: 'Web MIDI', has: false, without: 'no MIDI devices' };
 */
export interface Feature {
  readonly name: string;
  readonly has: boolean;
  /** What a player goes without, or has instead; empty where nobody notices. */
  readonly without: string;
}

interface Probe extends Omit<Feature, 'has'> {
  /** May throw: some browsers do where something is forbidden to the page. */
  readonly look: (scope: Scope) => boolean;
}

/** The globals of a page. */
export type Scope = Readonly<Record<string, unknown>>;

const prototypeOf = (scope: Scope, name: string): object | undefined =>
  (scope[name] as { readonly prototype?: object } | undefined)?.prototype;
const memberOf = (owner: string, ...names: readonly string[]) => {
  return (scope: Scope): boolean => {
    const prototype = prototypeOf(scope, owner);
    return prototype !== undefined && names.some((name) => name in prototype);
  };
};
const globalOf = (name: string) => {
  return (scope: Scope): boolean => scope[name] !== undefined && scope[name] !== null;
};

const probes: readonly Probe[] = [
  {
    name: 'Web MIDI',
    look: memberOf('Navigator', 'requestMIDIAccess'),
    without: 'no MIDI devices; keys, screen and MIDI files play',
  },
  {
    name: 'WebGL in workers',
    look: globalOf('OffscreenCanvas'),
    without: 'words are decoded by WebAssembly',
  },
  {
    name: 'playback statistics',
    look: memberOf('AudioContext', 'playbackStats', 'playoutStats'),
    without: 'underruns are told by the load alone',
  },
  {
    name: 'choice of the render size',
    look: memberOf('BaseAudioContext', 'renderQuantumSize'),
    without: 'sound is made 128 frames at a time',
  },
  { name: 'output latency', look: memberOf('AudioContext', 'outputLatency'), without: '' },
  { name: 'shared memory', look: ({ crossOriginIsolated }) => crossOriginIsolated === true, without: '' },
  {
    name: 'IndexedDB',
    look: globalOf('indexedDB'),
    without: 'presets and session last until the page is closed',
  },
  {
    name: 'local storage',
    look: globalOf('localStorage'),
    without: 'MIDI settings last until the page is closed',
  },
  {
    name: 'private files',
    look: memberOf('FileSystemFileHandle', 'createSyncAccessHandle'),
    without: '',
  },
  { name: 'locks between pages', look: memberOf('Navigator', 'locks'), without: '' },
  { name: 'messages between pages', look: globalOf('BroadcastChannel'), without: '' },
  { name: 'clipboard', look: memberOf('Navigator', 'clipboard'), without: '' },
];

/** Looks for each of them. @param scope the page's globals */
export function findFeatures(scope: Scope = globalThis): readonly Feature[] {
  return probes.map(({ name, look, without }) => {
    let has = false;
    try {
      has = look(scope);
    } catch {
      // Forbidden is as good as absent.
    }
    return { name, has, without };
  });
}

/** What is missing and noticed, in a sentence; empty where nothing is. */
export function missingText(features: readonly Feature[]): string {
  const missing = features.filter(({ has, without }) => !has && without);
  if (missing.length === 0) return '';
  return `Not in this browser: ${missing.map(({ name, without }) => `${name} (${without})`).join(', ')}.`;
}
