// Where notes are played: the mode strip, and the keys, digits and lyrics that the mode asks for.
import { LitElement, css, html } from 'lit';
import { live } from 'lit/directives/live.js';
import type { ParameterId, ParameterValues } from '../../contract/parameters.ts';
import { clipSamples } from '../../contract/spectrogram.ts';
import { digitCount } from '../../contract/vocabulary.ts';
import type { Instrument } from '../../instrument/instrument.ts';
import { noteName, octaveOfSpeaker } from '../../performer/keymap.ts';
import type { NoteEvent } from '../../performer/performer.ts';
import { playModeOf, type ModePage } from '../../performer/playModes.ts';
import { keyVelocity, listenToKeys } from '../../midi/computerKeys.ts';
import '../controls/control.ts';
import '../keys/digits.ts';
import '../keys/drumKeys.ts';
import type { Emitter } from '../../contract/emitter.ts';
import { noLearning, type LearnView, type LyricsApi, type PadsApi } from '../../session/sessionApi.ts';
import '../keys/pianoKeyboard.ts';
import '../keys/digitKeys.ts';
import type { KeyPress } from '../keys/keyPress.ts';
import '../panels/lyricsPanel.ts';
import { semitoneOfCode } from '../keys/pianoKeys.ts';
import { PressedKeys } from '../keys/pressedKeys.ts';
import { Subscription } from '../controls/subscription.ts';
import { shared } from '../controls/theme.ts';

/** The keyboard's lowest C: from above the keyswitches to where two octaves still end inside MIDI's notes. */
const lowest = 36;
const highest = 96;

/**
 * `<nv-play>`: `speaker-change` fires with the index when a key or Z and X moved to another voice; `parameter-change` as
 * control.ts says.
 */
