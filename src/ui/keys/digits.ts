// Chooses the digit that is sung or stored: ten radio buttons; between two of them the digit is a morph of both.
import { LitElement, css, html } from 'lit';
import { digitWords } from '../../contract/vocabulary.ts';
import { hueOf, shared } from '../controls/theme.ts';

/** `<nv-digits>`: fires `digit-change` with 0..9. */
export class DigitsElement extends LitElement {
  static override properties = { digit: { attribute: false }, label: {} };
  /** 0..9; fractions light two digits by their shares. */
  declare digit: number;
  /** What it is called to assistive technology. */
  declare label: string;

  static override styles = [
    shared,
    css`
      fieldset {
        margin: 0;
        padding: 0;
        border: 0;
        min-width: 0;
      }
      legend {
        position: absolute;
        clip-path: inset(50%);
        width: 1px;
        height: 1px;
        overflow: hidden;
      }
      div {
        display: grid;
        grid-template-columns: repeat(10, minmax(0, 1fr));
        gap: 6px;
      }
      label {
        position: relative;
        display: grid;
        place-items: center;
        min-height: 48px;
        font-size: 24px;
        font-weight: 400;
        border: 1px solid var(--line);
        border-bottom: 4px solid oklch(0.76 0.13 var(--hue));
        border-radius: 10px;
        background: linear-gradient(
          0deg,
          oklch(0.78 0.14 var(--hue) / calc(var(--share) * 0.85)),
          oklch(0.78 0.14 var(--hue) / calc(var(--share) * 0.45)) 100%
        );
        cursor: pointer;
      }
      label:hover {
        border-color: oklch(0.76 0.13 var(--hue));
      }
      label:has(:focus-visible) {
        outline: 3px solid var(--text);
        outline-offset: 2px;
      }
      input {
        position: absolute;
        inset: 0;
        margin: 0;
        opacity: 0;
        cursor: pointer;
      }
      @media (max-width: 760px) {
        div {
          grid-template-columns: repeat(5, minmax(0, 1fr));
        }
      }
    `,
  ];

  constructor() {
    super();
    this.digit = 0;
    this.label = 'Digit that is sung';
  }

  protected override render() {
    return html`<fieldset>
      <legend>${this.label}</legend>
      <div>
        ${[1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((digit) => {
          const share = Math.max(0, 1 - Math.abs(this.digit - digit));
          return html`<label style="--hue: ${hueOf(digit)}; --share: ${share.toFixed(2)}"
            ><input
              type="radio"
              name="digit"
              aria-label=${digitWords[digit]}
              .checked=${share === 1}
              @change=${() => this.#choose(digit)}
            />${digit}</label
          >`;
        })}
      </div>
    </fieldset>`;
  }

  #choose(digit: number): void {
    this.dispatchEvent(new CustomEvent('digit-change', { detail: digit, bubbles: true, composed: true }));
  }
}

customElements.define('nv-digits', DigitsElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-digits': DigitsElement;
  }
}
