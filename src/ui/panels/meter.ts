// The output meter: peak and RMS of what is heard, on a decibel scale, drawn once per animation frame.
import { LitElement, css, html, type PropertyValues } from 'lit';
import { decibelsOf } from '../../dsp/loudness.ts';
import { shared } from '../controls/theme.ts';

const floorDb = -60;
const ticksDb = [-60, -48, -36, -24, -12, -6, 0];
/** Fall of the bars, as on a peak programme meter of 20 dB in 1.7 s (IEC 60268-10 type I). */
const fallDbPerSecond = 11.8;
const holdSeconds = 1.5;

const position = (levelDb: number): number => Math.min(1, Math.max(0, 1 - levelDb / floorDb));

/** `<nv-meter>`: reads an AnalyserNode that sits after the limiter. */
export class MeterElement extends LitElement {
  static override properties = { analyser: { attribute: false }, reading: { state: true } };
  declare analyser: AnalyserNode | null;
  declare reading: string;
  #frame = 0;
  #samples = new Float32Array(0);
  #lastMilliseconds = 0;
  #lastReading = 0;
  #peakDb = -Infinity;
  #rmsDb = -Infinity;
  #holdDb = -Infinity;
  #holdLeft = 0;

  static override styles = [
    shared,
    css`
      .bar {
        position: relative;
        height: 34px;
        border-radius: 8px;
        overflow: hidden;
        background: #06080c;
        border: 1px solid var(--line);
      }
      .fill,
      .peak {
        position: absolute;
        inset: 0;
        background: linear-gradient(90deg, #2f8f86, var(--good) 72%, var(--accent) 90%, var(--bad) 100%);
        clip-path: inset(0 100% 0 0);
      }
      .peak {
        opacity: 0.38;
      }
      .hold {
        position: absolute;
        top: 0;
        bottom: 0;
        left: 0;
        width: 3px;
        margin-left: -3px;
        background: var(--text);
        opacity: 0;
      }
      .scale {
        position: relative;
        height: 20px;
        margin-top: 4px;
        font-size: 13px;
        color: var(--soft);
      }
      .scale span {
        position: absolute;
        transform: translateX(-50%);
        white-space: nowrap;
      }
      .scale span:first-child {
        transform: none;
      }
      .scale span:last-child {
        transform: translateX(-100%);
      }
      .reading {
        display: flex;
        justify-content: space-between;
      }
      h2 {
        margin-bottom: 0;
      }
      .reading {
        margin-bottom: 10px;
        align-items: baseline;
      }
    `,
  ];

  constructor() {
    super();
    this.analyser = null;
    this.reading = 'silent';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const draw = (milliseconds: number) => {
      this.#draw(milliseconds);
      this.#frame = requestAnimationFrame(draw);
    };
    this.#frame = requestAnimationFrame(draw);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.#frame);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('analyser') && this.analyser) this.#samples = new Float32Array(this.analyser.fftSize);
  }

  protected override render() {
    return html`<div class="reading">
        <h2 id="name">Output</h2>
        <span class="number">${this.reading}</span>
      </div>
      <div
        class="bar"
        role="meter"
        aria-labelledby="name"
        aria-valuemin=${floorDb}
        aria-valuemax="0"
        aria-valuenow=${Math.max(floorDb, Math.round(this.#peakDb))}
        aria-valuetext=${this.reading}
      >
        <div class="peak"></div>
        <div class="fill"></div>
        <div class="hold"></div>
      </div>
      <div class="scale number" aria-hidden="true">
        ${ticksDb.map((tick) => html`<span style="left: ${100 * position(tick)}%">${String(tick).replace('-', '−')}</span>`)}
      </div>`;
  }

  /** Sets styles directly: a Lit update per frame would be more work than the drawing itself. */
  #draw(milliseconds: number): void {
    const seconds = Math.min(0.25, (milliseconds - this.#lastMilliseconds) / 1000);
    this.#lastMilliseconds = milliseconds;
    if (!this.analyser || this.#samples.length === 0) return;
    this.analyser.getFloatTimeDomainData(this.#samples);
    let peak = 0;
    let energy = 0;
    for (const sample of this.#samples) {
      peak = Math.max(peak, Math.abs(sample));
      energy += sample * sample;
    }
    // Silence after silence looks the same: nothing is drawn for it.
    if (peak === 0 && this.#holdDb < floorDb && this.reading === 'silent') return;
    const fall = fallDbPerSecond * seconds;
    this.#peakDb = Math.max(decibelsOf(peak), this.#peakDb - fall);
    this.#rmsDb = Math.max(decibelsOf(Math.sqrt(energy / this.#samples.length)), this.#rmsDb - 2 * fall);
    this.#holdLeft -= seconds;
    if (this.#peakDb >= this.#holdDb || this.#holdLeft < 0) {
      this.#holdDb = this.#peakDb;
      this.#holdLeft = holdSeconds;
    }
    this.#place('.peak', this.#peakDb);
    this.#place('.fill', this.#rmsDb);
    const hold = this.renderRoot.querySelector<HTMLElement>('.hold');
    if (hold) {
      hold.style.left = `${100 * position(this.#holdDb)}%`;
      hold.style.opacity = this.#holdDb > floorDb ? '1' : '0';
    }
    if (milliseconds - this.#lastReading > 200) {
      this.#lastReading = milliseconds;
      this.reading =
        this.#holdDb > floorDb
          ? `peak ${this.#holdDb.toFixed(1)} dB · RMS ${Math.max(floorDb, this.#rmsDb).toFixed(0)} dB`.replaceAll(
              '-',
              '−',
            )
          : 'silent';
    }
  }

  #place(selector: string, levelDb: number): void {
    const bar = this.renderRoot.querySelector<HTMLElement>(selector);
    if (bar) bar.style.clipPath = `inset(0 ${100 - 100 * position(levelDb)}% 0 0)`;
  }
}

customElements.define('nv-meter', MeterElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-meter': MeterElement;
  }
}
