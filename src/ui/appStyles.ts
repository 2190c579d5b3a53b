// Layout of the page: keys on top, panels below; one column on a phone.
import { css } from 'lit';
import { shared, tokens } from './theme.ts';

/** Styles of `<nv-app>`. */
export const appStyles = [
  tokens,
  shared,
  css`
    :host {
      display: flex;
      flex-direction: column;
      min-height: 100dvh;
      max-width: 1680px;
      margin: 0 auto;
      padding: clamp(12px, 2vw, 28px) clamp(14px, 2.4vw, 40px);
    }
    header {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      gap: 2px 18px;
      margin-bottom: var(--gap);
    }
    h1 {
      margin: 0;
      font-size: 26px;
      font-weight: 700;
      letter-spacing: -0.02em;
    }
    header p {
      margin: 0;
    }
    main {
      flex: 1;
      display: flex;
      flex-direction: column;
      gap: var(--gap);
      min-width: 0;
    }
    [hidden] {
      display: none !important;
    }
    .alert {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 12px 24px;
      margin-bottom: var(--gap);
      padding: 16px 20px;
      border: 1px solid var(--bad);
      border-radius: var(--radius);
      background: #2a1517;
      font-size: 18px;
    }
    .alert p {
      margin: 0;
      flex: 1 1 320px;
      overflow-wrap: anywhere;
    }
    .door {
      flex: 1;
      display: flex;
      flex-direction: column;
      align-items: center;
      justify-content: center;
      gap: 20px;
      text-align: center;
    }
    .ghost {
      display: grid;
      grid-template-columns: repeat(10, auto);
      gap: 0 0.42em;
      font-size: clamp(64px, 8vw, 128px);
      font-weight: 200;
      line-height: 1.1;
      letter-spacing: -0.03em;
    }
    .ghost span {
      color: oklch(0.76 0.13 var(--hue));
    }
    .faulty .ghost {
      opacity: 0.25;
    }
    .start {
      min-height: 72px;
      min-width: 240px;
      font-size: 24px;
      border-radius: 36px;
      color: #1c1403;
      background: var(--accent);
      border-color: var(--accent);
    }
    .start:disabled {
      color: var(--soft);
      background: var(--raised);
      border-color: var(--line);
      opacity: 1;
    }
    progress {
      width: min(420px, 80vw);
      height: 8px;
      accent-color: var(--accent);
    }
    .door p {
      margin: 0;
      min-height: 1.4em;
      font-size: 18px;
    }
    .paused {
      margin: 0;
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 8px 20px;
      padding: 10px 16px;
      border: 1px solid var(--accent);
      border-radius: var(--radius);
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
    .voices,
    .out {
      grid-column: span 6;
      display: grid;
      align-content: space-between;
      gap: 20px;
    }
    .knobs {
      grid-column: 1 / -1;
      grid-row: 1;
      display: grid;
      grid-auto-flow: column;
      grid-auto-columns: minmax(0, 1fr);
      align-items: end;
      gap: 14px 8px;
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
    @media (min-width: 1400px) {
      .voices,
      .out {
        grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
        align-content: start;
      }
      .out {
        grid-template-columns: minmax(0, 6fr) minmax(0, 5fr);
      }
    }
    @media (max-width: 1000px) {
      .knobs {
        grid-auto-flow: row;
        grid-template-columns: repeat(5, minmax(0, 1fr));
      }
    }
    @media (max-width: 760px) {
      .panels > section {
        grid-column: 1 / -1;
        grid-row: auto;
        padding: 14px;
      }
      .knobs {
        grid-template-columns: repeat(3, minmax(0, 1fr));
      }
      .playing a {
        min-height: 44px;
      }
      .panels > .line,
      .panels > .help {
        padding: 0 4px;
      }
      header p {
        font-size: 14px;
      }
      .ghost {
        grid-template-columns: repeat(5, auto);
      }
    }
  `,
];
