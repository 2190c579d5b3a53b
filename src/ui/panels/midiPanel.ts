// Says which MIDI inputs are heard, or why none are.
import { LitElement, css, html } from 'lit';
import type { MidiState } from '../../midi/inputs.ts';
import { shared } from '../controls/theme.ts';

/** `<nv-midi>`: `retry-midi` fires when the user asks for access again. */
export class MidiStateElement extends LitElement {
  static override properties = { state: { attribute: false } };
  declare state: MidiState;

  static override styles = [
    shared,
    css`
      p {
        margin: 0;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
        display: grid;
        gap: 6px;
      }
      li {
        overflow-wrap: anywhere;
        font-weight: 600;
      }
      li::before {
        content: '';
        display: inline-block;
        width: 10px;
        height: 10px;
        margin-right: 10px;
        border-radius: 50%;
        background: var(--good);
      }
      button {
        margin-top: 10px;
      }
    `,
  ];

  constructor() {
    super();
    this.state = { kind: 'waiting', inputs: [] };
  }

  protected override render() {
    return html`<h2>MIDI</h2>
      <div role="status">${this.#content()}</div>`;
  }

  #content() {
    switch (this.state.kind) {
      case 'waiting':
        return html`<p class="soft">Waiting for the browser’s permission to use MIDI.</p>`;
      case 'absent':
        return html`<p class="soft">
          This browser has no Web MIDI. The keys on the screen and the number row play; Chrome, Edge and
          Firefox hear MIDI too.
        </p>`;
      case 'refused':
        return html`<p class="soft">
            MIDI was refused. Allow MIDI for this page in the browser’s site settings; screen and computer
            keys play meanwhile.
          </p>
          <button type="button" @click=${() => this.dispatchEvent(new CustomEvent('retry-midi'))}>
            Ask again
          </button>`;
      case 'ready':
        return this.state.inputs.length === 0
          ? html`<p class="soft">No MIDI input is connected. Plug one in and it plays at once.</p>`
          : html`<ul>
              ${this.state.inputs.map((input) => html`<li>${input.name}</li>`)}
            </ul>`;
    }
  }
}

customElements.define('nv-midi', MidiStateElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-midi': MidiStateElement;
  }
}
