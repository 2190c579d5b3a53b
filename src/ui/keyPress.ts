// Presses of keys on the screen, whatever finger, key or assistive technology makes them.

/** A key went down or up; `source` names the finger or key that did it. */
export interface KeyPress {
  readonly semitone: number;
  readonly source: string;
  readonly down: boolean;
  /** Time stamp of the event on the page's clock. */
  readonly milliseconds: number;
}

/** Makes `key-press` events, with a KeyPress as their detail, of what happens to the keys of one element. */
export class KeyPresses {
  /** Semitone under each pointer that is down. */
  readonly pointers = new Map<number, number>();
  readonly #host: EventTarget;

  constructor(host: EventTarget) {
    this.#host = host;
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
    if (!event.repeat) this.fire(semitone, `focus${event.key}`, true, event.timeStamp);
  }

  keyUp(event: KeyboardEvent, semitone: number): void {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    this.fire(semitone, `focus${event.key}`, false, event.timeStamp);
  }

  /** Assistive technology clicks without pointer or key events. */
  click(event: MouseEvent, semitone: number): void {
    if (event.detail !== 0 || (event as PointerEvent).pointerType) return;
    this.fire(semitone, 'click', true, event.timeStamp);
    this.fire(semitone, 'click', false, event.timeStamp);
  }
}
