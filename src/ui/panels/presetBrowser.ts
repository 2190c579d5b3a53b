// The dialog of presets: search, load, save, rename, duplicate, delete with a way back, import and export.
// Long with the markup and styles of one dialog.
import { LitElement, css, html } from 'lit';
import { messageOf } from '../../contract/errors.ts';
import { textOfFile } from './chosenFile.ts';
import { fileNameOf, saveFile } from './downloads.ts';
import type { PresetEntry, PresetsApi } from '../../session/sessionApi.ts';
import { matching } from './presetSearch.ts';
import { Subscription } from '../controls/subscription.ts';
import { shared } from '../controls/theme.ts';

/** `<nv-preset-browser>`: `show` opens it. */
export class PresetBrowserElement extends LitElement {
  static override properties = {
    presets: { attribute: false },
    query: { state: true },
    renaming: { state: true },
    message: { state: true },
    failed: { state: true },
  };
  declare presets: PresetsApi;
  declare query: string;
  /** Id of the preset whose name is being typed. */
  declare renaming: string | null;
  declare message: string;
  declare failed: boolean;

  static override styles = [
    shared,
    css`
      dialog {
        width: min(720px, calc(100vw - 24px));
        height: min(760px, calc(100dvh - 24px));
        max-width: none;
        max-height: none;
        padding: 0;
        color: var(--text);
        background: var(--panel);
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }
      dialog::backdrop {
        background: rgb(4 6 10 / 0.7);
      }
      .frame {
        display: grid;
        grid-template-rows: auto auto minmax(0, 1fr) auto;
        gap: 12px;
        height: 100%;
        padding: 16px;
      }
      .top,
      form,
      .foot {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
      }
      input[type='search'],
      input[type='text'] {
        flex: 1 1 180px;
        min-width: 0;
        min-height: 44px;
        padding: 6px 14px;
        font: inherit;
        color: var(--text);
        background: var(--ink);
        border: 1px solid var(--line);
        border-radius: 10px;
      }
      .list {
        overflow-y: auto;
        min-height: 0;
        border-block: 1px solid var(--line);
        padding: 8px 2px;
      }
      h3 {
        margin: 8px 4px;
        font-size: 13px;
        letter-spacing: 0.08em;
        text-transform: uppercase;
        color: var(--soft);
      }
      ul {
        margin: 0 0 12px;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
        padding: 2px 0;
      }
      .entry {
        flex: 1 1 200px;
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0 12px;
        min-width: 0;
        padding: 8px 12px;
        text-align: left;
        background: none;
        border-color: transparent;
      }
      .entry[aria-current='true'] {
        border-color: var(--accent);
      }
      .tags {
        font-size: 13px;
        font-weight: 400;
        color: var(--soft);
      }
      .tool {
        padding: 6px 12px;
        font-size: 14px;
        background: none;
      }
      li form {
        flex: 1 1 100%;
      }
      @media (max-width: 760px) {
        .own .entry {
          flex-basis: 100%;
        }
      }
      p {
        margin: 0;
        font-size: 14px;
        flex: 1 1 100%;
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.query = '';
    this.renaming = null;
    this.message = '';
    this.failed = false;
    new Subscription(this, () => this.presets);
  }

  /** Opens the dialog with the search or the name to save under at hand. */
  show(purpose: 'search' | 'save'): void {
    this.message = '';
    this.renaming = null;
    const dialog = this.renderRoot.querySelector('dialog');
    if (!dialog?.open) dialog?.showModal();
    const field = this.renderRoot.querySelector<HTMLInputElement>(purpose === 'save' ? '#name' : '#query');
    if (purpose === 'save' && field && this.presets.current?.kind === 'user') {
      field.value = this.presets.current.name;
    }
    field?.focus();
    field?.select();
  }

  protected override render() {
    const { presets } = this;
    const found = matching(presets.entries, this.query);
    const user = found.filter(({ kind }) => kind === 'user');
    const factory = found.filter(({ kind }) => kind === 'factory');
    const hasUser = presets.entries.some(({ kind }) => kind === 'user');
    return html`<dialog aria-label="Presets">
      <div class="frame">
        <div class="top">
          <input
            id="query"
            type="search"
            aria-label="Search presets"
            placeholder="Search names and tags"
            autocomplete="off"
            .value=${this.query}
            @input=${(event: Event) => (this.query = (event.target as HTMLInputElement).value)}
          />
          <button type="button" @click=${() => this.renderRoot.querySelector('dialog')?.close()}>
            Close
          </button>
        </div>
        <form
          @submit=${(event: SubmitEvent) => {
            event.preventDefault();
            const name = this.renderRoot.querySelector<HTMLInputElement>('#name')?.value ?? '';
            void this.#run(() => presets.save(name), `Saved as ${name.trim()}`, true);
          }}
        >
          <input
            id="name"
            type="text"
            aria-label="Name to save under"
            placeholder="Name of your preset"
            autocomplete="off"
            maxlength="60"
          />
          <button type="submit">Save sound</button>
        </form>
        <div class="list">
          ${this.#group('Yours', user)} ${this.#group('Factory', factory)}
          ${found.length === 0 ? html`<p class="soft">No preset has these words.</p>` : null}
        </div>
        <div class="foot">
          <label class="button"
            >Import<input
              type="file"
              accept=".json,application/json"
              aria-label="Import presets"
              @change=${(event: Event) => void this.#import(event)}
          /></label>
          <button
            type="button"
            ?disabled=${!hasUser}
            @click=${() => saveFile('numvox-presets.json', presets.exportText(), 'application/json')}
          >
            Export all of yours
          </button>
          ${
            presets.deleted === null
              ? null
              : html`<button
                  type="button"
                  @click=${() => void this.#run(() => presets.undoRemove(), 'It is back.')}
                >
                  Bring back ${presets.deleted}
                </button>`
          }
          <p class=${this.failed ? 'fault' : 'soft'} role="status">${this.message}</p>
        </div>
      </div>
    </dialog>`;
  }

  #group(title: string, entries: readonly PresetEntry[]) {
    if (entries.length === 0) return null;
    return html`<h3>${title}</h3>
      <ul>
        ${entries.map((entry) => html`<li class=${entry.kind === 'user' ? 'own' : ''}>${this.#row(entry)}</li>`)}
      </ul>`;
  }

  #row(entry: PresetEntry) {
    const { presets } = this;
    const { id, name, tags, kind } = entry;
    if (this.renaming === id) {
      return html`<form
        @submit=${(event: SubmitEvent) => {
          event.preventDefault();
          const field = this.renderRoot.querySelector<HTMLInputElement>('#rename');
          void this.#run(() => presets.rename(id, field?.value ?? ''), 'Renamed', true).then(
            (worked) => worked && (this.renaming = null),
          );
        }}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key !== 'Escape') return;
          event.preventDefault();
          this.renaming = null;
        }}
      >
        <input
          id="rename"
          type="text"
          aria-label="New name"
          .value=${name}
          maxlength="60"
          autocomplete="off"
        />
        <button type="submit" class="tool">Rename</button>
        <button type="button" class="tool" @click=${() => (this.renaming = null)}>Cancel</button>
      </form>`;
    }
    const own = html`<button
        type="button"
        class="tool"
        aria-label="Export ${name}"
        @click=${() => saveFile(fileNameOf(name, 'json'), presets.exportText(id), 'application/json')}
      >
        Export
      </button>
      <button type="button" class="tool" aria-label="Rename ${name}" @click=${() => void this.#rename(id)}>
        Rename
      </button>
      <button
        type="button"
        class="tool"
        aria-label="Delete ${name}"
        @click=${() => void this.#run(() => presets.remove(id), `${name} was deleted.`)}
      >
        Delete
      </button>`;
    return html`<button
        type="button"
        class="entry"
        aria-current=${presets.current?.id === id}
        @click=${() => presets.load(id)}
      >
        <span>${name}</span><span class="tags">${tags.join(' · ')}</span>
      </button>
      <button
        type="button"
        class="tool"
        aria-label="Duplicate ${name}"
        @click=${() => void this.#run(() => presets.duplicate(id), `${name} was copied to yours`, true)}
      >
        Copy
      </button>
      ${kind === 'user' ? own : null}`;
  }

  async #rename(id: string): Promise<void> {
    this.renaming = id;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLInputElement>('#rename')?.select();
  }

  async #import(event: Event): Promise<void> {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    // The same file may be chosen again after it was mended.
    if (file) await this.importFile(file);
    input.value = '';
  }

  /** Adds the presets of a file and says what came of it. */
  async importFile(file: File): Promise<void> {
    const before = this.presets.entries.length;
    await this.#run(async () => {
      const notices = await this.presets.importText(await textOfFile(file, 'presets'), file.name);
      const count = this.presets.entries.length - before;
      const added = `${count} ${count === 1 ? 'preset was' : 'presets were'} added`;
      return [`${added}${this.#howLong()}`, ...notices].join(' ');
    });
  }

  /** Ends a sentence about something that was kept: only what lies in the browser's database is kept for the next visit. */
  #howLong(): string {
    const { unkept } = this.presets;
    return unkept ? `, but only until this page is closed (${unkept}): export it.` : '.';
  }

  /** Says how it went; false when it failed. @param keeps true where `done` is the beginning of a sentence about keeping */
  async #run(task: () => Promise<string | void>, done = '', keeps = false): Promise<boolean> {
    try {
      this.message = (await task()) ?? (keeps ? `${done}${this.#howLong()}` : done);
      this.failed = false;
      return true;
    } catch (reason) {
      this.message = messageOf(reason);
      this.failed = true;
      return false;
    }
  }
}

customElements.define('nv-preset-browser', PresetBrowserElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-preset-browser': PresetBrowserElement;
  }
}
