// MIDI on the page: which inputs are heard and what of them, or why none are; and what is sent to which output.
import { LitElement, css, html } from 'lit';
import type { MidiInputInfo, MidiState } from '../../midi/inputs.ts';
import { inputRoles, type InputRole, type PortSettings } from '../../midi/portSettings.ts';
import { Subscription } from '../controls/subscription.ts';
import { fields, shared } from '../controls/theme.ts';

const roleTexts: Record<InputRole, string> = {
  everything: 'everything',
  keys: 'keys',
  controllers: 'controllers',
  clock: 'clock only',
};
const channels = ['any', ...Array.from({ length: 16 }, (_, k) => k + 1)] as const;
const sent = [
  ['notes', 'Notes'],
  ['controllers', 'Controllers'],
  ['clock', 'Clock'],
] as const;

/** `<nv-midi>`: `retry-midi` fires when the user asks for access again. */
export class MidiStateElement extends LitElement {
  static override properties = {
    state: { attribute: false },
    ports: { attribute: false },
    outputs: { attribute: false },
  };
  declare state: MidiState;
  declare ports: PortSettings;
  /** Names of the outputs that are there. */
  declare outputs: readonly string[];

  static override styles = [
    shared,
    fields,
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
      li,
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 10px;
      }
      .row {
        margin-top: 6px;
      }
      .check {
        display: inline-flex;
        align-items: center;
        gap: 10px;
        min-height: 44px;
        min-width: 0;
        cursor: pointer;
        overflow-wrap: anywhere;
      }
      .port {
        flex: 1 1 100%;
        font-weight: 600;
      }
      li select,
      .to {
        flex: 1 1 0;
        min-width: 0;
      }
      input[type='checkbox'] {
        flex: none;
        width: 20px;
        height: 20px;
        accent-color: var(--good);
      }
      select:disabled {
        opacity: 0.45;
      }
      .soft.check {
        align-items: flex-start;
        padding: 10px 0;
      }
      button {
        margin-top: 10px;
      }
    `,
  ];

  constructor() {
    super();
    this.state = { kind: 'waiting', inputs: [] };
    this.outputs = [];
    new Subscription(this, () => this.ports);
  }

  protected override render() {
    const { fault } = this.ports;
    return html`<h2>MIDI</h2>
      <div role="status">${this.#content()}</div>
      ${this.state.kind === 'ready' ? [this.#doubled(), this.#output()] : null}
      ${fault ? html`<p class="fault" role="alert">${fault}</p>` : null}`;
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
              ${this.state.inputs.map((input) => this.#input(input))}
            </ul>`;
    }
  }

  #input({ name, device }: MidiInputInfo) {
    const { ports } = this;
    const { on, role, channel } = ports.input(device);
    return html`<li>
      ${this.#check(name, on, (checked) => ports.setInput(device, { on: checked }), 'port')}
      <select
        aria-label="${name} is for"
        ?disabled=${!on}
        @change=${(event: Event) => ports.setInput(device, { role: inputRoles[indexOf(event)] })}
      >
        ${inputRoles.map((one) => html`<option .selected=${one === role}>${roleTexts[one]}</option>`)}
      </select>
      <select
        aria-label="Channel of ${name}"
        ?disabled=${!on || role === 'clock'}
        @change=${(event: Event) => ports.setInput(device, { channel: channels[indexOf(event)] })}
      >
        ${channels.map(
          (one) =>
            html`<option .selected=${one === channel}>
              ${one === 'any' ? 'all channels' : `channel ${one}`}
            </option>`,
        )}
      </select>
    </li>`;
  }

  #doubled() {
    const { ports } = this;
    if (this.state.inputs.length < 2) return null;
    const text = 'One keyboard, two inputs: count its notes once';
    return this.#check(text, ports.doubled, (checked) => ports.setDoubled(checked), 'soft');
  }

  #output() {
    const { ports, outputs } = this;
    const { output } = ports;
    const isThere = outputs.includes(output.device);
    if (outputs.length === 0 && !output.device) return null;
    const choices = ['', ...outputs, ...(isThere || !output.device ? [] : [output.device])];
    const textOf = (device: string) =>
      device === '' ? 'nothing' : outputs.includes(device) ? device : `${device} (not there)`;
    return html`<div class="row">
        <label for="to" class="soft">Send to</label>
        <select
          id="to"
          class="to"
          @change=${(event: Event) => ports.setOutput({ device: choices[indexOf(event)] })}
        >
          ${choices.map((device) => html`<option .selected=${device === output.device}>${textOf(device)}</option>`)}
        </select>
      </div>
      ${
        output.device
          ? html`<div class="row">
              ${sent.map(([what, text]) =>
                this.#check(text, output[what], (checked) => ports.setOutput({ [what]: checked })),
              )}
            </div>`
          : null
      }`;
  }

  #check(text: string, checked: boolean, change: (checked: boolean) => void, kind = '') {
    return html`<label class="check ${kind}"
      ><input
        type="checkbox"
        .checked=${checked}
        @change=${(event: Event) => change((event.target as HTMLInputElement).checked)}
      />${text}</label
    >`;
  }
}

function indexOf(event: Event): number {
  return (event.target as HTMLSelectElement).selectedIndex;
}

customElements.define('nv-midi', MidiStateElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-midi': MidiStateElement;
  }
}
