// The page: start, progress and faults; the stage once it plays.
import { LitElement, html } from 'lit';
import { parameterById } from '../../contract/parameters.ts';
import { playings } from '../../contract/playing.ts';
import { messageOf } from '../../contract/errors.ts';
import { openContext } from '../../instrument/audioContext.ts';
import { createInstrument, type Instrument } from '../../instrument/instrument.ts';
import type { NoteEvent } from '../../performer/performer.ts';
import { initialStatus, type InstrumentStatus } from '../../instrument/instrumentStatus.ts';
import { logWarning } from '../../log.ts';
import { MidiInputs, type MidiState } from '../../midi/inputs.ts';
import { MidiOut } from '../../midi/midiOut.ts';
import { PortSettings } from '../../midi/portSettings.ts';
import { backendNames } from '../../model/inferenceProtocol.ts';
import { appStyles } from './appStyles.ts';
import { bundledAssets } from './bundledAssets.ts';
import { connectInstrument, openKeeping, pageStore, type Connected } from './connect.ts';
import { Emitter } from '../../contract/emitter.ts';
import { passingTarget } from './passingTarget.ts';
import { modelAddressOf, type ModelAddress } from './modelAddress.ts';
import { guardLeaving } from './leaveGuard.ts';
import './stage.ts';
import { KeptTakes } from '../panels/keptTakes.ts';
import '../panels/takeList.ts';
import { Subscription } from '../controls/subscription.ts';
import { listenToGestures, wake } from './wakeSound.ts';
import { firstLevelOf, latencyChoiceOf, type LatencyChoice } from '../../instrument/latency.ts';
import { hueOf } from '../controls/theme.ts';

/** Where the page keeps how soon keys are to be heard: it belongs to the machine, not to the sound. */
const latencyKey = 'numvox-latency';

/** Whoever made a link chose where its voices lie; whoever follows it may not know the place. */
const foreignVoices = (origin: string): string =>
  `This address takes its voices from ${origin}, another place than this page. Load them from there?`;

/**
 * `<nv-app>`. The address chooses another bundle (`?model=folder/`), decoder (`?backend=wasm`) or way of playing
 * (`?playing=spectrogram`). `instrument` is there for the console and for tests once the page plays.
 */
