// Offline rendering of one clip through the kernel, for the command line and tests.
import { requireNumber } from '../contract/errors.ts';
import type { Playing } from '../contract/playing.ts';
import { clipSamples, frameValues, type SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Frames, Hertz } from '../contract/units.ts';
import { studioSetting } from '../dsp/phaseEngine.ts';
import type { EngineModules } from '../dsp/wasmLoops.ts';
import { Kernel } from './kernel.ts';

/** Settings of `renderClip`. */
export interface RenderOptions {
  /** Rate of the samples wanted; the format's own when absent. */
  readonly rate?: Hertz;
  /** Linear, 0..1. Default 1. */
  readonly gain?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Default 7: the studio setting. */
  readonly lookAheadFrames?: Frames;
  /** Default 4. */
  readonly sweeps?: number;
  /** How clips of a format with tracks are played. Default `defaultPlaying`. */
  readonly playing?: Playing | undefined;
  readonly modules?: EngineModules | undefined;
}

/**
 * The sound of a clip's features, from the clip's sample 0 to its end: ceil(clipSamples * rate / format.sampleRate)
 * samples, latency taken out. Same kernel as live, by default with more look-ahead and sweeps. Values that are no finite
 * number count as silence. The sum is not clipped: a loud clip may exceed 1.
 * @param features format.frames * frameValues(format) values
 * @throws RangeError on arguments out of range
 */
export function renderClip(
  features: Float32Array,
  format: SpectrogramFormat,
  options: RenderOptions = {},
): Float32Array {
  const {
    rate = format.sampleRate,
    gain = 1,
    seed = 1,
    lookAheadFrames = studioSetting.lookAheadFrames,
    sweeps = studioSetting.sweeps,
    playing,
    modules,
  } = options;
  requireNumber('gain', gain, 0, 1);
  const values = format.frames * frameValues(format);
  requireNumber(
    'features.length',
    features.length,
    values,
    values,
    'one value per frame and band or channel',
  );
  const kernel = new Kernel({
    format,
    contextRate: rate,
    slots: 1,
    styleDimensions: 0,
    maxVoices: 1,
    lookAheadFrames,
    sweeps,
    seed,
    outputGain: 1,
    playing,
    modules,
  });
  const style = new Float32Array(0);
  kernel.receive({ type: 'clip', slot: 0, revision: 0, style, features });
  kernel.receive({ type: 'noteOn', noteId: 0, slot: 0, revision: 0, style, gain, from: 'start' });
  const out = new Float32Array(Math.ceil((clipSamples(format) * rate) / format.sampleRate));
  kernel.process([out]);
  return out;
}
