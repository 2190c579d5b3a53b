// Presses of keys on the screen, whatever finger, key or assistive technology makes them.
import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** A key went down or up; `source` names the finger or key that did it. */
export interface KeyPress {
  readonly semitone: number;
  readonly source: string;
  readonly down: boolean;
  /** Time stamp of the event on the page's clock. */
  readonly milliseconds: number;
}

/**
 * Makes `key-press` events, with a KeyPress as their detail, of what happens to the keys of one element. Each press has its
 * release, also where the focus or the whole element goes away under a finger.
 */
export class KeyPresses implements ReactiveController {
  /** Semitone under each pointer that is down. */
  readonly pointers = new Map<number, number>();
  /** Semitone that Space or Enter, or both, hold on the focused key. */
  readonly #typed = new Map<string, number>();
  readonly #host: EventTarget;

  constructor(host: EventTarget & Pick<ReactiveControllerHost, 'addController'>) {
    this.#host = host;
    host.addController(this);
  }

  /** Another mode has other keys: nothing tells these that a finger has left. */
  hostDisconnected(): void {
    const pointers = [...this.pointers];
    this.pointers.clear();
    for (const [id, semitone] of pointers) this.fire(semitone, `pointer${id}`, false, performance.now());
    this.focusOut();
  }

  fire(semitone: number, source: string, down: boolean, milliseconds: number): void {
    const detail: KeyPress = { semitone, source, down, milliseconds };
    this.#host.dispatchEvent(new CustomEvent('key-press', { detail }));
  }

  pointerDown(event: PointerEvent, semitone: number): void {
    this.pointers.set(event.pointerId, semitone);
    this.fire(semitone, `pointer${event.pointerId}`, true, event.timeStamp);
  }

  pointerEnd(event: PointerEvent): void {
    const semitone = this.pointers.get(event.pointerId);
    if (semitone === undefined) return;
    this.pointers.delete(event.pointerId);
    this.fire(semitone, `pointer${event.pointerId}`, false, event.timeStamp);
  }

  keyDown(event: KeyboardEvent, semitone: number): void {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    if (event.repeat || this.#typed.has(event.key)) return;
    this.#typed.set(event.key, semitone);
    this.fire(semitone, `focus${event.key}`, true, event.timeStamp);
  }

  keyUp(event: KeyboardEvent): void {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    this.#release(event.key, event.timeStamp);
  }

  /** The focus leaves a key: the next one, or another window, would hear that Space goes up. */
  focusOut(): void {
    for (const key of [...this.#typed.keys()]) this.#release(key, performance.now());
  }

  #release(key: string, milliseconds: number): void {
    const semitone = this.#typed.get(key);
    if (semitone === undefined) return;
    this.#typed.delete(key);
    this.fire(semitone, `focus${key}`, false, milliseconds);
  }

  /** Assistive technology clicks without pointer or key events. */
  click(event: MouseEvent, semitone: number): void {
    if (event.detail !== 0 || (event as PointerEvent).pointerType) return;
    this.fire(semitone, 'click', true, event.timeStamp);
    this.fire(semitone, 'click', false, event.timeStamp);
  }
}
