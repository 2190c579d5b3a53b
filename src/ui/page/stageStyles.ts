// Layout of the page while it plays: keys on top, panels below; one column on a phone.
import { css } from 'lit';
import { shared } from '../controls/theme.ts';

/** Styles of `<nv-stage>`. */
export const stageStyles = [
  shared,
  css`
    :host {
      display: flex;
      flex-direction: column;
      gap: var(--gap);
      min-width: 0;
    }
    .learn[aria-pressed='true'] {
      background: var(--accent);
      border-color: var(--accent);
      color: #1c1403;
    }
    /* In reach wherever the page is scrolled to: beside the title, which leaves the place free. */
    .panic {
      position: fixed;
      right: max(12px, env(safe-area-inset-right));
      top: max(12px, env(safe-area-inset-top));
      z-index: 5;
      min-height: 44px;
      padding: 8px 18px;
      border-color: var(--bad);
      background: #3a1c1f;
    }
    .panels {
      display: grid;
      grid-template-columns: repeat(12, minmax(0, 1fr));
      gap: var(--gap);
    }
    .panels > section {
      padding: 16px 18px;
      background: var(--panel);
      border: 1px solid var(--line);
      border-radius: var(--radius);
      min-width: 0;
    }
    .drop {
      position: fixed;
      inset: 0;
      z-index: 10;
      display: grid;
      place-items: center;
      font-size: 28px;
      background: rgb(10 13 18 / 0.8);
      border: 4px dashed var(--accent);
      pointer-events: none;
    }
    .voices,
    .out {
      grid-column: span 6;
      display: grid;
      align-content: space-between;
      gap: 20px;
    }
    .knobs {
      grid-column: 1 / -1;
    }
    .panels > .line,
    .panels > .help {
      grid-column: 1 / -1;
      background: none;
      border: 0;
      padding: 0 4px;
    }
    .line {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      gap: 8px 28px;
    }
    .playing {
      margin: 0;
      font-size: 14px;
    }
    .playing a {
      display: inline-flex;
      align-items: center;
      min-height: 32px;
      padding: 0 4px;
      color: var(--accent);
    }
    .song {
      grid-column: 1 / -1;
    }
    @media (min-width: 1200px) {
      .voices,
      .out,
      .song {
        grid-column: span 4;
        align-content: start;
      }
    }
    @media (max-width: 760px) {
      .panels > section {
        grid-column: 1 / -1;
        grid-row: auto;
        padding: 14px;
      }
      .playing a {
        min-height: 44px;
      }
      .panels > .line,
      .panels > .help {
        padding: 0 4px;
      }
    }
  `,
];
