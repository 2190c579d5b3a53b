// Where controls were heard last, to tell a moved knob from a trembling one.
import type { ControlMove } from './bindings.ts';

/** A knob that waits to be learned has to move this far: a worn one trembles by one or two of 127. */
const clearMove = 4;
/** Controls that are remembered; more come only from something that floods. */
const rememberedControls = 4096;

/** A knob does not say the same twice in a row, an encoder that turns slowly does all the time. */
const clearRepeats = 2;
const mostSteps = 8;

/** A small step in one of the codes of encoders; other data that repeats is that of a knob that says where it rests. */
function isStep(data: number): boolean {
  const away = Math.abs(data - 64 * Math.round(data / 64));
  return away > 0 && away <= mostSteps;
}

/** Remembers the data of every control of every device. */
export class HeardControls {
  readonly #heard = new Map<string, number>();
  /** What controls have said since something waits, and how often in a row. */
  readonly #repeats = new Map<string, { readonly data: number; readonly count: number }>();

  /**
   * Says whether a control went somewhere. While something waits for a move, known controls are compared with
   * where they were when it began.
   */
  isClear({ device, channel, kind, number, data, steps }: ControlMove, isWaiting: boolean): boolean {
    if (!isWaiting) this.#repeats.clear();
    if (kind === 'note' || kind === 'program' || steps !== undefined) return true;
    const key = `${device}\n${channel} ${kind === 'cc14' ? 'cc' : kind} ${number}`;
    const before = this.#heard.get(key);
    if (isWaiting && before !== undefined) {
      // Some buttons say the same at every press, and no knob does.
      if (Math.abs(data - before) >= clearMove || (data === before && before === 127)) return true;
      // The halves of 14 bits come one by one, so that one of them repeats.
      return kind === 'cc' && isStep(data) && this.#repeatsOf(key, data) >= clearRepeats;
    }
    if (this.#heard.size >= rememberedControls) this.#heard.clear();
    this.#heard.set(key, data);
    return true;
  }

  #repeatsOf(key: string, data: number): number {
    const last = this.#repeats.get(key);
    const count = last?.data === data ? last.count + 1 : 1;
    this.#repeats.set(key, { data, count });
    return count;
  }
}
