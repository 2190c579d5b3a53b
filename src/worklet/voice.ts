// A voice: plays one clip, from features to samples at the context rate, spreading each hop's work over its quanta.
import type { Playing } from '../contract/playing.ts';
import {
  clipSamples,
  frameValues,
  magnitudeOfFeature,
  type SpectrogramFormat,
} from '../contract/spectrogram.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import type { RealFft } from '../dsp/fft.ts';
import { hasHarmonics, HarmonicPart } from '../dsp/harmonics.ts';
import type { MelInverter } from '../dsp/melInverter.ts';
import { PhaseEngine, type PhaseEngineOptions } from '../dsp/phaseEngine.ts';
import { Resampler, type ResamplerFilter } from '../dsp/resampler.ts';

/** What is heard before the onset; long enough for a plosive's closure to open. */
const PRE_ROLL: Seconds = 0.008;
const FADE_IN: Seconds = 0.002;
/** Fade of a stolen or silenced voice. */
export const FADE_OUT: Seconds = 0.005;
/** Frames over which a voice crosses over to a newer clip, in features (log magnitude). */
const CROSSING_FRAMES = 4;
/** What the voices of a kernel share; everything but the options is used by one voice at a time. */
export interface VoiceParts {
  readonly format: SpectrogramFormat;
  readonly contextRate: Hertz;
  readonly fft: RealFft;
  readonly inverter: MelInverter;
  readonly filter: ResamplerFilter;
  readonly engine: PhaseEngineOptions;
  readonly playing: Playing;
}

/**
 * A voice owns copies of the clip that it plays and of the one that it crosses over to, so the bank may be overwritten
 * at any time. Start-up frames are computed in `start`; each later hop is a list of steps of which `mix` runs the share
 * that is due, so no quantum carries a whole hop. The constructor allocates, nothing else does.
 */
export class Voice {
  noteId = 0;
  slot = 0;
  /** Revision of the clip that is played or crossed over to; -1 for one borrowed from another slot. */
  revision = -1;
  /** Counts up over the kernel's notes: the smallest is the oldest. */
  age = 0;
  active = false;

  readonly #format: SpectrogramFormat;
  readonly #inverter: MelInverter;
  readonly #engine: PhaseEngine;
  /** The voiced part of clips that have tracks; the engine plays all of a clip without it. */
  readonly #harmonics: HarmonicPart | undefined;
  readonly #resampler: Resampler;
  readonly #rates: { readonly context: Hertz; readonly model: Hertz };
  readonly #stepsPerHop: number;
  #playing: Float32Array;
  #coming: Float32Array;
  readonly #mel: Float32Array;
  readonly #channels: Float32Array;
  readonly #hop: Float32Array;
  readonly #magnitudes: Float32Array;
  readonly #block: Float32Array;
  #crossing = 0;
  #nextFrame = 0;
  #stepsDone = 0;
  #played: Samples = 0;
  /**
   * The present hop's work is spread evenly over these played frames; its samples are needed at the latter. What is done by
   * a given frame is thus a function of that frame alone, however it was reached in blocks.
   */
  #workFrom: Samples = 0;
  #workUntil: Samples = 0;
  #endFrame: Samples = 0;
  #gain = 0;
  readonly #fadeInFrames: Samples;
  readonly #fadeOutFrames: Samples;
  #fadeInLeft: Samples = 0;
  /** Frames until silence while fading out; -1 otherwise. */
  #fadeOutLeft: Samples = -1;

