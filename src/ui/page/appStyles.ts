// Layout of the page around its start and the stage.
import { css } from 'lit';
import { shared, tokens } from '../controls/theme.ts';

/** Styles of `<nv-app>`. */
export const appStyles = [
  tokens,
  shared,
  css`
    :host {
      --head-top: clamp(12px, 2vw, 28px);
      --head-side: clamp(14px, 2.4vw, 40px);
      /* Notices lie over the line under the title's name, which nobody presses, and beside the panic button. */
      --notice-height: 54px;
      --notice-top: calc(var(--head-top) - 9px);
      --notice-left: calc(var(--head-side) + 120px);
      --notice-right: calc(var(--head-side) + 96px);
      position: relative;
      display: flex;
      flex-direction: column;
      min-height: 100dvh;
      max-width: 1680px;
      margin: 0 auto;
      padding: var(--head-top) var(--head-side);
    }
    header {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      gap: 2px 18px;
      /* The panic button lies there. */
      padding-right: 96px;
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
    .takes {
      margin-bottom: var(--gap);
    }
    .takes p {
      margin: 0 0 8px;
    }
    @media (max-width: 760px) {
      :host {
        --notice-height: 80px;
        --notice-top: 8px;
        --notice-left: 10px;
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
