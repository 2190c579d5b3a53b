// The tuning on the page: its name, a Scala file to load, and the way back to equal temperament.
import { LitElement, css, html } from 'lit';
import { messageOf } from '../../contract/errors.ts';
import { bytesOfFile } from './chosenFile.ts';
import type { TuningApi } from '../../session/sessionApi.ts';
import { Subscription } from '../controls/subscription.ts';
import { shared } from '../controls/theme.ts';

/** `<nv-tuning>` */
export class TuningElement extends LitElement {
  static override properties = { tuning: { attribute: false }, fault: { state: true } };
  declare tuning: TuningApi;
  declare fault: string;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 14px;
        margin-top: 14px;
      }
      p {
        margin: 0;
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.fault = '';
    new Subscription(this, () => this.tuning);
  }

  protected override render() {
    const { tuning, fault } = this;
    return html`<p><span class="soft">Tuning</span> ${tuning.name}</p>
      <label class="button"
        >Load scale<input
          type="file"
          accept=".scl,.kbm"
          aria-label="Load a Scala scale or keyboard map"
          @change=${(event: Event) => void this.#load(event)}
      /></label>
      ${
        tuning.isEqual
          ? null
          : html`<button type="button" @click=${() => this.#reset()}>Equal temperament</button>`
      }
      ${tuning.notice ? html`<p class="soft" role="status">${tuning.notice}</p>` : null}
      ${fault ? html`<p class="fault" role="alert">${fault}</p>` : null}`;
  }

  #reset(): void {
    this.fault = '';
    this.tuning.reset();
  }

  async #load(event: Event): Promise<void> {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    try {
      if (file) this.tuning.load(file.name, await bytesOfFile(file, 'tuning'));
      this.fault = '';
    } catch (reason) {
      this.fault = messageOf(reason);
    }
    // The same file may be chosen again after it was mended.
    input.value = '';
  }
}

customElements.define('nv-tuning', TuningElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-tuning': TuningElement;
  }
}
