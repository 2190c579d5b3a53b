// Notices in the free place of the page's head: one that comes or goes moves nothing under a player's finger.
import { LitElement, css, html, nothing } from 'lit';
import { shared } from '../controls/theme.ts';

/** What the page has to say. */
export interface PageNotice {
  readonly text: string;
  /** An alert is read out at once. */
  readonly role: 'status' | 'alert';
  readonly id?: string;
  /** What can be done about it, or away with it. */
  readonly act?: { readonly label: string; readonly title?: string; readonly run: () => void };
}

/**
 * `<nv-notices>`: shows the first notice as far as it fits; the rest is unfolded by a button, over the page, and folded again by it.
 * Its place is told by the page's `--notice-top`, `-left`, `-right` and `-height`.
 */
export class NoticeBarElement extends LitElement {
  static override properties = {
    notices: { attribute: false },
    isOpen: { state: true },
    isCut: { state: true },
  };
  declare notices: readonly PageNotice[];
  declare isOpen: boolean;
  /** Part of the first one is hidden. */
  declare isCut: boolean;
  readonly #sizes = new ResizeObserver(() => this.#measure());

  static override styles = [
    shared,
    css`
      :host {
        position: absolute;
        top: var(--notice-top);
        left: var(--notice-left);
        right: var(--notice-right);
        z-index: 4;
      }
      .bar {
        display: flex;
        align-items: flex-start;
        gap: 8px;
        height: var(--notice-height);
        padding: 3px 6px 3px 14px;
        overflow: hidden;
        background: #241f14;
        border: 1px solid var(--accent);
        border-radius: var(--radius);
        font-size: 14px;
        line-height: 1.3;
      }
      .stack {
        flex: 1;
        min-width: 0;
      }
      p {
        margin: 0;
        display: flex;
        align-items: center;
        gap: 10px;
        height: calc(var(--notice-height) - 8px);
      }
      .text {
        flex: 1;
        min-width: 0;
        max-height: 100%;
        overflow: hidden;
        overflow-wrap: anywhere;
      }
      button {
        min-height: 44px;
        padding: 4px 12px;
      }
      .open {
        height: auto;
        max-height: 60vh;
        overflow-y: auto;
        box-shadow: 0 8px 40px rgb(0 0 0 / 0.6);
      }
      .open p {
        height: auto;
        min-height: 44px;
        padding: 6px 0;
      }
      .open p + p {
        border-top: 1px solid var(--line);
      }
      .more {
        flex: none;
        position: sticky;
        top: 0;
      }
      @media (max-width: 760px) {
        .bar {
          padding: 3px 4px 3px 10px;
          gap: 4px;
          font-size: 13px;
        }
        p {
          gap: 6px;
        }
        button {
          min-width: 44px;
          padding: 4px 8px;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.notices = [];
    this.isOpen = false;
    this.isCut = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.disconnect();
  }

  protected override render() {
    const { notices, isOpen } = this;
    if (notices.length === 0) return null;
    const hasMore = notices.length > 1 || this.isCut;
    const more = notices.length > 1 ? `+${notices.length - 1}` : 'More';
    return html`<div class="bar ${isOpen ? 'open' : ''}">
      <div class="stack">
        ${notices.map(
          ({ text, role, id, act }) =>
            html`<p class="paused" role=${role} id=${id ?? nothing}>
              <span class="text">${text}</span>
              ${
                act
                  ? html`<button type="button" aria-label=${act.title ?? nothing} @click=${act.run}>
                      ${act.label}
                    </button>`
                  : null
              }
            </p>`,
        )}
      </div>
      ${
        hasMore || isOpen
          ? html`<button
              type="button"
              class="more"
              aria-expanded=${isOpen}
              aria-label=${isOpen ? 'Fold the notices' : 'Show all of the notices'}
              @click=${() => (this.isOpen = !isOpen)}
            >
              ${isOpen ? 'Less' : more}
            </button>`
          : null
      }
    </div>`;
  }

  /** With nothing left to read it folds by itself. */
  protected override willUpdate(): void {
    if (this.notices.length === 0) this.isOpen = false;
  }

  protected override updated(): void {
    this.#sizes.disconnect();
    const first = this.renderRoot.querySelector('.text');
    if (first) this.#sizes.observe(first);
    this.#measure();
  }

  /** Unfolded, nothing is cut, and what was stays known. */
  #measure(): void {
    const first = this.renderRoot.querySelector('.text');
    if (!this.isOpen && first) this.isCut = first.scrollHeight > first.clientHeight + 1;
  }
}

customElements.define('nv-notices', NoticeBarElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-notices': NoticeBarElement;
  }
}
