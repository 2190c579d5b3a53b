// The record button: time while recording, then a link that downloads the take; takes from before that were not saved stay beside it.
import { LitElement, css, html, type PropertyValues } from 'lit';
import type { Emitter } from '../../contract/emitter.ts';
import { messageOf } from '../../contract/errors.ts';
import type { Take } from '../../output/recorder.ts';
import { clockText } from './takeText.ts';
import { Subscription } from '../controls/subscription.ts';
import { shared } from '../controls/theme.ts';
import { KeptTakes, type KeptTake } from './keptTakes.ts';
import './takeList.ts';

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
    takes: { attribute: false },
    phase: { state: true },
    clock: { state: true },
    fault: { state: true },
  };
  declare source: TakeSource | null;
  /** Where takes go: they outlive this element. */
  declare takes: KeptTakes;
  declare phase: 'idle' | 'recording' | 'saving';
  declare clock: string;
  declare fault: string;
  #timer: ReturnType<typeof setInterval> | undefined;
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
      p,
      nv-takes {
        display: block;
        margin: 10px 0 0;
      }
    `,
  ];

  constructor() {
    super();
    this.source = null;
    this.takes = new KeptTakes();
    this.phase = 'idle';
    this.clock = clockText(0);
    this.fault = '';
    new Subscription(this, () => this.takes);
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
    return this.phase !== 'idle' || this.takes.isUnsaved;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
    this.#unfollow();
  }

  /** The latest take, while none is being recorded. */
  get #latest(): KeptTake | null {
    return this.phase === 'idle' ? (this.takes.all.at(-1) ?? null) : null;
  }

  #follow(): void {
    this.#unfollow();
    this.#unfollow =
      this.source?.endedTakes.subscribe((take) => {
        // Who waits for the end gets it there.
        if (this.phase !== 'recording') return;
        this.#keep(take, true);
      }) ?? (() => undefined);
  }

  protected override render() {
    const latest = this.#latest;
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
          latest
            ? html`<a
                class="button"
                href=${latest.address}
                download=${latest.name}
                @click=${() => this.takes.save(latest)}
                >Save WAV</a
              >`
            : null
        }
      </div>
      <p class=${this.fault ? 'fault' : 'soft'} role="status">${this.fault || this.#note(latest)}</p>
      <nv-takes .takes=${this.takes} .without=${latest}></nv-takes>`;
  }

  #note(latest: KeptTake | null): string {
    if (this.phase === 'recording') return 'Recording what is heard, after the limiter.';
    if (!latest) return '32-bit float stereo WAV of what is heard.';
    const { take, name, hasBroken } = latest;
    const ended = hasBroken ? 'The sound was lost; this is what was recorded until then: ' : '';
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
        this.takes.forgetSaved();
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

  #keep(take: Take, hasBroken = false): void {
    clearInterval(this.#timer);
    this.clock = clockText(take.seconds);
    this.takes.add(take, hasBroken);
    this.phase = 'idle';
  }
}

customElements.define('nv-recorder', RecorderElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-recorder': RecorderElement;
  }
}
