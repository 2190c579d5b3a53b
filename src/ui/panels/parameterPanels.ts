// The parameters in groups, one tab each, made from the table; styles first, under the names of the bundle's directions.
import { LitElement, css, html, type PropertyValues, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import {
  parameterById,
  parameters,
  type ParameterGroup,
  type ParameterId,
  type ParameterValues,
} from '../../contract/parameters.ts';
import { choiceGroups, noGroups, type ChoiceGroup } from '../controls/choiceGroups.ts';
import '../controls/control.ts';
import { noLearning, type LearnView } from '../../session/sessionApi.ts';
import { controlsOf, tabGroups, tabName } from './panelGroups.ts';
import type { Direction } from '../../session/parameterLabels.ts';
import { isGiven } from '../controls/given.ts';
import { shared } from '../controls/theme.ts';

/**
 * `<nv-panels>`: the controls fire `parameter-change` and `learn-pick` (see control.ts); what `more` gives
 * stands under the controls of the open tab.
 */
export class PanelsElement extends LitElement {
  static override properties = {
    directions: { attribute: false },
    values: { attribute: false },
    learn: { attribute: false },
    more: { attribute: false },
    open: { state: true },
  };
  declare directions: readonly Direction[];
  declare values: ParameterValues;
  declare learn: LearnView;
  /** What a group has beside the table's controls, or null. */
  declare more: (group: ParameterGroup) => TemplateResult | null;
  declare open: ParameterGroup;
  /** Lists that stand in groups: made once, as the page is drawn at every frame in which something moves. */
  #lists: ReadonlyMap<ParameterId, readonly ChoiceGroup[]> = new Map();

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .tabs {
        display: flex;
        gap: 4px;
        margin: -6px -8px 14px;
        overflow-x: auto;
        scrollbar-width: none;
        border-bottom: 1px solid var(--line);
      }
      [role='tab'] {
        flex: none;
        min-height: 44px;
        padding: 6px 14px;
        border: 0;
        border-bottom: 3px solid transparent;
        border-radius: 8px 8px 0 0;
        background: none;
        color: var(--soft);
        white-space: nowrap;
      }
      [role='tab'][aria-selected='true'] {
        color: var(--text);
        border-bottom-color: var(--accent);
      }
      [role='tab']:focus-visible {
        outline-offset: -4px;
      }
      .row {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 14px;
      }
      .controls {
        display: flex;
        flex-wrap: wrap;
        align-items: start;
        gap: 16px 10px;
        min-width: 0;
      }
      .controls > nv-control {
        flex: 1 1 84px;
        max-width: 150px;
      }
      /* A long list and the knob that belongs to it: the list has room for its names, and no line ends between them. */
      .pair {
        flex: 1 1 330px;
        max-width: 400px;
        display: grid;
        grid-template-columns: minmax(0, 1fr) 92px;
        align-items: start;
        gap: 10px;
      }
      .volume {
        width: 104px;
        padding-left: 14px;
        border-left: 1px solid var(--line);
      }
      @media (max-width: 760px) {
        .row {
          grid-template-columns: minmax(0, 1fr);
        }
        .controls {
          display: grid;
          grid-template-columns: repeat(3, minmax(0, 1fr));
        }
        .controls > nv-control {
          max-width: none;
        }
        .pair {
          grid-column: 1 / -1;
          grid-template-columns: minmax(0, 2fr) minmax(0, 1fr);
          max-width: none;
        }
        .volume {
          width: auto;
          padding: 14px 0 0;
          border-left: 0;
          border-top: 1px solid var(--line);
        }
      }
    `,
  ];

  constructor() {
    super();
    this.directions = [];
    this.learn = noLearning;
    this.more = () => null;
    this.open = 'style';
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('directions')) return;
    const groups = parameters.map(
      (parameter) => [parameter.id, choiceGroups(parameter, this.directions)] as const,
    );
    this.#lists = new Map(groups.filter(([, { length }]) => length > 0));
  }

  protected override shouldUpdate(): boolean {
    return isGiven(this.values) && isGiven(this.directions);
  }

  protected override render() {
    const { open } = this;
    return html`<div
        class="tabs"
        role="tablist"
        aria-label="Sound"
        @keydown=${(event: KeyboardEvent) => this.#move(event)}
      >
        ${tabGroups.map(
          (group) =>
            html`<button
              type="button"
              role="tab"
              id="tab-${group}"
              aria-selected=${group === open}
              aria-controls="panel"
              tabindex=${group === open ? 0 : -1}
              @click=${() => (this.open = group)}
            >
              ${tabName(group)}
            </button>`,
        )}
      </div>
      <div class="row">
        <div id="panel" role="tabpanel" aria-labelledby="tab-${open}">
          <div class="controls">${this.#controls(open)}</div>
          ${this.more(open)}
        </div>
        <div class="volume">${this.#control('outputGainDb', parameterById('outputGainDb').label)}</div>
      </div>`;
  }

  /** A list of targets comes with the control that says how far it moves them. */
  #controls(group: ParameterGroup): TemplateResult[] {
    const controls = controlsOf(group, this.directions);
    const amounts = new Set(controls.map(({ id }) => parameterById(id).amount));
    return controls.flatMap(({ id, label }) => {
      if (amounts.has(id)) return [];
      const control = this.#control(id, label);
      const amount = controls.find((other) => other.id === parameterById(id).amount);
      return amount
        ? [html`<div class="pair">${control}${this.#control(amount.id, amount.label)}</div>`]
        : [control];
    });
  }

  #control(id: ParameterId, label: string): TemplateResult {
    return html`<nv-control
      .parameterId=${id}
      .value=${live(this.values[id])}
      .label=${label}
      .groups=${this.#lists.get(id) ?? noGroups}
      .learn=${this.learn}
    ></nv-control>`;
  }

  /** Arrow keys go from tab to tab, as the ARIA tab pattern says. */
  #move(event: KeyboardEvent): void {
    const at = tabGroups.indexOf(this.open);
    const last = tabGroups.length - 1;
    const to = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.open = tabGroups[to];
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<HTMLElement>('[aria-selected=true]')?.focus();
    });
  }
}

customElements.define('nv-panels', PanelsElement);

declare global {
  interface HTMLElementTagNameMap {
    'nv-panels': PanelsElement;
  }
}
