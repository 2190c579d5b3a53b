// A room that sound is sent into: its impulse response, convolved in parts that are prepared one after the other.
import type { BaseContext } from 'tone/build/esm/core/context/BaseContext.js';
import type { Gain } from 'tone/build/esm/core/context/Gain.js';
import { connect } from 'tone/build/esm/core/context/ToneAudioNode.js';
import type { Hertz, Samples, Seconds } from '../../contract/units.ts';
import { roomParts, roomSamples, roomSeconds } from './roomImpulse.ts';
import type { Slices } from './slices.ts';
import { makeGain } from './toneNodes.ts';

/**
 * Length of a part. Preparing a convolver takes the page's time in proportion to its length, and running it takes
 * the audio thread's time for each part: of 1 s each, a room of 10 s costs the audio thread 1.4 times what it
 * costs as one (Chromium 156).
 */
const partSeconds: Seconds = 1;

/** Where the sound of one side for one part comes from. */
interface Tap {
  readonly node: AudioNode;
  readonly output: number;
}

function partSamples(sampleRate: Hertz): Samples {
  return Math.round(partSeconds * sampleRate);
}

/**
 * `input` (two channels) -> left and right apart, each: part 0 at once, part k after k seconds -> `output`. Part k has
 * nothing to do until the sound has been in the room for k seconds, so the room can be used when part 0 is there.
 */
export class Room {
  readonly input: Gain;
  readonly output: Gain;
  /** Until the level has fallen by 60 dB. */
  readonly decaySeconds: Seconds;
  readonly #context: BaseContext;
  readonly #split: ChannelSplitterNode;
  readonly #merge: ChannelMergerNode;
  /** Of left and right, for each part. */
  readonly #taps: (readonly [Tap, Tap])[];
  readonly #convolvers: ConvolverNode[] = [];
  readonly #callOff: () => void;

  /**
   * @param gain of the input at first
   * @param onReady called when sound may be sent in; with `allAtOnce` before the constructor ends
   */
  constructor(
    context: BaseContext,
    slices: Slices,
    decaySeconds: Seconds,
    gain: number,
    onReady: (room: Room) => void,
  ) {
    this.#context = context;
    this.decaySeconds = decaySeconds;
    this.input = makeGain(context, gain);
    this.output = makeGain(context, 1);
    this.#split = context.createChannelSplitter(2);
    this.#merge = context.createChannelMerger(2);
    connect(this.input, this.#split);
    connect(this.#merge, this.output);
    this.#taps = [
      [
        { node: this.#split, output: 0 },
        { node: this.#split, output: 1 },
      ],
    ];
    // All at once, and before there is sound: a delay forgets nothing that comes while parts are still prepared.
    const parts = Math.ceil(roomSamples(decaySeconds, context.sampleRate) / partSamples(context.sampleRate));
    while (this.#taps.length < parts) {
      const [left, right] = this.#taps[this.#taps.length - 1];
      this.#taps.push([this.#delayed(left), this.#delayed(right)]);
    }
    this.#callOff = slices(this.#prepare(onReady));
  }

  /** How long it sounds on after its input has gone silent. */
  get tailSeconds(): Seconds {
    return roomSeconds(this.decaySeconds);
  }

  *#prepare(onReady: (room: Room) => void): Generator<void, void, void> {
    const context = this.#context;
    const { sampleRate } = context;
    const parts = roomParts(this.decaySeconds, sampleRate, partSamples(sampleRate));
    let tap = 0;
    for (const sides of parts) {
      yield;
      for (const [side, samples] of sides.entries()) {
        const buffer = context.createBuffer(1, samples.length, sampleRate);
        buffer.copyToChannel(samples, 0);
        const convolver = context.createConvolver();
        convolver.normalize = false;
        convolver.buffer = buffer;
        const { node, output } = this.#taps[tap][side];
        connect(node, convolver, output, 0);
        connect(convolver, this.#merge, 0, side);
        this.#convolvers.push(convolver);
        yield;
      }
      if (tap === 0) onReady(this);
      tap++;
    }
  }

  /** The same tap, a part later. */
  #delayed({ node, output }: Tap): Tap {
    const delay = this.#context.createDelay(partSeconds);
    delay.delayTime.value = partSeconds;
    connect(node, delay, output, 0);
    return { node: delay, output: 0 };
  }

  dispose(): void {
    this.#callOff();
    for (const { node } of this.#taps.flat()) node.disconnect();
    for (const node of [...this.#convolvers, this.#merge]) node.disconnect();
    this.input.dispose();
    this.output.dispose();
  }
}
