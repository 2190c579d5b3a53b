// Chooses the speaker: one radio button for each voice of the bundle, with its octave.
import { LitElement, css, html } from 'lit';
import { noteName, octaveOfSpeaker } from '../../performer/keymap.ts';
import { shared } from '../controls/theme.ts';

/** `<nv-speakers>`: fires `speaker-change` with the index. */
export class SpeakersElement extends LitElement {
  static override properties = {
    names: { attribute: false },
    speaker: { attribute: false },
    octaves: { type: Boolean },
  };
  declare names: readonly string[];
  declare speaker: number;
  /** Octaves choose the voice: each is shown with its own. */
  declare octaves: boolean;

  static override styles = [
    shared,
    css`
      fieldset {
        margin: 0;
        padding: 0;
        border: 0;
        min-width: 0;
      }
      legend {
        padding: 0;
      }
      .choices {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(96px, 1fr));
        gap: 8px;
      }
      label {
        position: relative;
        display: flex;
        flex-direction: column;
        justify-content: center;
        min-height: 56px;
        padding: 6px 10px;
        line-height: 1.25;
        border: 1px solid var(--line);
        border-radius: 10px;
        background: var(--raised);
        cursor: pointer;
        font-weight: 600;
        overflow: hidden;
      }
      label:hover {
        border-color: var(--soft);
      }
      label:has(:checked) {
        background: var(--accent);
        border-color: var(--accent);
        color: #1c1403;
      }
      label:has(:checked) .soft {
        color: #4a370a;
      }
      label:has(:focus-visible) {
        outline: 3px solid var(--text);
        outline-offset: 2px;
      }
      input {
        position: absolute;
        inset: 0;
        opacity: 0;
        margin: 0;
        cursor: pointer;
      }
      @media (max-width: 760px) {
        label {
          padding: 6px 8px;
          font-size: 15px;
        }
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .soft {
        font-size: 13px;
        font-weight: 500;
      }
    `,
  ];

  constructor() {
    super();
    this.names = [];
    this.speaker = 0;
    this.octaves = true;
  }

  protected override render() {
    return html`<fieldset>
      <legend>${this.octaves ? 'Voice and octave · Z / X' : 'Voice'}</legend>
      <div class="choices">
        ${this.names.map((name, speaker) => {
          const octave = octaveOfSpeaker(speaker, this.names.length);
          if (octave === undefined && this.octaves) return null;
          return html`<label>
            <input
              type="radio"
              name="speaker"
              .checked=${speaker === this.speaker}
              @change=${() => this.dispatchEvent(new CustomEvent('speaker-change', { detail: speaker }))}
            />
            <span class="name">${name}</span
            >${this.octaves && octave !== undefined ? html`<span class="soft">${noteName(octave)}</span>` : null}
          </label>`;
        })}
      </div>
    </fieldset>`;
  }
}

customElements.define('nv-speakers', SpeakersElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-speakers': SpeakersElement;
  }
}
