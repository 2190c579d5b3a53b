// The points of a gesture: a lane of time and value for each parameter, and fields for the chosen point.
// Long, since a lane is drawn, dragged, stepped by keys and typed into in one place.
import { LitElement, css, html, svg } from 'lit';
import { messageOf } from '../../contract/errors.ts';
import type { GestureLane, GesturePointsApi, LanePoint, PointPlace } from '../../session/sessionApi.ts';
import { Subscription } from '../controls/subscription.ts';
import { shared } from '../controls/theme.ts';

/** How near a pointer must come to a point, CSS pixels; a finger covers more than a mouse. */
const reachPixels = { mouse: 14, touch: 26 } as const;

/** The nearest of some places to a pointer, or -1 when none is in its reach. */
export function nearestPlace(
  places: readonly { readonly x: number; readonly y: number }[],
  event: Pick<PointerEvent, 'clientX' | 'clientY' | 'pointerType'>,
  box: DOMRect,
): number {
  let best = -1;
  let least: number = event.pointerType === 'touch' ? reachPixels.touch : reachPixels.mouse;
  places.forEach(({ x, y }, k) => {
    const left = box.left + x * box.width - event.clientX;
    const up = box.top + (1 - y) * box.height - event.clientY;
    const distance = Math.hypot(left, up);
    if (distance > least) return;
    least = distance;
    best = k;
  });
  return best;
}

/** Points as one path of dots: an element for each would make long recordings slow. */
export function dots(places: readonly { readonly x: number; readonly y: number }[], width: number): string {
  return places.map(({ x, y }) => `M ${(width * x).toFixed(2)} ${(100 * (1 - y)).toFixed(2)} h 0`).join(' ');
}

/** Width of a lane's drawing; its height is 100. */
const laneWidth = 1000;
const placesOf = (points: readonly LanePoint[]) => points.map(({ at, position }) => ({ x: at, y: position }));

