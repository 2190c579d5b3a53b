// Where controls were heard last, to tell a moved knob from a trembling one.
import type { ControlMove } from './bindings.ts';

/** A knob that waits to be learned has to move this far: a worn one trembles by one or two of 127. */
const clearMove = 4;
/** Controls that are remembered; more come only from something that floods. */
const rememberedControls = 4096;

/** Remembers the data of every control of every device. */
export class HeardControls {
  readonly #heard = new Map<string, number>();

  /**
   * Says whether a control went somewhere. While something waits for a move, known controls are compared with
   * where they were when it began.
   */
  isClear({ device, channel, kind, number, data }: ControlMove, isWaiting: boolean): boolean {
    if (kind === 'note' || kind === 'program') return true;
    const key = `${device}\n${channel} ${kind === 'cc14' ? 'cc' : kind} ${number}`;
    const before = this.#heard.get(key);
    if (isWaiting && before !== undefined) {
      // Some buttons say the same at every press, and no knob does.
      return Math.abs(data - before) >= clearMove || (data === before && before === 127);
    }
    if (this.#heard.size >= rememberedControls) this.#heard.clear();
    this.#heard.set(key, data);
    return true;
  }
}
