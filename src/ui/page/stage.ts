// What is on the page once it plays: presets, modes, keys, parameters, voices, output, song, status, help.
// Long, since it is the one place where the page's parts are listed and what they fire is answered.
import { LitElement, html, type TemplateResult } from 'lit';
import type { ParameterGroup, ParameterId } from '../../contract/parameters.ts';
import { playings, type Playing } from '../../contract/playing.ts';
import { isGestureFile } from '../../patch/presetSchema.ts';
import { messageOf } from '../../contract/errors.ts';
import type { Instrument } from '../../instrument/instrument.ts';
import type { NoteEvent } from '../../performer/performer.ts';
import { playModeOf } from '../../performer/playModes.ts';
import type { InstrumentStatus } from '../../instrument/instrumentStatus.ts';
import type { MidiState } from '../../midi/inputs.ts';
import type { PortSettings } from '../../midi/portSettings.ts';
import type { ParameterChange } from '../controls/control.ts';
import type { LiveValues } from '../../session/liveValues.ts';
import type { Emitter } from '../../contract/emitter.ts';
import { kindOfFile, listenToDrops } from './dropFiles.ts';
import { bytesOfFile, textOfFile } from '../panels/chosenFile.ts';
import { diagnosticsText } from '../../instrument/diagnostics.ts';
import { findFeatures, missingText } from '../../instrument/features.ts';
import '../panels/diagnosticsPanel.ts';
import '../panels/helpPanel.ts';
import { noLearning, type SessionApi, type LearnView } from '../../session/sessionApi.ts';
import '../panels/latencyChoice.ts';
import '../panels/learnPanel.ts';
import '../panels/meter.ts';
import type { KeptTakes } from '../panels/keptTakes.ts';
import '../panels/midiPanel.ts';
import '../panels/morphPanel.ts';
import '../panels/parameterPanels.ts';
import './playArea.ts';
import '../panels/presetBar.ts';
import '../panels/recorderPanel.ts';
import '../panels/songPanel.ts';
import '../keys/speakers.ts';
import { stageStyles } from './stageStyles.ts';
import '../panels/statusLine.ts';
import '../panels/tuningPanel.ts';
import { Subscription } from '../controls/subscription.ts';
import { guardLeaving } from './leaveGuard.ts';
import './noticeBar.ts';
import type { PageNotice } from './noticeBar.ts';
import { listenToPanic } from './panicKey.ts';
import { listenToUndo } from './undoKeys.ts';

/** They stay as they are. */
const missing = missingText(findFeatures());
/** How long it is said that something was done. */
const toldMilliseconds = 6000;

/** A notice that can be put away once it was read. */
const putAway = (text: string, run: () => void): PageNotice => ({
  ...{ text, role: 'status' },
  act: { label: 'OK', title: 'Put this notice away', run },
});

/**
 * `<nv-stage>`: fires `retry-midi` when the user asks for MIDI again, `panic` when everything is to be silent, `latency-change` with
 * another choice of latency.
 */
export class StageElement extends LitElement {
  static override properties = {
    instrument: { attribute: false },
    api: { attribute: false },
    live: { attribute: false },
    notes: { attribute: false },
    status: { attribute: false },
    midi: { attribute: false },
    ports: { attribute: false },
    outputs: { attribute: false },
    speaker: { state: true },
    learning: { state: true },
    picked: { state: true },
    dropping: { state: true },
    message: { state: true },
    told: { state: true },
    takes: { attribute: false },
  };
  declare instrument: Instrument;
  declare api: SessionApi;
  declare live: LiveValues;
  declare notes: Emitter<NoteEvent>;
  declare status: InstrumentStatus;
  declare midi: MidiState;
  declare ports: PortSettings;
  /** Names of the MIDI outputs that are there. */
  declare outputs: readonly string[];
  /** The voice of the keys in words mode: the last one chosen or played. Elsewhere the knob's voice is shown. */
  declare speaker: number;
  /** Controls are picked for MIDI instead of moved. */
  declare learning: boolean;
  declare picked: ParameterId | null;
  /** Files are held over the page. */
  declare dropping: boolean;
  /** What came of a dropped file, when it was no good. */
  declare message: string;
  /** What was done a moment ago. */
  declare told: string;
  /** Where takes go. */
  declare takes: KeptTakes;
  #toldTimer: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void)[] = [];
  readonly #read = new Set<string>();
  /** Where the parameter stands, as a voice of the bundle. */
  #knobSpeaker = 0;

  static override styles = stageStyles;

