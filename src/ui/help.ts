// Short help: what every key and controller does.
import { LitElement, css, html } from 'lit';
import { shared } from './theme.ts';

const rows: readonly (readonly [string, string])[] = [
  ['1 … 9, 0', 'say the digit (number row or keypad)'],
  ['− and =', 'say the last digit again, a random digit'],
  ['Z and X', 'previous, next voice (and octave)'],
  ['MIDI C … A', 'digits 0 … 9; A♯ again, B random'],
  ['MIDI octave', 'the voice, from C3 upward'],
  ['Velocity', 'loudness'],
  ['CC 70 … 77', 'the style knobs, in their order'],
  ['CC 7', 'volume'],
  ['CC 120, 123', 'silence, release all keys'],
  ['?playing=', 'in the address: harmonic, spectrogram'],
];

/** `<nv-help>` */
export class HelpElement extends LitElement {
  static override styles = [
    shared,
    css`
      summary {
        cursor: pointer;
        font-size: 13px;
        font-weight: 600;
        letter-spacing: 0.08em;
        text-transform: uppercase;
        color: var(--soft);
        min-height: 32px;
        display: flex;
        align-items: center;
        gap: 8px;
        list-style: none;
      }
      summary::before {
        content: '+';
        font-size: 18px;
      }
      details[open] summary::before {
        content: '–';
      }
      dl {
        margin: 10px 0 0;
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr));
        gap: 3px 28px;
        font-size: 14px;
      }
      div {
        display: grid;
        grid-template-columns: 7.5em 1fr;
        gap: 12px;
      }
      dt {
        font-weight: 600;
      }
      dd {
        margin: 0;
        color: var(--soft);
      }
    `,
  ];

  protected override render() {
    return html`<details open>
      <summary>Keys and controllers</summary>
      <dl>
        ${rows.map(
          ([key, meaning]) =>
            html`<div>
              <dt>${key}</dt>
              <dd>${meaning}</dd>
            </div>`,
        )}
      </dl>
    </details>`;
  }
}

customElements.define('nv-help', HelpElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-help': HelpElement;
  }
}
