// Colours, measures and shared pieces of the page: dark, calm, readable from a stage.
import { css } from 'lit';

/** Hue of a digit in degrees: ten steps round the circle, so that a digit is known by colour from afar. */
export function hueOf(digit: number): number {
  return (75 + digit * 36) % 360;
}

/** Tokens: put on the outermost element, inherited through shadow roots. */
export const tokens = css`
  :host {
    --ink: #0a0d12;
    --panel: #121720;
    --raised: #1b2230;
    --line: #2b3546;
    --text: #eef2f8;
    --soft: #a9b4c6;
    --accent: #ffc65c;
    --good: #7ee2b0;
    --bad: #ff8f86;
    --radius: 14px;
    --gap: clamp(10px, 1.2vw, 18px);
    box-sizing: border-box;
    color: var(--text);
    font-family:
      ui-sans-serif,
      system-ui,
      -apple-system,
      'Segoe UI',
      'Helvetica Neue',
      'DejaVu Sans',
      sans-serif;
    font-size: 16px;
    line-height: 1.4;
  }
`;

/** Pieces that several elements share. */
export const shared = css`
  * {
    box-sizing: border-box;
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 3px;
  }
  .fault {
    color: var(--bad);
  }
  label.button {
    position: relative;
    display: inline-flex;
    align-items: center;
  }
  label.button:has(:focus-visible) {
    outline: 3px solid var(--accent);
    outline-offset: 3px;
  }
  input[type='file'] {
    position: absolute;
    inset: 0;
    width: 100%;
    opacity: 0;
    cursor: pointer;
  }
  h2,
  legend {
    margin: 0 0 12px;
    font-size: 13px;
    font-weight: 600;
    letter-spacing: 0.08em;
    text-transform: uppercase;
    color: var(--soft);
  }
  button,
  .button {
    font: inherit;
    font-weight: 600;
    color: var(--text);
    background: var(--raised);
    border: 1px solid var(--line);
    border-radius: 10px;
    min-height: 44px;
    padding: 8px 18px;
    cursor: pointer;
  }
  button:hover:not(:disabled),
  .button:hover {
    border-color: var(--soft);
  }
  button:disabled {
    opacity: 0.45;
    cursor: default;
  }
  .soft {
    color: var(--soft);
  }
  .number {
    font-variant-numeric: tabular-nums;
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      transition: none !important;
    }
  }
`;

/** Lists and fields to type in, as panels have them. */
export const fields = css`
  select,
  input:is([type='text'], [type='number']) {
    min-width: 0;
    max-width: 100%;
    min-height: 44px;
    padding: 4px 8px;
    font: inherit;
    font-size: 15px;
    color: var(--text);
    background: var(--ink);
    border: 1px solid var(--line);
    border-radius: 8px;
  }
`;
