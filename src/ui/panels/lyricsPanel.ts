// The lyrics field: a typed sequence of digits, the step that comes next, loop and reset.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { messageOf } from '../../contract/errors.ts';
import type { LyricsApi } from '../../session/sessionApi.ts';
import { Subscription } from '../controls/subscription.ts';
import { hueOf, shared } from '../controls/theme.ts';

/** `<nv-lyrics>` */
export class LyricsElement extends LitElement {
  static override properties = { lyrics: { attribute: false }, complaint: { state: true } };
  declare lyrics: LyricsApi | null;
  declare complaint: string;
  #shownNext = -1;
  #shownText = '';

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
      }
      input[type='text'] {
        flex: 1 1 240px;
        min-width: 0;
        min-height: 44px;
        padding: 6px 14px;
        font: inherit;
        color: var(--text);
        background: var(--ink);
        border: 1px solid var(--line);
        border-radius: 10px;
      }
      [aria-invalid='true'] {
        border-color: var(--bad) !important;
      }
      ol {
        display: flex;
        gap: 4px;
        margin: 10px 0 0;
        padding: 2px 0;
        list-style: none;
        overflow-x: auto;
        scrollbar-width: thin;
      }
      li {
        flex: none;
        min-width: 36px;
        padding: 4px 8px;
        text-align: center;
        font-size: 20px;
        border-radius: 8px;
        border: 1px solid var(--line);
        border-bottom: 3px solid oklch(0.76 0.13 var(--hue));
      }
      li.quiet {
        border-bottom-color: var(--line);
        color: var(--soft);
      }
      li[aria-current] {
        background: var(--accent);
        border-color: var(--accent);
        color: #1c1403;
        font-weight: 700;
      }
      .check {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 44px;
        padding: 0 8px;
        cursor: pointer;
      }
      .check input {
        width: 20px;
        height: 20px;
        accent-color: var(--accent);
      }
      p {
        margin: 8px 0 0;
        font-size: 14px;
      }
    `,
  ];

  constructor() {
    super();
    this.lyrics = null;
    this.complaint = '';
    new Subscription(this, () => this.lyrics);
  }

  /** A preset or undo has brought another text: what was typed before is gone, and so is what was wrong with it. */
  protected override willUpdate(): void {
    const text = this.lyrics?.text ?? '';
    if (text !== this.#shownText) this.complaint = '';
    this.#shownText = text;
  }

  protected override render() {
    const { lyrics } = this;
    if (!lyrics) return null;
    return html`<div class="row">
        <input
          type="text"
          aria-label="Lyrics"
          aria-invalid=${this.complaint !== ''}
          autocomplete="off"
          spellcheck="false"
          placeholder="3 1 4 1 5 9"
          .value=${lyrics.text}
          @input=${(event: Event) => this.#edit(lyrics, event)}
          @keydown=${(event: KeyboardEvent) => {
            if (event.key === 'Enter' || event.key === 'Escape') (event.target as HTMLElement).blur();
          }}
        />
        <label class="check"
          ><input
            type="checkbox"
            .checked=${lyrics.loop}
            @change=${(event: Event) => lyrics.setLoop((event.target as HTMLInputElement).checked)}
          />Loop</label
        >
        <button type="button" @click=${() => lyrics.reset()}>From the start</button>
      </div>
      <ol aria-label="Steps">
        ${lyrics.steps.map((step, k) => {
          const isWord = /^\d$/.test(step);
          return html`<li
            class=${isWord ? '' : 'quiet'}
            style="--hue: ${isWord ? hueOf(Number(step)) : 0}"
            aria-current=${k === lyrics.next ? 'step' : nothing}
          >
            ${isWord ? step : step === '-' ? '–' : '·'}
          </li>`;
        })}
      </ol>
      <p class=${this.complaint ? 'fault' : 'soft'} role="status">
        ${
          this.complaint ||
          (lyrics.steps.length > 0 && lyrics.next >= lyrics.steps.length
            ? 'The text is over: loop it or start again.'
            : 'One digit for each note; - holds the word over the next note, . is silent.')
        }
      </p>`;
  }

  /** Keeps the coming step in sight without moving the page. */
  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const next = this.lyrics?.next ?? -1;
    if (next === this.#shownNext) return;
    this.#shownNext = next;
    const list = this.renderRoot.querySelector('ol');
    const step = this.renderRoot.querySelector<HTMLElement>('[aria-current]');
    if (list && step) list.scrollLeft = step.offsetLeft - list.offsetLeft - list.clientWidth / 2;
  }

  #edit(lyrics: LyricsApi, event: Event): void {
    try {
      lyrics.setText((event.target as HTMLInputElement).value);
      this.complaint = '';
    } catch (reason) {
      this.complaint = messageOf(reason);
    }
  }
}

customElements.define('nv-lyrics', LyricsElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-lyrics': LyricsElement;
  }
}