  /** @param blockFrames most frames asked of `mix` at a time */
  constructor(parts: VoiceParts, blockFrames: Samples) {
    const { format, contextRate, fft, inverter, filter, engine, playing } = parts;
    const { tracks } = format;
    this.#format = format;
    this.#inverter = inverter;
    this.#engine = new PhaseEngine(fft, engine);
    this.#harmonics =
      playing === 'harmonic' && hasHarmonics(tracks)
        ? new HarmonicPart({ ...format, latencySamples: this.#engine.latencySamples, tracks })
        : undefined;
    this.#resampler = new Resampler(filter, 4 * format.hopSamples + filter.taps);
    this.#rates = { context: contextRate, model: format.sampleRate };
    this.#stepsPerHop = 1 + this.#engine.stepsPerHop + (this.#harmonics?.stepsPerHop ?? 0);
    this.#playing = new Float32Array(format.frames * frameValues(format));
    this.#coming = new Float32Array(format.frames * frameValues(format));
    this.#mel = new Float32Array(format.melBands);
    this.#channels = new Float32Array(frameValues(format) - format.melBands);
    this.#hop = new Float32Array(format.hopSamples);
    this.#magnitudes = new Float32Array(format.fftSamples / 2 + 1);
    this.#block = new Float32Array(blockFrames);
    this.#fadeInFrames = Math.round(FADE_IN * contextRate);
    this.#fadeOutFrames = Math.round(FADE_OUT * contextRate);
  }

  /** True while a stolen or silenced voice fades. */
  get fading(): boolean {
    return this.#fadeOutLeft >= 0;
  }

  /**
   * Starts a clip, whose features begin at `features[at]`: from shortly before its onset with a short fade-in, or from its
   * sample 0 without. When it returns, the first frames are ready.
   */
  start(features: Float32Array, at: number, gain: number, fromStart: boolean): void {
    const { hopSamples, fftSamples, onsetSamples } = this.#format;
    for (let i = 0; i < this.#playing.length; i++) this.#playing[i] = features[at + i];
    const { context, model } = this.#rates;
    const first = fromStart ? 0 : Math.max(0, onsetSamples - Math.round(PRE_ROLL * model));
    this.#engine.reset();
    this.#harmonics?.reset();
    this.#resampler.reset();
    this.#crossing = 0;
    this.#played = 0;
    this.#endFrame = Math.ceil(((clipSamples(this.#format) - first) * context) / model);
    this.#gain = gain;
    this.#fadeInLeft = fromStart ? 0 : this.#fadeInFrames;
    this.#fadeOutLeft = -1;
    this.active = true;
    // The first frame whose window reaches past the first sample heard; what lies before it cannot matter.
    const firstFrame = Math.max(0, Math.floor((first - fftSamples / 2) / hopSamples) + 1);
    this.#nextFrame = firstFrame;
    // The note waits for these frames, so those that only lead up to the first sound are not refined by sweeps of their own:
    // that halves the wait, and the convergence of the first frames heard is 0.5 dB worse on magnitudes from mel bands.
    let time = firstFrame * hopSamples - this.#engine.latencySamples;
    while (this.#resampler.available === 0) {
      this.#nextMagnitudes();
      if (!fromStart && time + hopSamples <= first) {
        this.#harmonics?.prime(this.#magnitudes, this.#channels);
        this.#engine.prime(this.#magnitudes);
      } else {
        this.#beginHop();
        while (this.#workOn());
        const skipped = Math.min(hopSamples, Math.max(0, first - time));
        this.#pushHop(skipped);
      }
      time += hopSamples;
    }
    this.#stepsDone = 0;
    this.#workFrom = 0;
    this.#workUntil = this.#resampler.available;
  }

  /** Crosses over, within a few frames, to a clip whose features begin at `features[at]`. */
  crossTo(features: Float32Array, at: number): void {
    const playing = this.#playing;
    const coming = this.#coming;
    if (this.#crossing > 1) {
      const weight = (this.#crossing - 1) / CROSSING_FRAMES;
      for (let i = 0; i < playing.length; i++) playing[i] += weight * (coming[i] - playing[i]);
    }
    for (let i = 0; i < coming.length; i++) coming[i] = features[at + i];
    this.#crossing = 1;
  }

  /** Begins to fade out; the voice ends within 5 ms. */
  fadeOut(): void {
    if (this.#fadeOutLeft < 0) this.#fadeOutLeft = this.#fadeOutFrames;
  }

  /** Adds the next `count` frames to `mix`, beginning at `mix[0]`, and runs the steps that are due. */
  mix(mix: Float32Array, count: Samples): void {
    const block = this.#block;
    let at = 0;
    while (at < count && this.active) {
      if (this.#resampler.available === 0) this.#finishHop();
      const take = Math.min(count - at, this.#resampler.available, this.#endFrame - this.#played);
      this.#resampler.pull(block, take);
      for (let n = 0; n < take && this.active; n++) mix[at + n] += block[n] * this.#nextGain();
      at += take;
      this.#played += take;
      if (this.#played >= this.#endFrame) this.active = false;
    }
    if (!this.active) return;
    const due = (this.#stepsPerHop * (this.#played - this.#workFrom)) / (this.#workUntil - this.#workFrom);
    while (this.#stepsDone < due && this.#stepsDone < this.#stepsPerHop) this.#step();
    if (this.#stepsDone >= this.#stepsPerHop) this.#finishHop();
  }

  #nextGain(): number {
    let gain = this.#gain;
    if (this.#fadeInLeft > 0) gain *= 1 - this.#fadeInLeft-- / this.#fadeInFrames;
    if (this.#fadeOutLeft >= 0) {
      gain *= this.#fadeOutLeft / this.#fadeOutFrames;
      if (this.#fadeOutLeft-- === 0) this.active = false;
    }
    return gain;
  }

  #step(): void {
    if (this.#stepsDone === 0) {
      this.#nextMagnitudes();
      this.#beginHop();
    } else this.#workOn();
    this.#stepsDone++;
  }

  #beginHop(): void {
    this.#harmonics?.beginHop(this.#magnitudes, this.#channels);
    this.#engine.beginHop(this.#magnitudes);
  }

  /** A bounded piece of the hop's work; false when nothing was left. */
  #workOn(): boolean {
    return this.#engine.step() || (this.#harmonics?.step() ?? false);
  }

  /** Hands the finished hop to the resampler, all but its first `skipped` samples. */
  #pushHop(skipped: Samples): void {
    const { hopSamples } = this.#format;
    const noise = this.#engine.output;
    const harmonics = this.#harmonics;
    if (harmonics) {
      for (let n = 0; n < hopSamples; n++) this.#hop[n] = noise[n] + harmonics.output[n];
    }
    this.#resampler.push(harmonics ? this.#hop : noise, hopSamples - skipped, skipped);
  }

  /** Runs what is left of the hop and hands its samples to the resampler. */
  #finishHop(): void {
    while (this.#stepsDone < this.#stepsPerHop) this.#step();
    this.#pushHop(0);
    this.#stepsDone = 0;
    this.#workFrom = this.#workUntil;
    this.#workUntil = this.#played + this.#resampler.available;
  }

  /** Writes linear magnitudes and channels of the next frame, crossed over where due; past the clip's end silence. */
  #nextMagnitudes(): void {
    const { melBands, frames } = this.#format;
    const mel = this.#mel;
    const channels = this.#channels;
    const base = this.#nextFrame * (melBands + channels.length);
    if (this.#nextFrame >= frames) mel.fill(0);
    else {
      for (let band = 0; band < melBands; band++) {
        mel[band] = magnitudeOfFeature(this.#value(base + band), this.#format);
      }
      for (let c = 0; c < channels.length; c++) channels[c] = this.#value(base + melBands + c);
    }
    if (this.#crossing > 0 && this.#crossing++ === CROSSING_FRAMES) {
      const finished = this.#playing;
      this.#playing = this.#coming;
      this.#coming = finished;
      this.#crossing = 0;
    }
    this.#nextFrame++;
    this.#inverter.invert(mel, this.#magnitudes);
  }
  /** A value of the clip, on its way from the clip that is played to the one that is coming. */
  #value(at: number): number {
    const value = this.#playing[at];
    return this.#crossing > 0
      ? value + (this.#crossing / CROSSING_FRAMES) * (this.#coming[at] - value)
      : value;
  }
}
