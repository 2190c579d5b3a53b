// One parameter on the page: a knob or a choice, with its MIDI binding, and a cover to pick it by while learning.
import { LitElement, css, html } from 'lit';
import { live } from 'lit/directives/live.js';
import { parameterById, type ParameterId } from '../../contract/parameters.ts';
import './choice.ts';
import { noGroups, type ChoiceGroup } from './choiceGroups.ts';
import { isGiven, shownValue } from './given.ts';
import './knob.ts';
import { noLearning, type LearnView } from '../../session/sessionApi.ts';
import { shared } from './theme.ts';

/** A parameter was moved on the page. */
export interface ParameterChange {
  readonly id: ParameterId;
  readonly value: number;
  /** Names the step for undo where one control moves two parameters. */
  readonly label?: string;
}

/** `<nv-control>`: fires `parameter-change` with a ParameterChange and `learn-pick` with the id; both bubble out of the panels. */
export class ControlElement extends LitElement {
  static override properties = {
    parameterId: { attribute: false },
    value: { attribute: false },
    label: { attribute: false },
    learn: { attribute: false },
    groups: { attribute: false },
    flat: { type: Boolean },
  };
  declare parameterId: ParameterId;
  declare value: number;
  /** Instead of the table's label; empty for that. */
  declare label: string;
  declare learn: LearnView;
  /** Of a long list of choices; see choice.ts. */
  declare groups: readonly ChoiceGroup[];
  declare flat: boolean;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
        min-width: 0;
      }
      button {
        position: absolute;
        inset: -4px;
        min-height: 0;
        padding: 0;
        background: rgb(255 198 92 / 0.08);
        border: 2px dashed var(--accent);
        border-radius: 12px;
      }
      button:hover:not(:disabled) {
        background: rgb(255 198 92 / 0.2);
        border-color: var(--accent);
      }
      button[aria-pressed='true'] {
        border-style: solid;
        background: rgb(255 198 92 / 0.28);
      }
      @media (prefers-reduced-motion: no-preference) {
        button[aria-pressed='true'] {
          animation: pulse 0.9s ease-in-out infinite alternate;
        }
        @keyframes pulse {
          to {
            background: rgb(255 198 92 / 0.1);
          }
        }
      }
    `,
  ];

  constructor() {
    super();
    this.label = '';
    this.learn = noLearning;
    this.groups = noGroups;
    this.flat = false;
  }

  protected override shouldUpdate(): boolean {
    return isGiven(this.parameterId);
  }

  protected override willUpdate(): void {
    this.value = shownValue(this.value, parameterById(this.parameterId));
  }

  protected override render() {
    const parameter = parameterById(this.parameterId);
    const { learn, value } = this;
    const label = this.label || parameter.label;
    const bindings = learn.bindings.get(parameter.id) ?? [];
    const badge = bindings.map(({ text, hint }) => `${text}${hint ? ` · ${hint}` : ''}`).join(', ');
    const changed = (event: CustomEvent<number>) => {
      this.value = event.detail;
      this.#fire('parameter-change', { id: parameter.id, value: event.detail });
    };
    const control = parameter.choices
      ? html`<nv-choice
          .parameter=${parameter}
          .value=${live(value)}
          .label=${label}
          .badge=${badge}
          .groups=${this.groups}
          ?flat=${this.flat}
          @value-change=${changed}
        ></nv-choice>`
      : html`<nv-knob
          .parameter=${parameter}
          .value=${live(value)}
          .label=${label}
          .badge=${badge}
          @value-change=${changed}
        ></nv-knob>`;
    const armed = learn.armed === parameter.id;
    const cover = html`<button
      type="button"
      aria-label="Learn ${label}"
      aria-pressed=${armed}
      @click=${() => this.#fire('learn-pick', parameter.id)}
    ></button>`;
    return html`${control}${learn.active ? cover : null}`;
  }

  #fire(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

customElements.define('nv-control', ControlElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-control': ControlElement;
  }
}
