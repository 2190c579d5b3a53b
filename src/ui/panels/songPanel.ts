// The song on the page: a MIDI file or the demo, with transport, place, tempo and loop.
import { LitElement, css, html } from 'lit';
import { messageOf } from '../../contract/errors.ts';
import { bytesOfFile } from './chosenFile.ts';
import type { SongApi } from '../../session/sessionApi.ts';
import { Subscription } from '../controls/subscription.ts';
import { clockText } from './takeText.ts';
import { shared } from '../controls/theme.ts';
import './songParts.ts';

/** The place is read this often while the song plays. */
const refreshMilliseconds = 200;
/** The tempo slider's travel in octaves to either side of the tempo as written. */
const tempoOctaves = 2;

/** `<nv-song>` */
export class SongElement extends LitElement {
  static override properties = {
    song: { attribute: false },
    voices: { attribute: false },
    fault: { state: true },
    sought: { state: true },
  };
  declare song: SongApi;
  /** Names of the bundle's speakers. */
  declare voices: readonly string[];
  declare fault: string;
  /** Where the place is being dragged to; null while it follows the song. */
  declare sought: number | null;
  #timer: ReturnType<typeof setInterval> | undefined;

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
      .row + .row {
        margin-top: 10px;
      }
      button,
      .button {
        padding: 8px 14px;
      }
      .symbol {
        min-width: 48px;
        padding: 8px 12px;
      }
      .place {
        flex: 1 1 160px;
      }
      .tempo {
        flex: 1 1 110px;
      }
      input[type='range'] {
        min-width: 0;
        min-height: 40px;
        accent-color: var(--accent);
      }
      .number {
        white-space: nowrap;
      }
      .check,
      .slider {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 44px;
      }
      .check {
        cursor: pointer;
        padding-right: 8px;
      }
      .check input {
        width: 20px;
        height: 20px;
        accent-color: var(--accent);
      }
      .notice {
        color: var(--accent);
      }
      p {
        margin: 10px 0 0;
        font-size: 14px;
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.fault = '';
    this.voices = [];
    this.sought = null;
    new Subscription(this, () => this.song);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Another file has been dropped: what was wrong with the last one is past. */
  forgetFault(): void {
    this.fault = '';
  }

  /** Loads a MIDI file and plays it. */
  async open(file: File): Promise<void> {
    await this.#try(async () => {
      this.song.load(await bytesOfFile(file, 'song'), file.name);
      this.song.play();
    });
  }

  protected override render() {
    const { song } = this;
    const { state, durationSeconds, tempoFactor } = song;
    const seconds = this.sought ?? song.seconds;
    const isEmpty = state === 'empty';
    const isPlaying = state === 'playing';
    return html`<h2>Song</h2>
      <div class="row">
        <button
          type="button"
          class="symbol"
          aria-label=${isPlaying ? 'Pause song' : 'Play song'}
          ?disabled=${isEmpty}
          @click=${() => (isPlaying ? song.pause() : song.play())}
        >
          ${isPlaying ? '❚❚' : '▶'}
        </button>
        <button
          type="button"
          class="symbol"
          aria-label="Stop song"
          ?disabled=${isEmpty}
          @click=${() => song.stop()}
        >
          ■
        </button>
        <label class="button"
          >Open MIDI<input
            type="file"
            aria-label="Open a MIDI file"
            @change=${(event: Event) => void this.#choose(event)}
        /></label>
        <button
          type="button"
          @click=${() =>
            void this.#try(async () => {
              await song.loadDemo();
              song.play();
            })}
        >
          Demo song
        </button>
      </div>
      ${
        isEmpty
          ? null
          : html`<div class="row">
                <input
                  type="range"
                  class="place"
                  aria-label="Place in the song"
                  min="0"
                  max=${durationSeconds}
                  step="0.1"
                  .value=${String(seconds)}
                  aria-valuetext="${clockText(seconds)} of ${clockText(durationSeconds)}"
                  @input=${(event: Event) => (this.sought = (event.target as HTMLInputElement).valueAsNumber)}
                  @change=${(event: Event) => this.#seek((event.target as HTMLInputElement).valueAsNumber)}
                  @blur=${() => (this.sought = null)}
                />
                <span class="number">${clockText(seconds)} / ${clockText(durationSeconds)}</span>
              </div>
              <div class="row">
                <label class="slider tempo"
                  >Tempo<input
                    type="range"
                    aria-label="Tempo of the song"
                    min=${-tempoOctaves}
                    max=${tempoOctaves}
                    step="0.05"
                    .value=${String(Math.log2(tempoFactor))}
                    aria-valuetext="${tempoFactor.toFixed(2)} of the tempo as written"
                    @input=${(event: Event) =>
                      song.setTempoFactor(2 ** (event.target as HTMLInputElement).valueAsNumber)}
                    @dblclick=${() => song.setTempoFactor(1)}
                  /><span class="number">${tempoFactor.toFixed(2)} ×</span></label
                >
                <label class="check"
                  ><input
                    type="checkbox"
                    aria-label="Loop the song"
                    .checked=${song.loop}
                    @change=${(event: Event) => song.setLoop((event.target as HTMLInputElement).checked)}
                  />Loop</label
                >
              </div>`
      }
      <p class=${this.fault ? 'fault' : 'soft'} role="status">
        ${this.fault || song.name || 'Drop a MIDI file anywhere on the page.'}
      </p>
      ${this.fault ? null : song.notices.map((notice) => html`<p class="notice" role="status">${notice}</p>`)}
      ${isEmpty ? null : html`<nv-song-parts .song=${song} .voices=${this.voices}></nv-song-parts>`}`;
  }

  /** Time passes without news: the place is drawn anew while the song plays. */
  protected override updated(): void {
    const isPlaying = this.song.state === 'playing';
    if (isPlaying === (this.#timer !== undefined)) return;
    clearInterval(this.#timer);
    this.#timer = isPlaying ? setInterval(() => this.requestUpdate(), refreshMilliseconds) : undefined;
  }

  #seek(seconds: number): void {
    this.sought = null;
    this.song.seek(seconds);
  }

  async #choose(event: Event): Promise<void> {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    if (file) await this.open(file);
    // The same file may be chosen again after it was mended.
    input.value = '';
  }

  async #try(task: () => Promise<void>): Promise<void> {
    try {
      await task();
      this.fault = '';
    } catch (reason) {
      this.fault = messageOf(reason);
    }
  }
}

customElements.define('nv-song', SongElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-song': SongElement;
  }
}
