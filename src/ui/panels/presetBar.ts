// The bar of presets and history: which preset plays, the ones beside it, saving, A/B, undo and redo, and the link to share.
import { LitElement, css, html } from 'lit';
import type { HistoryApi, PresetsApi } from '../../session/sessionApi.ts';
import './presetBrowser.ts';
import { neighbour } from './presetSearch.ts';
import { Subscription } from '../controls/subscription.ts';
import { shared } from '../controls/theme.ts';

/** `<nv-presets>`: fires `tell` with a sentence about what was done. */
export class PresetBarElement extends LitElement {
  static override properties = {
    presets: { attribute: false },
    history: { attribute: false },
    unshared: { type: Boolean },
  };
  declare presets: PresetsApi;
  declare history: HistoryApi;
  /** No link is offered: a host's page has no address for a sound. */
  declare unshared: boolean;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 12px;
        min-width: 0;
      }
      .group {
        display: flex;
        gap: 4px;
        min-width: 0;
      }
      .preset {
        flex: 1 1 280px;
        max-width: 460px;
      }
      button {
        min-width: 44px;
        padding: 8px 13px;
        white-space: nowrap;
      }
      .name {
        flex: 1 1 auto;
        min-width: 0;
        text-align: left;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .name::after {
        content: ' ▾';
        color: var(--soft);
      }
      .edited {
        color: var(--accent);
      }
      .side[aria-pressed='true'] {
        background: var(--accent);
        border-color: var(--accent);
        color: #1c1403;
      }
      @media (max-width: 760px) {
        .preset {
          flex: 1 1 100%;
          max-width: none;
        }
        button {
          min-width: 40px;
          padding: 8px 10px;
        }
        .group {
          gap: 3px;
        }
        :host {
          gap: 8px;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.unshared = false;
    new Subscription(this, () => this.presets);
    new Subscription(this, () => this.history);
  }

  protected override render() {
    const { presets, history } = this;
    const { current, edited } = presets;
    const step = (by: 1 | -1) => {
      const entry = neighbour(presets.entries, presets.current, by);
      if (entry) presets.load(entry.id);
    };
    return html`<div class="group preset" role="group" aria-label="Presets">
        <button type="button" aria-label="Previous preset" @click=${() => step(-1)}>‹</button>
        <button
          type="button"
          class="name"
          aria-label="${current?.name ?? 'Presets'}${edited ? ', changed' : ''}"
          aria-haspopup="dialog"
          @click=${() => this.#open('search')}
        >
          ${current?.name ?? 'Presets'}${
            edited ? html`<span class="edited" title="changed since it was loaded"> •</span>` : null
          }
        </button>
        <button type="button" aria-label="Next preset" @click=${() => step(1)}>›</button>
        <button type="button" aria-haspopup="dialog" @click=${() => this.#open('save')}>Save</button>
        <button
          type="button"
          title="Begins anew with every part as at first"
          @click=${() => {
            this.dispatchEvent(new CustomEvent('start-new'));
            this.#say('Everything is as at first; Undo brings it back.');
          }}
        >
          New
        </button>
      </div>
      <div class="group" role="group" aria-label="History">
        <button
          type="button"
          aria-label="Undo"
          title=${history.undoLabel ? `Undo ${history.undoLabel} (Ctrl+Z)` : ''}
          ?disabled=${history.undoLabel === null}
          @click=${() => history.undo()}
        >
          ↶
        </button>
        <button
          type="button"
          aria-label="Redo"
          title=${history.redoLabel ? `Redo ${history.redoLabel} (Ctrl+Shift+Z)` : ''}
          ?disabled=${history.redoLabel === null}
          @click=${() => history.redo()}
        >
          ↷
        </button>
      </div>
      <div class="group" role="group" aria-label="Compare">
        ${(['A', 'B'] as const).map(
          (side) =>
            html`<button
              type="button"
              class="side"
              aria-label="Side ${side}"
              aria-pressed=${history.side === side}
              @click=${() => history.side !== side && history.switchSide()}
            >
              ${side}
            </button>`,
        )}
        <button
          type="button"
          title="Makes the silent side the same as the one that is heard"
          @click=${() => {
            history.copySide();
            this.#say(`${history.side} was copied to ${history.side === 'A' ? 'B' : 'A'}.`);
          }}
        >
          ${history.side === 'A' ? 'A → B' : 'B → A'}
        </button>
      </div>
      ${
        this.unshared
          ? null
          : html`<button type="button" title="Copies a link to this sound" @click=${() => void this.#share()}>
              Share
            </button>`
      }
      <slot></slot>
      <nv-preset-browser .presets=${presets}></nv-preset-browser>`;
  }

  /** Opens the browser and adds the presets of a file. */
  async importFile(file: File): Promise<void> {
    this.#open('search');
    await this.renderRoot.querySelector('nv-preset-browser')?.importFile(file);
  }

  #open(purpose: 'search' | 'save'): void {
    this.renderRoot.querySelector('nv-preset-browser')?.show(purpose);
  }

  #say(message: string): void {
    this.dispatchEvent(new CustomEvent('tell', { detail: message }));
  }

  /** The address is changed in any case, so that it can be copied by hand where the clipboard is closed. */
  async #share(): Promise<void> {
    const address = this.history.shareAddress();
    const left = this.history.notShared();
    const rest = left.length > 0 ? ` It leaves out ${listed(left)}: save a preset and export that.` : '';
    globalThis.history.replaceState(null, '', address);
    try {
      await navigator.clipboard.writeText(address);
      this.#say(`The link to this sound was copied.${rest}`);
    } catch {
      this.#say(`The address of the page now holds this sound: copy it.${rest}`);
    }
  }
}

/** `scenes, the gesture and sounds of drum keys` */
function listed(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part).join(' and ');
}

customElements.define('nv-presets', PresetBarElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-presets': PresetBarElement;
  }
}
