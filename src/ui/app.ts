// The page: start, progress, faults, and the instrument's controls once it plays.
import { LitElement, html } from 'lit';
import { parameterById, parameterIds, type ParameterId } from '../contract/parameters.ts';
import { playings, type Playing } from '../contract/playing.ts';
import { clipSamples } from '../contract/spectrogram.ts';
import { messageOf } from '../instrument/errors.ts';
import { openContext } from '../instrument/context.ts';
import { createInstrument, type Instrument } from '../instrument/instrument.ts';
import { octaveOfSpeaker } from '../instrument/keymap.ts';
import type { NoteEvent } from '../instrument/player.ts';
import { initialStatus, type InstrumentStatus } from '../instrument/status.ts';
import { logWarning } from '../log.ts';
import { keyVelocity, listenToKeys } from '../midi/computerKeys.ts';
import { MidiInputs, type MidiState } from '../midi/midiInputs.ts';
import { backendNames } from '../model/protocol.ts';
import { appStyles } from './appStyles.ts';
import './help.ts';
import './keys.ts';
import type { KeyPress, KeysElement } from './keys.ts';
import './knob.ts';
import './meter.ts';
import './midiState.ts';
import { PressedKeys } from './pressedKeys.ts';
import './recorder.ts';
import './speakers.ts';
import './statusLine.ts';
import { shownKnobs } from './shownKnobs.ts';
import { hueOf } from './theme.ts';

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
    speaker: { state: true },
    values: { state: true },
  };
  declare instrument: Instrument | null;
  declare phase: 'start' | 'loading' | 'playing';
  declare fault: string;
  declare status: InstrumentStatus;
  declare midi: MidiState;
  declare speaker: number;
  declare values: Readonly<Record<ParameterId, number>>;
  #stopKeys: (() => void) | null = null;
  readonly #pressed = new PressedKeys(
    (midiNote, eventMilliseconds) => this.instrument?.noteOn(midiNote, keyVelocity, eventMilliseconds),
    (midiNote) => this.instrument?.noteOff(midiNote),
  );
  /** Messages that arrive while nothing is loaded are dropped: the player hears that the page is not ready. */
  readonly #midiInputs = new MidiInputs(
    {
      noteOn: (...args) => this.instrument?.noteOn(...args),
      noteOff: (...args) => this.instrument?.noteOff(...args),
      setParameter: (...args) => this.instrument?.setParameter(...args),
      allNotesOff: () => this.instrument?.allNotesOff(),
      allSoundOff: () => this.instrument?.allSoundOff(),
    },
    (state) => (this.midi = state),
  );

  static override styles = appStyles;

  constructor() {
    super();
    this.instrument = null;
    this.phase = 'start';
    this.fault = '';
    this.status = initialStatus;
    this.midi = { kind: 'waiting', inputs: [] };
    this.speaker = 0;
    this.values = defaults();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#midiInputs.close();
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
    const instrument = this.instrument;
    if (!instrument) return null;
    const { manifest } = instrument;
    return html`${
        this.status.contextState === 'running'
          ? null
          : html`<p class="paused" role="status">
              The browser has paused the sound.
              <button type="button" @click=${() => void instrument.resume()}>Resume</button>
            </p>`
      }
      <nv-keys @key-press=${(event: CustomEvent<KeyPress>) => this.#keyPress(event.detail)}></nv-keys>
      <div class="panels">
        <section class="voices">
          <nv-speakers
            .names=${manifest.speakers.map((speaker) => speaker.name)}
            .speaker=${this.speaker}
            @speaker-change=${(event: CustomEvent<number>) => this.#chooseSpeaker(event.detail)}
          ></nv-speakers>
          <nv-midi .state=${this.midi} @retry-midi=${() => void this.#midiInputs.open()}></nv-midi>
        </section>
        <section class="knobs" aria-label="Controls">
          ${shownKnobs(manifest.directions).map(
            ({ parameter, label }) =>
              html`<nv-knob
                .parameter=${parameter}
                .value=${this.values[parameter.id]}
                .label=${label}
                @value-change=${(event: CustomEvent<number>) => instrument.setParameter(parameter.id, event.detail)}
              ></nv-knob>`,
          )}
        </section>
        <section class="out">
          <nv-meter .analyser=${instrument.analyser}></nv-meter>
          <nv-recorder .source=${instrument}></nv-recorder>
        </section>
        <section class="line">
          <nv-status .status=${this.status}></nv-status>
          ${manifest.format.tracks ? this.#playingSwitch(instrument.playing) : null}
        </section>
        <section class="help"><nv-help></nv-help></section>
      </div>`;
  }

  /** The kernel is built for one way of playing: the other is a link that loads the page anew. */
  #playingSwitch(playing: Playing) {
    const other = playings.find((name) => name !== playing) ?? playing;
    const address = new URL(location.href);
    address.searchParams.set('playing', other);
    return html`<p class="playing">
      <span class="soft">Playing</span> <b>${playing}</b>
      <a href=${address.href} title="loads the page anew">switch to ${other}</a>
    </p>`;
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
    try {
      const context = openContext();
      const instrument = await createInstrument({
        modelUrl: new URL(address.searchParams.get('model') ?? 'models/fsdd/', document.baseURI).href,
        context,
        ...(backend ? { backend } : {}),
        playing,
        onStatus: (status) => this.#onStatus(status),
        onNote: (event) => this.#onNote(event),
        onParameter: (id, value) => (this.values = { ...this.values, [id]: value }),
      }).catch(async (reason: unknown) => {
        await context.close();
        throw reason;
      });
      this.values = defaults();
      this.speaker = 0;
      this.instrument = instrument;
      this.phase = 'playing';
    } catch (reason) {
      this.#fail(messageOf(reason), reason);
      return;
    }
    this.#stopKeys = listenToKeys(window, {
      press: (semitone, milliseconds) =>
        this.#keyPress({ semitone, source: 'row', down: true, milliseconds }),
      release: (semitone) => this.#keyPress({ semitone, source: 'row', down: false, milliseconds: 0 }),
      shiftOctave: (by) => this.#shiftSpeaker(by),
    });
    void this.#midiInputs.open();
    // A fault between the last step of loading and this line has had nobody to tell.
    this.#onStatus(this.instrument.status);
  }

  async #close(): Promise<void> {
    this.#stopKeys?.();
    this.#stopKeys = null;
    const instrument = this.instrument;
    this.instrument = null;
    if (!instrument) return;
    await instrument.dispose();
    if (instrument.context.state !== 'closed') await instrument.context.close();
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

  #onNote({ midiNote, digit, speaker, down }: NoteEvent): void {
    const manifest = this.instrument?.manifest;
    const keys = this.renderRoot.querySelector<KeysElement>('nv-keys');
    if (!manifest || !keys) return;
    const seconds = clipSamples(manifest.format) / manifest.format.sampleRate;
    for (const semitone of new Set([digit, midiNote % 12])) {
      if (down) keys.strike(semitone, seconds);
      else keys.lift(semitone);
    }
    if (down) this.speaker = speaker;
  }

  #keyPress({ semitone, source, down, milliseconds }: KeyPress): void {
    const speakers = this.instrument?.manifest.speakers.length ?? 1;
    const octave = octaveOfSpeaker(this.speaker, speakers);
    if (!down) this.#pressed.release(source, semitone);
    else if (octave !== undefined) this.#pressed.press(source, octave, semitone, milliseconds);
  }

  #shiftSpeaker(by: -1 | 1): void {
    const speakers = this.instrument?.manifest.speakers.length ?? 1;
    const next = (this.speaker + by + speakers) % speakers;
    if (octaveOfSpeaker(next, speakers) !== undefined) this.#chooseSpeaker(next);
  }

  #chooseSpeaker(speaker: number): void {
    this.speaker = speaker;
    this.instrument?.setSpeaker(speaker);
  }
}

function defaults(): Record<ParameterId, number> {
  const entries = parameterIds.map((id) => [id, parameterById(id).defaultValue] as const);
  return Object.fromEntries(entries) as Record<ParameterId, number>;
}

customElements.define('nv-app', AppElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-app': AppElement;
  }
}