  constructor() {
    super();
    this.speaker = 0;
    this.learning = false;
    this.picked = null;
    this.dropping = false;
    this.message = '';
    this.told = '';
    new Subscription(this, () => this.live);
    new Subscription(this, () => this.api.learn);
    new Subscription(this, () => this.api.keeping);
    this.addEventListener('learn-pick', (event) => this.#pick((event as CustomEvent<ParameterId>).detail));
    this.addEventListener('parameter-change', (event) => {
      const { id, value, label } = (event as CustomEvent<ParameterChange>).detail;
      this.api.set(id, value, label);
    });
    // A control that is let go ends its step of the history.
    this.addEventListener('pointerup', () => this.api.settle());
    this.addEventListener('focusout', () => this.api.settle());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stop = [
      this.notes.subscribe(({ down, speaker }) => {
        if (down) this.speaker = speaker;
      }),
      listenToUndo(window, () => this.api.history),
      listenToPanic(window, () => this.#panic()),
      guardLeaving(window, () => {
        const recorder = this.renderRoot.querySelector('nv-recorder');
        return (this.api.keeping?.secure() ?? true) && !recorder?.isUnsaved;
      }),
      listenToDrops(
        window,
        (file) => void this.#take(file),
        (isOver) => (this.dropping = isOver),
      ),
    ];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#toldTimer);
    for (const stop of this.#stop) stop();
    this.#stop = [];
  }

  /** A preset or a controller chose another voice. */
  protected override willUpdate(): void {
    const speaker = Math.min(
      Math.round(this.live.values.speaker),
      this.instrument.manifest.speakers.length - 1,
    );
    if (speaker !== this.#knobSpeaker) this.speaker = speaker;
    this.#knobSpeaker = speaker;
  }

  protected override render() {
    const { instrument, api, live, notes } = this;
    const { manifest } = instrument;
    const { values } = live;
    const octavesAreVoices = playModeOf(values.mode).page.keys === 'digits';
    const learn: LearnView = api.learn
      ? { active: this.learning, armed: api.learn.armed, bindings: api.learn.bindings }
      : noLearning;
    return html`<nv-notices .notices=${this.#notices()}></nv-notices>
      ${this.dropping ? html`<div class="drop" aria-hidden="true">Drop a MIDI file, presets or a scale</div>` : null}
      ${
        api.presets && api.history
          ? html`<nv-presets
              .presets=${api.presets}
              .history=${api.history}
              @start-new=${() => api.startNew()}
              @tell=${(event: CustomEvent<string>) => this.#tell(event.detail)}
            >
              ${
                api.learn
                  ? html`<button
                      type="button"
                      class="learn"
                      aria-pressed=${this.learning}
                      @click=${() => this.#learn(!this.learning)}
                    >
                      MIDI learn
                    </button>`
                  : null
              }
            </nv-presets>`
          : null
      }
      ${
        api.learn && this.learning
          ? html`<nv-learn
              .learn=${api.learn}
              .picked=${this.picked}
              .directions=${manifest.directions}
              @learn-end=${() => this.#learn(false)}
            ></nv-learn>`
          : null
      }
      <nv-play
        .instrument=${instrument}
        .notes=${notes}
        .values=${values}
        .speaker=${this.speaker}
        .lyrics=${api.lyrics}
        .pads=${api.pads}
        .learn=${learn}
        @speaker-change=${(event: CustomEvent<number>) => this.#chooseSpeaker(event.detail)}
      ></nv-play>
      <div class="panels">
        <section class="knobs" aria-label="Controls">
          <nv-panels
            .directions=${manifest.directions}
            .values=${values}
            .learn=${learn}
            .more=${(group: ParameterGroup) => this.#more(group, learn)}
          ></nv-panels>
        </section>
        <section class="voices">
          <nv-speakers
            .names=${manifest.speakers.map((speaker) => speaker.name)}
            .speaker=${octavesAreVoices ? this.speaker : this.#knobSpeaker}
            .octaves=${octavesAreVoices}
            @speaker-change=${(event: CustomEvent<number>) => this.#chooseSpeaker(event.detail)}
          ></nv-speakers>
          <nv-midi
            .state=${this.midi}
            .ports=${this.ports}
            .outputs=${this.outputs}
            @retry-midi=${() => this.dispatchEvent(new CustomEvent('retry-midi'))}
          ></nv-midi>
        </section>
        <section class="out">
          <nv-meter .analyser=${instrument.analyser}></nv-meter>
          <nv-recorder .source=${instrument} .takes=${this.takes}></nv-recorder>
        </section>
        ${
          api.song
            ? html`<section class="song">
                <nv-song .song=${api.song} .voices=${manifest.speakers.map(({ name }) => name)}></nv-song>
              </section>`
            : null
        }
        <section class="line">
          <nv-status .status=${this.status}></nv-status>
          <nv-latency .choice=${this.status.latency} .level=${this.status.latencyLevel}></nv-latency>
          <nv-diagnostics .report=${() => this.#report()} .missing=${missing}></nv-diagnostics>
          ${manifest.format.tracks ? this.#playingSwitch(instrument.playing) : null}
        </section>
        <section class="help"><nv-help></nv-help></section>
      </div>
      <button
        type="button"
        class="panic"
        title="Silences everything at once (Ctrl+.)"
        @click=${() => this.#panic()}
      >
        Panic
      </button>`;
  }

  /** All that the page has to say, what keeps it from playing first. */
  #notices(): PageNotice[] {
    const { instrument, api, status, message, told } = this;
    const notices: PageNotice[] = [];
    if (status.sound !== 'running') {
      const text =
        status.sound === 'recovering'
          ? 'The sound was lost and is being started again.'
          : 'The browser has paused the sound.';
      notices.push({
        ...{ text, role: 'status' },
        act: { label: 'Resume', run: () => void instrument.resume() },
      });
    }
    if (status.decoding === 'stopped') {
      notices.push({
        ...{ id: 'stopped', role: 'status' },
        text: 'Words do not follow the knobs, as no decoder could be started; notes sound on.',
        act: { label: 'Try again', run: () => instrument.retryDecoder() },
      });
    }
    if (message) notices.push({ ...putAway(message, () => (this.message = '')), role: 'alert' });
    if (told) notices.push({ text: told, role: 'status' });
    if (status.notice) {
      notices.push({ ...putAway(status.notice, () => instrument.dismissNotice()), id: 'notice' });
    }
    const unkept = api.keeping?.fault;
    if (unkept) notices.push({ id: 'unkept', role: 'status', text: unkept });
    for (const text of api.notices) {
      if (this.#read.has(text)) continue;
      notices.push(
        putAway(text, () => {
          this.#read.add(text);
          this.requestUpdate();
        }),
      );
    }
    return notices;
  }

  /** What was done, said for a while. */
  #tell(text: string): void {
    this.told = text;
    clearTimeout(this.#toldTimer);
    this.#toldTimer = setTimeout(() => (this.told = ''), toldMilliseconds);
  }

  #report(): string {
    const { instrument, midi, outputs } = this;
    return diagnosticsText(instrument.diagnostics(), {
      storage: this.api.keeping?.fault || 'kept',
      midi: `${midi.kind}, ${midi.inputs.length} inputs, ${outputs.length} outputs`,
    });
  }

  #panic(): void {
    this.renderRoot.querySelector('nv-play')?.forgetKeys();
    this.dispatchEvent(new CustomEvent('panic'));
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

  /** What stands under the controls of a tab. */
  #more(group: ParameterGroup, learn: LearnView): TemplateResult | null {
    const { api, live } = this;
    if (group === 'morph') {
      return html`<nv-morph .api=${api} .values=${live.values} .learn=${learn}></nv-morph>`;
    }
    if (group === 'pitch' && api.tuning) return html`<nv-tuning .tuning=${api.tuning}></nv-tuning>`;
    return null;
  }

  #learn(learning: boolean): void {
    this.learning = learning;
    this.picked = null;
    this.api.learn?.disarm();
  }

  /** A second click on the control that waits lets it be. */
  #pick(id: ParameterId): void {
    const { learn } = this.api;
    if (!learn) return;
    this.picked = id;
    if (learn.armed === id) learn.disarm();
    else learn.arm(id);
  }

  /** A dropped file goes where its kind is at home, and says there what came of it. */
  async #take(file: File): Promise<void> {
    this.message = '';
    const root = this.renderRoot;
    root.querySelector('nv-song')?.forgetFault();
    try {
      switch (await kindOfFile(file)) {
        case 'song':
          return root.querySelector('nv-song')?.open(file);
        case 'presets': {
          const { gesture } = this.api;
          const text = await textOfFile(file, 'presets');
          if (!gesture || !isGestureFile(text)) return root.querySelector('nv-presets')?.importFile(file);
          const notices = gesture.importText(text, file.name);
          this.message = [`${file.name} is the gesture now (Morph).`, ...notices].join(' ');
          return;
        }
        case 'tuning':
          return this.#tune(file.name, await bytesOfFile(file, 'tuning'));
        case undefined:
          this.message = `${file.name} is no MIDI file (.mid), preset or gesture file (.json) or Scala scale (.scl, .kbm).`;
      }
    } catch (reason) {
      this.message = messageOf(reason);
    }
  }

  #tune(name: string, bytes: Uint8Array): void {
    const { tuning } = this.api;
    tuning?.load(name, bytes);
    this.message = tuning?.notice ?? '';
  }

  #chooseSpeaker(speaker: number): void {
    this.speaker = speaker;
    // First as a step of the player's; what the instrument tells afterwards is an echo.
    this.api.set('speaker', speaker);
    this.instrument.setSpeaker(speaker);
  }
}

customElements.define('nv-stage', StageElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-stage': StageElement;
  }
}
