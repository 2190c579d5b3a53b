// The status line: decoder and its measured times, latency, load, voices, effort, underruns.
import { LitElement, css, html } from 'lit';
import type { InstrumentStatus } from '../../instrument/instrumentStatus.ts';
import { backendNames } from '../../model/inferenceProtocol.ts';
import { shared } from '../controls/theme.ts';

const loopNames = { simd: 'SIMD', scalar: 'WebAssembly', javascript: 'JavaScript' } as const;

const milliseconds = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;

/** Whether every word is as the knobs say. */
function wordsOf({ decoding, settled }: InstrumentStatus): string {
  if (decoding === 'replacing') return 'waiting for a new decoder';
  if (decoding === 'stopped') return 'do not follow the knobs';
  return settled ? 'ready' : 'decoding';
}

/** `<nv-status>` */
export class StatusLineElement extends LitElement {
  static override properties = { status: { attribute: false } };
  declare status: InstrumentStatus;

  static override styles = [
    shared,
    css`
      dl {
        margin: 0;
        display: flex;
        flex-wrap: wrap;
        gap: 8px 28px;
        font-size: 14px;
      }
      div {
        display: flex;
        flex-wrap: wrap;
        gap: 0 8px;
      }
      dt {
        color: var(--soft);
      }
      dd {
        margin: 0;
        font-weight: 600;
      }
      .measured {
        font-weight: 400;
        color: var(--soft);
      }
      .bad {
        color: var(--bad);
      }
    `,
  ];

  protected override render() {
    const s = this.status;
    const others = backendNames
      .filter((name) => name !== s.backend && s.milliseconds[name] !== undefined)
      .map((name) => `${name} ${milliseconds(s.milliseconds[name] ?? 0)}`);
    const chosen = s.backend && s.milliseconds[s.backend];
    return html`<dl class="number">
      <div>
        <dt>Decoder</dt>
        <dd id="backend">
          ${s.backend ?? '–'} ${chosen === null || chosen === undefined ? '' : milliseconds(chosen)}
          ${others.length > 0 ? html`<span class="measured">(${others.join(', ')})</span>` : null}
        </dd>
        ${s.backendReason ? html`<dd class="bad">changed: ${s.backendReason}</dd>` : null}
      </div>
      <div>
        <dt>Words</dt>
        <dd class=${s.decoding === 'stopped' ? 'bad' : ''}>${wordsOf(s)}</dd>
      </div>
      <div
        title="from key to air: until the key's first sample is made, from there to the operating system, and to the air where the browser tells"
      >
        <dt>Latency</dt>
        <dd id="latency">
          ${milliseconds(1000 * (s.keyLatencySeconds + s.baseLatencySeconds + s.outputLatencySeconds))}
          <span class="measured">
            (${milliseconds(1000 * s.keyLatencySeconds)} key + ${milliseconds(1000 * s.baseLatencySeconds)}
            base${
              s.outputLatencySeconds > 0 ? ` + ${milliseconds(1000 * s.outputLatencySeconds)} output` : ''
            })
          </span>
        </dd>
      </div>
      <div title="share of real time that the voices take">
        <dt>Load</dt>
        <dd id="load" class=${s.load > 1 ? 'bad' : ''}>${Math.round(100 * s.load)} %</dd>
      </div>
      <div>
        <dt>Voices</dt>
        <dd id="voices">${s.activeVoices}</dd>
      </div>
      <div title="sweeps of the phase engine over the frames ahead; fewer while the load is high">
        <dt>Sweeps</dt>
        <dd id="sweeps">${s.loops ? `${s.sweeps} over ${s.lookAheadFrames} ahead` : '–'}</dd>
      </div>
      <div title="blocks that took longer than they last: possible dropouts">
        <dt>Underruns</dt>
        <dd id="underruns" class=${s.underruns > 0 ? 'bad' : ''}>${s.underruns}</dd>
      </div>
      ${
        s.missedNotes > 0
          ? html`<div>
              <dt>Missed notes</dt>
              <dd class="bad">${s.missedNotes}</dd>
            </div>`
          : null
      }
      <div>
        <dt>Rate</dt>
        <dd>${(s.sampleRate / 1000).toFixed(1)} kHz</dd>
      </div>
      <div>
        <dt>Loops</dt>
        <dd id="loops">${s.loops ? loopNames[s.loops] : '–'}</dd>
      </div>
      ${
        s.nonFinite > 0
          ? html`<div>
              <dt>Broken values</dt>
              <dd class="bad">${s.nonFinite}</dd>
            </div>`
          : null
      }
    </dl>`;
  }
}

customElements.define('nv-status', StatusLineElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-status': StatusLineElement;
  }
}