export class AppElement extends LitElement {
  static override properties = {
    instrument: { state: true },
    phase: { state: true },
    fault: { state: true },
    status: { state: true },
    midi: { state: true },
  };
  declare instrument: Instrument | null;
  declare phase: 'start' | 'loading' | 'playing';
  declare fault: string;
  declare status: InstrumentStatus;
  declare midi: MidiState;
  #connected: Connected | null = null;
  readonly #notes = new Emitter<NoteEvent>();
  readonly #portSettings = new PortSettings(pageStore());
  readonly #midiOut = new MidiOut({
    settings: this.#portSettings,
    nowMs: () => performance.now(),
    tempo: () => this.#connected?.session.state.values.tempo ?? parameterById('tempo').defaultValue,
    startTicks: (tick, milliseconds) => {
      const timer = setInterval(tick, milliseconds);
      return () => clearInterval(timer);
    },
  });
  readonly #midiInputs = new MidiInputs(
    passingTarget(
      () => this.#connected?.play.target ?? null,
      () => this.#wake(),
    ),
    {
      handle: (move, ms) => this.#connected?.play.learn.handle(move, ms) ?? false,
      freedomOf: (...about) => this.#connected?.play.learn.freedomOf(...about) ?? 'free',
      isWaiting: () => this.#connected?.play.learn.isWaiting() ?? false,
    },
    (state) => (this.midi = state),
    { settings: this.#portSettings, out: this.#midiOut },
  );
  /** They outlive the instrument that made them. */
  readonly #takes = new KeptTakes();
  /** Places that the player has let voices come from, as long as the page stands. */
  readonly #allowedOrigins = new Set<string>();
  #stop: (() => void)[] = [];

  static override styles = appStyles;

  constructor() {
    super();
    this.instrument = null;
    this.phase = 'start';
    this.fault = '';
    this.status = initialStatus;
    this.midi = { kind: 'waiting', inputs: [] };
    new Subscription(this, () => this.#takes);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const leave = () => this.#midiOut.leave();
    window.addEventListener('pagehide', leave);
    this.#stop = [
      listenToGestures(window, () => this.#wake()),
      () => window.removeEventListener('pagehide', leave),
      // While the page plays the stage knows more of what would be lost.
      guardLeaving(window, () => this.phase === 'playing' || !this.#takes.isUnsaved),
    ];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#stop.splice(0)) stop();
    this.#midiInputs.close();
    this.#midiOut.leave();
    void this.#close();
  }

  protected override render() {
    return html`<header>
        <h1>numvox</h1>
        <p class="soft">Spoken digits from a variational autoencoder, played live.</p>
      </header>
      <div class="alert" role="alert" ?hidden=${!this.fault}>
        ${
          this.fault
            ? html`<p>${this.fault}</p>
                <button type="button" class="retry" @click=${() => void this.#start()}>Try again</button>`
            : null
        }
      </div>
      ${
        this.phase !== 'playing' && this.#takes.all.length > 0
          ? html`<section class="takes">
              <p>What was recorded is kept here until it is saved:</p>
              <nv-takes .takes=${this.#takes}></nv-takes>
            </section>`
          : null
      }
      <main>${this.phase === 'playing' ? this.#stage() : this.#door()}</main>`;
  }

  /** Before the sound: the start button, then progress. */
  #door() {
    const loading = this.phase === 'loading';
    const ghost = html`<div class="ghost" aria-hidden="true">
      ${[1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((digit) => html`<span style="--hue: ${hueOf(digit)}">${digit}</span>`)}
    </div>`;
    // The alert has the button then.
    if (this.fault) return html`<section class="door faulty">${ghost}</section>`;
    return html`<section class="door">
      ${ghost}
      <button type="button" class="start" ?disabled=${loading} @click=${() => void this.#start()}>
        ${loading ? 'Loading' : 'Start'}
      </button>
      <progress max="1" .value=${this.status.fraction} ?hidden=${!loading} aria-label="Loading"></progress>
      <p class="soft" role="status">
        ${loading ? `${this.status.step} …` : 'Turns on sound and loads the voices. Headphones or loudspeakers ready?'}
      </p>
    </section>`;
  }

  #stage() {
    if (!this.instrument || !this.#connected) return null;
    const { api, session } = this.#connected;
    return html`<nv-stage
      .instrument=${this.instrument}
      .api=${api}
      .live=${session.state.live}
      .notes=${this.#notes}
      .status=${this.status}
      .midi=${this.midi}
      .ports=${this.#portSettings}
      .outputs=${this.#midiOut.devices}
      .takes=${this.#takes}
      @retry-midi=${() => void this.#midiInputs.open()}
      @latency-change=${(event: CustomEvent<LatencyChoice>) => this.#chooseLatency(event.detail)}
      @panic=${() => {
        this.#connected?.play.panic();
        this.#midiInputs.forgetHands();
      }}
    ></nv-stage>`;
  }

  #chooseLatency(choice: LatencyChoice): void {
    this.instrument?.setLatency(choice);
    try {
      pageStore().setItem(latencyKey, choice);
    } catch {
      // It holds all the same, as long as the page: what is kept of the session says so.
    }
  }

  async #start(): Promise<void> {
    if (this.phase === 'loading') return;
    this.phase = 'loading';
    this.fault = '';
    this.status = initialStatus;
    await this.#close();
    const address = new URL(location.href);
    const backend = backendNames.find((name) => name === address.searchParams.get('backend'));
    const playing = playings.find((name) => name === address.searchParams.get('playing'));
    let model: ModelAddress;
    try {
      model = modelAddressOf(location.href, document.baseURI);
    } catch (reason) {
      this.#fail(messageOf(reason), reason);
      return;
    }
    const { foreignOrigin } = model;
    const isAllowed =
      foreignOrigin === null ||
      this.#allowedOrigins.has(foreignOrigin) ||
      confirm(foreignVoices(foreignOrigin));
    if (!isAllowed) {
      this.#fail(
        `Nothing was loaded from ${foreignOrigin}. Without ?model= in the address the page has voices of its own.`,
      );
      return;
    }
    // Asked once: a fault of the network is no reason to ask again.
    if (foreignOrigin !== null) this.#allowedOrigins.add(foreignOrigin);
    try {
      // Before anything is waited for: the click still counts.
      const latency = latencyChoiceOf(pageStore().getItem(latencyKey));
      const context = openContext(firstLevelOf(latency));
      const keeping = await openKeeping();
      const instrument = await createInstrument({
        assets: { ...bundledAssets, model: model.url },
        context,
        ownsContext: true,
        latency,
        connect: true,
        ...(backend ? { backend } : {}),
        playing,
        onStatus: (status) => this.#onStatus(status),
        onNote: (event) => this.#notes.emit(event),
        store: keeping.store,
        scheduleFrame: (task) => requestAnimationFrame(task),
        address: () => location.href,
      }).catch((reason: unknown) => {
        keeping.store.close();
        throw reason;
      });
      this.#connected = await connectInstrument(instrument, keeping, this.#midiOut).catch(
        async (reason: unknown) => {
          keeping.store.close();
          await instrument.dispose();
          throw reason;
        },
      );
      this.instrument = instrument;
      this.phase = 'playing';
    } catch (reason) {
      this.#fail(messageOf(reason), reason);
      return;
    }
    void this.#midiInputs.open();
    // A fault between the last step of loading and this line has had nobody to tell.
    this.#onStatus(this.instrument.status);
  }

  #wake(): void {
    const { instrument } = this;
    if (instrument) wake(instrument.status.sound, () => instrument.resume());
  }

  async #close(): Promise<void> {
    const instrument = this.instrument;
    this.instrument = null;
    const connected = this.#connected;
    this.#connected = null;
    await connected?.close();
    await instrument?.dispose();
  }

  #fail(fault: string, detail?: unknown): void {
    this.phase = 'start';
    this.fault = fault;
    logWarning(fault, detail);
  }

  #onStatus(status: InstrumentStatus): void {
    this.status = status;
    if (status.state === 'failed' && this.phase === 'playing') {
      this.#fail(status.fault ?? 'The instrument stopped; start it again.');
      void this.#close();
    }
  }
}

customElements.define('nv-app', AppElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-app': AppElement;
  }
}
