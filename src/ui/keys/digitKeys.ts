// The twelve keys of an octave on the screen: ten digits, repeat and random; pointer, touch and keyboard.
import { LitElement, css, html } from 'lit';
import { randomSemitone, repeatSemitone } from '../../performer/keymap.ts';
import { KeyPresses } from './keyPress.ts';
import { digitWords } from '../../contract/vocabulary.ts';
import { hueOf, shared } from '../controls/theme.ts';

const extras: Readonly<Record<number, { sign: string; word: string; key: string }>> = {
  [repeatSemitone]: { sign: '↺', word: 'again', key: '−' },
  [randomSemitone]: { sign: '?', word: 'any', key: '=' },
};

/** `<nv-keys>`: fires `key-press` with a KeyPress; `strike` and `lift` light keys whoever plays them. */
export class KeysElement extends LitElement {
  static override properties = { pressed: { state: true } };
  declare pressed: ReadonlyMap<number, number>;
  readonly #presses = new KeyPresses(this);

  static override styles = [
    shared,
    css`
      .keys {
        display: grid;
        grid-template-columns: repeat(10, minmax(0, 1fr)) minmax(0, 0.72fr);
        grid-template-rows: 1fr 1fr;
        gap: clamp(6px, 0.8vw, 12px);
        height: clamp(250px, 37vh, 460px);
      }
      button {
        grid-row: span 2;
        position: relative;
        display: flex;
        flex-direction: column;
        align-items: center;
        justify-content: center;
        min-width: 0;
        padding: 0;
        overflow: hidden;
        touch-action: none;
        user-select: none;
        -webkit-user-select: none;
        border: 1px solid var(--line);
        border-bottom: 5px solid oklch(0.76 0.13 var(--hue));
        border-radius: var(--radius);
        background: linear-gradient(180deg, #1a212d, #131924);
        transition:
          transform 60ms ease-out,
          border-color 120ms;
      }
      button:hover:not(:disabled) {
        border-color: var(--line);
        border-bottom-color: oklch(0.76 0.13 var(--hue));
        background: linear-gradient(180deg, #202939, #171e2b);
      }
      button.extra:hover:not(:disabled) {
        border-bottom-color: #5f6d84;
      }
      button.extra {
        grid-row: span 1;
        --hue: 250;
        border-bottom-color: #5f6d84;
      }
      button > * {
        position: relative;
        pointer-events: none;
      }
      button .glow {
        position: absolute;
        inset: 0;
        opacity: 0;
        background: radial-gradient(
          120% 90% at 50% 100%,
          oklch(0.78 0.14 var(--hue) / 0.75),
          oklch(0.78 0.14 var(--hue) / 0.12) 75%
        );
      }
      button[data-pressed],
      button[data-pressed]:hover:not(:disabled) {
        border-color: oklch(0.82 0.13 var(--hue));
        transform: translateY(2px);
      }
      button[data-pressed] .held {
        opacity: 0.55;
      }
      .sign {
        font-size: clamp(40px, 5.6vw, 92px);
        font-weight: 300;
        line-height: 1;
        letter-spacing: -0.03em;
      }
      .extra .sign {
        font-size: clamp(28px, 2.6vw, 42px);
      }
      .word {
        margin-top: 0.5em;
        font-size: clamp(13px, 1.05vw, 16px);
        font-weight: 500;
      }
      kbd {
        position: absolute;
        top: 10px;
        right: 12px;
        font: inherit;
        font-size: 13px;
        font-weight: 500;
        color: var(--soft);
      }
      @media (max-width: 760px) {
        .keys {
          grid-template-columns: repeat(10, minmax(0, 1fr));
          grid-template-rows: none;
          grid-auto-rows: minmax(92px, 13vh);
          height: auto;
        }
        button {
          grid-row: auto;
          grid-column: span 2;
        }
        button.extra {
          grid-row: auto;
          grid-column: span 5;
          flex-direction: row;
          gap: 12px;
        }
        .keys {
          grid-template-rows: minmax(96px, 13vh) minmax(96px, 13vh) 60px;
        }
        .word {
          margin-top: 0.3em;
        }
        .extra .word {
          margin: 0;
        }
        kbd {
          display: none;
        }
        .sign {
          font-size: 46px;
        }
      }
    `,
  ];

