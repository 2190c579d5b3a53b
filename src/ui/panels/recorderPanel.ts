// The record button: time while recording, then a link that downloads the take.
import { LitElement, css, html, type PropertyValues } from 'lit';
import type { Emitter } from '../../contract/emitter.ts';
import { messageOf } from '../../contract/errors.ts';
import type { Take } from '../../output/recorder.ts';
import { clockText, takeName } from './takeText.ts';
import { shared } from '../controls/theme.ts';

/** The instrument's recording methods. */
export interface TakeSource {
  startRecording(): void;
  stopRecording(): Promise<Take>;
  /** Takes that ended by themselves, since sound was lost. */
  readonly endedTakes: Emitter<Take>;
}

/** `<nv-recorder>` */
export class RecorderElement extends LitElement {
  static override properties = {
    source: { attribute: false },
    phase: { state: true },
    clock: { state: true },
    take: { state: true },
    fault: { state: true },
    ended: { state: true },
  };
  declare source: TakeSource | null;
  declare phase: 'idle' | 'recording' | 'saving';
  declare clock: string;
  declare take: { take: Take; name: string; address: string } | null;
  declare fault: string;
  /** The take ended by itself. */
  declare ended: boolean;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** True once the take was given to the browser to be saved. */
  #isSaved = false;
  #unfollow: () => void = () => undefined;

  static override styles = [
    shared,
    css`
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 12px;
        align-items: center;
      }
      button {
        display: inline-flex;
        align-items: center;
        gap: 10px;
        min-width: 148px;
      }
      .lamp {
        width: 14px;
        height: 14px;
        border-radius: 50%;
        background: var(--bad);
      }
      [aria-pressed='true'] {
        border-color: var(--bad);
        background: #3a1c1f;
      }
      [aria-pressed='true'] .lamp {
        border-radius: 3px;
      }
      a.button {
        display: inline-flex;
        align-items: center;
        text-decoration: none;
        color: #1c1403;
        background: var(--accent);
        border-color: var(--accent);
      }
      .clock {
        font-size: 20px;
        min-width: 4.2em;
      }
      p {
        margin: 10px 0 0;
      }
    `,
  ];

  constructor() {
    super();
    this.source = null;
    this.phase = 'idle';
    this.clock = clockText(0);
    this.take = null;
    this.fault = '';
    this.ended = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#follow();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('source')) this.#follow();
  }

  /** True where a take would be lost with the page: it is being recorded, or was not saved. */
  get isUnsaved(): boolean {
    return this.phase !== 'idle' || (this.take !== null && !this.#isSaved);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
    this.#unfollow();
    this.#forget();
  }

  #follow(): void {
    this.#unfollow();
    this.#unfollow =
      this.source?.endedTakes.subscribe((take) => {
        // Who waits for the end gets it there.
        if (this.phase !== 'recording') return;
        this.#keep(take);
        this.ended = true;
      }) ?? (() => undefined);
  }

  protected override render() {
    const recording = this.phase === 'recording';
    return html`<h2>Recorder</h2>
      <div class="row">
        <button
          type="button"
          aria-pressed=${recording}
          ?disabled=${!this.source || this.phase === 'saving'}
          @click=${() => void this.#toggle()}
        >
          <span class="lamp"></span>${recording ? 'Stop' : 'Record'}
        </button>
        <span class="clock number" role="timer">${this.clock}</span>
        ${
          this.take
            ? html`<a
                class="button"
                href=${this.take.address}
                download=${this.take.name}
                @click=${() => (this.#isSaved = true)}
                >Save WAV</a
              >`
            : null
        }
      </div>
      <p class=${this.fault ? 'fault' : 'soft'} role="status">${this.fault || this.#note()}</p>`;
  }

  #note(): string {
    if (this.phase === 'recording') return 'Recording what is heard, after the limiter.';
    if (!this.take) return '32-bit float stereo WAV of what is heard.';
    const { take, name } = this.take;
    const ended = this.ended ? 'The sound was lost; this is what was recorded until then: ' : '';
    const lost =
      take.lostFrames > 0 ? `; ${take.lostFrames} frames were lost while the page was stalled` : '';
    return `${ended}${name} · ${(take.blob.size / 1e6).toFixed(1)} MB${lost}`;
  }

  async #toggle(): Promise<void> {
    if (!this.source) return;
    this.fault = '';
    try {
      if (this.phase === 'idle') {
        this.source.startRecording();
        this.#forget();
        this.phase = 'recording';
        const start = performance.now();
        const tick = () => (this.clock = clockText((performance.now() - start) / 1000));
        tick();
        this.#timer = setInterval(tick, 100);
      } else if (this.phase === 'recording') {
        clearInterval(this.#timer);
        this.phase = 'saving';
        this.#keep(await this.source.stopRecording());
      }
    } catch (reason) {
      this.phase = 'idle';
      this.fault = `The recording failed: ${messageOf(reason)}.`;
    }
  }

  #keep(take: Take): void {
    clearInterval(this.#timer);
    this.clock = clockText(take.seconds);
    this.#isSaved = false;
    this.take = { take, name: takeName(new Date()), address: URL.createObjectURL(take.blob) };
    this.phase = 'idle';
  }

  /** The take's memory is held until its address is given up. */
  #forget(): void {
    if (this.take) URL.revokeObjectURL(this.take.address);
    this.take = null;
    this.ended = false;
  }
}

customElements.define('nv-recorder', RecorderElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-recorder': RecorderElement;
  }
}
