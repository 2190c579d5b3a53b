// The parts of the song on the page: mute, solo, and what each plays in place of what the instrument is set to; the drums of General
// MIDI.
import { LitElement, css, html } from 'lit';
import { messageOf } from '../../contract/errors.ts';
import { playModes } from '../../contract/parameters.ts';
import { drumUses, type DrumUse, type PartSettings, type SongPart } from '../../midi/arrangement.ts';
import type { SongApi } from '../../session/sessionApi.ts';
import { Subscription } from '../controls/subscription.ts';
import { fields, shared } from '../controls/theme.ts';

const drumTexts: Readonly<Record<DrumUse, string>> = {
  auto: 'As suits the mode',
  muted: 'Muted',
  drum: 'Drum mode',
  words: 'Words',
};
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const digits = Array.from({ length: 10 }, (_, digit) => digit);

/** `<nv-song-parts>` */
export class SongPartsElement extends LitElement {
  static override properties = {
    song: { attribute: false },
    voices: { attribute: false },
    fault: { state: true },
  };
  declare song: SongApi;
  /** Names of the bundle's speakers. */
  declare voices: readonly string[];
  /** What is wrong with a text, and of which part. */
  declare fault: { readonly id: string; readonly text: string } | null;

  static override styles = [
    shared,
    fields,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      details {
        margin-top: 10px;
      }
      summary {
        min-height: 44px;
        display: flex;
        align-items: center;
        cursor: pointer;
        font-weight: 600;
      }
      summary::before {
        content: '▸';
        width: 1.4em;
      }
      details[open] > summary::before {
        content: '▾';
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
        max-height: 420px;
        overflow-y: auto;
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto auto;
        gap: 8px;
        align-items: center;
        padding: 8px 4px;
        border-top: 1px solid var(--line);
      }
      .silent .name {
        opacity: 0.6;
      }
      .name {
        overflow-wrap: anywhere;
      }
      .name small {
        display: block;
        font-size: 13px;
        color: var(--soft);
      }
      .toggle {
        min-width: 44px;
        padding: 8px 0;
      }
      .toggle[aria-pressed='true'] {
        background: var(--accent);
        border-color: var(--accent);
        color: #1c1403;
      }
      .plays {
        grid-column: 1 / -1;
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .plays > * {
        flex: 1 1 124px;
      }
      .plays > input {
        flex-basis: 100%;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 12px;
        margin-top: 8px;
      }
      .row label {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 44px;
      }
      input[type='checkbox'] {
        width: 20px;
        height: 20px;
        accent-color: var(--accent);
      }
    `,
  ];

  constructor() {
    super();
    this.voices = [];
    this.fault = null;
    new Subscription(this, () => this.song);
  }

  protected override render() {
    const { arrangement } = this.song;
    if (!arrangement || arrangement.parts.length === 0) return null;
    const { parts, settings } = arrangement;
    const hasDrums = parts.some(({ isDrums }) => isDrums);
    return html`${hasDrums ? this.#drums() : null}
      <details>
        <summary>${parts.length === 1 ? '1 part' : `${parts.length} parts`}</summary>
        <ul>
          ${parts.map((part) => this.#part(part))}
        </ul>
        <div class="row">
          <label
            ><input
              type="checkbox"
              .checked=${settings.keyswitches}
              @change=${(event: Event) =>
                arrangement.set({ keyswitches: (event.target as HTMLInputElement).checked })}
            />Low keys of the song choose digits and voices</label
          >
        </div>
      </details>`;
  }

  #drums() {
    const arrangement = this.song.arrangement!;
    const isMuted = arrangement.parts.some(({ id }) => arrangement.stateOf(id) === 'drums muted');
    const why = arrangement.settings.drums === 'auto' ? 'Muted now, as keys sing.' : 'Muted.';
    return html`<div class="row">
      <label
        >Channel 10 (drums)
        <select
          aria-label="Channel 10, the drums"
          @change=${(event: Event) =>
            arrangement.set({ drums: drumUses[(event.target as HTMLSelectElement).selectedIndex] })}
        >
          ${drumUses.map(
            (use) => html`<option .selected=${use === arrangement.settings.drums}>${drumTexts[use]}</option>`,
          )}
        </select></label
      >${isMuted ? html`<span class="soft" role="status">${why}</span>` : null}
    </div>`;
  }

  #part(part: SongPart) {
    const arrangement = this.song.arrangement!;
    const { id, name, channel, port, notes, isDrums, hasLyrics } = part;
    const set = arrangement.settings.parts[id] ?? {};
    // All of a file with one track have its name.
    const isShared = arrangement.parts.some((other) => other !== part && other.name === name);
    const title = isShared || !name ? `Channel ${channel}${port > 0 ? ` of port ${port + 1}` : ''}` : name;
    const where = [
      ...(title === name ? [`channel ${channel}`] : []),
      ...(title === name && port > 0 ? [`port ${port + 1}`] : []),
      ...(isDrums ? ['drums'] : []),
      notes === 1 ? '1 note' : `${notes} notes`,
      ...(hasLyrics ? ['with lyrics'] : []),
    ].join(', ');
    const change = (changes: { [K in keyof PartSettings]: PartSettings[K] | undefined }) =>
      arrangement.setPart(id, changes);
    const toggle = (letter: string, what: string, isOn: boolean, act: () => void) =>
      html`<button
        type="button"
        class="toggle"
        aria-label="${what} ${title}"
        aria-pressed=${isOn}
        @click=${act}
      >
        ${letter}
      </button>`;
    const fault = this.fault?.id === id ? this.fault.text : '';
    return html`<li class=${arrangement.stateOf(id) === 'heard' ? '' : 'silent'}>
      <span class="name">${title}<small>${where}</small></span>
      ${toggle('M', 'Mute', set.muted === true, () => change({ muted: set.muted ? undefined : true }))}
      ${toggle('S', 'Solo', set.solo === true, () => change({ solo: set.solo ? undefined : true }))}
      <div class="plays">
        ${this.#choice(`Mode of ${title}`, 'Mode', playModes, set.mode, capital, (mode) => change({ mode }))}
        ${this.#choice(`Digit of ${title}`, 'Digit', digits, set.digit, String, (digit) => change({ digit }))}
        ${this.#choice(
          `Voice of ${title}`,
          'Voice',
          this.voices.map((_, speaker) => speaker),
          set.speaker,
          (speaker) => capital(this.voices[speaker]),
          (speaker) => change({ speaker }),
        )}
        ${
          set.mode === 'lyrics' || set.lyrics
            ? html`<input
                type="text"
                aria-label="Lyrics of ${title}"
                placeholder="Its own lyrics: 3 1 4 - ."
                .value=${set.lyrics ?? ''}
                @change=${(event: Event) => this.#setLyrics(id, (event.target as HTMLInputElement).value)}
              />`
            : null
        }
      </div>
      ${fault ? html`<span class="plays fault" role="alert">${fault}</span>` : null}
    </li>`;
  }

  /** A list whose first choice leaves it to the instrument. */
  #choice<T>(
    label: string,
    none: string,
    all: readonly T[],
    now: T | undefined,
    text: (one: T) => string,
    choose: (one: T | undefined) => void,
  ) {
    return html`<select
      aria-label=${label}
      @change=${(event: Event) => choose(all[(event.target as HTMLSelectElement).selectedIndex - 1])}
    >
      <option .selected=${now === undefined}>${none}</option>
      ${all.map((one) => html`<option .selected=${one === now}>${text(one)}</option>`)}
    </select>`;
  }

  #setLyrics(id: string, text: string): void {
    try {
      this.song.arrangement?.setPart(id, { lyrics: text.trim() || undefined });
      this.fault = null;
    } catch (reason) {
      this.fault = { id, text: messageOf(reason) };
    }
  }
}

customElements.define('nv-song-parts', SongPartsElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-song-parts': SongPartsElement;
  }
}
