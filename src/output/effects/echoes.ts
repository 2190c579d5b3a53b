// Echoes: a delay whose echoes swing from side to side, and that follows the tempo without losing what rings.
import type { BaseContext } from 'tone/build/esm/core/context/BaseContext.js';
import type { Delay } from 'tone/build/esm/core/context/Delay.js';
import type { Gain } from 'tone/build/esm/core/context/Gain.js';
import { connect } from 'tone/build/esm/core/context/ToneAudioNode.js';
import { divisionQuarters, parameterById } from '../../contract/parameters.ts';
import type { Seconds } from '../../contract/units.ts';
import { glide, settledSeconds } from './glide.ts';
import type { Later } from './later.ts';
import type { Unit } from './effectStage.ts';
import { makeDelay, makeGain } from './toneNodes.ts';

/** Longest time between echoes: a whole note at the slowest tempo. */
const maxSeconds: Seconds = (Math.max(...divisionQuarters) * 60) / parameterById('tempo').min;
/** An echo this far below the sound is gone. */
const silenceDb = -80;
/** How far echoes swing to the sides, of 1: far enough to be heard, and voices keep their places beside each other. */
const swing = 0.6;
/** With it a sound in the middle is as loud on the side to which its echo swings as it was. */
const swingGain = 1 / (1 + Math.cos(((1 - swing) * Math.PI) / 2));

/**
 * Time from echo to echo.
 * @param division index into the table's `divisions`
 * @param tempo quarter notes a minute
 */
export function echoSeconds(division: number, tempo: number): Seconds {
  return (divisionQuarters[division] * 60) / tempo;
}

/** How long echoes go on after the sound. @param feedback 0..0.95 */
export function echoTailSeconds(seconds: Seconds, feedback: number): Seconds {
  const repeats = feedback > 0 ? Math.ceil(silenceDb / (20 * Math.log10(feedback))) : 0;
  return seconds * (1 + repeats);
}

/** A delay line with two taps. One is heard; a new time is set on the other, which then takes over. */
class TwoTaps {
  readonly input: Gain;
  readonly output: Gain;
  readonly #taps: readonly { readonly delay: Delay; readonly level: Gain }[];
  #heard = 0;

  constructor(context: BaseContext, seconds: Seconds) {
    this.input = makeGain(context, 1);
    this.output = makeGain(context, 1);
    this.#taps = [1, 0].map((gain) => ({
      delay: makeDelay(context, seconds, maxSeconds),
      level: makeGain(context, gain),
    }));
    for (const { delay, level } of this.#taps) this.input.chain(delay, level, this.output);
  }

  retime(seconds: Seconds): void {
    glide(this.#taps[this.#heard].level.gain, 0);
    this.#heard = 1 - this.#heard;
    const { delay, level } = this.#taps[this.#heard];
    delay.delayTime.value = seconds;
    glide(level.gain, 1);
  }

  dispose(): void {
    for (const { delay, level } of this.#taps) {
      delay.dispose();
      level.dispose();
    }
    this.input.dispose();
    this.output.dispose();
  }
}

/**
 * The sound goes into the first line, whose output feeds the second line, whose output feeds the first: the n-th
 * echo has gain feedback^(n - 1). What the first gives swings to the left, what the second gives to the right, by
 * a panner that moves all voices without putting them in one place: echoes of a voice in the middle are 10 dB
 * louder on one side, those of a voice far left go from there past the middle and back. A new time cross-fades
 * between taps of the same lines, so echoes on their way come at the new time, at their own pitch.
 */
export class Echoes implements Unit {
  readonly input: Gain;
  readonly output: Gain;
  readonly #later: Later;
  readonly #sampleSeconds: Seconds;
  readonly #loopLag: Seconds;
  readonly #lines: readonly [TwoTaps, TwoTaps];
  readonly #feedbacks: readonly [Gain, Gain];
  readonly #places: readonly AudioNode[];
  #seconds: Seconds;
  #wantedSeconds: Seconds;
  #feedback: number;
  #callOffMove: (() => void) | null = null;

  /**
   * @param seconds from echo to echo
   * @param feedback gain from echo to echo, 0..0.95
   * @param loopLag what the browser adds to the second line (`measureLoopLag`)
   */
  constructor(context: BaseContext, later: Later, seconds: Seconds, feedback: number, loopLag: Seconds) {
    this.#later = later;
    this.#loopLag = loopLag;
    this.#sampleSeconds = 1 / context.sampleRate;
    this.#seconds = seconds;
    this.#wantedSeconds = seconds;
    this.#feedback = feedback;
    this.input = makeGain(context, 1);
    this.input.channelCount = 2;
    this.input.channelCountMode = 'explicit';
    this.output = makeGain(context, 2 * swingGain);
    this.output.channelCount = 2;
    this.output.channelCountMode = 'explicit';
    const [first, second] = [new TwoTaps(context, seconds), new TwoTaps(context, seconds - loopLag)];
    const [toSecond, toFirst] = [feedback, feedback].map((gain) => makeGain(context, gain));
    this.#lines = [first, second];
    this.#feedbacks = [toSecond, toFirst];
    this.input.connect(first.input);
    first.output.chain(toSecond, second.input);
    second.output.chain(toFirst, first.input);
    // The lag lies where `measureLoopLag` finds it because the first line is heard through the earlier inputs. Four
    // channels are left and right, twice; made two they are halved and added.
    const four = context.createChannelMerger(4);
    const places = [-swing, swing].map((pan, line) => {
      const panner = context.createStereoPanner();
      panner.channelCountMode = 'explicit';
      panner.pan.value = pan;
      const sides = context.createChannelSplitter(2);
      connect(this.#lines[line].output, panner);
      connect(panner, sides);
      for (const side of [0, 1]) connect(sides, four, side, 2 * line + side);
      return [panner, sides];
    });
    this.#places = [...places.flat(), four];
    connect(four, this.output);
  }

  get tailSeconds(): Seconds {
    return echoTailSeconds(Math.max(this.#seconds, this.#wantedSeconds), this.#feedback);
  }

  /** @param seconds from echo to echo @param feedback gain from echo to echo, 0..0.95 */
  set(seconds: Seconds, feedback: number): void {
    if (feedback !== this.#feedback) for (const { gain } of this.#feedbacks) glide(gain, feedback);
    this.#feedback = feedback;
    this.#wantedSeconds = seconds;
    this.#move();
  }

  /** Changes that come during a cross-fade wait for its end, and only the last of them is carried out. */
  #move(): void {
    if (this.#callOffMove || Math.abs(this.#wantedSeconds - this.#seconds) < this.#sampleSeconds) return;
    this.#seconds = this.#wantedSeconds;
    const [first, second] = this.#lines;
    first.retime(this.#seconds);
    second.retime(this.#seconds - this.#loopLag);
    this.#callOffMove = this.#later(settledSeconds, () => {
      this.#callOffMove = null;
      this.#move();
    });
  }

  dispose(): void {
    this.#callOffMove?.();
    for (const node of this.#places) node.disconnect();
    for (const node of [this.input, this.output, ...this.#lines, ...this.#feedbacks]) node.dispose();
  }
}
