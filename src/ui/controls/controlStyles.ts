// What knobs and choices look alike in: their name above, what moves them from outside below.
import { css } from 'lit';

/** After the page's shared styles, before those of the control. */
export const controlStyles = css`
  :host {
    display: block;
    min-width: 0;
  }
  /* Two lines, so that the controls of a row stand level whatever their names. */
  .name {
    display: grid;
    align-content: end;
    min-height: 2.4em;
    font-size: 15px;
    font-weight: 600;
    line-height: 1.2;
    text-wrap: balance;
    overflow-wrap: anywhere;
  }
  .cc {
    min-height: 1.2em;
    font-size: 13px;
    line-height: 1.2;
  }
`;
