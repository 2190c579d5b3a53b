// Above the keyboard in drum mode: the sound that can be stored, and what the next key does with it.
import { LitElement, css, html } from 'lit';
import type { ParameterValues } from '../../contract/parameters.ts';
import { typesText } from '../../midi/computerKeys.ts';
import './digits.ts';
import type { PadAct, PadsApi } from '../../session/sessionApi.ts';
import { Subscription } from '../controls/subscription.ts';
import { digitWords } from '../../contract/vocabulary.ts';
import { shared } from '../controls/theme.ts';

const hints: Readonly<Record<PadAct, string>> = {
  store: 'Press the key that is to say it, here or on a MIDI keyboard. Esc lets it be.',
  clear: 'Press the key that is to say its own word again. Esc lets it be.',
};

/** `<nv-drum-keys>`: fires `digit-change` with 0..9 as nv-digits does. */
export class DrumKeysElement extends LitElement {
  static override properties = {
    pads: { attribute: false },
    values: { attribute: false },
    voice: { attribute: false },
  };
  declare pads: PadsApi;
  declare values: ParameterValues;
  /** Name of the voice that would be stored. */
  declare voice: string;
  #stop: (() => void) | null = null;

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 8px;
        min-width: 0;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
      }
      .row button {
        padding: 8px 14px;
      }
      [aria-pressed='true'] {
        background: var(--accent);
        border-color: var(--accent);
        color: #1c1403;
      }
      p {
        flex: 1 1 260px;
        margin: 0;
        font-size: 14px;
        overflow-wrap: anywhere;
      }
      @media (max-width: 760px) {
        .row button {
          padding: 8px 10px;
        }
        /* Two lines always, or the keys would move away under the finger. */
        p {
          flex-basis: 100%;
          min-height: 2.8em;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.voice = '';
    new Subscription(this, () => this.pads);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const escape = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !typesText(event.composedPath()[0])) this.pads.arm(null);
    };
    window.addEventListener('keydown', escape);
    this.#stop = () => window.removeEventListener('keydown', escape);
  }

  /** In another mode no key stores anything. */
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
    this.pads.arm(null);
  }

  protected override render() {
    const { pads, values } = this;
    const act = (what: PadAct, text: string) =>
      html`<button
        type="button"
        aria-pressed=${pads.armed === what}
        ?disabled=${what === 'clear' && pads.stored.size === 0}
        @click=${() => pads.arm(pads.armed === what ? null : what)}
      >
        ${text}
      </button>`;
    return html`<nv-digits label="Digit to store" .digit=${values.digit}></nv-digits>
      <div class="row">
        ${act('store', 'Store sound')} ${act('clear', 'Clear key')}
        <button type="button" ?disabled=${pads.stored.size === 0} @click=${() => pads.clearAll()}>
          Clear all
        </button>
        <p class=${pads.fault ? 'fault' : 'soft'} role="status">
          ${pads.fault || (pads.armed ? hints[pads.armed] : `${pads.message} ${this.#present()}`.trim())}
        </p>
      </div>`;
  }

  #present(): string {
    const { digit } = this.values;
    const low = Math.floor(digit);
    const word = digit === low ? digitWords[low] : `between ${digitWords[low]} and ${digitWords[low + 1]}`;
    return `Sound to store: ${word}, ${this.voice}.`;
  }
}

customElements.define('nv-drum-keys', DrumKeysElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-drum-keys': DrumKeysElement;
  }
}
