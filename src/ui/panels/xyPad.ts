// A pad for two parameters: any pointer moves a place in a square, or a corner of a gesture over it; arrow keys move the place on
// two hidden range inputs.
import { LitElement, css, html, svg } from 'lit';
import { dots, nearestPlace } from './gesturePoints.ts';
import type { MapView, PadHandle } from '../../session/sessionApi.ts';
import { hueOf, shared } from '../controls/theme.ts';

/** Keyboard steps across the pad. */
const keySteps = 100;
/** Edge of a map's point on the screen, CSS pixels. */
const pointPixels = 3;

/** Where the pad stands; both 0..1, y upward. */
export interface PadPlace {
  readonly x: number;
  readonly y: number;
}

/** A corner of the gesture was dragged. */
export interface HandleMove {
  readonly handle: PadHandle;
  readonly to: PadPlace;
}

/** `<nv-pad>`: fires `pad-change` with a PadPlace, `handle-choose` and `handle-delete` with a PadHandle, `handle-move`. */
export class PadElement extends LitElement {
  static override properties = {
    x: { attribute: false },
    y: { attribute: false },
    label: { attribute: false },
    corners: { attribute: false },
    map: { attribute: false },
    path: { attribute: false },
    handles: { attribute: false },
    chosen: { attribute: false },
  };
  declare x: number;
  declare y: number;
  /** Of the pad; its inputs are called `${label} X` and `${label} Y`. */
  declare label: string;
  /** Names at the corners: lower left, lower right, upper left, upper right. */
  declare corners: readonly string[];
  declare map: MapView | null;
  /** A line over the pad: a gesture. */
  declare path: readonly (readonly [number, number])[];
  /** Corners of the gesture that can be dragged, in order of time. */
  declare handles: readonly PadHandle[];
  /** Index of the corner that is edited, or -1. */
  declare chosen: number;
  /** Index of the corner that the pointer drags, or -1 while it moves the place. */
  #dragged = -1;
  #pointer: number | null = null;
  #drawn: { map: MapView; width: number } | null = null;
  #resize: ResizeObserver | null = null;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .pad {
        position: relative;
        aspect-ratio: 1;
        border: 1px solid var(--line);
        border-radius: 12px;
        background: var(--ink);
        overflow: hidden;
        cursor: crosshair;
        touch-action: none;
        user-select: none;
        -webkit-user-select: none;
      }
      .pad:has(:focus-visible) {
        outline: 3px solid var(--accent);
        outline-offset: 3px;
      }
      canvas,
      svg {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        pointer-events: none;
      }
      .path {
        fill: none;
        stroke: var(--good);
        stroke-width: 1.4;
        vector-effect: non-scaling-stroke;
        stroke-linejoin: round;
      }
      .dots,
      .chosen {
        fill: none;
        stroke: var(--good);
        stroke-width: 9;
        stroke-linecap: round;
        vector-effect: non-scaling-stroke;
      }
      .chosen {
        stroke: var(--accent);
        stroke-width: 15;
      }
      .corner {
        position: absolute;
        padding: 6px 10px;
        font-weight: 600;
        color: var(--soft);
        pointer-events: none;
      }
      .corner:nth-of-type(1),
      .corner:nth-of-type(2) {
        bottom: 0;
      }
      .corner:nth-of-type(2),
      .corner:nth-of-type(4) {
        right: 0;
      }
      .puck {
        position: absolute;
        width: 28px;
        height: 28px;
        margin: -14px;
        border: 3px solid var(--text);
        border-radius: 50%;
        background: rgb(255 198 92 / 0.55);
        pointer-events: none;
      }
      input {
        position: absolute;
        width: 1px;
        height: 1px;
        margin: 0;
        opacity: 0;
        pointer-events: none;
      }
    `,
  ];

  constructor() {
    super();
    this.x = 0;
    this.y = 0;
    this.label = '';
    this.corners = [];
    this.map = null;
    this.path = [];
    this.handles = [];
    this.chosen = -1;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize = new ResizeObserver(() => this.#drawMap());
    this.#resize.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize?.disconnect();
  }

  protected override render() {
    const { x, y, label, path, handles, chosen } = this;
    const axis = (name: 'X' | 'Y', value: number, change: (value: number) => void) =>
      html`<input
        type="range"
        min="0"
        max="1"
        step=${1 / keySteps}
        aria-label="${label} ${name}"
        .value=${String(value)}
        aria-valuetext=${value.toFixed(2)}
        @input=${(event: Event) => change((event.target as HTMLInputElement).valueAsNumber)}
      />`;
    const line = path.map(([px, py]) => `${(100 * px).toFixed(2)},${(100 * (1 - py)).toFixed(2)}`).join(' ');
    return html`<div
      class="pad"
      @pointerdown=${(event: PointerEvent) => this.#down(event)}
      @pointermove=${(event: PointerEvent) => event.pointerId === this.#pointer && this.#drag(event)}
      @pointerup=${(event: PointerEvent) => this.#up(event)}
      @pointercancel=${(event: PointerEvent) => this.#up(event)}
      @lostpointercapture=${(event: PointerEvent) => this.#up(event)}
      @keydown=${(event: KeyboardEvent) => this.#key(event)}
    >
      <canvas aria-hidden="true"></canvas>
      ${this.corners.map((corner) => html`<span class="corner" aria-hidden="true">${corner}</span>`)}
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        ${path.length > 1 ? svg`<polyline class="path" points=${line}></polyline>` : null}
        ${handles.length > 0 ? svg`<path class="dots" d=${dots(handles, 100)}></path>` : null}
        ${handles[chosen] ? svg`<path class="chosen" d=${dots([handles[chosen]], 100)}></path>` : null}
      </svg>
      ${axis('X', x, (value) => this.#change(value, this.y))}
      ${axis('Y', y, (value) => this.#change(this.x, value))}
      <div class="puck" style="left: ${(100 * x).toFixed(2)}%; top: ${(100 * (1 - y)).toFixed(2)}%"></div>
    </div>`;
  }

  protected override updated(): void {
    this.#drawMap();
  }

  /** Thousands of points: drawn once for each map and size. */
  #drawMap(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const { map } = this;
    if (!canvas || !map) return;
    const width = canvas.clientWidth;
    if (width === 0 || (this.#drawn?.map === map && this.#drawn.width === width)) return;
    this.#drawn = { map, width };
    const scale = globalThis.devicePixelRatio || 1;
    canvas.width = canvas.height = Math.round(width * scale);
    const context = canvas.getContext('2d');
    if (!context) return;
    const edge = pointPixels * scale;
    map.digits.forEach((digit, k) => {
      context.fillStyle = `oklch(0.76 0.13 ${hueOf(digit)} / 0.6)`;
      const left = map.positions[2 * k] * canvas.width;
      const top = (1 - map.positions[2 * k + 1]) * canvas.height;
      context.fillRect(left - edge / 2, top - edge / 2, edge, edge);
    });
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || this.#pointer !== null || !(event.currentTarget instanceof HTMLElement)) return;
    event.preventDefault();
    this.renderRoot.querySelector('input')?.focus({ preventScroll: true });
    if (event.isTrusted) event.currentTarget.setPointerCapture(event.pointerId);
    this.#pointer = event.pointerId;
    this.#dragged = nearestPlace(this.handles, event, event.currentTarget.getBoundingClientRect());
    if (this.#dragged < 0) this.#drag(event);
    else this.#fire('handle-choose', this.handles[this.#dragged]);
  }

  #up(event: PointerEvent): void {
    if (event.pointerId === this.#pointer) this.#pointer = null;
  }

  #drag(event: PointerEvent): void {
    const pad = this.renderRoot.querySelector('.pad');
    if (!pad) return;
    const box = pad.getBoundingClientRect();
    const share = (value: number) => Math.min(1, Math.max(0, value));
    const x = share((event.clientX - box.left) / box.width);
    const y = share(1 - (event.clientY - box.top) / box.height);
    if (this.#dragged < 0) return this.#change(x, y);
    const handle = this.handles.at(this.#dragged);
    if (handle) this.#fire('handle-move', { handle, to: { x, y } } satisfies HandleMove);
  }

  #key(event: KeyboardEvent): void {
    const handle = this.handles[this.chosen];
    if (!handle || (event.key !== 'Delete' && event.key !== 'Backspace')) return;
    event.preventDefault();
    this.#fire('handle-delete', handle);
  }

  #fire(name: string, detail: PadHandle | HandleMove): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #change(x: number, y: number): void {
    if (x === this.x && y === this.y) return;
    const place: PadPlace = { x, y };
    this.x = x;
    this.y = y;
    this.dispatchEvent(new CustomEvent('pad-change', { detail: place }));
  }
}

customElements.define('nv-pad', PadElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-pad': PadElement;
  }
}
