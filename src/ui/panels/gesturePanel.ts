// The gesture on the page: record, play, loop, keep a part, export.
import { LitElement, css, html } from 'lit';
import { messageOf } from '../../contract/errors.ts';
import { textOfFile } from './chosenFile.ts';
import { saveFile } from './downloads.ts';
import type { GestureApi } from '../../session/sessionApi.ts';
import { Subscription } from '../controls/subscription.ts';
import { clockText } from './takeText.ts';
import { shared } from '../controls/theme.ts';

/** `<nv-gesture>`: fires `points-toggle` when its points are to be shown or hidden. */
export class GesturePanelElement extends LitElement {
  static override properties = {
    gesture: { attribute: false },
    editing: { attribute: false },
    from: { state: true },
    to: { state: true },
    fault: { state: true },
  };
  declare gesture: GestureApi;
  /** Its points are shown. */
  declare editing: boolean;
  /** Part of the gesture that trimming keeps, percent. */
  declare from: number;
  declare to: number;
  /** Why a file or a part could not be made. */
  declare fault: string;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      section {
        display: grid;
        align-content: start;
        gap: 10px;
        min-width: 0;
      }
      h2 {
        margin: 0;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
      }
      .row button {
        padding: 8px 14px;
      }
      [aria-pressed='true'] {
        border-color: var(--bad);
        background: #3a1c1f;
      }
      .edit[aria-pressed='true'] {
        border-color: var(--accent);
        background: var(--accent);
        color: #1c1403;
      }
      .check {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 44px;
        padding: 0 6px;
        cursor: pointer;
      }
      .check input {
        width: 20px;
        height: 20px;
        accent-color: var(--accent);
      }
      p {
        margin: 0;
        font-size: 14px;
        overflow-wrap: anywhere;
      }
      .trim input {
        flex: 1 1 90px;
        min-width: 0;
        min-height: 40px;
        accent-color: var(--accent);
      }
    `,
  ];

  constructor() {
    super();
    this.editing = false;
    this.from = 0;
    this.to = 100;
    this.fault = '';
    new Subscription(this, () => this.gesture);
  }

  protected override render() {
    const { gesture } = this;
    const { state, seconds } = gesture;
    const has = seconds > 0;
    const check = (label: string, checked: boolean, change: (checked: boolean) => void) =>
      html`<label class="check"
        ><input
          type="checkbox"
          .checked=${checked}
          @change=${(event: Event) => change((event.target as HTMLInputElement).checked)}
        />${label}</label
      >`;
    return html`<section aria-label="Gesture">
      <h2>Gesture</h2>
      <div class="row">
        <button
          type="button"
          aria-pressed=${state === 'recording'}
          @click=${() => void this.#try(() => (state === 'recording' ? gesture.stop() : gesture.record()))}
        >
          ${state === 'recording' ? 'Stop recording' : 'Record gesture'}
        </button>
        <button
          type="button"
          ?disabled=${!has || state === 'recording'}
          @click=${() => (state === 'playing' ? gesture.stop() : gesture.play())}
        >
          ${state === 'playing' ? 'Stop gesture' : 'Play gesture'}
        </button>
        <button type="button" ?disabled=${!has} @click=${() => void this.#try(() => gesture.clear())}>
          Clear
        </button>
        <label class="button"
          >Load<input
            type="file"
            accept=".json,application/json"
            aria-label="Load a gesture"
            @change=${(event: Event) => void this.#load(event)}
        /></label>
      </div>
      <div class="row">
        ${check('Loop', gesture.loop, (loop) => gesture.setLoop(loop))}
        ${check('In tempo', gesture.synced, (synced) => gesture.setSynced(synced))}
        ${
          has
            ? html`<button
                type="button"
                class="edit"
                aria-pressed=${this.editing}
                @click=${() => this.dispatchEvent(new CustomEvent('points-toggle'))}
              >
                Edit points
              </button>`
            : null
        }
      </div>
      <p class=${gesture.fault || this.fault ? 'fault' : 'soft'} role="status">
        ${
          gesture.fault ||
          this.fault ||
          (state === 'recording'
            ? 'Move pads, knobs or controllers: everything that moves is recorded.'
            : has
              ? `${clockText(seconds)} · moves ${gesture.names.join(', ')}`
              : 'Record what you do with pads and knobs, then let it repeat while you play.')
        }
      </p>
      ${has && state !== 'recording' ? this.#edit(gesture) : null}
    </section>`;
  }

  #edit(gesture: GestureApi) {
    // The slider is put back where it may stand: no end passes the other.
    const edge = (label: string, value: number, change: (value: number) => number) =>
      html`<input
        type="range"
        min="0"
        max="100"
        aria-label=${label}
        .value=${String(value)}
        @input=${(event: Event) => {
          const input = event.target as HTMLInputElement;
          input.valueAsNumber = change(input.valueAsNumber);
        }}
      />`;
    return html`<div class="row trim">
        ${edge('Keep from', this.from, (value) => (this.from = Math.min(value, this.to - 1)))}
        ${edge('Keep to', this.to, (value) => (this.to = Math.max(value, this.from + 1)))}
        <button
          type="button"
          ?disabled=${this.from === 0 && this.to === 100}
          @click=${() => {
            void this.#try(() => gesture.trim(this.from / 100, this.to / 100));
            this.from = 0;
            this.to = 100;
          }}
        >
          Keep ${this.from}–${this.to} %
        </button>
      </div>
      <div class="row">
        <button
          type="button"
          @click=${() => saveFile('numvox-gesture.json', gesture.exportText(), 'application/json')}
        >
          Export JSON
        </button>
        <button
          type="button"
          @click=${() => void this.#try(() => saveFile('numvox-gesture.mid', gesture.exportMidi(), 'audio/midi'))}
        >
          Export MIDI
        </button>
      </div>`;
  }

  async #load(event: Event): Promise<void> {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    if (file) {
      await this.#try(async () => {
        const notices = this.gesture.importText(await textOfFile(file, 'gesture'), file.name);
        if (notices.length > 0) throw new Error(notices.join('; '));
      });
    }
    // The same file may be chosen again after it was mended.
    input.value = '';
  }

  async #try(act: () => void | Promise<void>): Promise<void> {
    try {
      await act();
      this.fault = '';
    } catch (reason) {
      this.fault = messageOf(reason);
    }
  }
}

customElements.define('nv-gesture', GesturePanelElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-gesture': GesturePanelElement;
  }
}
