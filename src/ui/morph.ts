// Morphing: four scenes on a pad, the map of voices on another, and a recorded gesture over both.
// Long with the markup of three panels that share one layout.
import { LitElement, css, html } from 'lit';
import type { ParameterId, ParameterValues } from '../contract/parameters.ts';
import { messageOf } from '../instrument/errors.ts';
import { sceneNames } from '../instrument/state/scenes.ts';
import type { ParameterChange } from './control.ts';
import { saveFile } from './files.ts';
import {
  noLearning,
  type GestureApi,
  type InstrumentApi,
  type LearnView,
  type ScenesApi,
} from './instrumentApi.ts';
import './pad.ts';
import type { PadPlace } from './pad.ts';
import { Subscription } from './subscription.ts';
import { clockText } from './takeText.ts';
import { shared } from './theme.ts';

/** `<nv-morph>`: the pads fire `parameter-change`, their covers `learn-pick`, as control.ts says. */
export class MorphElement extends LitElement {
  static override properties = {
    api: { attribute: false },
    values: { attribute: false },
    learn: { attribute: false },
    from: { state: true },
    to: { state: true },
    fault: { state: true },
  };
  declare api: InstrumentApi;
  declare values: ParameterValues;
  declare learn: LearnView;
  /** Part of the gesture that trimming keeps, percent. */
  declare from: number;
  declare to: number;
  /** Why a file could not be made. */
  declare fault: string;

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: repeat(3, minmax(0, 1fr));
        gap: 24px;
        margin-top: 20px;
        padding-top: 16px;
        border-top: 1px solid var(--line);
      }
      section {
        position: relative;
        display: grid;
        align-content: start;
        gap: 10px;
        min-width: 0;
      }
      h2 {
        margin: 0;
      }
      nv-pad {
        width: 100%;
        max-width: 340px;
      }
      .padbox {
        position: relative;
        max-width: 340px;
      }
      .cover {
        position: absolute;
        inset: 0;
        display: grid;
        grid-template-columns: 1fr 1fr;
      }
      .cover button {
        background: rgb(255 198 92 / 0.12);
        border: 2px dashed var(--accent);
      }
      .cover button[aria-pressed='true'] {
        border-style: solid;
        background: rgb(255 198 92 / 0.35);
      }
      .scenes {
        display: grid;
        grid-template-columns: repeat(4, minmax(0, 1fr));
        gap: 6px;
        max-width: 340px;
      }
      .scenes > div {
        display: grid;
        gap: 4px;
      }
      .scenes button {
        padding: 6px 4px;
        min-width: 0;
      }
      .scenes .store {
        font-size: 14px;
        font-weight: 500;
        background: none;
      }
      .stored {
        border-color: var(--accent);
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
      .fault {
        color: var(--bad);
      }
      .trim input {
        flex: 1 1 90px;
        min-width: 0;
        min-height: 40px;
        accent-color: var(--accent);
      }
      @media (max-width: 1000px) {
        :host {
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }
      }
      @media (max-width: 760px) {
        :host {
          grid-template-columns: minmax(0, 1fr);
        }
        nv-pad,
        .padbox,
        .scenes {
          max-width: none;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.learn = noLearning;
    this.from = 0;
    this.to = 100;
    this.fault = '';
    new Subscription(this, () => this.api.scenes);
    new Subscription(this, () => this.api.gesture);
  }

  protected override render() {
    const { scenes, gesture, map } = this.api;
    return html`${scenes ? this.#scenes(scenes) : null}
    ${
      map
        ? html`<section aria-label="Map of voices">
            <h2>Map of voices</h2>
            ${this.#pad('Map', 'mapX', 'mapY', [])}
            <p class="soft">
              Each point is a recording; its colour is the digit. Turn up the Map knob to go there.
            </p>
          </section>`
        : null
    }
    ${gesture ? this.#gesture(gesture) : null}`;
  }

  #pad(label: string, x: ParameterId, y: ParameterId, corners: readonly string[]) {
    const { values, learn, api } = this;
    const cover = (id: ParameterId, axis: string) =>
      html`<button
        type="button"
        aria-label="Learn ${label} ${axis}"
        aria-pressed=${learn.armed === id}
        @click=${() => this.dispatchEvent(new CustomEvent('learn-pick', { detail: id, bubbles: true, composed: true }))}
      >
        ${axis}
      </button>`;
    const badges = [x, y].flatMap((id) =>
      (learn.bindings.get(id) ?? []).map(({ text, hint }) => `${text} ${hint}`.trim()),
    );
    return html`<div class="padbox">
        <nv-pad
          .label=${label}
          .x=${values[x]}
          .y=${values[y]}
          .corners=${corners}
          .map=${x === 'mapX' ? api.map : null}
          .path=${api.gesture?.path(x, y) ?? []}
          @pad-change=${(event: CustomEvent<PadPlace>) => {
            this.#set({ id: x, value: event.detail.x, label: `${label} pad` });
            this.#set({ id: y, value: event.detail.y, label: `${label} pad` });
          }}
        ></nv-pad>
        ${learn.active ? html`<div class="cover">${cover(x, 'X')}${cover(y, 'Y')}</div>` : null}
      </div>
      ${badges.length > 0 ? html`<p class="soft">${badges.join(', ')}</p>` : null}`;
  }

  #scenes(scenes: ScenesApi) {
    return html`<section aria-label="Scenes">
      <h2>Scenes</h2>
      ${this.#pad('Scene', 'sceneX', 'sceneY', sceneNames)}
      <div class="scenes">
        ${sceneNames.map(
          (name, k) =>
            html`<div role="group" aria-label="Scene ${name}">
              <button
                type="button"
                class=${scenes.stored[k] ? 'stored' : ''}
                aria-label="Recall scene ${name}"
                ?disabled=${!scenes.stored[k]}
                @click=${() => scenes.recall(k)}
              >
                ${name}
              </button>
              <button
                type="button"
                class="store"
                aria-label="Store scene ${name}"
                @click=${() => scenes.store(k)}
              >
                Store
              </button>
            </div>`,
        )}
      </div>
      <p class="soft">
        Store the sound in a corner, move on, store the next; the Scenes knob blends them in.
      </p>
    </section>`;
  }

  #gesture(gesture: GestureApi) {
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
          @click=${() => (state === 'recording' ? gesture.stop() : gesture.record())}
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
        <button type="button" ?disabled=${!has} @click=${() => gesture.clear()}>Clear</button>
      </div>
      <div class="row">
        ${check('Loop', gesture.loop, (loop) => gesture.setLoop(loop))}
        ${check('In tempo', gesture.synced, (synced) => gesture.setSynced(synced))}
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
    const edge = (label: string, value: number, change: (value: number) => void) =>
      html`<input
        type="range"
        min="0"
        max="100"
        aria-label=${label}
        .value=${String(value)}
        @input=${(event: Event) => change((event.target as HTMLInputElement).valueAsNumber)}
      />`;
    return html`<div class="row trim">
        ${edge('Keep from', this.from, (value) => (this.from = Math.min(value, this.to - 1)))}
        ${edge('Keep to', this.to, (value) => (this.to = Math.max(value, this.from + 1)))}
        <button
          type="button"
          ?disabled=${this.from === 0 && this.to === 100}
          @click=${() => {
            gesture.trim(this.from / 100, this.to / 100);
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
        <button type="button" @click=${() => this.#exportMidi(gesture)}>Export MIDI</button>
      </div>`;
  }

  #exportMidi(gesture: GestureApi): void {
    try {
      saveFile('numvox-gesture.mid', gesture.exportMidi(), 'audio/midi');
      this.fault = '';
    } catch (reason) {
      this.fault = messageOf(reason);
    }
  }

  #set(detail: ParameterChange): void {
    this.dispatchEvent(new CustomEvent('parameter-change', { detail, bubbles: true, composed: true }));
  }
}

customElements.define('nv-morph', MorphElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-morph': MorphElement;
  }
}
