// What the instrument tells about itself: one plain object, sent whole whenever something in it changes.
import type { Hertz, Seconds } from '../contract/units.ts';
import type { BackendName } from '../model/protocol.ts';

/** The instrument's condition. */
export interface InstrumentStatus {
  readonly state: 'loading' | 'ready' | 'failed' | 'closed';
  /** What is being loaded, for people. */
  readonly step: string;
  /** Progress of loading, 0..1. */
  readonly fraction: number;
  /** What went wrong and what to do, when state is 'failed'. */
  readonly fault: string | null;
  /** Backend that decodes now. */
  readonly backend: BackendName | null;
  /** Median decode with read-back of each backend that was measured; absent where it failed. */
  readonly milliseconds: Readonly<Partial<Record<BackendName, number>>>;
  /** Why the backend was changed after the start, if it was. */
  readonly backendReason: string | null;
  /** Graphics renderer behind WebGL. */
  readonly renderer: string | null;
  /** FFT in use by the kernel. */
  readonly fft: 'simd' | 'javascript' | null;
  /** 'suspended' until the browser lets sound out. */
  readonly contextState: string;
  readonly sampleRate: Hertz;
  /** From the worklet to the operating system. */
  readonly baseLatencySeconds: Seconds;
  /** From the operating system to the air, where the browser tells. */
  readonly outputLatencySeconds: Seconds;
  readonly activeVoices: number;
  /** Blocks of a voice that were not ready in time. */
  readonly underruns: number;
  /** Decoded values that were no numbers and became silence. */
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
  backend: null,
  milliseconds: {},
  backendReason: null,
  renderer: null,
  fft: null,
  contextState: 'suspended',
  sampleRate: 0,
  baseLatencySeconds: 0,
  outputLatencySeconds: 0,
  activeVoices: 0,
  underruns: 0,
  nonFinite: 0,
  settled: false,
};
