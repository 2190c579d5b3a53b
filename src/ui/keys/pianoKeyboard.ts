// A piano keyboard of two octaves on the screen: any number of fingers, sliding from key to key, and the keyboard's focus.
import { LitElement, css, html } from 'lit';
import { noteName } from '../../performer/keymap.ts';
import { KeyPresses } from './keyPress.ts';
import { pianoLetters } from './pianoKeys.ts';
import { digitWords } from '../../contract/vocabulary.ts';
import { hueOf, shared } from '../controls/theme.ts';

const octaves = 2;
const whites = [0, 2, 4, 5, 7, 9, 11];
const blacks = [1, 3, 6, 8, 10];
/** Middle of a black key in white keys: the crack beneath it. */
const blackMiddle: Readonly<Record<number, number>> = { 1: 1, 3: 2, 6: 4, 8: 5, 10: 6 };

/** `<nv-keyboard>`: fires `key-press` with a KeyPress whose semitone counts from `low`; `strike` and `lift` light notes. */
export class KeyboardElement extends LitElement {
  static override properties = {
    low: { attribute: false },
    hueDigit: { attribute: false },
    drum: { type: Boolean },
    stored: { attribute: false },
    armed: { type: Boolean },
    pressed: { state: true },
  };
  /** MIDI note of the lowest key, a C. */
  declare low: number;
  /** Lit keys take this digit's colour; 0..9, fractions for morphs. */
  declare hueDigit: number;
  /** Every key is a word of its own: each lights in its own colour. */
  declare drum: boolean;
  /** Digits of the notes that carry a stored sound. */
  declare stored: ReadonlyMap<number, number>;
  /** The next key does something else than sound. */
  declare armed: boolean;
  declare pressed: ReadonlyMap<number, number>;
  readonly #presses = new KeyPresses(this);

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .keyboard {
        /* Width of a black key in white keys. */
        --black: 0.66;
        display: grid;
        grid-template-columns: repeat(${octaves}, minmax(0, 1fr));
        height: clamp(200px, 32vh, 380px);
        touch-action: none;
        user-select: none;
        -webkit-user-select: none;
      }
      .octave {
        position: relative;
        display: grid;
        grid-template-columns: repeat(7, minmax(0, 1fr));
        grid-template-rows: 100%;
      }
      button {
        display: flex;
        flex-direction: column;
        align-items: center;
        justify-content: flex-end;
        gap: 2px;
        min-width: 0;
        min-height: 0;
        margin: 0 1.5px;
        padding: 0 0 10px;
        border: 1px solid var(--line);
        border-radius: 0 0 10px 10px;
        background: linear-gradient(180deg, #c9d1dd, #eef2f8 30%);
        color: #2b3546;
        font-size: 14px;
        line-height: 1.2;
        touch-action: none;
        grid-row: 1;
      }
      button > * {
        pointer-events: none;
      }
      .black {
        position: absolute;
        left: calc((var(--middle) - var(--black) / 2) * 100% / 7);
        width: calc(var(--black) * 100% / 7);
        top: 0;
        height: 60%;
        margin: 0;
        background: linear-gradient(180deg, #161c27, #232c3c);
        color: var(--soft);
      }
      :host([armed]) button {
        border: 2px dashed var(--accent);
      }
      .mark {
        min-width: 1.7em;
        padding: 2px 4px;
        border-radius: 999px;
        background: oklch(0.76 0.13 var(--hue));
        color: #10141b;
        font-weight: 700;
        text-align: center;
      }
      .letter {
        font-weight: 500;
        opacity: 0.75;
      }
      button[data-pressed],
      button[data-pressed]:hover:not(:disabled) {
        background: oklch(0.78 0.14 var(--hue));
        border-color: oklch(0.86 0.13 var(--hue));
        color: #10141b;
      }
      @media (max-width: 760px) {
        .keyboard {
          /* Room for a finger. */
          --black: 0.8;
          grid-template-columns: minmax(0, 1fr);
          gap: 10px;
          height: auto;
        }
        .octave {
          height: 150px;
        }
        /* The higher octave lies above, as pitch does. */
        .octave:last-child {
          order: -1;
        }
        .letter {
          display: none;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.low = 48;
    this.hueDigit = 0;
    this.drum = false;
    this.stored = new Map();
    this.armed = false;
    this.pressed = new Map();
  }

  /** Lights a note, whoever plays it. */
  strike(midiNote: number): void {
    this.pressed = new Map(this.pressed).set(midiNote, (this.pressed.get(midiNote) ?? 0) + 1);
  }

  /** The note's key is up again. */
  lift(midiNote: number): void {
    const pressed = new Map(this.pressed);
    const count = (pressed.get(midiNote) ?? 0) - 1;
    if (count > 0) pressed.set(midiNote, count);
    else pressed.delete(midiNote);
    this.pressed = pressed;
  }

  protected override render() {
    return html`<div
      class="keyboard"
      role="group"
      aria-label="Keyboard"
      @pointerdown=${(event: PointerEvent) => this.#down(event)}
      @pointermove=${(event: PointerEvent) => this.#slide(event)}
      @pointerup=${(event: PointerEvent) => this.#presses.pointerEnd(event)}
      @pointercancel=${(event: PointerEvent) => this.#presses.pointerEnd(event)}
      @lostpointercapture=${(event: PointerEvent) => this.#presses.pointerEnd(event)}
      @contextmenu=${(event: Event) => event.preventDefault()}
      @focusout=${() => this.#presses.focusOut()}
    >
      ${Array.from(
        { length: octaves },
        (_, octave) =>
          html`<div class="octave">
            ${[...whites, ...blacks].map((semitone) => this.#key(12 * octave + semitone))}
          </div>`,
      )}
    </div>`;
  }

  #key(semitone: number) {
    const note = this.low + semitone;
    const within = semitone % 12;
    const middle = blackMiddle[within];
    const isBlack = middle !== undefined;
    const place = isBlack ? `--middle: ${middle};` : '';
    const digit = this.drum ? this.stored.get(note) : undefined;
    const hue = hueOf(digit ?? (this.drum ? semitone % 10 : this.hueDigit));
    return html`<button
      type="button"
      class=${isBlack ? 'black' : 'white'}
      style="${place} --hue: ${hue}"
      data-semitone=${semitone}
      ?data-pressed=${this.pressed.has(note)}
      aria-label="${noteName(note)}${digit === undefined ? '' : `, stored ${digitWords[digit]}`}"
      @keydown=${(event: KeyboardEvent) => this.#presses.keyDown(event, semitone)}
      @keyup=${(event: KeyboardEvent) => this.#presses.keyUp(event)}
      @click=${(event: MouseEvent) => this.#presses.click(event, semitone)}
    >
      ${digit === undefined ? null : html`<span class="mark" aria-hidden="true">${digit}</span>`}
      <span class="letter" aria-hidden="true">${pianoLetters[semitone] ?? ''}</span>
      ${isBlack ? null : html`<span aria-hidden="true">${within === 0 ? noteName(note) : ''}</span>`}
    </button>`;
  }

  /** The key under a pointer: the keyboard holds the capture, so that a finger may slide. */
  #semitoneAt(event: PointerEvent): number | undefined {
    const root = this.renderRoot as ShadowRoot;
    const key = root.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>('[data-semitone]');
    const text = key?.dataset.semitone;
    return text === undefined ? undefined : Number(text);
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || this.#presses.pointers.has(event.pointerId)) return;
    const semitone = this.#semitoneAt(event);
    if (semitone === undefined) return;
    if (event.isTrusted && event.currentTarget instanceof Element) {
      event.currentTarget.setPointerCapture(event.pointerId);
    }
    this.#presses.pointerDown(event, semitone);
  }

  /** The new note starts before the old one ends: legato mode slides between them. */
  #slide(event: PointerEvent): void {
    const before = this.#presses.pointers.get(event.pointerId);
    if (before === undefined) return;
    const semitone = this.#semitoneAt(event);
    if (semitone === undefined || semitone === before) return;
    this.#presses.pointerDown(event, semitone);
    this.#presses.fire(before, `pointer${event.pointerId}`, false, event.timeStamp);
  }
}

customElements.define('nv-keyboard', KeyboardElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-keyboard': KeyboardElement;
  }
}
