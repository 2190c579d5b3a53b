// Morphing: four scenes on a pad, the map of voices on another, and a recorded gesture over both.
import { LitElement, css, html } from 'lit';
import type { ParameterId, ParameterValues } from '../../contract/parameters.ts';
import { sceneNames } from '../../patch/scenes.ts';
import type { ParameterChange } from '../controls/control.ts';
import './gesturePanel.ts';
import './gesturePoints.ts';
import {
  noLearning,
  type SessionApi,
  type LearnView,
  type PadHandle,
  type PointPlace,
  type ScenesApi,
} from '../../session/sessionApi.ts';
import './xyPad.ts';
import type { HandleMove, PadPlace } from './xyPad.ts';
import { Subscription } from '../controls/subscription.ts';
import { shared } from '../controls/theme.ts';

/** `<nv-morph>`: the pads fire `parameter-change`, their covers `learn-pick`, as control.ts says. */
export class MorphElement extends LitElement {
  static override properties = {
    api: { attribute: false },
    values: { attribute: false },
    learn: { attribute: false },
    editing: { state: true },
    chosen: { state: true },
  };
  declare api: SessionApi;
  declare values: ParameterValues;
  declare learn: LearnView;
  /** The points of the gesture are shown. */
  declare editing: boolean;
  /** The point that is edited. */
  declare chosen: PointPlace | null;

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
      .points {
        grid-column: 1 / -1;
      }
      p {
        margin: 0;
        font-size: 14px;
        overflow-wrap: anywhere;
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
    this.editing = false;
    this.chosen = null;
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
    ${
      gesture
        ? html`<nv-gesture
            .gesture=${gesture}
            .editing=${this.#isEditing}
            @points-toggle=${() => (this.editing = !this.editing)}
          ></nv-gesture>`
        : null
    }
    ${this.#points()}`;
  }

  /** True while there are points to edit. */
  get #isEditing(): boolean {
    const { gesture } = this.api;
    return this.editing && gesture !== null && gesture.state !== 'recording' && gesture.seconds > 0;
  }

  #points() {
    const { gesture, gesturePoints } = this.api;
    if (!gesture || !gesturePoints || !this.#isEditing) return null;
    return html`<section class="points" aria-label="Points of the gesture">
      <nv-gesture-points
        .points=${gesturePoints}
        .chosen=${this.chosen}
        .place=${gesture.place}
        @point-choose=${(event: CustomEvent<PointPlace | null>) => (this.chosen = event.detail)}
      ></nv-gesture-points>
    </section>`;
  }

  #pad(label: string, x: ParameterId, y: ParameterId, corners: readonly string[]) {
    const { values, learn, api } = this;
    const points = this.#isEditing ? api.gesturePoints : null;
    const handles = points?.handles(x, y) ?? [];
    const lane = points?.lanes.find(({ id }) => id === this.chosen?.id);
    const time = lane?.points[Math.min(this.chosen?.index ?? 0, lane.points.length - 1)].at;
    const isHere = lane?.id === x || lane?.id === y;
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
          .handles=${handles}
          .chosen=${isHere ? handles.findIndex(({ at }) => at === time) : -1}
          @handle-choose=${(event: CustomEvent<PadHandle>) => {
            this.chosen = points?.placeOf(x, y, event.detail) ?? null;
          }}
          @handle-move=${(event: CustomEvent<HandleMove>) => {
            points?.moveHandle(x, y, event.detail.handle, event.detail.to);
          }}
          @handle-delete=${(event: CustomEvent<PadHandle>) => {
            points?.removeHandle(x, y, event.detail);
            this.chosen = null;
          }}
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
              <button
                type="button"
                class="store"
                aria-label="Clear scene ${name}"
                ?disabled=${!scenes.stored[k]}
                @click=${() => scenes.clear(k)}
              >
                Clear
              </button>
            </div>`,
        )}
      </div>
      <p class="soft">
        Store the sound in a corner, move on, store the next; the Scenes knob blends them in.
      </p>
    </section>`;
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
