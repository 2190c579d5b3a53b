// How soon keys are heard: the player's choice, beside the status line.
import { LitElement, css, html } from 'lit';
import { live } from 'lit/directives/live.js';
import { latencyChoices, type LatencyChoice, type LatencyLevel } from '../../instrument/latency.ts';
import { fields, shared } from '../controls/theme.ts';

/** `<nv-latency>`: fires `latency-change` with what was chosen. */
export class LatencyChoiceElement extends LitElement {
  static override properties = { choice: { attribute: false }, level: { attribute: false } };
  declare choice: LatencyChoice;
  /** What the present sound was started with; null where that is not known. */
  declare level: LatencyLevel | null;

  static override styles = [
    shared,
    fields,
    css`
      label {
        display: inline-flex;
        gap: 8px;
        align-items: center;
        font-size: 14px;
      }
    `,
  ];

  protected override render() {
    const at = this.choice === 'auto' && this.level ? ` (${this.level} now)` : '';
    return html`<label
      title="lowest is heard soonest and breaks off first on a busy machine; auto begins there and steps up when sound breaks off"
    >
      <span class="soft">Keys are heard</span>
      <select
        @change=${(event: Event) =>
          this.dispatchEvent(
            new CustomEvent('latency-change', {
              detail: (event.target as HTMLSelectElement).value,
              bubbles: true,
              composed: true,
            }),
          )}
      >
        ${latencyChoices.map(
          (choice) =>
            html`<option value=${choice} .selected=${live(choice === this.choice)}>
              ${names[choice]}${choice === 'auto' ? at : ''}
            </option>`,
        )}
      </select>
    </label>`;
  }
}

const names: Readonly<Record<LatencyChoice, string>> = {
  auto: 'as soon as they can: auto',
  lowest: 'soonest: lowest',
  balanced: 'soon: balanced',
  safe: 'surely: safe',
};

customElements.define('nv-latency', LatencyChoiceElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-latency': LatencyChoiceElement;
  }
}
