// The button that copies diagnostics; where the clipboard is closed the text stands there to be copied by hand.
import { LitElement, css, html } from 'lit';
import { shared } from '../controls/theme.ts';

/** `<nv-diagnostics>` */
export class DiagnosticsElement extends LitElement {
  static override properties = {
    report: { attribute: false },
    missing: { attribute: false },
    message: { state: true },
    text: { state: true },
  };
  /** The text of the moment. */
  declare report: () => string;
  /** What the browser lacks, in a sentence; empty for nothing. */
  declare missing: string;
  declare message: string;
  /** What is to be copied by hand; empty for nothing. */
  declare text: string;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
        font-size: 14px;
        min-width: 0;
      }
      button {
        font-size: 14px;
        padding: 6px 12px;
        background: none;
      }
      p {
        margin: 0;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      p:empty {
        display: none;
      }
      textarea {
        flex: 1 1 100%;
        min-height: 180px;
        padding: 10px;
        font: 13px/1.4 monospace;
        color: var(--text);
        background: var(--ink);
        border: 1px solid var(--line);
        border-radius: 10px;
      }
    `,
  ];

  constructor() {
    super();
    this.report = () => '';
    this.missing = '';
    this.message = '';
    this.text = '';
  }

  protected override render() {
    return html`<button
        type="button"
        title="Versions, browser, decoder, latencies, counters and the last faults, for a report of a fault; nothing of what you play"
        @click=${() => void this.#copy()}
      >
        Copy diagnostics
      </button>
      <p class="soft" role="status">${this.message}</p>
      <p class="soft" id="missing">${this.missing}</p>
      ${
        this.text
          ? html`<textarea
              readonly
              aria-label="Diagnostics"
              .value=${this.text}
              @focus=${(event: Event) => (event.target as HTMLTextAreaElement).select()}
            ></textarea>`
          : null
      }`;
  }

  async #copy(): Promise<void> {
    const text = this.report();
    try {
      await navigator.clipboard.writeText(text);
      this.text = '';
      this.message = 'Copied.';
    } catch {
      this.text = text;
      this.message = 'The clipboard is closed to this page: copy the text by hand.';
      await this.updateComplete;
      this.renderRoot.querySelector('textarea')?.focus();
    }
  }
}

customElements.define('nv-diagnostics', DiagnosticsElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-diagnostics': DiagnosticsElement;
  }
}