export class PlayAreaElement extends LitElement {
  static override properties = {
    instrument: { attribute: false },
    notes: { attribute: false },
    values: { attribute: false },
    speaker: { attribute: false },
    lyrics: { attribute: false },
    pads: { attribute: false },
    learn: { attribute: false },
    keySource: { attribute: false },
    low: { state: true },
  };
  declare instrument: Instrument;
  /** What sounds, whoever plays it. */
  declare notes: Emitter<NoteEvent>;
  declare values: ParameterValues;
  declare speaker: number;
  declare lyrics: LyricsApi | null;
  declare pads: PadsApi | null;
  declare learn: LearnView;
  /** Where the computer's keys are heard: a plugin leaves its host those that are typed elsewhere. */
  declare keySource: EventTarget;
  /** MIDI note of the keyboard's lowest key. */
  declare low: number;
  #stop: (() => void)[] = [];
  readonly #pressed = new PressedKeys(
    (midiNote, eventMilliseconds) => this.instrument.noteOn(midiNote, keyVelocity, eventMilliseconds),
    (midiNote) => this.instrument.noteOff(midiNote),
  );

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--gap);
        min-width: 0;
      }
      .strip {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
      }
      .strip nv-control {
        flex: 0 1 440px;
      }
      .octaves {
        display: flex;
        align-items: center;
        gap: 6px;
        margin-left: auto;
      }
      .octaves button {
        padding: 8px 14px;
      }
      .octaves span {
        min-width: 6em;
        text-align: center;
      }
      @media (max-width: 760px) {
        .strip nv-control {
          flex: 1 1 100%;
        }
        .octaves {
          margin: 0 auto;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.speaker = 0;
    this.lyrics = null;
    this.pads = null;
    this.learn = noLearning;
    this.keySource = window;
    this.low = 48;
    new Subscription(this, () => this.pads);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const press = (semitone: number, source: string, milliseconds: number) =>
      this.#keyPress({ semitone, source, down: true, milliseconds });
    const release = (semitone: number, source: string) =>
      this.#keyPress({ semitone, source, down: false, milliseconds: 0 });
    this.#stop = [
      this.notes.subscribe((event) => this.#light(event)),
      listenToKeys(this.keySource, {
        press: (semitone, milliseconds) => this.#numberKey(semitone, milliseconds),
        release: (semitone) => release(semitone, 'row'),
        shiftOctave: (by) => this.#shift(by),
      }),
      listenToKeys(
        this.keySource,
        {
          press: (semitone, milliseconds) =>
            this.page.keys === 'piano' && press(semitone, 'letters', milliseconds),
          release: (semitone) => release(semitone, 'letters'),
          shiftOctave: () => undefined,
        },
        (code) => {
          const semitone = semitoneOfCode(code);
          return semitone === undefined ? undefined : { semitone };
        },
      ),
    ];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#stop) stop();
    this.#stop = [];
  }

  /** Everything was silenced: keys that are down have no note any more. */
  forgetKeys(): void {
    this.#pressed.forget();
  }

  /** What keys mean now. */
  get page(): ModePage {
    return playModeOf(this.values.mode).page;
  }

  protected override render() {
    const { values, low, pads } = this;
    const { keys, panel } = this.page;
    const press = (event: CustomEvent<KeyPress>) => this.#keyPress(event.detail);
    return html`<div class="strip">
        <nv-control .parameterId=${'mode'} .value=${live(values.mode)} .learn=${this.learn} flat></nv-control>
        ${
          keys === 'digits'
            ? null
            : html`<div class="octaves">
                <button
                  type="button"
                  aria-label="Octave down"
                  ?disabled=${low <= lowest}
                  @click=${() => this.#shift(-1)}
                >
                  −
                </button>
                <span class="number">${noteName(low)} – ${noteName(low + 23)}</span>
                <button
                  type="button"
                  aria-label="Octave up"
                  ?disabled=${low >= highest}
                  @click=${() => this.#shift(1)}
                >
                  +
                </button>
              </div>`
        }
      </div>
      ${
        panel === 'digits'
          ? html`<nv-digits
              .digit=${values.digit}
              @digit-change=${(event: CustomEvent<number>) => this.#set('digit', event.detail)}
            ></nv-digits>`
          : null
      }
      ${panel === 'lyrics' && this.lyrics ? html`<nv-lyrics .lyrics=${this.lyrics}></nv-lyrics>` : null}
      ${
        panel === 'pads' && pads
          ? html`<nv-drum-keys
              .pads=${pads}
              .values=${values}
              .voice=${this.#voice()}
              @digit-change=${(event: CustomEvent<number>) => this.#set('digit', event.detail)}
            ></nv-drum-keys>`
          : null
      }
      ${
        keys === 'digits'
          ? html`<nv-keys @key-press=${press}></nv-keys>`
          : html`<nv-keyboard
              .low=${low}
              .hueDigit=${values.digit}
              ?drum=${panel === 'pads'}
              .stored=${pads?.stored ?? new Map<number, number>()}
              ?armed=${pads !== null && pads.armed !== null}
              @key-press=${press}
            ></nv-keyboard>`
      }`;
  }

  #voice(): string {
    const { speakers } = this.instrument.manifest;
    return speakers[Math.min(speakers.length - 1, Math.round(this.values.speaker))].name;
  }

  #set(id: ParameterId, value: number): void {
    this.dispatchEvent(
      new CustomEvent('parameter-change', { detail: { id, value }, bubbles: true, composed: true }),
    );
  }

  #numberKey(semitone: number, milliseconds: number): void {
    const { numberRow } = this.page;
    const isDigit = semitone < digitCount;
    if (numberRow === 'digit' && isDigit) this.#set('digit', semitone);
    else if (numberRow === 'twelve keys' || (numberRow === 'ten keys' && isDigit))
      this.#keyPress({ semitone, source: 'row', down: true, milliseconds });
  }

  #keyPress({ semitone, source, down, milliseconds }: KeyPress): void {
    if (!down) {
      this.#pressed.release(source, semitone);
      return;
    }
    const speakers = this.instrument.manifest.speakers.length;
    const octave = this.page.keys === 'digits' ? octaveOfSpeaker(this.speaker, speakers) : this.low;
    if (octave === undefined) return;
    this.pads?.keyDown(octave + semitone);
    this.#pressed.press(source, octave, semitone, milliseconds);
  }

  /** Z and X: the next voice where octaves are voices, else the keyboard's next octave. */
  #shift(by: -1 | 1): void {
    if (this.page.keys === 'piano') {
      this.low = Math.min(highest, Math.max(lowest, this.low + 12 * by));
      return;
    }
    const speakers = this.instrument.manifest.speakers.length;
    const next = (this.speaker + by + speakers) % speakers;
    if (octaveOfSpeaker(next, speakers) === undefined) return;
    this.dispatchEvent(new CustomEvent('speaker-change', { detail: next }));
  }

  #light({ midiNote, digit, down }: NoteEvent): void {
    const keyboard = this.renderRoot.querySelector('nv-keyboard');
    if (down) keyboard?.strike(midiNote);
    else keyboard?.lift(midiNote);
    const keys = this.renderRoot.querySelector('nv-keys');
    if (!keys) return;
    const { format } = this.instrument.manifest;
    const seconds = clipSamples(format) / format.sampleRate;
    for (const semitone of new Set([digit, midiNote % 12])) {
      if (down) keys.strike(semitone, seconds);
      else keys.lift(semitone);
    }
  }
}

customElements.define('nv-play', PlayAreaElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-play': PlayAreaElement;
  }
}
