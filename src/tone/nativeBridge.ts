// From native nodes to Tone's and back: Tone's default context stands on a ponyfill whose nodes take no native ones.
import type { BaseContext } from 'tone';
import { InstrumentError } from '../instrument/instrumentError.ts';

/** Where standardized-audio-context 25, which has no public way, keeps the native node inside its own. */
const nativePlace = '_nativeAudioNode';

/** By the name that the platform gives: a node of another window is no instance of this one's classes. */
function isNative(value: unknown): value is GainNode {
  return Object.prototype.toString.call(value) === '[object GainNode]';
}

/** A gain of 1 with two sides: Tone's nodes connect to one, native nodes to the other, either way. In a native context both are one. */
export class NativeBridge {
  /** Tone's side: of the context's own kind. */
  readonly node: GainNode;
  /** The same node for native ones. */
  readonly native: GainNode;
  /**
   * The ponyfill takes a node out of the native graph while nothing of its own plays into it, and does not see what is native: silence of
   * its own keeps the node there.
   */
  readonly #silence: ConstantSourceNode | null = null;

  /**
   * @param isSource true where native nodes play into it
   * @throws InstrumentError when no native node is found inside Tone's
   */
  constructor(context: BaseContext, isSource: boolean) {
    this.node = context.createGain();
    const native: unknown = isNative(this.node) ? this.node : Reflect.get(this.node, nativePlace);
    if (!isNative(native)) {
      throw new InstrumentError(
        'audio',
        "no native audio node is inside of Tone.js' nodes; make Tone's context around a native one: Tone.setContext(new AudioContext()).",
      );
    }
    this.native = native;
    if (!isSource || native === this.node) return;
    this.#silence = context.createConstantSource();
    this.#silence.offset.value = 0;
    this.#silence.connect(this.node);
    this.#silence.start();
  }

  /** False where Tone's nodes are native ones. */
  get isPonyfill(): boolean {
    return this.native !== this.node;
  }

  /** Takes it out of both graphs. */
  dispose(): void {
    this.#silence?.stop();
    this.#silence?.disconnect();
    this.node.disconnect();
    this.native.disconnect();
  }
}
