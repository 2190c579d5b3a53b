// A knob for one parameter: a native range input does keyboard and accessibility, a dial shows and drags, a field is typed in.
import { LitElement, css, html, svg } from 'lit';
import { live } from 'lit/directives/live.js';
import { positionOf, textOf, valueAt, valueOfText, type Parameter } from '../../contract/parameters.ts';
import { messageOf } from '../../contract/errors.ts';
import { controlStyles } from './controlStyles.ts';
import { isGiven, shownValue } from './given.ts';
import { shared } from './theme.ts';
import { asShown, rangeTravel, rangeValue, valueOfRange } from '../../contract/travel.ts';

/** The dial turns from -135 to +135 degrees. */
const halfTurn = 135;
/** Pixels of vertical drag for the whole range; with Shift four times as many. */
const travelPixels = 220;

function point(degrees: number, radius: number): string {
  const angle = ((degrees - 90) * Math.PI) / 180;
  return `${(50 + radius * Math.cos(angle)).toFixed(2)} ${(50 + radius * Math.sin(angle)).toFixed(2)}`;
}

function arc(from: number, to: number): string {
  const [low, high] = from < to ? [from, to] : [to, from];
  const large = high - low > 180 ? 1 : 0;
  return `M ${point(low, 42)} A 42 42 0 ${large} 1 ${point(high, 42)}`;
}

/**
 * `<nv-knob>`: fires `value-change` with the number. Double click resets; a value is typed into the field below, which Enter
 * opens from the dial.
 */
export class KnobElement extends LitElement {
  static override properties = {
    parameter: { attribute: false },
    value: { attribute: false },
    label: { attribute: false },
    badge: { attribute: false },
    complaint: { state: true },
  };
  declare parameter: Parameter;
  declare value: number;
  /** What the knob is called on the page and to assistive technology. */
  declare label: string;
  /** What moves it from outside: `CC 74`. Empty for nothing. */
  declare badge: string;
  declare complaint: string;
  #drag: { y: number; position: number } | null = null;