/** `<nv-gesture-points>`: fires `point-choose` with a PointPlace, or null when the chosen point is gone. */
export class GesturePointsElement extends LitElement {
  static override properties = {
    points: { attribute: false },
    chosen: { attribute: false },
    place: { attribute: false },
    complaint: { state: true },
  };
  declare points: GesturePointsApi;
  /** The point that fields and keys edit; null for none. */
  declare chosen: PointPlace | null;
  /** Where the gesture plays, 0..1; null while it does not. */
  declare place: number | null;
  /** Why what was typed is no good. */
  declare complaint: string;
  #pointer: number | null = null;
  /** Drawings of lanes: while a gesture plays, the page is drawn anew at every frame. */
  readonly #drawn = new WeakMap<GestureLane, { readonly line: string; readonly dots: string }>();

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        gap: 12px;
        min-width: 0;
      }
      .name {
        font-size: 14px;
        font-weight: 600;
      }
      .box {
        position: relative;
        height: 88px;
        margin-top: 4px;
        border: 1px solid var(--line);
        border-radius: 10px;
        background: var(--ink);
        cursor: crosshair;
        touch-action: none;
        user-select: none;
        -webkit-user-select: none;
      }
      .box:has(:focus-visible) {
        outline: 3px solid var(--accent);
        outline-offset: 3px;
      }
      /* Room for the dots at the ends. */
      .inner {
        position: absolute;
        inset: 10px;
      }
      svg {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        overflow: visible;
        pointer-events: none;
      }
      path {
        fill: none;
        stroke-linecap: round;
        vector-effect: non-scaling-stroke;
      }
      .path {
        stroke: var(--good);
        stroke-width: 1.6;
      }
      .dots {
        stroke: var(--good);
        stroke-width: 9;
      }
      .chosen {
        stroke: var(--accent);
        stroke-width: 15;
      }
      .now {
        stroke: var(--soft);
        stroke-width: 1;
      }
      input[type='range'] {
        position: absolute;
        width: 1px;
        height: 1px;
        margin: 0;
        opacity: 0;
        pointer-events: none;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 14px;
      }
      .row button {
        padding: 8px 14px;
      }
      label {
        display: flex;
        align-items: center;
        gap: 8px;
        font-size: 14px;
      }
      input[type='text'] {
        width: 8.5em;
        min-height: 44px;
        padding: 4px 10px;
        font: inherit;
        color: var(--text);
        background: var(--ink);
        border: 1px solid var(--line);
        border-radius: 10px;
      }
      p {
        margin: 0;
        font-size: 14px;
        overflow-wrap: anywhere;
      }
      @media (max-width: 760px) {
        .row > span {
          flex: 1 1 100%;
        }
        input[type='text'] {
          width: 5.5em;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.chosen = null;
    this.place = null;
    this.complaint = '';
    new Subscription(this, () => this.points);
  }

  protected override render() {
    const { points, complaint } = this;
    const { lanes } = points;
    return html`${lanes.map((lane) => this.#lane(lane))} ${this.#fields(lanes)}
      <p class=${complaint ? 'fault' : 'soft'} role="status">
        ${
          complaint ||
          'Drag points, or choose one with ← → and move it with ↑ ↓ and Shift ← →. A double click or Enter adds one, Delete takes it away.'
        }
      </p>`;
  }

  #lane(lane: GestureLane) {
    const { id, label, points } = lane;
    const chosen = this.#chosenOf(lane);
    const at = chosen ?? 0;
    const { time, value } = points[at];
    const drawn = this.#drawing(lane);
    return html`<div role="group" aria-label="Points of ${label}">
      <span class="name" aria-hidden="true">${label}</span>
      <div
        class="box"
        @pointerdown=${(event: PointerEvent) => this.#down(event, lane)}
        @pointermove=${(event: PointerEvent) => this.#drag(event, lane)}
        @pointerup=${(event: PointerEvent) => this.#up(event)}
        @pointercancel=${(event: PointerEvent) => this.#up(event)}
        @lostpointercapture=${(event: PointerEvent) => this.#up(event)}
        @dblclick=${(event: MouseEvent) => this.#doubleClick(event, lane)}
      >
        <div class="inner">
          <svg viewBox="0 0 ${laneWidth} 100" preserveAspectRatio="none" aria-hidden="true">
            ${svg`<path class="path" d=${drawn.line}></path>
              <path class="dots" d=${drawn.dots}></path>
              ${chosen === null ? null : svg`<path class="chosen" d=${dots(placesOf([points[chosen]]), laneWidth)}></path>`}
              ${this.place === null ? null : svg`<path class="now" d="M ${(laneWidth * this.place).toFixed(1)} -8 V 108"></path>`}`}
          </svg>
        </div>
        <input
          type="range"
          min="0"
          max=${points.length - 1}
          step="1"
          aria-label="Points of ${label}"
          aria-valuetext="point ${at + 1} of ${points.length}: ${time}, ${value}"
          .value=${String(at)}
          @focus=${() => this.#choose({ id, index: at })}
          @input=${(event: Event) => this.#choose({ id, index: (event.target as HTMLInputElement).valueAsNumber })}
          @keydown=${(event: KeyboardEvent) => this.#key(event, { id, index: at })}
        />
      </div>
    </div>`;
  }

  #drawing(lane: GestureLane) {
    const { points, isStepped } = lane;
    const drawn = this.#drawn.get(lane) ?? {
      line: lineOf(points, isStepped),
      dots: dots(placesOf(points), laneWidth),
    };
    this.#drawn.set(lane, drawn);
    return drawn;
  }

  #fields(lanes: readonly GestureLane[]) {
    const lane = lanes.find(({ id }) => id === this.chosen?.id);
    const index = lane ? this.#chosenOf(lane) : null;
    if (!lane || index === null) return null;
    const place = { id: lane.id, index };
    const point = lane.points[index];
    const field = (what: 'time' | 'value', name: string, text: string) =>
      html`<label
        >${name}<input
          type="text"
          class="number"
          autocomplete="off"
          spellcheck="false"
          aria-label="${name} of the point"
          .value=${text}
          @keydown=${(event: KeyboardEvent) => {
            if (event.key === 'Enter') this.#type(event, place, what);
          }}
          @change=${(event: Event) => this.#type(event, place, what)}
      /></label>`;
    return html`<div class="row" role="group" aria-label="Chosen point">
      <span class="number">${lane.label}, point ${index + 1} of ${lane.points.length}</span>
      ${field('time', 'Time', point.time)} ${field('value', 'Value', point.value)}
      <button type="button" @click=${() => this.#addAfter(place)}>Add point</button>
      <button type="button" @click=${() => this.#remove(place)}>Delete point</button>
    </div>`;
  }

  /** Index of the chosen point on its lane; undo may have taken it away. */
  #chosenOf({ id, points }: GestureLane): number | null {
    if (this.chosen?.id !== id) return null;
    return Math.min(this.chosen.index, points.length - 1);
  }

  #choose(place: PointPlace | null): void {
    this.complaint = '';
    if (place?.id === this.chosen?.id && place?.index === this.chosen?.index) return;
    this.dispatchEvent(new CustomEvent('point-choose', { detail: place }));
  }

  #down(event: PointerEvent, { id, points }: GestureLane): void {
    const box = event.currentTarget;
    if (event.button !== 0 || this.#pointer !== null || !(box instanceof HTMLElement)) return;
    event.preventDefault();
    const found = nearestPlace(placesOf(points), event, innerBox(box));
    if (found >= 0) {
      this.#choose({ id, index: found });
      if (event.isTrusted) box.setPointerCapture(event.pointerId);
      this.#pointer = event.pointerId;
    }
    box.querySelector('input')?.focus({ preventScroll: true });
  }

  #drag(event: PointerEvent, { id }: GestureLane): void {
    const { chosen } = this;
    if (event.pointerId !== this.#pointer || chosen?.id !== id) return;
    // Undo may have taken it away under the finger.
    const points = this.points.lanes.find((lane) => lane.id === id)?.points ?? [];
    if (chosen.index >= points.length) return;
    const { x, y } = placeIn(event.currentTarget as HTMLElement, event);
    this.points.move(chosen, x, y);
  }

  #up(event: PointerEvent): void {
    if (event.pointerId === this.#pointer) this.#pointer = null;
  }

  #doubleClick(event: MouseEvent, { id, points }: GestureLane): void {
    const box = event.currentTarget as HTMLElement;
    const pointer = { clientX: event.clientX, clientY: event.clientY, pointerType: 'mouse' };
    if (nearestPlace(placesOf(points), pointer, innerBox(box)) >= 0) return;
    this.#add(id, placeIn(box, event).x);
  }

  #key(event: KeyboardEvent, place: PointPlace): void {
    const { points } = this;
    const acts: Readonly<Record<string, () => void>> = {
      ArrowUp: () => points.nudge(place, 'value', 1),
      ArrowDown: () => points.nudge(place, 'value', -1),
      Delete: () => this.#remove(place),
      Backspace: () => this.#remove(place),
      Enter: () => this.#addAfter(place),
      ...(event.shiftKey
        ? {
            ArrowLeft: () => points.nudge(place, 'time', -1),
            ArrowRight: () => points.nudge(place, 'time', 1),
          }
        : {}),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }

  /** Half-way to the next point, or to the end. */
  #addAfter({ id, index }: PointPlace): void {
    const points = this.points.lanes.find((lane) => lane.id === id)?.points ?? [];
    this.#add(id, (points[index].at + (points.at(index + 1)?.at ?? 1)) / 2);
  }

  #add(id: PointPlace['id'], at: number): void {
    this.#choose(this.points.add(id, at));
  }

  #remove(place: PointPlace): void {
    this.points.remove(place);
    const left = this.points.lanes.find(({ id }) => id === place.id)?.points.length ?? 0;
    this.#choose(left > 0 ? { ...place, index: Math.min(place.index, left - 1) } : null);
  }

  #type(event: Event, place: PointPlace, what: 'time' | 'value'): void {
    const field = event.target as HTMLInputElement;
    try {
      this.points.type(place, what, field.value);
      this.complaint = '';
    } catch (reason) {
      this.complaint = messageOf(reason);
    }
    const point = this.points.lanes.find(({ id }) => id === place.id)?.points[place.index];
    if (point) field.value = point[what];
  }
}

function innerBox(box: HTMLElement): DOMRect {
  return (box.querySelector('.inner') ?? box).getBoundingClientRect();
}

/** Where a pointer is in a lane: time to the right, value upward, both 0..1. */
function placeIn(box: HTMLElement, { clientX, clientY }: MouseEvent): { x: number; y: number } {
  const { left, top, width, height } = innerBox(box);
  const share = (value: number) => Math.min(1, Math.max(0, value));
  return { x: share((clientX - left) / width), y: share(1 - (clientY - top) / height) };
}

/** The path as it is played: level before the first point and after the last. */
function lineOf(points: readonly LanePoint[], isStepped: boolean): string {
  const y = (point: LanePoint) => (100 * (1 - point.position)).toFixed(2);
  const parts = points.map((point) => {
    const x = (laneWidth * point.at).toFixed(1);
    return isStepped ? `H ${x} V ${y(point)}` : `L ${x} ${y(point)}`;
  });
  return `M 0 ${y(points[0])} ${parts.join(' ')} H ${laneWidth}`;
}

customElements.define('nv-gesture-points', GesturePointsElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-gesture-points': GesturePointsElement;
  }
}
