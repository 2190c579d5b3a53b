// MIDI learn on the page: the button that turns it on, what to do next, and the bindings of the control that was picked.
import { LitElement, css, html } from 'lit';
import { parameterById, textOf, valueOfText, type ParameterId } from '../../contract/parameters.ts';
import { messageOf } from '../../contract/errors.ts';
import {
  bindingCurves,
  encodingOf,
  encodingsOf,
  takeovers,
  type BindingCurve,
  type Encoding,
  type Takeover,
} from '../../midi/bindings.ts';
import type { BindingChanges } from '../../midi/learn.ts';
import type { ShownBinding } from '../../midi/shownBinding.ts';
import type { LearnApi } from '../../session/sessionApi.ts';
import { labelOf, type Direction } from '../../session/parameterLabels.ts';
import { Subscription } from '../controls/subscription.ts';
import { fields, shared } from '../controls/theme.ts';

const takeoverNames: Record<Takeover, string> = { pickup: 'pick up', jump: 'jump' };
const encodingNames: Record<Encoding, string> = {
  absolute: 'knob',
  'twos complement': 'encoder, two’s complement',
  'signed bit': 'encoder, signed bit',
  'offset 64': 'encoder, offset 64',
  increments: 'encoder, increments',
};

/** `<nv-learn>`: the panel while learning; fires `learn-end` when it is over. */
export class LearnElement extends LitElement {
  static override properties = {
    learn: { attribute: false },
    picked: { attribute: false },
    directions: { attribute: false },
    fault: { state: true },
  };
  declare learn: LearnApi;
  /** The control that was clicked last. */
  declare picked: ParameterId | null;
  /** Of the bundle's manifest: they name the styles. */
  declare directions: readonly Direction[];
  /** Why a change of a binding was refused. */
  declare fault: string;

  static override styles = [
    shared,
    fields,
    css`
      /* In sight wherever the controls are that it speaks of: on a phone they are two screens below. */
      :host {
        display: block;
        position: sticky;
        top: 8px;
        z-index: 2;
        max-height: 40vh;
        overflow-y: auto;
        padding: 12px 16px;
        border: 2px solid var(--accent);
        border-radius: var(--radius);
        background: #1d190f;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 14px;
      }
      p {
        margin: 0;
        flex: 1 1 260px;
      }
      ul {
        margin: 10px 0 0;
        padding: 0;
        list-style: none;
        display: grid;
        gap: 8px;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px 12px;
        padding-top: 8px;
        border-top: 1px solid var(--line);
      }
      b {
        min-width: 7em;
      }
      label {
        display: flex;
        align-items: center;
        gap: 6px;
        font-size: 14px;
        color: var(--soft);
      }
      input {
        width: 6.5em;
      }
      button {
        padding: 6px 14px;
      }
      .hint {
        color: var(--accent);
      }
    `,
  ];

  constructor() {
    super();
    this.picked = null;
    this.directions = [];
    this.fault = '';
    new Subscription(this, () => this.learn);
  }

  protected override render() {
    const { learn, picked, directions } = this;
    const label = picked && labelOf(picked, directions);
    const bindings = picked ? learn.bindingsOf(picked) : [];
    const isUnclear = bindings.some(({ state }) => state === 'unclear');
    const says =
      learn.armed !== null
        ? `Move a knob, fader, wheel or button of your controller: it will move ${labelOf(learn.armed, directions)}.`
        : isUnclear
          ? 'Turn it a little further, to and fro: it may be an endless encoder.'
          : label
            ? `${label}: ${
                learn.bindings
                  .get(picked)
                  ?.map(({ text }) => text)
                  .join(', ') ?? 'no controller'
              }. Click another control, or change this one below.`
            : 'Click a control on the page, then move a knob of your controller.';
    return html`<div class="row">
        <p role="status">${says}</p>
        ${
          learn.armed === null
            ? null
            : html`<button type="button" @click=${() => learn.disarm()}>Cancel</button>`
        }
        ${
          picked === null
            ? html`<button type="button" @click=${() => this.#try(() => learn.restoreDefaults())}>
                Forget everything learned
              </button>`
            : html`<button type="button" @click=${() => this.#try(() => learn.restoreDefaults(picked))}>
                Back to its default
              </button>`
        }
        <button type="button" @click=${() => this.dispatchEvent(new CustomEvent('learn-end'))}>Done</button>
      </div>
      ${learn.fault || this.fault ? html`<p class="fault" role="alert">${learn.fault} ${this.fault}</p>` : null}
      ${
        picked === null
          ? null
          : html`<ul aria-label="Controllers of ${label}">
              ${bindings.map((binding) => this.#binding(binding))}
            </ul>`
      }`;
  }

  #binding(binding: ShownBinding) {
    const { id, text, device, isDefault, hint, parameterId, min, max, curve, takeover } = binding;
    const parameter = parameterById(parameterId);
    const encodings = encodingsOf(binding.kind);
    const encoding = encodingOf(binding);
    const change = (changes: BindingChanges) => this.#try(() => this.learn.update(id, changes));
    const end = (name: string, value: number, key: 'min' | 'max') =>
      html`<label
        >${name}<input
          type="text"
          autocomplete="off"
          aria-label="${text} ${name}"
          .value=${textOf(parameter, value)}
          @change=${(event: Event) => {
            const typed = (event.target as HTMLInputElement).value;
            this.#try(() => this.learn.update(id, { [key]: valueOfText(parameter, typed) }));
          }}
      /></label>`;
    const list = <T extends string>(
      name: string,
      all: readonly T[],
      now: T,
      texts: (one: T) => string,
      key: string,
    ) =>
      html`<label
        >${name}<select
          aria-label="${text} ${name}"
          @change=${(event: Event) => change({ [key]: all[(event.target as HTMLSelectElement).selectedIndex] })}
        >
          ${all.map((one) => html`<option .selected=${one === now}>${texts(one)}</option>`)}
        </select></label
      >`;
    return html`<li>
      <b>${text}</b><span class="soft">${isDefault ? 'every device (default chart)' : device}</span>
      ${
        isDefault
          ? null
          : html`${end('from', min, 'min')} ${end('to', max, 'max')}
            ${list<BindingCurve>('curve', bindingCurves, curve, (one) => one, 'curve')}
            ${
              encodings.length > 1
                ? list<Encoding>('sends as', encodings, encoding, (one) => encodingNames[one], 'encoding')
                : null
            }
            ${
              encoding === 'absolute'
                ? list<Takeover>('takeover', takeovers, takeover, (one) => takeoverNames[one], 'takeover')
                : null
            }`
      }
      ${hint ? html`<span class="hint">${hint}</span>` : null}
      <button
        type="button"
        aria-label="Unlearn ${text}"
        @click=${() => this.#try(() => this.learn.unbind(id))}
      >
        Unlearn
      </button>
    </li>`;
  }

  #try(act: () => void): void {
    try {
      act();
      this.fault = '';
    } catch (reason) {
      this.fault = messageOf(reason);
      this.requestUpdate();
    }
  }
}

customElements.define('nv-learn', LearnElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-learn': LearnElement;
  }
}
