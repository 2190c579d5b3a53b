// What voices cost, and how evenly: processor time beside a fixed workload of FFTs, and work and time of single quanta.
import { defaultFormat } from '../../src/contract/spectrogram.ts';
import type { Playing } from '../../src/contract/playing.ts';
import type { Hertz, Samples, Seconds } from '../../src/contract/units.ts';
import { JsFft, type RealFft } from '../../src/dsp/fft.ts';
import { liveSetting, type Effort } from '../../src/dsp/phaseEngine.ts';
import type { EngineModules } from '../../src/dsp/wasmLoops.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import type { Kernel } from '../../src/worklet/kernel.ts';
import {
  clipMessage,
  makeKernel,
  noteMessage,
  trackedFeatures,
  trackedFormat,
  wordFeatures,
} from '../helpers/kernelRun.ts';
import { noise } from '../helpers/signals.ts';
import { transformPair } from './transformPair.ts';

/** How voices are run. */
export interface Load {
  readonly voices: number;
  readonly contextRate: Hertz;
  readonly playing: Playing;
  readonly effort?: Effort;
  readonly loops?: 'simd' | 'scalar' | 'javascript';
  readonly quantum?: Samples;
}

/** Measured cost of some voices. */
export interface Cost {
  /** Share of a core that one voice takes. */
  readonly share: number;
  /** The same in pairs of FFTs of 512 points a second, timed in the same run. */
  readonly pairsPerSecond: number;
}

/** Evenness of the quanta in steady play. */
export interface Evenness {
  /** Worst quantum as a multiple of the mean, by the kernel's own count of work. */
  readonly byWork: number;
  /** By time: for each quantum the shortest of some repetitions of the same play, since other work only ever adds. */
  readonly byTime: number;
}

/** Notes are read this slowly, so that words last. */
const SLOW = 0.03;
const ROUNDS = 9;

/** Compiled once, since the engine that runs them makes hot functions faster while they run. */
const compiled = new Map<string, EngineModules | undefined>();

function modulesOf(loops: Load['loops'] = 'simd'): EngineModules | undefined {
  if (loops !== 'javascript' && !compiled.has(loops)) compiled.set(loops, loadEngineModules(loops));
  return compiled.get(loops);
}

/** A kernel on which `voices` notes have begun. */
function playingKernel(load: Load): Kernel {
  const { voices, contextRate, playing, effort = liveSetting } = load;
  const isHarmonic = playing === 'harmonic';
  const kernel = makeKernel({
    format: isHarmonic ? trackedFormat : defaultFormat,
    contextRate,
    playing,
    maxVoices: 64,
    ...effort,
    modules: modulesOf(load.loops),
  });
  kernel.warmUp();
  const clips = isHarmonic ? trackedFeatures(8) : wordFeatures(8);
  clips.forEach((features, slot) => kernel.receive(clipMessage(slot, features)));
  startNotes(kernel, voices);
  return kernel;
}

/** Notes of eight words, so slow that they last. */
function startNotes(kernel: Kernel, voices: number): void {
  for (let v = 0; v < voices; v++) {
    const slot = v % 8;
    kernel.receive({
      ...noteMessage(slot),
      type: 'noteOn',
      noteId: v,
      slot,
      speed: SLOW,
      style: new Float32Array(2),
      gain: 1,
      revision: 0,
    });
  }
}

