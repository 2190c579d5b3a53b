// The plugin's screen: the page's own elements, laid out by the width that the host gives instead of the window's.
import { LitElement, css, html, type TemplateResult } from 'lit';
import type { ParameterGroup } from '../contract/parameters.ts';
import { panelsOf } from '../session/panelsOf.ts';
import type { SessionApi } from '../session/sessionApi.ts';
import type { ParameterChange } from '../ui/controls/control.ts';
import { Subscription } from '../ui/controls/subscription.ts';
import { shared, tokens } from '../ui/controls/theme.ts';
import '../ui/keys/speakers.ts';
import '../ui/page/playArea.ts';
import { listenToUndo } from '../ui/page/undoKeys.ts';
import '../ui/panels/meter.ts';
import '../ui/panels/morphPanel.ts';
import '../ui/panels/parameterPanels.ts';
import '../ui/panels/presetBar.ts';
import '../ui/panels/statusLine.ts';
import '../ui/panels/tuningPanel.ts';
import { playModeOf } from '../performer/playModes.ts';
import type { NumvoxNode } from './numvoxNode.ts';

/** How long it is said that something was done. */
const toldMilliseconds = 6000;

/** `<nv-plugin>`: one node's screen. It holds nothing that plays: as many as a host likes show the same node. */
export class PluginElement extends LitElement {
  static override properties = {
    node: { attribute: false },
    speaker: { state: true },
    told: { state: true },
  };
  declare node: NumvoxNode;
  /** The voice of the keys in words mode: the last one chosen or played. */
  declare speaker: number;
  /** What was done a moment ago. */
  declare told: string;
  #toldTimer: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void)[] = [];
  #knobSpeaker = 0;