  readonly #glows = new Map<number, Animation>();

  constructor() {
    super();
    this.pressed = new Map();
  }

  /** Lights a key and lets it glow for as long as its word lasts. */
  strike(semitone: number, seconds: number): void {
    const pressed = new Map(this.pressed);
    pressed.set(semitone, (pressed.get(semitone) ?? 0) + 1);
    this.pressed = pressed;
    const duration = seconds * 1000;
    const glowing = this.#glows.get(semitone);
    // Making one costs several times what beginning it again does.
    if (glowing?.effect?.getTiming().duration === duration) {
      glowing.currentTime = 0;
      glowing.play();
      return;
    }
    const glow = this.renderRoot.querySelector(`[data-semitone="${semitone}"] .sounding`);
    const made = glow?.animate([{ opacity: 1 }, { opacity: 0 }], { duration, easing: 'ease-in' });
    if (made) this.#glows.set(semitone, made);
  }

  /** The key is up again. */
  lift(semitone: number): void {
    const pressed = new Map(this.pressed);
    const count = (pressed.get(semitone) ?? 0) - 1;
    if (count > 0) pressed.set(semitone, count);
    else pressed.delete(semitone);
    this.pressed = pressed;
  }

  protected override render() {
    return html`<div
      class="keys"
      role="group"
      aria-label="Digit keys"
      @focusout=${() => this.#presses.focusOut()}
    >
      ${[1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((digit) => this.#key(digit, String(digit), digitWords[digit], String(digit)))}
      ${[repeatSemitone, randomSemitone].map((semitone) => {
        const { sign, word, key } = extras[semitone];
        return this.#key(semitone, sign, word, key);
      })}
    </div>`;
  }

  #key(semitone: number, sign: string, word: string, key: string) {
    const extra = semitone >= repeatSemitone;
    return html`<button
      type="button"
      class=${extra ? 'extra' : 'digit'}
      style="--hue: ${hueOf(semitone)}"
      data-semitone=${semitone}
      ?data-pressed=${this.pressed.has(semitone)}
      aria-label=${extra ? `${word}: ${semitone === repeatSemitone ? 'the last digit' : 'a random digit'}` : word}
      @pointerdown=${(event: PointerEvent) => this.#pointerDown(event, semitone)}
      @pointerup=${(event: PointerEvent) => this.#presses.pointerEnd(event)}
      @pointercancel=${(event: PointerEvent) => this.#presses.pointerEnd(event)}
      @lostpointercapture=${(event: PointerEvent) => this.#presses.pointerEnd(event)}
      @keydown=${(event: KeyboardEvent) => this.#presses.keyDown(event, semitone)}
      @keyup=${(event: KeyboardEvent) => this.#presses.keyUp(event)}
      @click=${(event: MouseEvent) => this.#presses.click(event, semitone)}
      @contextmenu=${(event: Event) => event.preventDefault()}
    >
      <span class="glow sounding"></span><span class="glow held"></span> <span class="sign">${sign}</span
      ><span class="word">${word}</span>${extra ? html`<kbd aria-hidden="true">${key}</kbd>` : null}
    </button>`;
  }

  #pointerDown(event: PointerEvent, semitone: number): void {
    if (event.button !== 0 || this.#presses.pointers.has(event.pointerId)) return;
    const key = event.currentTarget;
    // Capture can fail for a pointer that is already up again; the key is then released by the next event or none is held.
    if (key instanceof Element && event.isTrusted) key.setPointerCapture(event.pointerId);
    this.#presses.pointerDown(event, semitone);
  }
}

customElements.define('nv-keys', KeysElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-keys': KeysElement;
  }
}
