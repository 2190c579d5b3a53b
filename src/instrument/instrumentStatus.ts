// What the instrument tells about itself: one plain object, sent whole whenever something in it changes.
import type { Frames, Hertz, Seconds } from '../contract/units.ts';
import type { BackendName } from '../model/inferenceProtocol.ts';
import { defaultLatency, type LatencyChoice, type LatencyLevel } from './latency.ts';
import type { SoundCondition } from './soundKeeper.ts';
import type { KernelStatus } from '../worklet/kernel.ts';

/**
 * The instrument's condition.
 * @example
 * const onStatus = ({ state, step, fraction }: InstrumentStatus) => show(state, step, fraction);
 * await createInstrument({ onStatus });
 */
export interface InstrumentStatus {
  readonly state: 'loading' | 'ready' | 'failed' | 'closed';
  /** What is being loaded, for people. */
  readonly step: string;
  /** Progress of loading, 0..1. */
  readonly fraction: number;
  /** What went wrong and what to do, when state is 'failed'. */
  readonly fault: string | null;
  /** The last thing that failed while playing and what is used now, in sentences for the player; null where nothing did, a minute
   * later, and once it was dismissed. */
  readonly notice: string | null;
  /** Backend that decodes now. */
  readonly backend: BackendName | null;
  /** Median decode with read-back of each backend that was measured; absent where it failed. */
  readonly milliseconds: Readonly<Partial<Record<BackendName, number>>>;
  /** Why the backend was changed after the start, if it was. */
  readonly backendReason: string | null;
  /**
   * Whether words follow the knobs: 'replacing' while another decoder takes over, 'stopped' once none could be started; notes
   * sound on with the words that are there.
   */
  readonly decoding: 'loading' | 'running' | 'replacing' | 'stopped';
  /** Graphics renderer behind WebGL. */
  readonly renderer: string | null;
  /** The kernel's hot loops: WebAssembly with SIMD or without, or JavaScript; null before it has answered. */
  readonly loops: 'simd' | 'scalar' | 'javascript' | null;
  /** How the sound is, whatever the context says of itself. */
  readonly sound: SoundCondition;
  /** 'suspended' until the browser lets sound out. */
  readonly contextState: string;
  readonly sampleRate: Hertz;
  /** From the worklet to the operating system. */
  readonly baseLatencySeconds: Seconds;
  /** From the operating system to the air, where the browser tells. */
  readonly outputLatencySeconds: Seconds;
  /** What the player chose, and what the present context was made for; null for a context of the host's. */
  readonly latency: LatencyChoice;
  readonly latencyLevel: LatencyLevel | null;
  /** From a key's time stamp to its first sample in the worklet: a block of the device and what messages take on their way. */
  readonly keyLatencySeconds: Seconds;
  readonly activeVoices: number;
  /** Smoothed share of real time that the kernel's blocks take, in whole hundredths: 0 = none, 1 = all of it. */
  readonly load: number;
  /** Look-ahead and sweeps of the phase engine's new hops; less than asked for while the load is high. */
  readonly lookAheadFrames: Frames;
  readonly sweeps: number;
  /** Blocks that took longer than they last: possible dropouts. */
  readonly underruns: number;
  /** Notes that found no clip or no room and stayed silent. */
  readonly missedNotes: number;
  /** Samples that were no numbers and became silence. */
  readonly nonFinite: number;
  /** True when every word is decoded at the current knob positions. */
  readonly settled: boolean;
}

/** The status before anything is known. */
export const initialStatus: InstrumentStatus = {
  state: 'loading',
  step: 'starting',
  fraction: 0,
  fault: null,
  notice: null,
  backend: null,
  milliseconds: {},
  backendReason: null,
  decoding: 'loading',
  renderer: null,
  loops: null,
  sound: 'paused',
  contextState: 'suspended',
  sampleRate: 0,
  baseLatencySeconds: 0,
  outputLatencySeconds: 0,
  latency: defaultLatency,
  latencyLevel: null,
  keyLatencySeconds: 0,
  activeVoices: 0,
  load: 0,
  lookAheadFrames: 0,
  sweeps: 0,
  underruns: 0,
  missedNotes: 0,
  nonFinite: 0,
  settled: false,
};

/** What the instrument's status takes over from the kernel's. */
export type KernelReadout = Pick<
  InstrumentStatus,
  'activeVoices' | 'load' | 'lookAheadFrames' | 'sweeps' | 'underruns' | 'missedNotes' | 'nonFinite' | 'loops'
>;

/** The part of the kernel's status that is shown; the load is rounded, so that a steady one changes nothing. */
export function kernelReadout(status: KernelStatus): KernelReadout {
  const { activeVoices, lookAheadFrames, sweeps, underruns, missedNotes, nonFinite, loops } = status;
  const load = Math.round(100 * status.load) / 100;
  return { activeVoices, load, lookAheadFrames, sweeps, underruns, missedNotes, nonFinite, loops };
}

/** True when `readout` says something that `status` does not say yet. */
export function isNews(readout: KernelReadout, status: InstrumentStatus): boolean {
  return (Object.keys(readout) as (keyof KernelReadout)[]).some((key) => readout[key] !== status[key]);
}
