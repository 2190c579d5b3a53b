// Chorus: a delay for each side that a slow sine lengthens on one and shortens on the other.
import type { BaseContext } from 'tone/build/esm/core/context/BaseContext.js';
import type { Delay } from 'tone/build/esm/core/context/Delay.js';
import type { Gain } from 'tone/build/esm/core/context/Gain.js';
import { connect } from 'tone/build/esm/core/context/ToneAudioNode.js';
import type { Hertz, Seconds } from '../../contract/units.ts';
import { glide } from './glide.ts';
import type { Unit } from './effectStage.ts';
import { makeDelay, makeGain } from './toneNodes.ts';

const meanSeconds: Seconds = 0.012;
/** Widest swing to either side of the mean, at slow rates. */
const widestSwingSeconds: Seconds = 0.004;
/** Furthest that the sweep moves the pitch: 1.2 % is 21 cents; fast rates swing less for it. */
const greatestDetune = 0.012;

/** Swing of the delay about its mean: a sine of this size and rate moves the pitch by 2 pi rate swing at most. */
export function chorusSwing(rate: Hertz): Seconds {
  return Math.min(widestSwingSeconds, greatestDetune / (2 * Math.PI * rate));
}

/**
 * Tone's own Chorus has a feedback loop even where nothing is fed back, and the delays of a loop cannot be
 * shorter than a render quantum; these can.
 */
export class Chorus implements Unit {
  readonly input: Gain;
  readonly output: Gain;
  readonly tailSeconds = meanSeconds + widestSwingSeconds;
  readonly #swings: readonly Gain[];
  readonly #delays: readonly Delay[];
  readonly #sine: OscillatorNode;
  readonly #split: ChannelSplitterNode;
  readonly #merge: ChannelMergerNode;

  /** @param rate of the sweep, Hz */
  constructor(context: BaseContext, rate: Hertz) {
    this.input = makeGain(context, 1);
    // A mono source is on both sides.
    this.input.channelCount = 2;
    this.input.channelCountMode = 'explicit';
    this.output = makeGain(context, 1);
    this.#sine = context.createOscillator();
    this.#sine.frequency.value = rate;
    this.#split = context.createChannelSplitter(2);
    this.#merge = context.createChannelMerger(2);
    const swing = chorusSwing(rate);
    this.#swings = [makeGain(context, swing), makeGain(context, -swing)];
    this.#delays = this.#swings.map(() => makeDelay(context, meanSeconds, 0.05));
    connect(this.input, this.#split);
    this.#delays.forEach((delay, side) => {
      connect(this.#sine, this.#swings[side]);
      connect(this.#swings[side], delay.delayTime);
      connect(this.#split, delay, side, 0);
      connect(delay, this.#merge, 0, side);
    });
    connect(this.#merge, this.output);
    this.#sine.start();
  }

  /** @param rate of the sweep, Hz */
  set(rate: Hertz): void {
    // A step of the frequency bends the sine and does not break it.
    this.#sine.frequency.value = rate;
    const swing = chorusSwing(rate);
    this.#swings.forEach(({ gain }, side) => glide(gain, side === 0 ? swing : -swing));
  }

  dispose(): void {
    this.#sine.stop();
    for (const node of [this.#sine, this.#split, this.#merge]) node.disconnect();
    for (const node of [this.input, this.output, ...this.#swings, ...this.#delays]) node.dispose();
  }
}
