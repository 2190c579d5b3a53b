// A knob for one parameter: a native range input does keyboard and accessibility, a dial shows and drags.
import { LitElement, css, html, svg } from 'lit';
import { positionOf, textOf, valueAt, type Parameter } from '../contract/parameters.ts';
import { shared } from './theme.ts';

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

/** `<nv-knob>`: fires `value-change` with the number; double click resets. */
export class KnobElement extends LitElement {
  static override properties = {
    parameter: { attribute: false },
    value: { attribute: false },
    label: { attribute: false },
  };
  declare parameter: Parameter;
  declare value: number;
  /** What the knob is called on the page and to assistive technology. */
  declare label: string;
  #drag: { y: number; position: number } | null = null;

  static override styles = [
    shared,
    css`
      label {
        display: grid;
        justify-items: center;
        gap: 4px;
        text-align: center;
      }
      .dial {
        position: relative;
        width: clamp(76px, 6.2vw, 104px);
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
      input {
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
      .name {
        font-size: 15px;
        font-weight: 600;
        line-height: 1.2;
        text-wrap: balance;
        overflow-wrap: anywhere;
      }
      .value {
        font-size: 17px;
        line-height: 1.2;
      }
      .cc {
        font-size: 13px;
        line-height: 1.2;
      }
    `,
  ];

  protected override render() {
    const { parameter, value } = this;
    const degrees = halfTurn * (2 * positionOf(parameter, value) - 1);
    const origin = halfTurn * (2 * positionOf(parameter, Math.max(parameter.min, 0)) - 1);
    const zero = parameter.min < 0 && parameter.max > 0 && parameter.unit === '' ? origin : -halfTurn;
    return html`<label>
      <span class="name">${this.label}</span>
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
          min=${parameter.min}
          max=${parameter.max}
          step=${parameter.unit === 'dB' ? 0.5 : 0.05}
          .value=${String(value)}
          aria-label=${this.label}
          aria-valuetext=${textOf(parameter, value)}
          @input=${(event: Event) => this.#input(event)}
        />
      </span>
      <output class="value number">${textOf(parameter, value)}</output>
      <span class="cc soft">CC ${parameter.cc}</span>
    </label>`;
  }

  #input(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.#change(event.target.valueAsNumber);
  }

  #change(value: number): void {
    if (value === this.value) return;
    this.value = value;
    this.dispatchEvent(new CustomEvent('value-change', { detail: value }));
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || !(event.currentTarget instanceof HTMLElement)) return;
    event.preventDefault();
    this.renderRoot.querySelector('input')?.focus({ preventScroll: true });
    if (event.isTrusted) event.currentTarget.setPointerCapture(event.pointerId);
    this.#drag = { y: event.clientY, position: positionOf(this.parameter, this.value) };
  }

  #move(event: PointerEvent): void {
    if (!this.#drag) return;
    const travel = travelPixels * (event.shiftKey ? 4 : 1);
    const position = Math.min(1, Math.max(0, this.#drag.position + (this.#drag.y - event.clientY) / travel));
    this.#drag = { y: event.clientY, position };
    this.#change(valueAt(this.parameter, position));
  }
}

customElements.define('nv-knob', KnobElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-knob': KnobElement;
  }
}