  static override styles = [
    shared,
    controlStyles,
    css`
      .knob {
        display: grid;
        justify-items: center;
        gap: 4px;
        text-align: center;
      }
      .dial {
        position: relative;
        width: clamp(64px, 5.6vw, 92px);
        aspect-ratio: 1;
        border-radius: 50%;
        touch-action: none;
        cursor: ns-resize;
      }
      .dial:has(:focus-visible) {
        outline: 3px solid var(--accent);
        outline-offset: 3px;
      }
      svg {
        display: block;
        width: 100%;
        pointer-events: none;
      }
      input[type='range'] {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        margin: 0;
        opacity: 0;
        pointer-events: none;
      }
      .track,
      .amount {
        fill: none;
        stroke-width: 7;
        stroke-linecap: round;
      }
      .track {
        stroke: var(--line);
      }
      .amount {
        stroke: var(--accent);
      }
      .face {
        fill: var(--raised);
      }
      .hand {
        stroke: var(--text);
        stroke-width: 4;
        stroke-linecap: round;
      }
      .value {
        font: inherit;
        font-size: 17px;
        line-height: 1.2;
        position: static;
        width: 100%;
        height: 28px;
        padding: 0;
        opacity: 1;
        pointer-events: auto;
        text-align: center;
        color: var(--text);
        background: none;
        border: 1px solid transparent;
        border-radius: 6px;
      }
      .value:hover {
        border-color: var(--line);
      }
      .value:focus {
        background: var(--ink);
        border-color: var(--accent);
        outline-offset: 0;
      }
      .value[aria-invalid='true'] {
        border-color: var(--bad);
      }
      @media (pointer: coarse) {
        .value {
          height: 40px;
        }
      }
      .complaint {
        font-size: 13px;
        color: var(--bad);
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.label = '';
    this.badge = '';
    this.complaint = '';
  }

  protected override shouldUpdate(): boolean {
    return isGiven(this.parameter);
  }

  protected override willUpdate(): void {
    this.value = shownValue(this.value, this.parameter);
  }

  protected override render() {
    const { parameter, value, label } = this;
    const degrees = halfTurn * (2 * positionOf(parameter, value) - 1);
    const origin = halfTurn * (2 * positionOf(parameter, Math.max(parameter.min, 0)) - 1);
    const zero = parameter.min === -parameter.max ? origin : -halfTurn;
    const travel = rangeTravel(parameter);
    const text = textOf(parameter, value);
    return html`<div class="knob" title=${parameter.about ?? ''}>
      <span class="name" aria-hidden="true">${label}</span>
      <span
        class="dial"
        @pointerdown=${(event: PointerEvent) => this.#down(event)}
        @pointermove=${(event: PointerEvent) => this.#move(event)}
        @pointerup=${() => (this.#drag = null)}
        @pointercancel=${() => (this.#drag = null)}
        @dblclick=${() => this.#change(parameter.defaultValue)}
      >
        <svg viewBox="0 0 100 100" aria-hidden="true">
          ${svg`<circle class="face" cx="50" cy="50" r="32"></circle>
            <path class="track" d=${arc(-halfTurn, halfTurn)}></path>
            ${Math.abs(degrees - zero) > 0.5 ? svg`<path class="amount" d=${arc(zero, degrees)}></path>` : null}
            <path class="hand" d="M ${point(degrees, 14)} L ${point(degrees, 27)}"></path>`}
        </svg>
        <input
          type="range"
          min=${travel.min}
          max=${travel.max}
          step=${travel.step}
          .value=${live(String(rangeValue(parameter, value)))}
          aria-label=${label}
          aria-valuetext=${text}
          aria-keyshortcuts="Enter"
          @input=${(event: Event) => this.#input(event)}
          @keydown=${(event: KeyboardEvent) => this.#openField(event)}
        />
      </span>
      <input
        type="text"
        class="value number"
        inputmode="text"
        autocomplete="off"
        spellcheck="false"
        tabindex="-1"
        aria-label="${label}, typed"
        aria-invalid=${this.complaint !== ''}
        .value=${text}
        @focus=${(event: FocusEvent) => (event.target as HTMLInputElement).select()}
        @keydown=${(event: KeyboardEvent) => this.#fieldKey(event)}
        @change=${(event: Event) => this.#typed(event)}
        @blur=${(event: FocusEvent) => this.#leaveField(event)}
      />
      ${this.complaint ? html`<span class="complaint" role="alert">${this.complaint}</span>` : null}
      <span class="cc soft">${this.badge}</span>
    </div>`;
  }

  #field(): HTMLInputElement | null {
    return this.renderRoot.querySelector('.value');
  }

  #openField(event: KeyboardEvent): void {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    this.#field()?.focus();
  }

  #fieldKey(event: KeyboardEvent): void {
    const field = this.#field();
    if (!field || (event.key !== 'Enter' && event.key !== 'Escape')) return;
    event.preventDefault();
    if (event.key === 'Escape') {
      field.value = textOf(this.parameter, this.value);
      this.complaint = '';
    } else {
      this.#typed(event);
      if (this.complaint) return;
    }
    this.renderRoot.querySelector<HTMLInputElement>('input[type=range]')?.focus({ preventScroll: true });
  }

  #typed(event: Event): void {
    const field = event.target as HTMLInputElement;
    try {
      const value = valueOfText(this.parameter, field.value);
      this.complaint = '';
      this.#change(value);
      field.value = textOf(this.parameter, this.value);
    } catch (reason) {
      this.complaint = messageOf(reason);
    }
  }

  /** A field that is left with nonsense shows the value again. */
  #leaveField(event: FocusEvent): void {
    (event.target as HTMLInputElement).value = textOf(this.parameter, this.value);
    this.complaint = '';
  }

  #input(event: Event): void {
    if (!(event.target instanceof HTMLInputElement)) return;
    this.#change(valueOfRange(this.parameter, event.target.valueAsNumber));
  }

  #change(value: number): void {
    if (value === this.value) return;
    this.value = value;
    this.dispatchEvent(new CustomEvent('value-change', { detail: value }));
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || !(event.currentTarget instanceof HTMLElement)) return;
    event.preventDefault();
    this.renderRoot.querySelector<HTMLInputElement>('input[type=range]')?.focus({ preventScroll: true });
    if (event.isTrusted) event.currentTarget.setPointerCapture(event.pointerId);
    this.#drag = { y: event.clientY, position: positionOf(this.parameter, this.value) };
  }

  #move(event: PointerEvent): void {
    if (!this.#drag) return;
    const travel = travelPixels * (event.shiftKey ? 4 : 1);
    const position = Math.min(1, Math.max(0, this.#drag.position + (this.#drag.y - event.clientY) / travel));
    this.#drag = { y: event.clientY, position };
    this.#change(asShown(this.parameter, valueAt(this.parameter, position)));
  }
}

customElements.define('nv-knob', KnobElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-knob': KnobElement;
  }
}
