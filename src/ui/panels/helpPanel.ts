// Short help: what every key and controller does.
import { LitElement, css, html } from 'lit';
import { controllerChart } from '../../midi/chart.ts';
import { shared } from '../controls/theme.ts';

type Row = readonly [key: string, meaning: string];

const rows: readonly Row[] = [
  ['1 … 9, 0', 'words: say the digit; sing: choose the digit that is sung'],
  ['− and =', 'words: say the last digit again, a random digit'],
  ['A W S E D …', 'sing, lyrics, drum: a piano from the lowest C'],
  ['Z and X', 'words: previous, next voice; else an octave down, up'],
  ['Ctrl+Z', 'undo; with Shift redo'],
  ['Ctrl+.', 'panic: everything is silent at once, echoes and reverb too, and the song stops'],
  ['Enter on a knob', 'type its value; a double click resets it'],
  ['MIDI, words', 'C … A digits 0 … 9, A♯ again, B random; the octave is the voice'],
  ['MIDI, sing', 'every key at its pitch; C1 … A1 choose the digit'],
  ['MIDI, lyrics', 'every key sings the next step at its pitch'],
  ['MIDI, drum', 'every key strikes a sound; Store sound, then a key: it says the present one'],
  ['Program change', 'the preset in the order of the list'],
  ['Drop a file', 'MIDI plays, JSON adds presets or is a gesture, .scl and .kbm tune the keys'],
  ['?playing=', 'in the address: harmonic, spectrogram'],
];

/** `<nv-help>` */
export class HelpElement extends LitElement {
  static override styles = [
    shared,
    css`
      summary {
        cursor: pointer;
        font-size: 13px;
        font-weight: 600;
        letter-spacing: 0.08em;
        text-transform: uppercase;
        color: var(--soft);
        min-height: 40px;
        display: flex;
        align-items: center;
        gap: 8px;
        list-style: none;
      }
      summary::before {
        content: '+';
        font-size: 18px;
      }
      details[open] summary::before {
        content: '–';
      }
      dl {
        margin: 10px 0 0;
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr));
        gap: 3px 28px;
        font-size: 14px;
      }
      div {
        display: grid;
        grid-template-columns: 8.5em 1fr;
        gap: 12px;
      }
      dt {
        font-weight: 600;
      }
      dd {
        margin: 0;
        color: var(--soft);
      }
    `,
  ];

  protected override render() {
    return html`<details open>
        <summary>Keys</summary>
        ${this.#list(rows)}
      </details>
      <details>
        <summary>MIDI controllers</summary>
        ${this.#list(controllerChart().map(({ number, does }): Row => [`CC ${number}`, does]))}
      </details>`;
  }

  #list(list: readonly Row[]) {
    return html`<dl>
      ${list.map(
        ([key, meaning]) =>
          html`<div>
            <dt>${key}</dt>
            <dd>${meaning}</dd>
          </div>`,
      )}
    </dl>`;
  }
}

customElements.define('nv-help', HelpElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-help': HelpElement;
  }
}