  static override styles = [
    tokens,
    shared,
    css`
      :host {
        display: block;
        /* The build has the elements ask for the width of this instead of the window's. */
        container-type: inline-size;
        min-width: 320px;
        background: var(--ink);
        outline-offset: -3px;
      }
      .plugin {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
        max-width: 1400px;
        margin: 0 auto;
        padding: 14px;
      }
      .beside {
        display: grid;
        gap: 12px;
        align-content: start;
        min-width: 0;
        /* In one column what is turned comes before what is read. */
        order: 1;
      }
      nv-play {
        align-self: start;
      }
      section {
        min-width: 0;
        padding: 14px;
        background: var(--panel);
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 2px 14px;
      }
      h1 {
        margin: 0;
        font-size: 20px;
      }
      .notice {
        margin: 0;
        padding: 8px 12px;
        border: 1px solid var(--accent);
        border-radius: 8px;
      }
      @media (min-width: 1000px) {
        .plugin {
          grid-template-columns: minmax(0, 1fr) 320px;
        }
        .beside {
          order: 0;
        }
        .knobs {
          order: 1;
        }
        header,
        nv-presets,
        .knobs,
        .notice {
          grid-column: 1 / -1;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.speaker = 0;
    this.told = '';
    new Subscription(this, () => this.node.instrument.session.state.live);
    this.addEventListener('parameter-change', (event) => {
      if (!this.node.isOpen) return;
      const { id, value, label } = (event as CustomEvent<ParameterChange>).detail;
      this.node.instrument.session.set(id, value, label);
    });
    this.addEventListener('pointerup', () => this.#settle());
    this.addEventListener('focusout', () => this.#settle());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Computer keys are heard while something in here has the focus.
    if (!this.hasAttribute('tabindex')) this.tabIndex = 0;
    const { node } = this;
    const draw = () => this.requestUpdate();
    this.#stop = [
      node.notes.subscribe(({ down, speaker }) => {
        if (down) this.speaker = speaker;
      }),
      node.statusChanged.subscribe(draw),
      node.instrumentChanged.subscribe(draw),
      listenToUndo(this, () => (node.isOpen ? node.instrument.session.state.history : null)),
    ];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#toldTimer);
    for (const stop of this.#stop) stop();
    this.#stop = [];
  }

  /** What was done, said for a while in the place of the line beside the title. */
  #tell(text: string): void {
    this.told = text;
    clearTimeout(this.#toldTimer);
    this.#toldTimer = setTimeout(() => (this.told = ''), toldMilliseconds);
  }

  /** A node that was destroyed has nothing to show: what is there stays until the host takes it away. */
  protected override shouldUpdate(): boolean {
    return this.node.isOpen;
  }

  protected override willUpdate(): void {
    const { instrument } = this.node;
    const last = instrument.manifest.speakers.length - 1;
    const speaker = Math.min(Math.round(instrument.session.state.live.values.speaker), last);
    if (speaker !== this.#knobSpeaker) this.speaker = speaker;
    this.#knobSpeaker = speaker;
  }

  protected override render() {
    const { instrument, notes, notices } = this.node;
    const { manifest, session } = instrument;
    const { values } = session.state.live;
    const api = apiOf(this.node);
    const octavesAreVoices = playModeOf(values.mode).page.keys === 'digits';
    const choose = (event: CustomEvent<number>) => this.#chooseSpeaker(event.detail);
    return html`<div class="plugin">
      <header>
        <h1>numvox</h1>
        <span class="soft" role="status">${this.told || 'spoken digits from a variational autoencoder'}</span>
      </header>
      ${notices.map((notice) => html`<p class="notice" role="status">${notice}</p>`)}
      <nv-presets
        unshared
        .presets=${session.presets}
        .history=${session.state.history}
        @start-new=${() => session.startNew()}
        @tell=${(event: CustomEvent<string>) => this.#tell(event.detail)}
      ></nv-presets>
      <nv-play
        .instrument=${instrument}
        .notes=${notes}
        .values=${values}
        .speaker=${this.speaker}
        .lyrics=${api.lyrics}
        .pads=${api.pads}
        .keySource=${this}
        @speaker-change=${choose}
      ></nv-play>
      <div class="beside">
        <section>
          <nv-speakers
            .names=${manifest.speakers.map(({ name }) => name)}
            .speaker=${octavesAreVoices ? this.speaker : this.#knobSpeaker}
            .octaves=${octavesAreVoices}
            @speaker-change=${choose}
          ></nv-speakers>
        </section>
        <section><nv-meter .analyser=${instrument.analyser}></nv-meter></section>
        <nv-status .status=${instrument.status}></nv-status>
      </div>
      <section class="knobs" aria-label="Controls">
        <nv-panels
          .directions=${manifest.directions}
          .values=${values}
          .more=${(group: ParameterGroup) => this.#more(group, api)}
        ></nv-panels>
      </section>
    </div>`;
  }

  #more(group: ParameterGroup, api: SessionApi): TemplateResult | null {
    const { state } = this.node.instrument.session;
    if (group === 'morph') return html`<nv-morph .api=${api} .values=${state.live.values}></nv-morph>`;
    if (group === 'pitch') return html`<nv-tuning .tuning=${api.tuning}></nv-tuning>`;
    return null;
  }

  #settle(): void {
    if (this.node.isOpen) this.node.instrument.session.state.settle();
  }

  #chooseSpeaker(speaker: number): void {
    if (!this.node.isOpen) return;
    this.speaker = speaker;
    const { instrument } = this.node;
    instrument.session.set('speaker', speaker);
    instrument.setSpeaker(speaker);
  }
}

customElements.define('nv-plugin', PluginElement);

/** Learned controls and songs are the host's. */
const apiOf = ({ instrument }: NumvoxNode): SessionApi =>
  panelsOf(instrument.session, { map: instrument.map, learn: null, song: null, notices: [], keeping: null });

/** A screen of a node; the host puts it somewhere and takes it away. */
export function createPluginGui(node: NumvoxNode): PluginElement {
  // By its name: the page may have the element from the plugin at another address.
  const gui = document.createElement('nv-plugin');
  gui.node = node;
  return gui;
}

declare global {
  interface HTMLElementTagNameMap {
    'nv-plugin': PluginElement;
  }
}
