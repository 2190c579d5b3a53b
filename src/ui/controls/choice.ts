// A choice: few values as a stack of radio buttons, many as a native select.
import { LitElement, css, html } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Parameter } from '../../contract/parameters.ts';
import { noGroups, type ChoiceGroup } from './choiceGroups.ts';
import { controlStyles } from './controlStyles.ts';
import { isGiven, shownValue } from './given.ts';
import { shared } from './theme.ts';

/** More values than this are a select. */
const mostButtons = 4;

/** `<nv-choice>`: fires `value-change` with the index of the choice; double click on the name resets. */
export class ChoiceElement extends LitElement {
  static override properties = {
    parameter: { attribute: false },
    value: { attribute: false },
    label: { attribute: false },
    badge: { attribute: false },
    groups: { attribute: false },
    flat: { type: Boolean },
  };
  declare parameter: Parameter;
  declare value: number;
  declare label: string;
  /** What moves it from outside: `CC 74`. Empty for nothing. */
  declare badge: string;
  /** The choices in the order and under the names that a long list shows; empty for those of the table. */
  declare groups: readonly ChoiceGroup[];
  /** Buttons side by side, without a visible name. */
  declare flat: boolean;

  static override styles = [
    shared,
    controlStyles,
    css`
      fieldset {
        margin: 0;
        padding: 0;
        border: 0;
        min-width: 0;
        display: grid;
        gap: 6px;
        text-align: center;
      }
      legend {
        padding: 0;
        margin: 0 auto 6px;
        letter-spacing: 0;
        text-transform: none;
        color: var(--text);
      }
      .stack {
        display: grid;
        border: 1px solid var(--line);
        border-radius: 10px;
        overflow: hidden;
        background: var(--raised);
      }
      label {
        position: relative;
        display: flex;
        align-items: center;
        justify-content: center;
        min-height: 40px;
        padding: 2px 10px;
        line-height: 1.15;
        font-size: 15px;
        font-weight: 600;
        cursor: pointer;
      }
      label + label {
        border-top: 1px solid var(--line);
      }
      label:hover {
        background: #232c3c;
      }
      label:has(:checked) {
        background: var(--accent);
        color: #1c1403;
      }
      label:has(:focus-visible) {
        outline: 3px solid var(--text);
        outline-offset: -3px;
      }
      input {
        position: absolute;
        inset: 0;
        margin: 0;
        opacity: 0;
        cursor: pointer;
      }
      :host([flat]) legend {
        position: absolute;
        clip-path: inset(50%);
        width: 1px;
        height: 1px;
        overflow: hidden;
      }
      :host([flat]) .stack {
        grid-auto-flow: column;
        grid-auto-columns: 1fr;
      }
      :host([flat]) label {
        min-height: 44px;
        padding: 2px clamp(6px, 1.6vw, 20px);
      }
      :host([flat]) label + label {
        border-top: 0;
        border-left: 1px solid var(--line);
      }
      select {
        width: 100%;
        min-height: 44px;
        padding: 4px 2px;
        font: inherit;
        font-size: 14px;
        font-weight: 600;
        color: var(--text);
        background: var(--raised);
        border: 1px solid var(--line);
        border-radius: 10px;
      }
    `,
  ];

  constructor() {
    super();
    this.label = '';
    this.badge = '';
    this.groups = noGroups;
    this.flat = false;
  }

  protected override shouldUpdate(): boolean {
    return isGiven(this.parameter);
  }

  protected override willUpdate(): void {
    this.value = shownValue(this.value, this.parameter);
  }

  protected override render() {
    const { parameter, value, label, groups } = this;
    const choices = parameter.choices ?? [];
    const chosen = Math.min(choices.length - 1, Math.max(0, Math.round(value)));
    const option = (index: number, text: string) =>
      html`<option value=${index} .selected=${live(index === chosen)}>${text}</option>`;
    const control =
      choices.length > mostButtons
        ? html`<select
            aria-label=${label}
            @change=${(event: Event) => this.#change(Number((event.target as HTMLSelectElement).value))}
          >
            ${
              groups.length > 0
                ? groups.map((group) => {
                    const options = group.choices.map(({ index, text }) => option(index, text));
                    return group.name ? html`<optgroup label=${group.name}>${options}</optgroup>` : options;
                  })
                : choices.map((name, k) => option(k, name))
            }
          </select>`
        : html`<div class="stack">
            ${choices.map(
              (name, k) =>
                html`<label
                  ><input
                    type="radio"
                    name="choice"
                    .checked=${live(k === chosen)}
                    @change=${() => this.#change(k)}
                  /><span>${name}</span></label
                >`,
            )}
          </div>`;
    return html`<fieldset title=${parameter.about ?? ''}>
      <legend class="name" @dblclick=${() => this.#change(parameter.defaultValue)}>${label}</legend>
      ${control} ${this.flat && !this.badge ? null : html`<span class="cc soft">${this.badge}</span>`}
    </fieldset>`;
  }

  #change(value: number): void {
    if (value === this.value) return;
    this.value = value;
    this.dispatchEvent(new CustomEvent('value-change', { detail: value }));
  }
}

customElements.define('nv-choice', ChoiceElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-choice': ChoiceElement;
  }
}