/** Processor time of this process: unlike the clock it does not count the time that other work held the core. */
function cpuSeconds(): Seconds {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** Seconds of a pair inside WebAssembly. */
function simdPairSeconds(modules: EngineModules): Seconds {
  const run = transformPair(modules.fft, 512);
  const pairs = 40000;
  const begin = cpuSeconds();
  for (let i = 0; i < pairs; i++) run();
  return (cpuSeconds() - begin) / pairs;
}

/** Seconds of one forward and one inverse FFT of 512 points. */
function pairSeconds(fft: RealFft): Seconds {
  const time = noise(512, 1);
  const re = new Float32Array(257);
  const im = new Float32Array(257);
  const pairs = 5000;
  const begin = cpuSeconds();
  for (let i = 0; i < pairs; i++) {
    fft.forward(time, re, im);
    fft.inverse(re, im, time);
  }
  return (cpuSeconds() - begin) / pairs;
}

/** Seconds of a pair inside WebAssembly with SIMD, without copies (in JavaScript where it does not run), and in JavaScript. */
export function yardsticks(): { readonly simd: Seconds; readonly javascript: Seconds } {
  const modules = loadEngineModules();
  const javascript = new JsFft(512);
  const rounds = Array.from({ length: ROUNDS }, () => ({
    simd: modules ? simdPairSeconds(modules) : pairSeconds(javascript),
    javascript: pairSeconds(javascript),
  }));
  return {
    simd: median(rounds.map(({ simd }) => simd)),
    javascript: median(rounds.map((round) => round.javascript)),
  };
}

/** Cost of a voice: median over rounds of some seconds of sound, after one that warms the compiler up. */
export function voiceCost(load: Load, pair: Seconds): Cost {
  const { contextRate, quantum = 128, voices } = load;
  const block = [new Float32Array(quantum)];
  // Long enough that the compiler's and collector's own threads weigh little.
  const seconds = Math.max(load.loops === 'javascript' ? 0.5 : 1, 16 / voices);
  const blocks = Math.round((seconds * contextRate) / quantum);
  const shares: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const kernel = playingKernel(load);
    for (let i = 0; i < 20; i++) kernel.process(block);
    const begin = cpuSeconds();
    for (let i = 0; i < blocks; i++) kernel.process(block);
    const share = ((cpuSeconds() - begin) * contextRate) / (blocks * quantum) / voices;
    if (kernel.status().activeVoices !== voices) throw new Error('voices ended while they were timed');
    if (round > 0) shares.push(share);
  }
  const share = median(shares);
  return { share, pairsPerSecond: share / pair };
}

/** Worst against mean quantum, from a quarter of a second after the note-ons on. */
export function evenness(load: Load): Evenness {
  const { contextRate, quantum = 128 } = load;
  const block = [new Float32Array(quantum)];
  const lead = Math.ceil((0.25 * contextRate) / quantum);
  const count = Math.ceil(contextRate / quantum);
  const work = new Float64Array(count);
  const kernel = playingKernel(load);
  const times = Array.from({ length: ROUNDS }, () => {
    kernel.receive({ type: 'silence' });
    for (let i = 0; i < lead; i++) kernel.process(block);
    startNotes(kernel, load.voices);
    for (let i = 0; i < lead; i++) kernel.process(block);
    return Float64Array.from(work, (_, i) => {
      const before = kernel.work;
      const begin = performance.now();
      kernel.process(block);
      const took = performance.now() - begin;
      work[i] = kernel.work - before;
      return took;
    });
  });
  const shortest = Array.from(work, (_, i) => Math.min(...times.map((round) => round[i])));
  const worst = (values: ArrayLike<number>): number => {
    const all = Array.from(values);
    return Math.max(...all) / (all.reduce((sum, value) => sum + value, 0) / all.length);
  };
  return { byWork: worst(work), byTime: worst(shortest) };
}

/** What the start of a note costs: work in units of one FFT, and microseconds, in the quantum in which it lies. */
export function startCost(playing: Playing): { readonly work: number; readonly microseconds: number } {
  const block = [new Float32Array(128)];
  const load: Load = { voices: 0, contextRate: 48000, playing };
  const kernel = playingKernel(load);
  const times: number[] = [];
  let work = 0;
  for (let round = 0; round < 60; round++) {
    for (let v = 0; v < 8; v++) kernel.receive({ ...noteMessage(v) });
    const before = kernel.work;
    const begin = performance.now();
    kernel.process(block);
    times.push((1000 * (performance.now() - begin)) / 8);
    work = (kernel.work - before) / 8;
    kernel.receive({ type: 'silence' });
    for (let i = 0; i < 30; i++) kernel.process(block);
  }
  return { work, microseconds: median(times.slice(20)) };
}
