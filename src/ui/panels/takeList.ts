// Takes that wait to be saved, one a row.
import { LitElement, css, html } from 'lit';
import { Subscription } from '../controls/subscription.ts';
import { shared } from '../controls/theme.ts';
import type { KeptTake, KeptTakes } from './keptTakes.ts';
import { clockText } from './takeText.ts';

/** `<nv-takes>`: all takes that are kept but `without`, which is shown elsewhere. */
export class TakeListElement extends LitElement {
  static override properties = {
    takes: { attribute: false },
    without: { attribute: false },
  };
  declare takes: KeptTakes;
  declare without: KeptTake | null;

  static override styles = [
    shared,
    css`
      ul {
        margin: 0;
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
      }
      a {
        display: inline-flex;
        align-items: center;
        text-decoration: none;
      }
      span {
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.without = null;
    new Subscription(this, () => this.takes);
  }

  protected override render() {
    const rows = this.takes.all.filter((kept) => kept !== this.without);
    if (rows.length === 0) return null;
    return html`<ul aria-label="Takes that are kept">
      ${rows.map((kept) => {
        const { name, address, take, hasBroken } = kept;
        return html`<li>
          <a class="button" href=${address} download=${name} @click=${() => this.takes.save(kept)}
            >Save ${name}</a
          >
          <span class="soft"
            >${clockText(take.seconds)} · ${(take.blob.size / 1e6).toFixed(1)}
            MB${hasBroken ? ', until the sound was lost' : ''}</span
          >
          <button type="button" aria-label="Discard ${name}" @click=${() => this.takes.discard(kept)}>
            Discard
          </button>
        </li>`;
      })}
    </ul>`;
  }
}

customElements.define('nv-takes', TakeListElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-takes': TakeListElement;
  }
}
